"""The notebook runner: what executes again, what two runs share, how runs fail."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import notebook_cache
import notebook_kernel
import psutil
import pytest
import run_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_cache import NotebookError

SCRIPTS = Path(run_notebooks.__file__).parent
SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


class Project:
    """A folder with notebooks, a lock file and data, and the runner pointed at it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = root / "requirements.txt"
        self.lock.write_text("numpy==2.4.6\n")
        self.data = root / "notebooks" / "data" / "numbers.csv"
        self.data.parent.mkdir(parents=True)
        self.data.write_text("1,2,3\n")
        self.places = {"out_dir": root / "executed", "cache_dir": root / "cache"}

    def notebook(self, slug: str, *sources: str, prose: str = "# A title") -> Path:
        """Write a notebook of the step `step` with these code cells: c1, c2, ..."""
        notebook = new_notebook(
            cells=[new_markdown_cell(prose, id="title")]
            + [new_code_cell(s, id=f"c{n}") for n, s in enumerate(sources, start=1)],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3"},
                "site": {"runtime": "browser"},
            },
        )
        path = self.root / "notebooks" / "step" / f"{slug}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def execute(self, *paths: Path, **options) -> list[run_notebooks.Run]:
        return run_notebooks.execute(paths, **{"jobs": 2} | self.places | options)

    def entries(self) -> list[Path]:
        return sorted(self.places["cache_dir"].glob("*.json"))


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    project = Project(tmp_path)
    monkeypatch.setattr(notebook_cache, "LOCK", project.lock)
    return project


def edit(path: Path, change) -> None:
    """Change the notebook in a file."""
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def outputs(path: Path) -> list:
    """The outputs of a notebook's code cells, in order."""
    cells = nbformat.read(path, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", [])]


# What executes again


def test_prose_and_ids_do_not_execute_again_but_show(project):
    path = project.notebook("lesson", "1 + 1", prose="# Old prose")
    [first] = project.execute(path)
    assert not first.from_cache

    def rewrite(notebook):
        notebook.cells[0].source = "# New prose"
        notebook.cells[1].id = "sum"
        notebook.cells.append(new_markdown_cell("The end.", id="end"))

    edit(path, rewrite)
    [second] = project.execute(path)
    assert second.from_cache
    assert (second.ran_at, second.seconds) == (first.ran_at, first.seconds)
    executed = nbformat.read(second.output, as_version=4)
    assert [cell.source for cell in executed.cells] == [
        "# New prose",
        "1 + 1",
        "The end.",
    ]
    assert executed.cells[1].id == "sum"
    assert executed.cells[1].outputs[0].data == {"text/plain": "2"}


def test_changed_code_executes_again(project):
    path = project.notebook("lesson", "1 + 1")
    project.execute(path)
    edit(path, lambda notebook: notebook.cells[1].update(source="1 + 2"))
    [run] = project.execute(path)
    assert not run.from_cache
    assert outputs(run.output)[0].data == {"text/plain": "3"}


@pytest.mark.parametrize(
    "change",
    [
        lambda p, m, nb: nb.cells[1].update(source="open('../data/numbers.csv').name"),
        lambda p, m, nb: nb.cells[1].metadata.update(tags=["results"]),
        lambda p, m, nb: nb.cells.append(nb.cells.pop(1)),
        lambda p, m, nb: nb.metadata.kernelspec.update(name="python4"),
        lambda p, m, nb: p.data.write_text("1,2,4\n"),
        lambda p, m, nb: p.lock.write_text("numpy==2.4.7\n"),
        lambda p, m, nb: m.setattr(notebook_cache, "STYLE", p.lock),
        lambda p, m, nb: m.setattr(notebook_cache, "RUNNER", "next"),
        lambda p, m, nb: m.setattr(platform, "python_version", lambda: "3.99.0"),
        lambda p, m, nb: m.setattr(platform, "machine", lambda: "abacus"),
    ],
    ids=[
        *("code", "tag", "order", "kernel", "data"),
        *("lock", "style", "runner", "python", "machine"),
    ],
)
def test_the_key_changes_with_everything_outputs_depend_on(
    project, monkeypatch, change
):
    path = project.notebook("lesson", "open('../data/numbers.csv').read()", "1")
    notebook = nbformat.read(path, as_version=4)
    before = notebook_cache.key(path, notebook)
    assert notebook_cache.key(path, notebook) == before
    change(project, monkeypatch, notebook)
    assert notebook_cache.key(path, notebook) != before


def test_without_the_cache_everything_executes_and_is_kept(project):
    path = project.notebook("lesson", "1")
    project.execute(path)
    assert not project.execute(path, use_cache=False)[0].from_cache
    assert project.execute(path)[0].from_cache


def test_an_output_that_did_not_change_is_left_alone(project):
    path = project.notebook("lesson", "1")
    [run] = project.execute(path)
    files = [run.output, run.output.with_suffix(".run.json")]
    before = [file.stat().st_mtime_ns for file in files]
    project.execute(path)
    assert [file.stat().st_mtime_ns for file in files] == before


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b"", lambda b: b + b" "]
)
def test_a_damaged_entry_is_said_and_counts_as_missing(project, capsys, damage):
    entry = project.root / "lesson.key.json"
    notebook_cache.store(entry, {"outputs": [[]], "run": {"seconds": 1}})
    assert notebook_cache.load(entry) == {"outputs": [[]], "run": {"seconds": 1}}
    entry.write_bytes(damage(entry.read_bytes()))
    assert notebook_cache.load(entry) is None
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "lesson.key.json is damaged" in said


def test_a_damaged_entry_is_executed_again(project):
    path = project.notebook("lesson", "1")
    project.execute(path)
    [entry] = project.entries()
    entry.write_bytes(entry.read_bytes().replace(b'"1"', b'"2"'))
    [run] = project.execute(path)
    assert not run.from_cache
    assert outputs(run.output)[0].data == {"text/plain": "1"}


def test_entries_that_no_run_used_for_long_are_deleted(project):
    cache = project.places["cache_dir"]
    for name in ("used.key.json", "unused.key.json", "unused.key.json.tmp"):
        notebook_cache.write(cache / name, b"")
        if name.startswith("unused"):
            os.utime(cache / name, (0, 0))
    project.execute()
    assert [file.name for file in cache.iterdir()] == ["used.key.json"]


# What two runs share

FIGURE = """\
import matplotlib.pyplot as plt
import os, subprocess, sys, time
print("in ", end="", flush=True)
time.sleep(0.3)
print("pieces", file=sys.stderr, flush=True)
time.sleep(0.3)
print("pieces", {"a", "b", "c"})
figure, axes = plt.subplots()
axes.fill_between([0, 1, 2], [3, 1, 2], hatch="/")
axes.legend(["area"])
plt.show()
print("after the figure")
"""


def test_two_cold_runs_are_the_same_to_the_byte(project):
    path = project.notebook("lesson", FIGURE, "", "print('last')")
    files = []
    for name in "ab":
        [run] = project.execute(path, out_dir=project.root / name, use_cache=False)
        files.append(run.output.read_bytes())
    assert files[0] == files[1]

    executed = nbformat.reads(files[0].decode(), as_version=4)
    nbformat.validate(executed)
    assert executed.metadata.language_info == {"name": "python"}
    cells = executed.cells[1:]
    assert [cell.execution_count for cell in cells] == [1, None, 2]
    assert all(cell.metadata == {} for cell in cells)
    stdout, stderr, figure, after = cells[0].outputs
    assert stdout.text.startswith("in pieces {")
    assert stderr.text == "pieces\n"
    assert "<svg" in figure.data["image/svg+xml"]
    assert "image/png" not in figure.data
    assert after.text == "after the figure\n"


def test_streams_become_one_piece_each_as_a_terminal_shows_them():
    pieces = [
        ("stderr", "x"),
        ("stdout", "10%\r20%"),
        ("stdout", "\r99%\r\n"),
        ("stderr", "y"),
    ]
    streams = [new_output("stream", name=name, text=text) for name, text in pieces]
    joined = notebook_kernel._joined(streams)
    assert [(s.name, s.text) for s in joined] == [("stdout", "99%\n"), ("stderr", "xy")]


def test_the_kernel_sees_nothing_of_the_user(project, monkeypatch):
    startup = project.root / ".ipython" / "profile_default" / "startup" / "mine.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("mine = 1")
    monkeypatch.setenv("HOME", str(project.root))
    monkeypatch.setenv("USERPROFILE", str(project.root))
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    path = project.notebook(
        "lesson",
        "import os, sys, warnings\n"
        "names = 'OMP_NUM_THREADS SOURCE_DATE_EPOCH PYTHONHASHSEED'.split()\n"
        "[os.getcwd(), sys.executable, 'mine' in globals(), sys.warnoptions,\n"
        " *(os.environ[name] for name in names)]",
    )
    [run] = project.execute(path)
    seen = eval(outputs(run.output)[0].data["text/plain"])
    assert seen == [str(path.parent), sys.executable, False, [], "1", "0", "0"]


def test_notebooks_run_at_once(project):
    meet = "import pathlib, time\npathlib.Path('{}').touch()\n"
    meet += "while not pathlib.Path('{}').exists(): time.sleep(0.05)"
    a = project.notebook("a", meet.format("a", "b"))
    b = project.notebook("b", meet.format("b", "a"))
    assert len(project.execute(a, b, jobs=2)) == 2


def test_the_longest_runs_first(project, monkeypatch):
    """By what it took the last time, whatever it held then; else eight seconds."""
    for slug, seconds in {"short": 1.0, "long": 20.0}.items():
        entry = project.places["cache_dir"] / f"{slug}.oldkey.json"
        notebook_cache.store(entry, {"outputs": [], "run": {"seconds": seconds}})
    order = []

    async def watch(todo, *_):
        order.extend(job.path.stem for job in todo)
        return ["stopped"]

    monkeypatch.setattr(run_notebooks, "_execute_all", watch)
    with pytest.raises(NotebookError, match="stopped"):
        project.execute(*(project.notebook(s, "1") for s in ("short", "new", "long")))
    assert order == ["long", "new", "short"]


def test_facts_of_the_run_lie_beside_the_notebook(project):
    [run] = project.execute(project.notebook("lesson", "1"))
    facts = json.loads(run.output.with_suffix(".run.json").read_text())
    assert set(facts) == {
        *("ran_at", "seconds", "cpu_seconds", "peak_mib", "python", "lock")
    }
    assert facts["ran_at"].endswith("+00:00")
    assert facts["cpu_seconds"] > 0 and facts["seconds"] > 0
    assert 20 < facts["peak_mib"] < 1024
    assert facts["python"] == platform.python_version()
    assert facts["lock"] == notebook_cache.lock_digest()[:12]


# How runs fail

FAILURES = {
    "raises": [
        "def half(x):\n    return x / 0",
        "a = 1\nb = '\\x1b[31mred'\nhalf(a)\nc = 3",
    ],
    "shows-badly": [
        "class Bad:\n    def _repr_html_(self): raise ValueError('no picture')",
        "Bad()",
    ],
    "allowed": ["1 / 0"],
    "hangs": ["import time", "while True:\n    time.sleep(1)"],
    "hogs": [
        "import time\nblocks = []\nwhile True:\n"
        "    blocks.append(b'x' * 10**7)\n    time.sleep(0.01)"
    ],
    "child-hogs": [
        "import subprocess, sys\n"
        "code = 'import time; block = b\"x\" * 4 * 10**8; time.sleep(60)'\n"
        "subprocess.run([sys.executable, '-c', code])"
    ],
    "dies": ["import os", "os._exit(3)"],
    "lacks-package": ["import no_such_package.part"],
    "shows-address": ["1", "object()"],
    "warns": ["import warnings\nwarnings.warn('careful')"],
    "lacks-data": ["1", "open('../data/absent.csv')"],
    "fine": ["print('fine')"],
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """All the failing notebooks, executed together: the project and the message."""
    project = Project(tmp_path_factory.mktemp("failures"))
    paths = [project.notebook(slug, *cells) for slug, cells in FAILURES.items()]
    slug = {path.stem: path for path in paths}
    tag = {"tags": ["raises-exception"]}
    edit(slug["allowed"], lambda nb: nb.cells[1].metadata.update(tag))
    edit(slug["hangs"], lambda nb: nb.metadata.site.update(runtime="hurried"))
    paths.append(project.notebook("not-json"))
    paths[-1].write_text("{")
    budgets = {
        "browser": notebook_kernel.Budget(seconds=60, mib=250),
        "hurried": notebook_kernel.Budget(seconds=5, mib=250, patience=2),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebook_cache, "LOCK", project.lock)
        patch.setattr(notebook_kernel, "BUDGETS", budgets)
        stderr = io.StringIO()
        with pytest.raises(NotebookError) as caught, contextlib.redirect_stderr(stderr):
            project.execute(*paths, jobs=3)
    project.messages = str(caught.value).split("\n\n")
    project.text, project.progress = str(caught.value), stderr.getvalue()
    return project


def message(failed: Project, slug: str) -> str:
    """The first line about a notebook."""
    [line] = [x for x in failed.text.splitlines() if f"/{slug}.ipynb" in x]
    return line


def test_the_results_of_the_others_are_kept(failed):
    executed = failed.places["out_dir"] / "step"
    assert sorted(file.name for file in executed.iterdir()) == [
        "fine.ipynb",
        "fine.run.json",
    ]
    assert [entry.name.partition(".")[0] for entry in failed.entries()] == ["fine"]


def test_each_finished_notebook_is_a_line_without_a_terminal(failed):
    lines = failed.progress.splitlines()
    assert len(lines) == len(FAILURES) - 1  # lacks-data never started
    assert sum("fine.ipynb: " in line and line.endswith(" s") for line in lines) == 1
    assert sum(line.endswith(": failed") for line in lines) == len(lines) - 1


def test_a_failing_cell_is_named_with_its_line_and_a_plain_traceback(failed):
    line = message(failed, "raises")
    assert line.endswith(
        "/raises.ipynb, cell 3 `c2` (In [2]), line 3: "
        "ZeroDivisionError: division by zero"
    )
    report = failed.text.partition(line)[2].partition(".ipynb, cell")[0]
    assert report.startswith("\n    half(a)\nTraceback (most recent call last):")
    assert "Cell In[1], line 2 in half" in report
    assert "nbclient" not in failed.text and "\x1b" not in failed.text


def test_an_output_that_cannot_be_shown_fails(failed):
    text = message(failed, "shows-badly")
    assert text.endswith("cell 3 `c2` (In [2]): ValueError: no picture")


def test_no_tag_allows_a_cell_to_fail(failed):
    assert "ZeroDivisionError" in message(failed, "allowed")


def test_a_hang_is_stopped_at_its_time_limit(failed):
    assert "cell 3 `c2` (In [2]): stopped after 10 s, 2 times its budget of 5 s" in (
        message(failed, "hangs")
    )


@pytest.mark.parametrize("slug", ["hogs", "child-hogs"])
def test_a_memory_hog_is_stopped_at_its_limit(failed, slug):
    text = message(failed, slug)
    assert "cell 2 `c1` (In [1]): stopped at " in text
    assert "MiB of memory, over its budget of 250 MiB" in text


def test_a_dead_kernel_is_named_with_its_cell(failed):
    assert "cell 3 `c2` (In [2]): the kernel died (exit code 3)" in (
        message(failed, "dies")
    )


def test_a_missing_package_says_how_to_add_it(failed):
    text = message(failed, "lacks-package")
    assert "line 1: ModuleNotFoundError: No module named 'no_such_package'" in text
    assert "requirements.in and run `make lock`" in text


def test_outputs_that_differ_from_run_to_run_are_errors(failed):
    assert "cell 3 `c2` (In [2])" in message(failed, "shows-address")
    assert "a memory address" in message(failed, "shows-address")
    assert "`<object at 0x" in message(failed, "shows-address")
    assert "cause of the warning" in message(failed, "warns")


def test_a_missing_data_file_is_named_with_its_cell(failed):
    text = message(failed, "lacks-data")
    assert "cell `c2`: ../data/absent.csv is not a file" in text


def test_what_is_not_json_is_named(failed):
    assert "not-json.ipynb: not a valid notebook" in message(failed, "not-json")


def test_a_missing_lock_file_says_how_to_make_it(project):
    project.lock.unlink()
    with pytest.raises(NotebookError, match="run `make lock`"):
        project.execute(project.notebook("lesson", "1"))


def test_a_full_disk_is_one_line_and_leaves_no_temporary_file(project, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(
        NotebookError, match="The disk is full.*Free some space"
    ) as error:
        project.execute(project.notebook("lesson", "1"))
    assert "\n" not in str(error.value)
    assert list(project.places["cache_dir"].iterdir()) == []


# How runs are ended from outside

DRIVER = """
import functools, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
sys.path.insert(0, sys.argv[1])
import notebook_cache, run_notebooks
notebook_cache.LOCK = Path("requirements.txt")
step = Path("notebooks/step").resolve()
run_notebooks.notebook_paths = lambda: sorted(step.iterdir())
run_notebooks.execute = functools.partial(
    run_notebooks.execute, out_dir=Path("executed"), cache_dir=Path("cache")
)
sys.exit(run_notebooks.main(["--jobs", "1"]))
"""
SLOW = """\
import os, pathlib, time
first = not pathlib.Path("../pid").exists()
pathlib.Path("../pid").write_text(str(os.getpid()))
time.sleep(60 if first else 0)
"""


def interrupted(project: Project, signum: int) -> tuple[subprocess.Popen, float]:
    """Signal a runner whose second notebook runs; it, and how long its kernel lived."""
    project.notebook("a-quick", "1")
    project.notebook("b-slow", SLOW)
    (project.root / "tmp").mkdir()
    pid = project.root / "notebooks" / "pid"
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, SCRIPTS],
        cwd=project.root,
        env=os.environ | {"TMPDIR": str(project.root / "tmp")},
        stderr=subprocess.PIPE,
        text=True,
    ) as runner:
        try:
            while not (pid.exists() and pid.read_text()):
                assert runner.poll() is None, runner.stderr.read()
                time.sleep(0.05)
            kernel = psutil.Process(int(pid.read_text()))
            runner.send_signal(signum)
            start = time.monotonic()
            runner.said = runner.communicate(timeout=20)[1]
            with contextlib.suppress(psutil.NoSuchProcess):
                kernel.wait(timeout=20)
            return runner, time.monotonic() - start
        finally:
            runner.kill()


@SIGNALS
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_kernels_and_keeps_what_is_finished(project, signum):
    runner, seconds = interrupted(project, signum)
    assert runner.returncode == 130
    assert seconds < 15
    assert "Traceback" not in runner.said
    assert list((project.root / "tmp").iterdir()) == []
    assert not list(project.root.rglob("*.tmp"))
    runs = project.execute(*sorted((project.root / "notebooks/step").iterdir()))
    assert [run.from_cache for run in runs] == [True, False]


@SIGNALS
def test_a_killed_runner_leaves_a_valid_cache_and_no_kernel(project):
    runner, seconds = interrupted(project, signal.SIGKILL)
    assert runner.returncode == -signal.SIGKILL
    assert seconds < 15
    assert all(notebook_cache.load(entry) for entry in project.entries())
    runs = project.execute(*sorted((project.root / "notebooks/step").iterdir()))
    assert [run.from_cache for run in runs] == [True, False]


def test_a_kill_while_writing_leaves_the_old_entry(project, monkeypatch):
    file = project.root / "entry.json"
    notebook_cache.write(file, b"old")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        notebook_cache.write(file, b"new")
    assert file.read_bytes() == b"old"
    assert not list(project.root.glob("*.tmp"))


# The command line


@pytest.fixture
def command(project, monkeypatch):
    """The command line, for the notebooks of the project."""
    step = project.root / "notebooks" / "step"
    monkeypatch.setattr(run_notebooks, "notebook_paths", lambda: [*step.glob("*")])
    execute = functools.partial(run_notebooks.execute, **project.places)
    monkeypatch.setattr(run_notebooks, "execute", execute)
    return run_notebooks.main


def test_an_unknown_slug_names_near_ones(project, command, capsys):
    project.notebook("ranking-metrics", "1")
    assert command(["--only", "ranking-metric"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "ranking-metrics" in said


def test_no_notebooks_at_all_is_an_error(command):
    assert command([]) == 1


def test_only_the_named_notebook_runs_and_its_timings_are_shown(
    project, command, capsys
):
    project.notebook("lesson", "1")
    project.notebook("other", "1 / 0")
    assert command(["--only", "lesson", "--timings"]) == 0
    said = capsys.readouterr().out
    assert "lesson" in said and "other" not in said
    assert "1 executed, 0 taken from the cache" in said
    assert command([]) == 1


def test_timings_mark_what_is_over_budget(project):
    path = project.notebook("lesson", "1")
    run = run_notebooks.Run(path, path, True, "", 9.0, 25.0, 512.0, "3.11.7", "")
    assert run_notebooks.timings([run]).endswith("125%     512     50%  over budget")


def test_a_terminal_shows_what_runs_and_the_time_left(project, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    project.execute(project.notebook("lesson", "import time; time.sleep(0.5)"))
    assert "left: lesson" in sys.stderr.getvalue()
