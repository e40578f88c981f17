"""Measures the build and its pages beside the alternatives; prints tables.

    scripts/bench.py [--quick]

Side by side, on copies in build/bench/: ours, mkdocs-jupyter as it comes with
`execute: true`, and Sphinx with myst-nb. Nothing here passes or fails: the last table
says which aims are met, and with what number. Twenty minutes on two free cores.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import bench_live
import bench_sites as sites
import browser
import psutil
from bench_measure import Cost, Load, build, load, progress
from bench_sites import BENCH, BenchError, Tool
from notebook_files import ROOT
from playwright.sync_api import Error, sync_playwright

CHEAP = 20  # seconds: what takes less is measured three times
COUNTS = (1, 5, 20)
PAGES = "docs/steps/**/*.md"
NOISE = 1.25  # what differs by less is the same
# Else the first to import them would pay for reading them from the disk.
WARM_UP = (
    "import mkdocs_jupyter.plugin, sklearn, scipy.stats, pandas, matplotlib.pyplot"
)
BUILD_NOTE = """\
Cold: one run, without any cache, Matplotlib's list of fonts included. The rest: median
of 3 (one run of what takes over 20 s). Memory: resident, summed over the processes, so
shared pages count in each. Ours and Sphinx execute as many notebooks at a time as there
are cores, mkdocs-jupyter one. Only our pages hold bound values and figures."""
LOAD_NOTE = """\
Headless Chromium, 1280 x 720, no throttling, served from this machine with gzip; of 3
loads the one with the median first contentful paint. Opened: before scrolling, so
without figures further down; the columns after it: read to the end. Foreign requests
are blocked: what they would fetch in turn, weigh and delay is in no column."""
SCALE_NOTE = """\
Copies of each step page and notebook. No notebook is executed: a copy has the same
code, so its outputs are in the cache. First: nothing else is. Again: nothing changed.
Growth, below: what a copy adds between x5 and x20 over what one adds between x1 and x5;
1 is linear, up to 1.25 noise. Copies compress better than as much new text would."""

Costs = Mapping[str, Mapping[str, Cost]]  # by what was changed, then by tool
Loads = Mapping[str, Mapping[str, Load]]  # by page, then by tool


@dataclass(frozen=True)
class Scale:
    """What a larger site takes: to build, to build again; its search index in bytes."""

    first: Cost
    again: Cost
    index: int
    index_gzip: int


def typical(tool: Tool, label: str, change: Callable[[], None] = lambda: None) -> Cost:
    """The median of three builds, a change before each; one build if it takes long."""
    costs: list[Cost] = []
    while not costs or (len(costs) < 3 and costs[0].seconds < CHEAP):
        change()
        costs.append(build(tool, label))
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu for cost in costs),
        max(cost.mib for cost in costs),
    )


def measure_builds(tools: Sequence[Tool], notebook: Path, page: Path) -> Costs:
    """What builds cost: cold, and after each kind of change."""
    costs = {"cold": {tool.name: build(tool, "cold") for tool in tools}}
    for label, change in {
        "nothing changed": lambda tool: None,
        "one notebook changed": lambda t: sites.change_notebook(t.notebooks / notebook),
        "one page changed": lambda tool: sites.change_page(tool.folder / page),
    }.items():
        costs[label] = {
            tool.name: typical(tool, label, partial(change, tool)) for tool in tools
        }
    return costs


def measure_loads(tools: Sequence[Tool], notebook: Path, page: Path) -> Loads:
    """How the notebook's page and the step's load in each tool's site."""
    found: dict[str, dict[str, Load]] = {"notebook page": {}, "step page": {}}
    with sync_playwright() as playwright, browser.launch(playwright) as chromium:
        for tool in tools:
            with browser.serve(tool.folder / "site") as address:
                for name, path in zip(found, (notebook, page), strict=True):
                    url = path.with_suffix("").as_posix().removeprefix("docs/")
                    url += tool.suffix
                    three = [load(chromium, address, url) for _ in range(3)]
                    found[name][tool.name] = sorted(three, key=lambda x: x.paint)[1]
                    progress(f"{tool.name}: {name} loaded", done=True)
    return found


def measure_scale(tool: Tool, count: int, cache: Path) -> Scale:
    """Ours with `count` of each step page and notebook."""
    sites.multiply(tool.folder, count, cache)
    first = build(tool, "only notebooks cached")
    again = typical(tool, "nothing changed")
    index = (tool.folder / "site" / "search" / "search_index.json").read_bytes()
    shutil.rmtree(tool.folder)
    return Scale(first, again, len(index), len(gzip.compress(index, 6)))


def growth(costs: Sequence[float], counts: Sequence[int] = COUNTS) -> float:
    """What a copy adds at the end over what one adds at the start: 1 is linear."""
    (a, b, c), (x, y, z) = counts, costs
    at_start, at_end = (y - x) / (b - a), (z - y) / (c - b)
    return at_end / at_start if at_start > 0 else float("inf")


def table(title: str, header: str, rows: Sequence[Sequence[str | float]]) -> str:
    """A table in plain text: text to the left, numbers to the right.

    Args:
        header: the names of the columns, with | between them.
        rows: floats are shown with three digits or more.
    """

    def text(cell: str | float) -> str:
        if isinstance(cell, float):
            return f"{cell:.2f}" if cell < 10 else f"{cell:.1f}"
        return str(cell)

    cells = [header.split("|"), *(list(map(text, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    aligned = [str.ljust if isinstance(cell, str) else str.rjust for cell in rows[0]]
    lines = [
        "  ".join(
            align(cell, width)
            for align, cell, width in zip(aligned, row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join(["", title, "-" * max(map(len, lines)), *lines])


def report_builds(costs: Costs) -> str:
    """The table of what builds cost."""
    rows = [
        [what, tool, cost.seconds, cost.cpu, round(cost.mib)]
        + [cost.seconds / by_tool["ours"].seconds]
        for what, by_tool in costs.items()
        for tool, cost in by_tool.items()
    ]
    return table("Building", "build|tool|seconds|CPU s|peak MiB|times ours", rows)


def report_loads(loads: Loads) -> str:
    """The table of what pages weigh and how they appear."""
    rows = [
        [page, tool, one.html / 1000, one.html_gzip / 1000]
        + [one.opened_gzip / 1000, one.total_gzip / 1000]
        + [one.requests, one.foreign, round(one.paint), round(1000 * one.shift)]
        for page, by_tool in loads.items()
        for tool, one in by_tool.items()
    ]
    header = "page|tool|HTML kB|gzip|opened kB gzip|all kB gzip|requests|foreign"
    return table("Loading", f"{header}|paint ms|shift/1000", rows)


def report_scale(scales: Mapping[int, Scale]) -> str:
    """The table of what a larger site costs."""
    rows = [
        [f"x{count}", s.first.seconds, s.again.seconds, s.again.cpu]
        + [round(s.again.mib), s.index / 1000, s.index_gzip / 1000]
        for count, s in scales.items()
    ]
    header = "size|first s|again s|again CPU s|peak MiB|search index kB|gzip kB"
    return table("Growing", header, rows)


def report_aims(costs: Costs, loads: Loads, scales: Mapping[int, Scale]) -> str:
    """The table of the aims: what was measured, and whether that meets them."""
    speed = costs["cold"]["mkdocs-jupyter"].seconds / costs["cold"]["ours"].seconds
    again = costs["nothing changed"]["ours"].seconds
    html = {tool: one.html for tool, one in loads["notebook page"].items()}
    share = html["ours"] / html["mkdocs-jupyter"]
    step = loads["step page"]["ours"]
    opened, read = step.opened_gzip / 1000, step.total_gzip / 1000
    shift = max(by_tool["ours"].shift for by_tool in loads.values())
    foreign = sum(by_tool["ours"].foreign for by_tool in loads.values())
    aims = [
        (
            "cold build 1.6 times as fast as mkdocs-jupyter",
            f"{speed:.2f}",
            speed >= 1.6,
        ),
        ("nothing changed: at most 3 s", f"{again:.2f}", again <= 3),
        ("notebook page: HTML at most 1/8 of mkdocs-jupyter's", f"1/{1 / share:.1f}")
        + (share <= 1 / 8,),
        (
            "step page, opened: at most 150 kB compressed",
            f"{opened:.0f}",
            opened <= 150,
        ),
        ("step page, read to its end: the same", f"{read:.0f}", read <= 150),
        ("no layout shift", f"{shift:.4f}", shift == 0),
        ("no request to a third party", str(foreign), foreign == 0),
    ]
    if len(scales) == len(COUNTS):
        time, memory = (
            growth([getattr(scale.again, name) for scale in scales.values()])
            for name in ("seconds", "mib")
        )
        index = scales[COUNTS[-1]].index / 1e6
        aims += [
            ("time grows at most linearly", f"{time:.2f}", time <= NOISE),
            ("memory grows at most linearly", f"{memory:.2f}", memory <= NOISE),
            (f"search index at x{COUNTS[-1]}: under 2 MB", f"{index:.2f}", index < 2),
        ]
    rows = [(aim, value, "met" if met else "MISSED") for aim, value, met in aims]
    return table("Aims", "aim|measured|", rows)


def run(quick: bool) -> None:
    """Measure everything and print the tables."""
    with sync_playwright() as playwright:
        browser.find(playwright)  # fails now rather than after the builds
    BENCH.mkdir(parents=True, exist_ok=True)
    if not quick:
        sites.install_others()
    tools = [sites.ours(), sites.stock(), *([] if quick else [sites.sphinx()])]
    ours = tools[0].folder  # whose pages speak of no other notebooks
    paths, pages = list(ours.glob("notebooks/*/*.ipynb")), list(ours.glob(PAGES))
    notebook, page = (
        max(some, key=lambda path: path.stat().st_size).relative_to(ours)
        for some in (paths, pages)
    )
    names = "mkdocs|mkdocs-material|mkdocs-jupyter|sphinx|myst-nb|furo"
    locks = (ROOT / "requirements.txt").read_text() + sites.LOCK.read_text()
    pins = re.findall(rf"^((?:{names})==\S+)", locks, re.MULTILINE)
    print(f"{len(paths)} notebooks, {len(pages)} step pages, {os.cpu_count()} cores")
    print(f"Python {platform.python_version()}, {', '.join(pins)}")
    print(f"The largest, to change and to load: {notebook}, {page}", flush=True)
    busy = psutil.getloadavg()[0]
    if busy > 0.5:
        print(f"Something else is running (load {busy:.1f}): times will be too long")
    subprocess.run([sys.executable, "-c", WARM_UP], stderr=subprocess.DEVNULL)
    counts = COUNTS[:-1] if quick else COUNTS
    larger = {count: sites.ours(f"ours-x{count}") for count in counts}
    costs = measure_builds(tools, notebook, page)
    print(report_builds(costs), BUILD_NOTE, sep="\n", flush=True)
    loads = measure_loads(tools, notebook, page)
    print(report_loads(loads), LOAD_NOTE, sep="\n", flush=True)
    cache = tools[0].folder / ".cache" / "notebooks"
    scales = {n: measure_scale(site, n, cache) for n, site in larger.items()}
    print(report_scale(scales), SCALE_NOTE, sep="\n")
    print(report_aims(costs, loads, scales), flush=True)
    if not quick:
        print("\nRunning a notebook in its page", flush=True)
        bench_live.main([])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="no Sphinx, no JupyterLite, no x20"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(options.quick)
    except (BenchError, browser.NoBrowser, Error, OSError) as error:
        print(f"\nError: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        logging.disable()  # Playwright's complaints that its browser is gone
        print("\nStopped. Nothing is left running.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
