"""Executes one notebook in a kernel of its own, the same way each time, with limits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from figures import lean
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from notebook_cache import STYLE, NotebookError, show
from notebook_files import ROOT, code_cells


@dataclass(frozen=True)
class Budget:
    """What a notebook may use: CPU seconds, MiB; wall time may be `patience` times."""

    seconds: float
    mib: float
    patience: float = 4  # machines are busy, and several notebooks run at once


BUDGETS = {"browser": Budget(20, 1024), "local": Budget(45, 2048)}
TICK = 0.1
FONTS = ROOT / ".cache" / "matplotlib"
OPTIONS = [
    "--InlineBackend.figure_formats=svg",
    "--InteractiveShell.xmode=Plain",
    "--HistoryManager.enabled=False",
]
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What differs from run to run in an output, and how a message calls it.
UNSTABLE = {
    r"\bat 0x[0-9A-Fa-f]{6,}": "a memory address. Print values rather than objects; "
    "end a line that plots with a semicolon",
    r"\bipykernel_\d+": "the kernel's process number. Mend the cause of the warning",
}


def budget(notebook: NotebookNode) -> Budget:
    """The limits of the notebook's `site.runtime`, the browser's when it names none."""
    return BUDGETS.get(
        notebook.metadata.get("site", {}).get("runtime"), BUDGETS["browser"]
    )


def environment(folder: Path) -> dict[str, str]:
    """What a kernel sees of the outside: nothing that is the user's or changes."""
    own = ("PYTHON", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    return inherited | {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "SOURCE_DATE_EPOCH": "0",
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(FONTS),
        "MATPLOTLIBRC": str(STYLE),
        "IPYTHONDIR": str(folder / "ipython"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
    }


def find_fonts() -> None:
    """Let Matplotlib look for fonts once: when that takes long, it prints a warning."""
    if not any(FONTS.glob("fontlist*")):
        FONTS.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=environment(FONTS), capture_output=True)


class ThisPython(KernelSpecManager):
    """Knows one kernel, this interpreter's, whatever the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel, by whichever name the notebook calls it."""
        command = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=[sys.executable, *command], name=kernel_name, language="python"
        )


class Meter:
    """Adds up the memory and the CPU time of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self.root = psutil.Process(pid)
        self.tree = [self.root]
        self.mib = self.peak_mib = 0.0
        self.cpu: dict[int, float] = {}
        self.ticks = 0

    def sample(self) -> None:
        """Measure now; look for new descendants, which is slow, every tenth time."""
        with contextlib.suppress(psutil.Error):
            if self.ticks % 10 == 0:
                self.tree = [self.root, *self.root.children(recursive=True)]
        self.ticks += 1
        self.mib = 0.0
        for process in self.tree:
            with contextlib.suppress(psutil.Error), process.oneshot():
                self.mib += process.memory_info().rss / 2**20
                times = process.cpu_times()
                self.cpu[process.pid] = times.user + times.system
        self.peak_mib = max(self.peak_mib, self.mib)

    def kill(self) -> None:
        """End what is left of the tree."""
        for process in self.tree:
            with contextlib.suppress(psutil.Error):
                process.kill()


class Execution:
    """One notebook being executed; fills in the outputs of its code cells."""

    def __init__(self, path: Path, notebook: NotebookNode) -> None:
        self.path, self.notebook, self.budget = path, notebook, budget(notebook)
        self.cell: NotebookNode | None = None

    async def run(self) -> dict:
        """Execute the code cells; what the run took. NotebookError when one fails."""
        ran_at, start = datetime.now(UTC), time.monotonic()
        with TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            client = self._client(folder)
            with open(folder / "stderr.txt", "wb") as stderr:
                await client.async_start_new_kernel(
                    cwd=str(self.path.parent), env=environment(folder), stderr=stderr
                )
            manager, meter = client.km, Meter(client.km.provisioner.pid)
            work = asyncio.create_task(self._cells(client))
            guard = asyncio.create_task(self._guard(manager, meter, folder))
            try:
                await asyncio.wait({work, guard}, return_when=asyncio.FIRST_COMPLETED)
                if guard.done() or not await manager.is_alive():
                    raise await guard
                work.result()
                meter.sample()
            finally:
                work.cancel()
                guard.cancel()
                await asyncio.gather(work, guard, return_exceptions=True)
                meter.kill()  # a polite shutdown takes a second longer
                await manager.shutdown_kernel(now=True)
                if client.kc is not None:
                    client.kc.stop_channels()
        self._tidy()
        return {
            "ran_at": ran_at.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - start, 2),
            "cpu_seconds": round(sum(meter.cpu.values()), 2),
            "peak_mib": round(meter.peak_mib, 1),
        }

    def _client(self, folder: Path) -> NotebookClient:
        """A client of a kernel that keeps all its files in `folder`."""
        file = str(folder / "kernel.json")
        manager = AsyncKernelManager(
            kernel_spec_manager=ThisPython(), connection_file=file
        )
        # A free TCP port may be taken before the kernel binds it, a socket file not.
        if os.name == "posix":
            manager.transport, manager.ip = "ipc", str(folder / "socket")
        return NotebookClient(
            self.notebook,
            km=manager,
            startup_timeout=600,  # the guard's is earlier
            iopub_timeout=60,
            raise_on_iopub_timeout=True,  # rather than lose an output
            skip_cells_with_tag="",
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=False,  # it moves text across figures: see _tidy
            ipython_hist_file="",
            extra_arguments=OPTIONS,
        )

    async def _cells(self, client: NotebookClient) -> None:
        """Execute the cells one after another until one fails."""
        await client.async_start_new_kernel_client()
        count = 0
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code":
                continue
            self.cell = cell
            cell.outputs, cell.execution_count = [], None
            if not cell.source.strip():
                continue
            count += 1
            cell.execution_count = count
            failure = None
            try:
                await client.async_execute_cell(cell, index)
            except CellExecutionError as error:
                failure = {
                    **vars(error),
                    "traceback": [],
                }  # the output has a better one
            # A figure that cannot be drawn is an output only: the cell succeeds, as
            # does one with the tag `raises-exception`.
            shown = (output for output in cell.outputs if output.output_type == "error")
            if failure := next(shown, failure):
                raise self._failed(failure)

    async def _guard(
        self, manager: AsyncKernelManager, meter: Meter, folder: Path
    ) -> NotebookError:
        """Wait until the kernel dies or leaves its limits; the error that says so."""
        limit = self.budget.seconds * self.budget.patience
        deadline = time.monotonic() + limit
        while await manager.is_alive():
            meter.sample()
            if meter.mib > self.budget.mib:
                return self._error(
                    f"stopped at {meter.mib:.0f} MiB of memory, over its budget of "
                    f"{self.budget.mib:.0f} MiB. Use less data or smaller types, and "
                    "`del` what is not needed any more."
                )
            if time.monotonic() > deadline:
                return self._error(
                    f"stopped after {limit:g} s, {self.budget.patience:g} times its "
                    f"budget of {self.budget.seconds:g} s. Look for a loop that does "
                    "not end; use less data or fewer repeats."
                )
            await asyncio.sleep(TICK)
        code = await manager.provisioner.poll()
        last_words = (folder / "stderr.txt").read_text(errors="replace").splitlines()
        return self._error(
            f"the kernel died (exit code {code}). A crash in compiled code does this, "
            "or the system when memory runs out.",
            details="\n".join(last_words[-15:]),
        )

    def _failed(self, failure: dict) -> NotebookError:
        """The error of a cell that raised."""
        text = ANSI.sub("", "\n".join(failure["traceback"]))
        frame = re.search(rf"Cell In\[{self.cell.execution_count}\], line (\d+)", text)
        what = f"{failure['ename']}: {ANSI.sub('', failure['evalue']).strip()}"
        what = what.splitlines()[0]
        if failure["ename"] == "ModuleNotFoundError":
            what += ". If the notebook needs it, add the package to requirements.in "
            what += "and run `make lock`."
        return self._error(what, line=int(frame[1]) if frame else None, details=text)

    def _tidy(self) -> None:
        """Make what two runs show equal, or raise where they cannot be.

        How the kernel cuts stdout and stderr into pieces is chance: between two other
        outputs there is one piece of each.
        """
        for cell in code_cells(self.notebook):
            self.cell, tidy = cell, []
            for is_stream, group in itertools.groupby(
                cell.outputs, lambda output: output.output_type == "stream"
            ):
                group = list(group)
                tidy += _joined(group) if is_stream else group
            cell.outputs = tidy
            for output in tidy:
                if svg := output.get("data", {}).get("image/svg+xml"):
                    output.data["image/svg+xml"] = lean(svg)
                for text in (output.get("text"), *output.get("data", {}).values()):
                    for pattern, what in UNSTABLE.items():
                        if found := re.search(pattern, str(text)):
                            line = str(text)[: found.end()].splitlines()[-1].strip()
                            raise self._error(
                                "the output is another one in each run, for it holds "
                                f"{what}: `{line}`"
                            )

    def _error(
        self, what: str, line: int | None = None, details: str = ""
    ) -> NotebookError:
        """The error to raise: where it is, what it is, then the details."""
        where = show(self.path)
        if self.cell is not None:
            number = self.notebook.cells.index(self.cell) + 1
            where += f", cell {number} `{self.cell.id}`"
            if self.cell.get("execution_count"):
                where += f" (In [{self.cell.execution_count}])"
        if line is not None:
            source = "".join(self.cell.source.splitlines()[line - 1 : line]).strip()
            where, details = f"{where}, line {line}", f"    {source}\n{details}"
        return NotebookError(f"{where}: {what}\n{details}".rstrip())


def _joined(streams: Iterable[NotebookNode]) -> list[NotebookNode]:
    """All stdout in one output, then all stderr, as a terminal would show them."""
    texts = {"stdout": "", "stderr": ""}
    for stream in streams:
        texts[stream.name] += stream.text.replace("\r\n", "\n")
    texts = {name: re.sub(r".*\r(?=.)", "", text) for name, text in texts.items()}
    return [new_output("stream", name=n, text=t) for n, t in texts.items() if t]
