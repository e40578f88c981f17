"""The project's commands: `python scripts/tasks.py COMMAND`, or `make COMMAND`.

serve    execute the notebooks, build the site, serve it with live reload
preview  serve the pages at once, without executing notebooks
site     build into site/
test     all that CI checks
lab      open the notebooks in JupyterLab
new      scaffold a notebook: make new STEP=metrics SLUG=my-notebook
bench    measure the build against its alternatives
lock     turn requirements*.in into requirements*.txt
clean    remove all that the commands made, the environment too
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import socket
import subprocess
import sys

import environment
from environment import ROOT


def run(*command: str, **variables: str) -> int:
    """Runs a command in the project's folder and environment; its exit code."""
    path = f"{environment.PYTHON.parent}{os.pathsep}{os.environ['PATH']}"
    # Material announces its successor at each start; requirements.in pins on purpose.
    quiet = {"PATH": path, "NO_MKDOCS_2_WARNING": "1"}
    try:
        return subprocess.call(command, cwd=ROOT, env=os.environ | quiet | variables)
    except KeyboardInterrupt:
        return 130


def python(*arguments: str, **variables: str) -> int:
    """Runs the environment's Python."""
    return run(str(environment.PYTHON), *arguments, **variables)


def free_port(wanted: int) -> int:
    """`wanted`, or the next port that nothing listens on."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
        print(f"Port {port} is taken, trying {port + 1}")
    raise SystemExit(f"No free port from {wanted} to {wanted + 49}: name one, PORT=...")


def serve(arguments: argparse.Namespace, *flags: str, **variables: str) -> int:
    address = f"127.0.0.1:{free_port(arguments.port)}"
    command = ["-m", "mkdocs", "serve", "--livereload", "--dev-addr", address, *flags]
    return python(*command, **variables)


def preview(arguments: argparse.Namespace) -> int:
    return serve(arguments, "--config-file", "preview.yml", PREVIEW="1")


def site(arguments: argparse.Namespace) -> int:
    return python("-m", "mkdocs", "build", "--quiet")


def test(arguments: argparse.Namespace) -> int:
    # Which tests stay together, tests/conftest.py says.
    every_core = ["--numprocesses", "logical", "--dist", "loadgroup"]
    command = ["-m", "pytest", *(arguments.rest or ["--quiet", *every_core])]
    # Threads of linear algebra that wait for each other's cores take ten times as long.
    return site(arguments) or python(*command, OMP_NUM_THREADS="1")


def lab(arguments: argparse.Namespace) -> int:
    environment.ensure_lab()
    style = str(ROOT / "notebooks" / "matplotlibrc")
    return python("-m", "jupyterlab", "notebooks", *arguments.rest, MATPLOTLIBRC=style)


def new(arguments: argparse.Namespace) -> int:
    return python("scripts/new_notebook.py", *arguments.rest)


def bench(arguments: argparse.Namespace) -> int:
    # Running a notebook in its page is measured on the site as it is built.
    return site(arguments) or python("scripts/bench.py", *arguments.rest)


def lock(arguments: argparse.Namespace) -> int:
    for name in ("requirements", "requirements-lab"):
        failed = run(
            *("uv", "pip", "compile", f"{name}.in", "--output-file", f"{name}.txt"),
            *("--universal", "--python-version", "3.11", "--generate-hashes"),
            *("--quiet", "--custom-compile-command", "make lock", *arguments.rest),
        )
        if failed:
            return failed
    return 0


def clean(arguments: argparse.Namespace) -> int:
    for name in ("site", "build", ".cache", ".venv"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    return 0


COMMANDS = (serve, preview, site, test, lab, new, bench, lock, clean)
# These fetch, once, the Python that notebook pages run in the browser.
WITH_RUNTIME = {"serve", "site", "test", "bench"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = {command.__name__: command for command in COMMANDS}
    parser.add_argument("command", choices=names, metavar="COMMAND")
    parser.add_argument("--port", type=int, default=8000)
    arguments, rest = parser.parse_known_args()
    arguments.rest = rest
    try:
        if arguments.command != "clean":
            environment.ensure()
        if arguments.command in WITH_RUNTIME:
            python("scripts/live_runtime.py")
        return names[arguments.command](arguments)
    except environment.EnvironmentFailure as failure:
        print(f"Error: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("Error: the disk is full: make room, run it again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: run the command again to go on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
