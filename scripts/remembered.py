"""Keeps what was made of sources, so that what has not changed is not read again."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import notebook_cache
from notebook_files import ROOT

FOLDER = ROOT / ".cache" / "sources"
READERS = Path(__file__).parent  # whose code decides what is made of a source
Made = TypeVar("Made")


def remembered(
    name: str,
    sources: Iterable[Path],
    make: Callable[[], Made],
    folder: Path = FOLDER,
) -> Made:
    """What `make` returns, from the last time if neither sources nor scripts changed.

    What it raises is not kept: it is raised again until the sources are mended.
    """
    digest = sha256((ROOT / "requirements.txt").read_bytes())
    for path in [*sorted(READERS.glob("*.*")), *sorted(sources)]:
        digest.update(f"{path}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    kept = folder / f"{name}.pickle"
    try:
        begins, _, body = kept.read_bytes().partition(b"\n")
        if begins == digest.hexdigest().encode():
            return pickle.loads(body)
    except Exception:  # none yet, or damaged in whatever way: it is made anew
        pass
    made = make()
    notebook_cache.write(kept, digest.hexdigest().encode() + b"\n" + pickle.dumps(made))
    return made
