"""Measures how fast a notebook page runs beside the bare floor; prints a table.

    scripts/bench_live.py [SLUG] [--runs N]

The floor is Pyodide in a worker with the imports of the notebook's first code cell and
nothing else, once with the files of the site and once with those of Pyodide as they
come. Beside it: JupyterLite with the same notebook, timed from its opening, which
starts its Python. Cold: a fresh browser profile. Warm: a second visit that finds all
files in the browser's cache. Seconds are medians; bytes are what went over the
network.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import bench_lite
import browser
import live_runtime
from bench_sites import install_others
from notebook_files import ROOT, code_cells, find_notebook, read_notebook
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from tqdm import tqdm

SECONDS = 180
CACHED = {"Cache-Control": "max-age=3600"}  # so that a second visit is a warm one
# Without these JupyterLite's Python waits, mostly for ever, for a service worker to
# take over the page; with them it shares memory with the page instead.
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
FLOOR = """
import {{ loadPyodide }} from "./pyodide.mjs";
const python = await loadPyodide({{ indexURL: new URL("./", import.meta.url).href }});
await python.loadPackage({packages}, {{ messageCallback() {{}} }});
python.runPython({imports});
postMessage("done");
"""
FLOOR_PAGE = """<!doctype html><meta charset="utf-8"><title>floor</title>
<button>Run</button><p role="status"></p><script type="module">
document.querySelector("button").onclick = () => {
  const worker = new Worker("./floor.js", { type: "module" });
  worker.onmessage = () => { document.querySelector("p").textContent = "Done"; };
};
</script>"""


@dataclass(frozen=True)
class Visit:
    """Seconds from the press to the first output and to the end, and bytes."""

    first: float
    end: float
    megabytes: float


def count_bytes() -> list[int]:
    """Lets the server note the size of each body that it sends."""
    sent, body = [], browser._body

    def noted(*arguments) -> bytes:
        content = body(*arguments)
        sent.append(len(content))
        return content

    browser._body = noted
    return sent


def visit(
    context: BrowserContext,
    press: Callable[[Page], tuple[float, float]],
    sent: list[int],
) -> Visit:
    """One visit to a page, timed by `press`."""
    sent.clear()
    page = context.new_page()
    first, end = press(page)
    page.wait_for_load_state("networkidle")
    page.close()
    return Visit(first, end, sum(sent) / 1e6)


def ours(url: str) -> Callable[[Page], tuple[float, float]]:
    """Presses Run all on a notebook page."""

    def press(page: Page) -> tuple[float, float]:
        page.goto(url, wait_until="networkidle")
        start = time.perf_counter()
        page.get_by_role("button", name="Run all", exact=True).click()
        cell = page.locator("section.cell").first
        expect(cell).to_have_attribute("data-live-state", "ok", timeout=1000 * SECONDS)
        first = time.perf_counter() - start
        expect(page.locator(".live-status")).to_have_text(
            re.compile("Done|failed"), timeout=1000 * SECONDS
        )
        return first, time.perf_counter() - start

    return press


def floor(url: str) -> Callable[[Page], tuple[float, float]]:
    """Presses the button of the bare page."""

    def press(page: Page) -> tuple[float, float]:
        page.goto(url, wait_until="networkidle")
        start = time.perf_counter()
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("status")).to_have_text("Done", timeout=1000 * SECONDS)
        seconds = time.perf_counter() - start
        return seconds, seconds

    return press


def lite(url: str) -> Callable[[Page], tuple[float, float]]:
    """Opens JupyterLite, which is the press that starts its Python, and runs all."""

    def press(page: Page) -> tuple[float, float]:
        page.set_default_timeout(1000 * SECONDS)
        start = time.perf_counter()
        page.goto(url, wait_until="networkidle")  # before that it drops the command
        page.locator(".jp-CodeCell").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        outputs = page.locator(".jp-OutputArea-output:not([data-mime-type*=stderr])")
        outputs.first.wait_for()
        first = time.perf_counter() - start
        # Some prompts keep their star for good; cells run in order, so the last tells.
        page.locator(".jp-CodeCell").last.locator(outputs).first.wait_for()
        return first, time.perf_counter() - start

    return press


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures one notebook and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slug", nargs="?", default="ranking-metrics")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    install_others()
    path = find_notebook(options.slug)
    lite_site = bench_lite.build(path)
    runtime = ROOT / "site" / "assets" / "pyodide"
    official = lite_site / "static" / "pyodide"
    notebook = read_notebook(path)
    tree = ast.parse(code_cells(notebook)[0].source)
    imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    floor_files = {
        "floor.html": FLOOR_PAGE,
        "floor.js": FLOOR.format(
            packages=json.dumps(live_runtime.imported(notebook)),
            imports=json.dumps("\n".join(map(ast.unparse, imports))),
        ),
    }
    sent = count_bytes()
    shutil.copy(runtime / "pyodide.mjs", official)
    for folder in (runtime, official):
        for name, text in floor_files.items():
            (folder / name).write_text(text)
    try:
        with (
            sync_playwright() as playwright,
            browser.serve(ROOT / "site", headers=CACHED) as address,
            browser.serve(lite_site, headers=CACHED | ISOLATED) as lite_address,
        ):
            chromium = browser.launch(playwright)
            name = f"{path.parent.name}/{path.stem}"
            notebook_app = f"{lite_address}notebooks/index.html?path={name}.ipynb"
            presses = {
                "page": ours(f"{address}notebooks/{name}/"),
                "floor": floor(f"{address}assets/pyodide/floor.html"),
                "floor, as it comes": floor(f"{lite_address}static/pyodide/floor.html"),
                "JupyterLite": lite(notebook_app),
            }
            visits: dict[tuple[str, str], list[Visit]] = {}
            for _ in tqdm(range(options.runs), "visits", disable=None):
                for name, press in presses.items():
                    context = chromium.new_context()
                    for cache in ("cold", "warm"):
                        runs = visits.setdefault((name, cache), [])
                        try:
                            runs.append(visit(context, press, sent))
                        except PlaywrightTimeout:
                            print(f"{name}, {cache}: nothing within {SECONDS} s")
                    context.close()
    finally:
        for name in floor_files:
            (runtime / name).unlink(missing_ok=True)
    print(f"{path.stem}, {options.runs} runs, median")
    print(f"{'':26}{'first output, s':>18}{'all done, s':>14}{'MB':>8}")
    for (name, cache), runs in visits.items():
        if not runs:
            continue
        first, end = median(v.first for v in runs), median(v.end for v in runs)
        megabytes = median(v.megabytes for v in runs)
        print(f"{name + ', ' + cache:26}{first:>18.1f}{end:>14.1f}{megabytes:>8.1f}")
    for cache in ("cold", "warm"):
        ratio = median(v.first for v in visits["page", cache]) / median(
            v.first for v in visits["floor", cache]
        )
        print(f"first output, {cache}: {ratio:.2f} times the floor")


if __name__ == "__main__":
    main()
