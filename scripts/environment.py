"""Creates the project's environment from the hash-locked requirements.

Only the standard library: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.txt"
LAB_LOCK = ROOT / "requirements-lab.txt"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SUPPORTED = ((3, 11), (3, 12), (3, 13))

# What pip says, in the words of somebody who can do something about it.
CAUSES = {
    "No space left on device": "the disk is full: make room and run the command again",
    "Temporary failure in name resolution": "no network: packages are downloaded the "
    "first time; connect and run the command again",
    "Could not find a version": "the package index cannot be reached, or does not have "
    "a package that requirements.txt pins",
    "DO NOT MATCH THE HASHES": "a downloaded package is not the one that "
    "requirements.txt pins: do not use it, and report it",
}


class EnvironmentFailure(Exception):
    """The environment cannot be made; the message is one line for the reader."""


def ensure() -> Path:
    """The environment's interpreter; makes or remakes the environment when needed.

    The stamp is written last, so an interrupted installation starts over.
    """
    base = _base_interpreter()
    stamp = VENV / ".complete"
    state = _state(base, LOCK)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == state:
        return PYTHON
    if VENV.is_symlink():
        VENV.unlink()  # what it points at belongs to somebody else
    print(
        f"Creating the environment in {VENV.name} with {base} (once, a minute or two)"
    )
    made = subprocess.run(
        [base, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if made.returncode:
        output = made.stdout + made.stderr
        if "ensurepip" in output:
            raise EnvironmentFailure(
                f"{base} cannot create environments: install its venv package "
                "(Debian, Ubuntu: apt install python3-venv) and run the command again"
            )
        raise EnvironmentFailure(_cause(output))
    _install(LOCK)
    stamp.write_text(state)
    return PYTHON


def ensure_lab() -> None:
    """Adds JupyterLab, which only `make lab` needs, to the environment."""
    stamp = VENV / ".lab-complete"
    state = _state("lab", LAB_LOCK)
    if not (stamp.exists() and stamp.read_text() == state):
        print("Adding JupyterLab to the environment (once)")
        _install(LAB_LOCK)
        stamp.write_text(state)


def _base_interpreter() -> str:
    if sys.version_info[:2] in SUPPORTED:
        return getattr(sys, "_base_executable", sys.executable)
    for major, minor in reversed(SUPPORTED):
        found = shutil.which(f"python{major}.{minor}")
        if found:
            return found
    raise EnvironmentFailure(
        f"Python 3.11, 3.12 or 3.13 is needed, and this is {sys.version.split()[0]}: "
        "install one, or name it: make PYTHON=/path/to/python3.12"
    )


def _state(base: str, lock: Path) -> str:
    # One interpreter has several names: python, python3, python3.11.
    return (
        f"{os.path.realpath(base)}\n{hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    )


def _install(lock: Path) -> None:
    total = lock.read_text().count("==")
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "-r", str(lock)]
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    log: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as pip:
        for line in pip.stdout:
            log.append(line)
            if line.startswith("Collecting ") and sys.stdout.isatty():
                count = sum(entry.startswith("Collecting ") for entry in log)
                name = line.split()[1].partition("==")[0]
                print(f"\r  {count:>3} of about {total}  {name:<40.40}", end="")
    if sys.stdout.isatty():
        print("\r" + " " * 64 + "\r", end="")
    if pip.returncode:
        raise EnvironmentFailure(_cause("".join(log)))


def _cause(output: str) -> str:
    for sign, cause in CAUSES.items():
        if sign in output:
            return cause
    lines = [line for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line] or lines[-1:]
    return f"the environment could not be made: {' '.join(errors)}"
