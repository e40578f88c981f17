"""The cache of executed notebooks: what a key is made of, how an entry is kept.

An entry is one file, `<slug>.<key>.json`: the digest of what follows on its first
line, then the outputs of each code cell and the facts of the run as JSON. The digest
tells a damaged entry; writing to a temporary file and renaming it means that a kill
at any moment leaves the old state or the new one, nothing between.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from notebook_files import NOTEBOOKS, ROOT, code_cells, tags

RUNNER = "2"  # raise it when the runner changes what an executed notebook holds
LOCK = ROOT / "requirements.txt"
STYLE = NOTEBOOKS / "matplotlibrc"
UNUSED_DAYS = 30
DATA_FILE = re.compile(r"""["'](\.\./data/[^"']*)["']""")


class NotebookError(Exception):
    """Says which notebook went wrong, where in it, why, and what to do."""


def show(path: Path) -> str:
    """The path as messages name it: from the repository's root when it lies there."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def lock_digest() -> str:
    """The SHA-256 of the lock file; NotebookError when there is none."""
    try:
        return hashlib.sha256(LOCK.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise NotebookError(f"{show(LOCK)} does not exist: run `make lock`") from None


def key(path: Path, notebook: nbformat.NotebookNode) -> str:
    """What the outputs of a notebook depend on, as one hash; prose is no part of it."""
    data = {}
    for cell in code_cells(notebook):
        for name in DATA_FILE.findall(cell.source):
            file = path.parent / name
            if not file.is_file():
                raise NotebookError(
                    f"{show(path)}, cell `{cell.id}`: {name} is not a file. Spell the "
                    "name out in full (no f-string) and commit the file."
                )
            data[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    parts = {
        "runner": RUNNER,
        "python": platform.python_version(),
        "machine": f"{sys.platform} {platform.machine()}",
        "kernel": notebook.metadata.get("kernelspec", {}).get("name"),
        "lock": lock_digest(),
        "style": hashlib.sha256(STYLE.read_bytes()).hexdigest(),
        "cells": [[cell.source, tags(cell)] for cell in code_cells(notebook)],
        "data": data,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step; leave a file that already holds it alone."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(".tmp", path.name, path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def disk_full_is_said() -> Iterator[None]:
    """Turn the error of a full disk into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise NotebookError(
            f"The disk is full{f' ({error.filename})' if error.filename else ''}. Free "
            "some space and run again; what was finished before is kept."
        ) from None


def entry_path(folder: Path, path: Path, key: str) -> Path:
    """Where the entry of a notebook with this key lies in the cache folder."""
    return folder / f"{path.stem}.{key}.json"


def load(file: Path) -> dict | None:
    """The entry in a file; None when there is none, or a damaged one."""
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != digest:
        print(f"{show(file)} is damaged: taken out of the cache", file=sys.stderr)
        file.unlink(missing_ok=True)
        return None
    os.utime(file)  # for prune: used today
    return nbformat.from_dict(json.loads(body))


def store(file: Path, entry: dict) -> None:
    """Keep an entry: the `outputs` of each code cell and the facts of the `run`."""
    body = json.dumps(entry, ensure_ascii=False).encode()
    write(file, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def expected_seconds(folder: Path, path: Path, otherwise: float = 8.0) -> float:
    """How long the notebook took the last time, whatever its cells were then."""
    entries = folder.glob(f"{path.stem}.*.json")
    latest = max(entries, key=lambda file: file.stat().st_mtime, default=None)
    entry = load(latest) if latest else None
    return entry["run"]["seconds"] if entry else otherwise


def prune(folder: Path) -> None:
    """Delete what no run has used for a month, left-over temporary files included."""
    for file in folder.glob("*.*"):
        if file.stat().st_mtime < time.time() - UNUSED_DAYS * 86400:
            file.unlink(missing_ok=True)
