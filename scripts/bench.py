"""Measures the build and its pages beside the alternatives; prints tables.

    scripts/bench.py [--quick]

Side by side, on copies in build/bench/: ours, mkdocs-jupyter as it comes with
`execute: true`, and Sphinx with myst-nb. Nothing here passes or fails: the last table
says which aims are met, and with what number.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import bench_sites as sites
import browser
import psutil
from bench_sites import BENCH, BenchError, Tool
from notebook_files import ROOT, notebook_paths
from playwright.sync_api import Browser, Error, sync_playwright

CHEAP = 20  # seconds: what takes less is measured three times
COUNTS = (1, 5, 20)
NOISE = 1.25  # what differs by less is the same
# The first to import them would pay for reading them from the disk.
WARM_UP = (
    "import mkdocs_jupyter.plugin, sklearn, scipy.stats, pandas, matplotlib.pyplot"
)
BUILD_NOTE = """\
Cold: no caches, no list of fonts either; one run. The rest: median of 3 (one run where
that takes over 20 s). Memory: resident, summed over processes, shared pages once each.
Ours and Sphinx execute a notebook per core at a time, mkdocs-jupyter one by one. Bound
values and figures are on the pages of ours only."""
LOAD_NOTE = """\
Headless Chromium, 1280 x 720, unthrottled, from this machine, read to the end of the
page; the load with the median first contentful paint of 3. Foreign requests are counted
and blocked: what they would weigh and delay is in no other column."""
SCALE_NOTE = """\
Copies of each step page and notebook. No notebook is executed: copies have the same
code, so their outputs are cached, as in a build after a change to the text. First:
nothing else is cached. Again: nothing changed. An aim's growth is what a copy adds
between x5 and x20, divided by what one adds between x1 and x5: up to 1.25 is linear."""
# For the browser: adds up layout shifts; scrolls through the page; the first paint.
COUNT_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => setTimeout(done, 50));
  }
}"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True)
class Cost:
    """What a build took; memory is the sum over its processes at the worst moment."""

    seconds: float
    cpu: float
    mib: float


@dataclass(frozen=True)
class Load:
    """What a page made the browser fetch, in bytes, and how it appeared."""

    html: int
    html_gzip: int
    total: int
    total_gzip: int
    requests: int
    foreign: int
    paint: float  # ms
    shift: float


@dataclass(frozen=True)
class Scale:
    """What a larger site takes: to build, to build again; its search index in bytes."""

    first: Cost
    again: Cost
    index: int
    index_gzip: int


def build(tool: Tool, label: str) -> Cost:
    """Build a site as things are; BenchError when that fails."""
    label, log = f"{tool.name}: {label}", tool.folder / "build.log"
    variables = {
        "JUPYTER_PATH": str(BENCH / "jupyter"),
        "MPLCONFIGDIR": str(tool.folder / ".cache" / "matplotlib-of-the-user"),
        "NO_MKDOCS_2_WARNING": "1",
    }
    peak, start, cpu = 0.0, time.monotonic(), _cpu_of_children()
    with log.open("w") as output:
        process = psutil.Popen(
            [str(word) for word in tool.command],
            cwd=tool.folder,
            env=os.environ | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    tree, code = [process], None
    try:
        while code is None:
            with contextlib.suppress(psutil.Error):
                tree = [process, *process.children(recursive=True)]
            peak = max(peak, sum(map(_resident_mib, tree)))
            _progress(f"{label}, {time.monotonic() - start:.0f} s")
            with contextlib.suppress(psutil.TimeoutExpired):
                code = process.wait(timeout=0.2)
        seconds = time.monotonic() - start
    finally:
        _end(tree)
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BenchError(f"{label}: exit code {code}; the end of {log}:\n{tail}")
    _progress(f"{label}, {seconds:.1f} s, {peak:.0f} MiB", done=True)
    return Cost(seconds, _cpu_of_children() - cpu, peak)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _resident_mib(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss / 2**20
    return 0.0


def _end(tree: list[psutil.Process]) -> None:
    """End what still runs of these processes, kernels among them."""
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in tree:
            with contextlib.suppress(psutil.Error):
                end(process)
        _, tree = psutil.wait_procs(tree, timeout=5)


def _progress(text: str, done: bool = False) -> None:
    """One line that says what goes on; without a terminal only what is done."""
    if sys.stderr.isatty():
        print(f"\r{text:<79.79}", end="\n" * done, file=sys.stderr, flush=True)
    elif done:
        print(text, file=sys.stderr, flush=True)


def typical(step: Callable[[int], Cost]) -> Cost:
    """The median of three of what is cheap, else the one; the highest peak."""
    costs = [step(1)]
    while len(costs) < 3 and costs[0].seconds < CHEAP:
        costs.append(step(len(costs) + 1))
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu for cost in costs),
        max(cost.mib for cost in costs),
    )


def builds(tool: Tool, notebook: Path, page: Path) -> dict[str, Cost]:
    """What builds cost: cold, and after each kind of change."""

    def after(change: Callable[[Path, int], None], path: Path, label: str) -> Cost:
        def step(number: int) -> Cost:
            change(path, number)
            return build(tool, label)

        return typical(step)

    return {
        "cold": build(tool, "cold"),
        "nothing changed": typical(lambda _: build(tool, "nothing changed")),
        "one notebook changed": after(
            sites.change_notebook, tool.notebooks / notebook, "one notebook changed"
        ),
        "one page changed": after(
            sites.change_page, tool.folder / page, "one page changed"
        ),
    }


def load(chromium: Browser, address: str, url: str) -> Load:
    """Open a page and read it to its end; what would leave the machine is blocked."""
    with chromium.new_context() as context:
        context.add_init_script(COUNT_SHIFTS)
        context.route(lambda to: not to.startswith(address), lambda r: r.abort())
        page = context.new_page()
        requests, responses = [], []
        page.on("request", lambda request: requests.append(request))
        page.on("response", lambda response: responses.append(response))
        page.goto(address + url, wait_until="networkidle")
        page.evaluate(SCROLL)
        page.wait_for_load_state("networkidle")
        raw = [len(response.body()) for response in responses]
        sent = [r.request.sizes()["responseBodySize"] for r in responses]
        web = [r for r in requests if not r.url.startswith(("data:", "blob:"))]
        return Load(
            *(raw[0], sent[0], sum(raw), sum(sent), len(web)),
            sum(not request.url.startswith(address) for request in web),
            page.evaluate(FIRST_PAINT),
            page.evaluate("window.shift"),
        )


def loads(tools: Sequence[Tool], notebook: Path, page: Path) -> dict[str, list[Load]]:
    """How the notebook's page and the step's load in each tool's site."""
    found: dict[str, list[Load]] = {"notebook page": [], "step page": []}
    with sync_playwright() as playwright, browser.launch(playwright) as chromium:
        for tool in tools:
            with browser.serve(tool.folder / "site") as address:
                for name, path in zip(found, (notebook, page), strict=True):
                    url = path.with_suffix("").as_posix().removeprefix("docs/")
                    three = [
                        load(chromium, address, url + tool.suffix) for _ in range(3)
                    ]
                    _progress(f"{tool.name}: {name} loaded", done=True)
                    found[name].append(sorted(three, key=lambda one: one.paint)[1])
    return found


def scaled(count: int, cache: Path) -> Scale:
    """Ours with `count` of each step page and notebook."""
    tool = sites.ours(f"ours-{count}")
    sites.multiply(tool.folder, count, cache)
    first = build(tool, "notebooks cached")
    again = typical(lambda _: build(tool, "nothing changed"))
    index = (tool.folder / "site" / "search" / "search_index.json").read_bytes()
    shutil.rmtree(tool.folder)
    return Scale(first, again, len(index), len(gzip.compress(index, 6)))


def growth(counts: Sequence[int], costs: Sequence[float]) -> float:
    """What a copy adds at the end, as a multiple of at the start: 1 is linear."""
    slopes = [
        (costs[i + 1] - costs[i]) / (counts[i + 1] - counts[i])
        for i in (0, len(costs) - 2)
    ]
    return slopes[1] / slopes[0] if slopes[0] > 0 else float("inf")


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in plain text: the first column to the left, numbers to the right."""
    cells = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in cells
    ]
    return "\n".join(["", title, "-" * len(lines[0]), *lines])


def report_builds(costs: dict[str, dict[str, Cost]]) -> str:
    """The table of what builds cost, by tool and by what was changed."""
    base = costs["ours"]
    rows = [
        [what, tool, f"{cost.seconds:.1f}", f"{cost.cpu:.1f}", f"{cost.mib:.0f}"]
        + [f"{cost.seconds / base[what].seconds:.2f}"]
        for what in base
        for tool, cost in ((tool, costs[tool][what]) for tool in costs)
    ]
    header = ["build", "tool", "seconds", "CPU s", "peak MiB", "to ours"]
    return table("Building", header, rows)


def report_loads(tools: Sequence[str], found: dict[str, list[Load]]) -> str:
    """The table of what pages weigh and how they appear."""
    rows = [
        [page, tool]
        + [f"{size / 1000:.0f}" for size in (one.html, one.html_gzip)]
        + [f"{size / 1000:.0f}" for size in (one.total, one.total_gzip)]
        + [one.requests, one.foreign, f"{one.paint:.0f}", f"{one.shift:.3f}"]
        for page, of_tools in found.items()
        for tool, one in zip(tools, of_tools, strict=True)
    ]
    header = ["page", "tool", "HTML kB", "gzip", "all kB", "gzip", "requests"]
    return table("Loading", [*header, "foreign", "paint ms", "shift"], rows)


def report_scale(scales: dict[int, Scale]) -> str:
    """The table of what a larger site costs."""
    rows = [
        [f"x{count}", f"{s.first.seconds:.1f}", f"{s.again.seconds:.1f}"]
        + [f"{s.again.cpu:.1f}", f"{s.again.mib:.0f}"]
        + [f"{s.index / 1000:.0f}", f"{s.index_gzip / 1000:.0f}"]
        for count, s in scales.items()
    ]
    header = ["size", "first s", "again s", "CPU s", "peak MiB", "index kB", "gzip"]
    return table("Growing", header, rows)


def aims(
    costs: dict[str, dict[str, Cost]],
    found: dict[str, list[Load]],
    scales: dict[int, Scale],
) -> list[tuple[str, str, bool]]:
    """Each aim, what was measured, and whether that meets it."""
    speed = costs["mkdocs-jupyter"]["cold"].seconds / costs["ours"]["cold"].seconds
    again = costs["ours"]["nothing changed"].seconds
    our, stock = found["notebook page"][:2]
    lean = stock.html / our.html
    both = (our, step) = our, found["step page"][0]
    weight, shift = step.total_gzip / 1000, max(one.shift for one in both)
    foreign = sum(one.foreign for one in both)
    rows = [
        ("cold: mkdocs-jupyter takes 1.6 times ours", f"{speed:.2f}", speed >= 1.6),
        ("nothing changed: 3 s", f"{again:.1f} s", again <= 3),
        ("notebook page: HTML 1/8 of mkdocs-jupyter's", f"1/{lean:.1f}", lean >= 8),
        ("step page: 150 kB compressed in all", f"{weight:.0f} kB", weight <= 150),
        ("no layout shift", f"{shift:.3f}", shift < 0.0005),
        ("no third-party request", f"{foreign}", foreign == 0),
    ]
    if len(scales) == len(COUNTS):
        time_growth = growth(COUNTS, [s.again.seconds for s in scales.values()])
        memory_growth = growth(COUNTS, [s.again.mib for s in scales.values()])
        index = scales[COUNTS[-1]].index / 1e6
        rows += [
            ("time grows at most linearly", f"{time_growth:.2f}", time_growth <= NOISE),
            ("memory likewise", f"{memory_growth:.2f}", memory_growth <= NOISE),
            (f"search index, x{COUNTS[-1]}: 2 MB", f"{index:.2f} MB", index < 2),
        ]
    return rows


def run(quick: bool) -> None:
    """Measure everything and print the tables."""
    with sync_playwright() as playwright:
        browser.find(playwright)  # fails now rather than after the builds
    BENCH.mkdir(parents=True, exist_ok=True)
    makers = [sites.ours, sites.stock]
    if not quick:
        sites.install_sphinx()
        makers.append(sites.sphinx)
    tools = [make() for make in makers]
    paths = [p.relative_to(ROOT) for p in notebook_paths()]
    pages = [p.relative_to(ROOT) for p in (ROOT / "docs" / "steps").glob("*.md")]
    notebook, page = (
        max(some, key=lambda path: (ROOT / path).stat().st_size)
        for some in (paths, pages)
    )
    names = "mkdocs|mkdocs-material|mkdocs-jupyter|sphinx|myst-nb|furo"
    locks = (ROOT / "requirements.txt").read_text() + sites.LOCK.read_text()
    pins = re.findall(rf"^((?:{names})==\S+)", locks, re.MULTILINE)
    print(f"{len(paths)} notebooks, {len(pages)} step pages; {os.cpu_count()} cores;")
    print(f"Python {platform.python_version()}, {', '.join(pins)}")
    print(f"Changed and loaded, as the largest: {notebook} and {page}", flush=True)
    subprocess.run([sys.executable, "-c", WARM_UP])
    costs = {tool.name: builds(tool, notebook, page) for tool in tools}
    print(report_builds(costs), BUILD_NOTE, sep="\n", flush=True)
    found = loads(tools, notebook, page)
    print(report_loads(list(costs), found), LOAD_NOTE, sep="\n", flush=True)
    cache = tools[0].folder / ".cache" / "notebooks"
    scales = {count: scaled(count, cache) for count in COUNTS[: 2 if quick else 3]}
    print(report_scale(scales), SCALE_NOTE, sep="\n")
    rows = [
        [aim, value, "met" if met else "MISSED"]
        for aim, value, met in aims(costs, found, scales)
    ]
    print(table("Aims", ["aim", "measured", ""], rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="no Sphinx, no x20")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(options.quick)
    except (BenchError, browser.NoBrowser, Error, OSError) as error:
        print(f"\nError: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing was left running.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
