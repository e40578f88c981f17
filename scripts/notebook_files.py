"""Reads notebooks: where they are, what their cells are tagged, what they export."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import nbformat.reader

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"


def notebook_paths() -> list[Path]:
    """Every notebook of the site, sorted by step and slug."""
    return sorted(NOTEBOOKS.glob("*/*.ipynb"))


def find_notebook(slug: str) -> Path:
    """The path of the notebook with this slug; KeyError when there is none."""
    for path in notebook_paths():
        if path.stem == slug:
            return path
    raise KeyError(f"no notebook has the slug {slug!r}")


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path`; ValueError naming the file when it is not valid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an id that is missing or used twice
            # Not nbformat.read, which validates as well, and only logs what is wrong.
            notebook = nbformat.reader.reads(path.read_text("utf-8"))
            notebook = nbformat.convert(notebook, to_version=4)
            nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: not a valid notebook: {reason}") from error
    return notebook


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """The cell's tags, in order."""
    return list(cell.metadata.get("tags", []))


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def load_exports(slug: str) -> SimpleNamespace:
    """What the `export` cells of a notebook define, run alone in notebook order.

    The cells run in an empty namespace, so a cell that leans on another one that
    is not exported fails here, as it would for a reader who copies it.
    """
    path = find_notebook(slug)
    namespace: dict = {"__name__": f"notebook_{slug.replace('-', '_')}"}
    for cell in code_cells(read_notebook(path)):
        if "export" in tags(cell):
            # As in a kernel, without this module's `annotations` from the future.
            code = compile(cell.source, f"{path}#{cell.id}", "exec", dont_inherit=True)
            exec(code, namespace)
    return SimpleNamespace(**namespace)
