"""Measures for scripts/bench.py: what a build costs, and how a page loads."""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil
from bench_sites import BENCH, BenchError, Tool
from playwright.sync_api import Browser, Response

# In the page: adds up layout shifts; scrolls to the end; the first paint.
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
    opened_gzip: int  # before anybody scrolls
    total_gzip: int
    requests: int
    foreign: int
    paint: float  # ms
    shift: float


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
            progress(f"{label}, {time.monotonic() - start:.0f} s")
            with contextlib.suppress(psutil.TimeoutExpired):
                code = process.wait(timeout=0.2)
        seconds = time.monotonic() - start
    finally:
        _end(tree)
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BenchError(f"{label}: exit code {code}; the end of {log}:\n{tail}")
    progress(f"{label}, {seconds:.1f} s, {peak:.0f} MiB", done=True)
    return Cost(seconds, _cpu_of_children() - cpu, peak)


def load(chromium: Browser, address: str, url: str) -> Load:
    """Open a page and read it to its end; what would leave the machine is blocked."""
    with chromium.new_context() as context:
        context.add_init_script(COUNT_SHIFTS)
        context.route(lambda to: not to.startswith(address), lambda r: r.abort())
        page = context.new_page()
        requests, responses = [], []
        page.on("request", lambda request: requests.append(request))
        page.on("response", lambda response: responses.append(response))
        if not page.goto(address + url, wait_until="networkidle").ok:
            raise BenchError(f"The built site has no page {url}")
        at_once = len(responses)
        page.evaluate(SCROLL)
        page.wait_for_load_state("networkidle")
        sent = [_sent(response) for response in responses]
        web = [r.url for r in requests if not r.url.startswith(("data:", "blob:"))]
        return Load(
            html=len(responses[0].body()),
            html_gzip=sent[0],
            opened_gzip=sum(sent[:at_once]),
            total_gzip=sum(sent),
            requests=len(web),
            foreign=sum(not url.startswith(address) for url in web),
            paint=page.evaluate(FIRST_PAINT),
            shift=page.evaluate("window.shift"),
        )


def _sent(response: Response) -> int:
    """The bytes of a body on the way; what the browser tells leaves out workers."""
    compressed = response.headers.get("content-encoding") == "gzip"
    return len(gzip.compress(response.body(), 6) if compressed else response.body())


def progress(text: str, done: bool = False) -> None:
    """One line that says what goes on; without a terminal only what is done."""
    if sys.stderr.isatty():
        print(f"\r{text:<79.79}", end="\n" * done, file=sys.stderr, flush=True)
    elif done:
        print(text, file=sys.stderr, flush=True)


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
