"""Executes the notebooks that changed, several at a time, and keeps their results.

    scripts/run_notebooks.py [--only SLUG ...] [--jobs N] [--no-cache] [--timings]

Each notebook runs in a kernel process of its own; one event loop watches them all.
What comes out lies in build/executed/<step>/: `<slug>.ipynb` with its outputs, and
`<slug>.run.json` with when it ran, how long it took and how much memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import difflib
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import notebook_cache as cache
from notebook_cache import NotebookError, show
from notebook_files import NOTEBOOKS, ROOT, code_cells, notebook_paths, read_notebook

OUT = ROOT / "build" / "executed"
CACHE = ROOT / ".cache" / "notebooks"


@dataclass(frozen=True)
class Run:
    """One execution of a notebook, now or in an earlier run that the cache holds."""

    path: Path
    output: Path  # the executed notebook
    from_cache: bool
    ran_at: str  # UTC, ISO 8601
    seconds: float
    cpu_seconds: float
    peak_mib: float
    python: str
    lock: str  # the first digits of the lock file's SHA-256


@dataclass
class Job:
    """A notebook to execute."""

    path: Path
    notebook: nbformat.NotebookNode
    entry: Path  # the cache entry it will fill
    expected: float  # seconds
    started: float | None = None
    done: bool = False

    def progress(self) -> float:
        """How many of the expected seconds are over."""
        if self.done or self.started is None:
            return self.expected * self.done
        return min(time.monotonic() - self.started, 0.95 * self.expected)


class Progress:
    """Says what runs: a bar on a terminal, elsewhere a line per finished notebook."""

    def __init__(self, jobs: list[Job], shown: bool) -> None:
        self.jobs, self.shown, self.bar = jobs, shown, None
        if shown and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(
                total=sum(job.expected for job in jobs),
                bar_format="{percentage:3.0f}% |{bar:20}| {remaining} left: {desc}",
                leave=False,
            )

    async def refresh(self) -> None:
        """Keep the bar moving until cancelled."""
        while self.bar is not None:
            self.bar.n = sum(job.progress() for job in self.jobs)
            names = [job.path.stem for job in self.jobs if job.started and not job.done]
            self.bar.set_description_str(", ".join(names))
            await asyncio.sleep(0.2)

    def finished(self, job: Job, outcome: str) -> None:
        """Tell how a notebook ended."""
        job.done = True
        count = sum(job.done for job in self.jobs)
        line = f"[{count}/{len(self.jobs)}] {show(job.path)}: {outcome}"
        if self.bar is not None:
            self.bar.write(line, file=sys.stderr)
        elif self.shown:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()


@cache.disk_full_is_said()
def execute(
    paths: Iterable[Path],
    *,
    jobs: int | None = None,
    use_cache: bool = True,
    out_dir: Path = OUT,
    cache_dir: Path = CACHE,
    progress: bool = True,
) -> list[Run]:
    """Execute what the cache does not hold, and write every executed notebook.

    Raises NotebookError at the end when notebooks failed; the results of the others
    are written and cached by then.
    """
    runs: dict[Path, Run] = {}
    todo: list[Job] = []
    errors: list[str] = []
    paths = list(dict.fromkeys(map(Path, paths)))
    for path in paths:
        try:
            notebook, entry, kept = _look_up(path, cache_dir, use_cache)
        except NotebookError as error:
            errors.append(str(error))
            continue
        if kept:
            runs[path] = _write(path, notebook, kept, out_dir, from_cache=True)
        else:
            seconds = cache.expected_seconds(cache_dir, path)
            todo.append(Job(path, notebook, entry, seconds))

    def finish(job: Job, facts: dict) -> None:
        facts |= {"python": platform.python_version(), "lock": cache.lock_digest()[:12]}
        kept = {"outputs": [c.outputs for c in code_cells(job.notebook)], "run": facts}
        cache.store(job.entry, kept)
        runs[job.path] = _write(job.path, job.notebook, kept, out_dir, from_cache=False)

    if todo:
        todo.sort(key=lambda job: job.expected, reverse=True)
        try:
            # One more than cores: kernels also wait, as they start and end, and the
            # last notebook of an odd number does not run alone.
            jobs = max(1, jobs or (os.cpu_count() or 1) + 1)
            # A selector loop on every system: ZeroMQ needs it on Windows.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                errors += runner.run(_execute_all(todo, jobs, finish, progress))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    cache.prune(cache_dir)
    if errors:
        raise NotebookError("\n\n".join(errors))
    return [runs[path] for path in paths]


async def _execute_all(
    todo: list[Job], jobs: int, finish: Callable[[Job, dict], None], shown: bool
) -> list[str]:
    """Execute the notebooks, `jobs` at a time; the messages of those that failed."""
    from notebook_kernel import Execution, find_fonts  # slow, and often not needed

    this = asyncio.current_task()
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        # Not on Windows, nor outside the main thread.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    find_fonts()
    errors, queue, progress = [], iter(todo), Progress(todo, shown)

    async def work() -> None:
        for job in queue:
            job.started = time.monotonic()
            try:
                facts = await Execution(job.path, job.notebook).run()
            except NotebookError as error:
                errors.append(str(error))
                progress.finished(job, "failed")
            else:
                finish(job, facts)
                progress.finished(job, f"{facts['seconds']:.1f} s")

    refresh = asyncio.create_task(progress.refresh())
    try:
        await asyncio.gather(*(work() for _ in range(jobs)))
    finally:
        refresh.cancel()
        progress.close()
    return errors


def _look_up(
    path: Path, cache_dir: Path, use_cache: bool = True
) -> tuple[nbformat.NotebookNode, Path, dict | None]:
    """The clean notebook, where its cache entry lies, and the entry if there is one."""
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        raise NotebookError(str(error)) from None
    entry = cache.entry_path(cache_dir, path, cache.key(path, notebook))
    return notebook, entry, cache.load(entry) if use_cache else None


def _content(notebook: nbformat.NotebookNode, outputs: list) -> bytes:
    """The file of a notebook with these outputs of its code cells."""
    count = 0
    for index, cell in enumerate(code_cells(notebook)):
        ran = bool(cell.source.strip())
        count += ran
        cell.outputs = outputs[index] if ran else []
        cell.execution_count = count if ran else None
    notebook.metadata["language_info"] = {"name": "python"}
    # On one line: several times as fast, and nobody edits the file.
    return (json.dumps(notebook, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _write(
    path: Path,
    notebook: nbformat.NotebookNode,
    kept: dict,
    out_dir: Path,
    from_cache: bool,
) -> Run:
    """Write the executed notebook and the facts of its run."""
    output = out_dir / path.parent.name / path.name
    cache.write(output, _content(notebook, kept["outputs"]))
    facts = json.dumps(kept["run"], indent=1) + "\n"
    cache.write(output.with_suffix(".run.json"), facts.encode())
    return Run(path, output, from_cache, **kept["run"])


def timings(runs: list[Run]) -> str:
    """A table of what each notebook took and which share of its budget that is."""
    from notebook_kernel import budget

    lines = [f"{'notebook':44}{'s':>8}{'CPU s':>8}{'budget':>8}{'MiB':>8}{'budget':>8}"]
    for run in sorted(runs, key=lambda run: run.cpu_seconds, reverse=True):
        limits = budget(read_notebook(run.path))
        cpu, memory = run.cpu_seconds / limits.seconds, run.peak_mib / limits.mib
        lines.append(
            f"{run.path.stem:44}{run.seconds:8.1f}{run.cpu_seconds:8.1f}{cpu:8.0%}"
            f"{run.peak_mib:8.0f}{memory:8.0%}"
            + ("  over budget" if max(cpu, memory) > 1 else "")
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these notebooks")
    parser.add_argument(
        "--jobs", type=int, help="how many at once (one more than cores)"
    )
    parser.add_argument("--no-cache", action="store_true", help="execute them all")
    parser.add_argument("--timings", action="store_true", help="print what each took")
    options = parser.parse_args(arguments)
    paths = {path.stem: path for path in notebook_paths()}
    for slug in options.only or []:
        if slug not in paths:
            near = " or ".join(difflib.get_close_matches(slug, paths)) or "none is near"
            print(f"No notebook has the slug {slug!r}: {near}", file=sys.stderr)
            return 2
    chosen = [paths[slug] for slug in options.only or paths]
    if not chosen:
        print(f"There are no notebooks in {show(NOTEBOOKS)}/*/", file=sys.stderr)
        return 1
    try:
        runs = execute(chosen, jobs=options.jobs, use_cache=not options.no_cache)
    except NotebookError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    if options.timings:
        print(timings(runs))
    kept = sum(run.from_cache for run in runs)
    print(f"Notebooks: {len(runs) - kept} executed, {kept} taken from the cache")
    return 0


if __name__ == "__main__":
    sys.exit(main())
