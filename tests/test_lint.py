"""The repository's files pass the linters, in the versions of the lock."""

import subprocess
import sys
from pathlib import Path

import pytest
from notebook_files import ROOT

TOOLS = Path(sys.executable).parent


def lint(tool, *arguments, folder=ROOT):
    ran = subprocess.run(
        [TOOLS / tool, *arguments], cwd=folder, capture_output=True, text=True
    )
    return ran.returncode, ran.stdout + ran.stderr


CHECKS = {
    "ruff check": ("ruff", "check", "--no-cache", "--output-format=concise", "."),
    "ruff format": ("ruff", "format", "--no-cache", "--check", "."),
    "typos": ("typos", "--format=brief", "--exclude=site", "--exclude=build", "."),
    "zizmor": ("zizmor", "--offline", "--quiet", ".github"),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_repository_passes(name):
    if name == "zizmor" and not (ROOT / ".github").is_dir():
        pytest.fail("there is no .github/ to check")
    code, output = lint(*CHECKS[name])
    if code:
        pytest.fail(f"`{' '.join(CHECKS[name])}` says:\n{output}", pytrace=False)


WORKFLOW = """
on: pull_request_target
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@main
      - run: echo ${{ github.event.pull_request.title }}
"""


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("ruff check", "a.py", "import os\n"),
        ("ruff format", "a.py", "a = {  'b': 1}\n"),
        (
            "ruff check",
            "a.ipynb",
            '{"cells": [{"cell_type": "code", "execution_count": null, "id": "a",'
            ' "metadata": {}, "outputs": [], "source": ["import os"]}], "metadata": {},'
            ' "nbformat": 4, "nbformat_minor": 5}',
        ),
        ("typos", "a.md", "This is t\x65h page.\n"),
        ("zizmor", ".github/workflows/a.yml", WORKFLOW),
    ],
)
def test_a_linter_sees_what_it_is_for(tmp_path, name, file, text):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    code, output = lint(*CHECKS[name], folder=tmp_path)
    assert code, output
    assert path.name in output
