"""A scaffolded notebook runs and keeps the rules; a wrong request writes nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import check_notebooks
import pytest
import run_notebooks
from new_notebook import scaffold
from notebook_files import ROOT


@pytest.fixture
def project(tmp_path):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "docs" / "steps", tmp_path / "docs" / "steps")
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def test_a_new_notebook_keeps_the_rules_runs_and_is_formatted(project):
    path = scaffold("metrics", "tail-latency", project)
    assert path == project / "notebooks" / "metrics" / "tail-latency.ipynb"
    assert check_notebooks.problems(path) == []

    (run,) = run_notebooks.execute(
        [path], out_dir=project / "out", cache_dir=project / "cache", progress=False
    )
    assert run.output.exists()

    ruff = Path(sys.executable).parent / "ruff"
    for command in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [ruff, *command, "--no-cache", path], capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("step", ["metrics", "architecture", "model-development"])
def test_a_new_notebook_is_the_last_of_its_step_in_the_navigation(project, step):
    before = (project / "mkdocs.yml").read_text().splitlines()
    scaffold(step, "tail-latency", project)
    after = (project / "mkdocs.yml").read_text().splitlines()
    line = f"          - Tail latency: notebooks/{step}/tail-latency.ipynb"
    at = after.index(line)
    assert f"steps/{step}.md" in after[at - 1] or f"notebooks/{step}/" in after[at - 1]
    assert f"/{step}/" not in after[at + 1]
    assert after[:at] + after[at + 1 :] == before


@pytest.mark.parametrize(
    ("step", "slug", "message"),
    [
        ("metric", "a", "no step 'metric': STEP is one of architecture, data"),
        ("metrics", "Tail Latency", "use lower-case words joined by hyphens"),
        ("metrics", "tail_latency", "use lower-case words joined by hyphens"),
        ("metrics", "../a", "use lower-case words joined by hyphens"),
        ("metrics", "taken", "is taken by notebooks/data/taken.ipynb"),
    ],
)
def test_a_wrong_request_says_why_and_writes_nothing(project, step, slug, message):
    taken = project / "notebooks" / "data" / "taken.ipynb"
    taken.parent.mkdir()
    taken.write_text("{}")
    navigation = (project / "mkdocs.yml").read_text()
    with pytest.raises(ValueError, match=message):
        scaffold(step, slug, project)
    assert (project / "mkdocs.yml").read_text() == navigation
    assert list((project / "notebooks").rglob("*.ipynb")) == [taken]
