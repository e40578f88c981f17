"""Every notebook keeps to the rules of check_notebooks and to its budget."""

import json

import check_notebooks
import nbformat
import pytest
from exemptions import remaining
from nbformat.v4 import new_code_cell, new_raw_cell
from notebook_files import ROOT, notebook_paths, read_notebook
from notebook_kernel import budget

TEMPLATE = ROOT / "scripts" / "notebook_template.ipynb"


def test_every_notebook_keeps_the_rules():
    faults = {
        path.stem: "\n".join(found)
        for path in notebook_paths()
        if (found := check_notebooks.problems(path))
    }
    assert "\n".join(remaining("notebook", faults)) == ""


def test_every_notebook_keeps_to_its_budget(site):
    faults = {}
    for path in notebook_paths():
        run = ROOT / "build" / "executed" / path.parent.name / f"{path.stem}.run.json"
        if fault := over_budget(read_notebook(path), json.loads(run.read_text())):
            faults[path.stem] = f"{path.stem}: {fault}"
    assert "\n".join(remaining("budget", faults)) == ""


def over_budget(notebook, run):
    """What a run took too much of; "" when it kept to the budget.

    CPU time is what counts: it does not depend on what else the machine did.
    """
    limit = budget(notebook)
    if run["cpu_seconds"] > limit.seconds:
        return f"{run['cpu_seconds']} s of CPU time, more than {limit.seconds}"
    if run["peak_mib"] > limit.mib:
        return f"{run['peak_mib']} MiB, more than {limit.mib}"
    return ""


@pytest.mark.parametrize(
    ("runtime", "seconds", "mib", "fault"),
    [
        ("browser", 19.9, 1023, ""),
        ("browser", 20.1, 100, "20.1 s of CPU time, more than 20"),
        ("browser", 1, 1025, "1025 MiB, more than 1024"),
        ("local", 44, 2047, ""),
        ("local", 46, 100, "46 s of CPU time, more than 45"),
    ],
)
def test_a_run_over_its_budget_is_found(runtime, seconds, mib, fault):
    notebook = nbformat.from_dict({"metadata": {"site": {"runtime": runtime}}})
    assert over_budget(notebook, {"cpu_seconds": seconds, "peak_mib": mib}) == fault


@pytest.fixture
def broken(tmp_path):
    """Writes the template after `change(notebook)` and says what is wrong with it."""

    def problems(change):
        notebook = nbformat.read(TEMPLATE, as_version=4)
        change(notebook)
        path = tmp_path / "broken.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        return "\n".join(check_notebooks.problems(path))

    return problems


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def test_the_template_keeps_the_rules(broken):
    assert broken(lambda notebook: None) == ""


def test_what_is_no_notebook_is_one_problem(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{}", "utf-8")
    (problem,) = check_notebooks.problems(path)
    assert "not a valid notebook" in problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda nb: nb.metadata.update(widgets={}), "metadata must be"),
        (lambda nb: nb.metadata.site.update(runtime="cloud"), "browser or local"),
        (lambda nb: nb.metadata.site.update(minutes="10"), "an integer from 3 to 20"),
        (lambda nb: nb.metadata.site.update(minutes=45), "an integer from 3 to 20"),
        (lambda nb: nb.metadata.site.update(summary="Short"), "must be a sentence"),
    ],
)
def test_wrong_metadata_is_found(broken, change, message):
    assert message in broken(change)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("title", {"source": "No title"}, "first cell must start with the one title"),
        ("title", {"source": "# Title"}, "must link to the step page"),
        ("idea", {"source": "# Second title"}, "must start with the one title"),
        ("learn", {"source": "Learn"}, "'What you will learn' is missing"),
        ("recap", {"source": "The end"}, "'Recap' is missing"),
        ("results", {"metadata": {}}, "exactly one cell must be tagged results"),
        ("claims", {"metadata": {"tags": ["results"]}}, "tagged results"),
        ("claims", {"metadata": {}}, "exactly one cell must be tagged claims"),
        ("draw", {"metadata": {}}, "no cell draws a named figure"),
        ("half-check", {"metadata": {}}, "2 or 3 exercises are needed"),
        ("half-solution", {"metadata": {}}, "found [2, 2, 1]"),
    ],
)
def test_a_part_that_is_missing_is_found(broken, name, changes, message):
    assert message in broken(lambda nb: cell(nb, name).update(changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": " \n"}, "cell setup is empty"),
        ({"execution_count": 1}, "cell setup has outputs"),
        ({"metadata": {"tags": ["figur:a"]}}, "has the unknown tag 'figur:a'"),
        ({"metadata": {"tags": ["figure:A_b"]}}, "has the unknown tag"),
        ({"metadata": {"tags": ["figure:b"]}}, "start it with `# alt: ...`"),
        ({"source": "data = fetch_openml('adult')"}, "reads from the network"),
        ({"source": "pd.read_csv('https://a.org/b.csv')"}, "reads from the network"),
        ({"source": "open('/home/me/data.csv')"}, "has an absolute path"),
        ({"source": "time.time()"}, "reads the clock"),
        ({"source": "datetime.now()"}, "reads the clock"),
        ({"source": "import seaborn"}, "imports seaborn, which browser notebooks may"),
        ({"source": "from jax import numpy"}, "imports jax, which browser notebooks"),
        ({"source": "import threading"}, "imports threading, which the browser lacks"),
        ({"source": "except np.linalg.LinAlgError:"}, "counts on an error"),
        ({"source": "np.errstate(divide='raise')"}, "counts on an error or a warning"),
        ({"source": "labels.astype(int)"}, "an integer of the default width"),
        ({"source": "np.eye(3, dtype=int)"}, "an integer of the default width"),
        ({"source": "np.int_(3)"}, "an integer of the default width"),
        ({"source": "%matplotlib inline"}, "is not plain Python: line 1"),
    ],
)
def test_a_fault_in_a_cell_is_found(broken, changes, message):
    assert message in broken(lambda nb: cell(nb, "setup").update(changes))


def test_outputs_are_found(broken):
    output = {"output_type": "stream", "name": "stdout", "text": "a"}
    assert "cell setup has outputs" in broken(
        lambda nb: cell(nb, "setup").outputs.append(output)
    )


def test_a_raw_cell_is_found(broken):
    assert "is a raw cell" in broken(lambda nb: nb.cells.append(new_raw_cell("a")))


def test_an_id_used_twice_is_found(broken):
    twice = broken(lambda nb: nb.cells.append(new_code_cell("a", id="setup")))
    assert "Non-unique cell id 'setup'" in twice


def test_a_local_notebook_may_import_more(broken):
    def change(notebook):
        notebook.metadata.site.runtime = "local"
        cell(notebook, "setup").source = "import lightgbm, threading"

    assert broken(change) == ""


def test_a_cell_without_an_id_is_found(broken):
    assert "id" in broken(lambda nb: cell(nb, "setup").pop("id"))
