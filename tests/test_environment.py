"""The environment is made once, remade when it must be, and failures are one line."""

import os
import shutil
import sys
from pathlib import Path

import environment
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stand-ins are shell scripts")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


class Project:
    """An environment in a temporary folder, made by stand-ins for Python and pip."""

    def __init__(self, root: Path, monkeypatch) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.log = root / "log"
        self.lock = root / "requirements.txt"
        self.lock.write_text("numpy==2.4.0\n")
        monkeypatch.setattr(environment, "VENV", self.venv)
        monkeypatch.setattr(environment, "LOCK", self.lock)
        monkeypatch.setattr(environment, "PYTHON", self.venv / "bin" / "python")
        base = script(
            root / "base",
            f'echo venv >> {self.log}; rm -rf "$4"; mkdir -p "$4/bin"\n'
            f'cp {root}/pip "$4/bin/python"',
        )
        monkeypatch.setattr(environment, "_base_interpreter", lambda: str(base))
        self.pip("echo Collecting numpy")

    def pip(self, text: str) -> None:
        script(self.root / "pip", f"echo pip >> {self.log}\n{text}")

    def calls(self) -> list[str]:
        calls = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return calls


@pytest.fixture
def project(tmp_path, monkeypatch):
    return Project(tmp_path, monkeypatch)


def test_the_environment_is_made_once(project):
    assert environment.ensure() == project.venv / "bin" / "python"
    assert project.calls() == ["venv", "pip"]
    environment.ensure()
    assert project.calls() == []


def test_another_lock_makes_the_environment_anew(project):
    environment.ensure()
    project.calls()
    project.lock.write_text("numpy==2.4.1\n")
    environment.ensure()
    assert project.calls() == ["venv", "pip"]


def test_another_python_makes_the_environment_anew(project, monkeypatch):
    environment.ensure()
    project.calls()
    other = shutil.copy(project.root / "base", project.root / "other")
    monkeypatch.setattr(environment, "_base_interpreter", lambda: str(other))
    environment.ensure()
    assert project.calls() == ["venv", "pip"]


def test_another_name_of_the_same_python_keeps_the_environment(project, monkeypatch):
    environment.ensure()
    project.calls()
    name = project.root / "python3"
    name.symlink_to(project.root / "base")
    monkeypatch.setattr(environment, "_base_interpreter", lambda: str(name))
    environment.ensure()
    assert project.calls() == []


def test_an_environment_of_somebody_else_is_left_alone(project):
    theirs = project.root / "theirs"
    theirs.mkdir()
    (theirs / "file").touch()
    project.venv.symlink_to(theirs)
    environment.ensure()
    assert (theirs / "file").exists()
    assert not project.venv.is_symlink()


def test_an_environment_whose_python_is_gone_is_made_anew(project):
    environment.ensure()
    project.calls()
    (project.venv / "bin" / "python").unlink()
    environment.ensure()
    assert project.calls() == ["venv", "pip"]


def test_an_interrupted_installation_starts_over(project, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure()
    project.calls()
    environment.ensure()
    assert project.calls() == ["venv", "pip"]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] "
            "No space left on device",
            "the disk is full: make room and run the command again",
        ),
        (
            "WARNING: Retrying: [Errno -3] Temporary failure in name resolution\n"
            "ERROR: Could not find a version that satisfies numpy==2.4.0",
            "no network",
        ),
        (
            "ERROR: Could not find a version that satisfies numpy==2.4.0",
            "the package index cannot be reached",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            "do not use it, and report it",
        ),
        ("Collecting numpy\nERROR: something new", "ERROR: something new"),
        ("Killed", "the environment could not be made: Killed"),
    ],
)
def test_a_failed_installation_is_one_clear_line_and_not_kept(project, output, message):
    project.pip(f"cat <<'END'\n{output}\nEND\nexit 1")
    with pytest.raises(environment.EnvironmentFailure) as failure:
        environment.ensure()
    assert message in str(failure.value)
    assert "\n" not in str(failure.value)

    project.pip("echo Collecting numpy")
    project.calls()
    environment.ensure()
    assert project.calls() == ["venv", "pip"]


def test_a_python_without_venv_names_the_package(project):
    script(project.root / "base", "echo 'ensurepip is not available' >&2; exit 1")
    with pytest.raises(
        environment.EnvironmentFailure, match="apt install python3-venv"
    ):
        environment.ensure()


def test_a_full_disk_while_the_environment_is_made_is_said(project):
    script(project.root / "base", "echo '[Errno 28] No space left on device'; exit 1")
    with pytest.raises(environment.EnvironmentFailure, match="the disk is full"):
        environment.ensure()


def test_a_python_that_is_too_old_finds_a_newer_one(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    found = {"python3.12": "/opt/python3.12"}
    monkeypatch.setattr(environment.shutil, "which", found.get)
    assert environment._base_interpreter() == "/opt/python3.12"


@pytest.mark.parametrize("version", [(3, 10, 1), (3, 14, 0)])
def test_a_wrong_python_alone_says_which_are_right(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(environment.EnvironmentFailure) as failure:
        environment._base_interpreter()
    assert "Python 3.11, 3.12 or 3.13 is needed" in str(failure.value)
    assert "make PYTHON=" in str(failure.value)


def test_the_module_needs_nothing_that_is_not_installed_yet():
    source = Path(environment.__file__).read_text("utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
