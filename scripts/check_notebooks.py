"""Checks of the notebooks' source: clean, self-contained, complete, tagged."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import nbformat
from evidence import alt_text
from notebook_cache import show
from notebook_files import notebook_paths, read_notebook, tags

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
RUNTIMES = {
    "browser": {"numpy", "scipy", "pandas", "sklearn", "matplotlib", "pyarrow"},
    "local": {
        *("numpy", "scipy", "pandas", "sklearn", "matplotlib", "pyarrow", "lightgbm"),
        *("onnx", "onnxruntime", "faiss", "jax", "optuna", "dask", "distributed"),
        *("duckdb", "fastapi", "uvicorn", "httpx", "pydantic", "pandera", "polars"),
        *("river", "av", "prometheus_client", "tokenizers"),
    },
}
# The browser has no threads, processes or sockets.
NOT_IN_BROWSER = {"multiprocessing", "subprocess", "threading", "socket", "ssl"}
# What raises or warns on other machines passes in silence there.
NOT_RAISED = re.compile(r"\bLinAlgError\b|\berrstate\([^)]*[\"'](?:raise|warn)[\"']")
# An integer of the default width has 32 bits there and overflows without a word.
DEFAULT_INTEGER = re.compile(
    r"\bastype\([\"']?int[\"']?\)|\bdtype=[\"']?int[\"']?(?=[,)])|\bnp\.int_\b"
)
TAGS = {"export", "claims", "results", "check", "exercise", "solution"}
NETWORK = re.compile(
    r"\bfetch_\w+\(|\burlopen\b|\brequests\.(?:get|post|request|Session)\(|https?://[^\s\"')]+\.(?:csv|zip|parquet)"
)
ABSOLUTE = re.compile(
    r"""["'](?:/(?:home|Users|tmp|work|root|content|mnt)/|[A-Z]:\\)"""
)
CLOCK = re.compile(r"\bdatetime\.(?:now|today|utcnow)\(|\bdate\.today\(|\btime\.time\(")


def problems(path: Path) -> list[str]:
    """What is wrong with the notebook at `path`, each with cell and remedy."""
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        return [str(error)]
    found = [*_metadata(notebook), *_structure(notebook), *_cells(notebook)]
    return [f"{show(path)}: {problem}" for problem in found]


def _metadata(notebook: nbformat.NotebookNode) -> list[str]:
    found = []
    metadata = dict(notebook.metadata)
    site = dict(metadata.pop("site", {}))
    if metadata != METADATA:
        found.append(f"metadata must be {METADATA} and `site`, it has {metadata}")
    if site.get("runtime") not in RUNTIMES:
        found.append("metadata.site.runtime must be browser or local")
    if not isinstance(site.get("minutes"), int) or not 3 <= site["minutes"] <= 20:
        found.append("metadata.site.minutes must be an integer from 3 to 20")
    if not str(site.get("summary", "")).endswith("."):
        found.append("metadata.site.summary must be a sentence")
    return found


def _structure(notebook: nbformat.NotebookNode) -> list[str]:
    found = []
    cells = notebook.cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    titles = re.findall(r"(?m)^# .+$", re.sub(r"(?s)```.*?```", "", text))
    if len(titles) != 1 or not cells[0].source.startswith("# "):
        found.append("the first cell must start with the one title (# ...)")
    elif "../../docs/steps/" not in cells[0].source:
        found.append("the first cell must link to the step page (../../docs/steps/...)")
    all_tags = [tag for cell in cells for tag in tags(cell)]
    for tag in ("results", "claims"):
        if all_tags.count(tag) != 1:
            found.append(f"exactly one cell must be tagged {tag}")
    if not any(tag.startswith("figure:") for tag in all_tags):
        found.append("no cell draws a named figure (tag figure:<name>)")
    exercises = [all_tags.count(tag) for tag in ("check", "exercise", "solution")]
    if len(set(exercises)) != 1 or not 2 <= exercises[0] <= 3:
        found.append(
            "2 or 3 exercises are needed, each with a cell tagged check, exercise and "
            f"solution; found {exercises}"
        )
    for needed in ("What you will learn", "Recap"):
        if needed.lower() not in text.lower():
            found.append(f"a section {needed!r} is missing")
    return found


def _cells(notebook: nbformat.NotebookNode) -> list[str]:
    found = []
    runtime = notebook.metadata.get("site", {}).get("runtime", "browser")
    for cell in notebook.cells:
        where = f"cell {cell.get('id')}"
        if not cell.source.strip():
            found.append(f"{where} is empty: delete it")
        if cell.cell_type == "raw":
            found.append(f"{where} is a raw cell: make it Markdown or code")
        if cell.cell_type != "code":
            continue
        if cell.outputs or cell.execution_count is not None:
            found.append(f"{where} has outputs: clear them before you commit")
        for tag in tags(cell):
            if tag not in TAGS and not re.fullmatch(r"figure:[a-z0-9-]+", tag):
                found.append(f"{where} has the unknown tag {tag!r}")
            if tag.startswith("figure:") and not alt_text(cell):
                found.append(f"{where} draws a figure: start it with `# alt: ...`")
        for pattern, meaning in (
            (NETWORK, "reads from the network: put the data into notebooks/data"),
            (ABSOLUTE, "has an absolute path: use ../data/<file>"),
            (CLOCK, "reads the clock: results must be the same every time"),
        ):
            match = pattern.search(cell.source)
            if match:
                found.append(f"{where} {meaning} ({match[0]})")
        for pattern, meaning in (
            (
                NOT_RAISED,
                "counts on an error or a warning that the browser does not give: check "
                "the numbers instead",
            ),
            (
                DEFAULT_INTEGER,
                "asks for an integer of the default width, 32 bits in the browser: "
                "name np.int64, or np.intp for an index",
            ),
        ):
            if runtime == "browser" and (match := pattern.search(cell.source)):
                found.append(f"{where} {meaning} ({match[0]})")
        found += [f"{where} {problem}" for problem in _imports(cell.source, runtime)]
    return found


def _imports(source: str, runtime: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"is not plain Python: line {error.lineno}: {error.msg}"]
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            package = name.partition(".")[0]
            if package in sys.stdlib_module_names:
                if runtime == "browser" and package in NOT_IN_BROWSER:
                    found.append(f"imports {package}, which the browser lacks")
            elif package not in RUNTIMES.get(runtime, {package}):
                found.append(
                    f"imports {package}, which {runtime} notebooks may not use"
                )
    return found


if __name__ == "__main__":
    everything = [line for path in notebook_paths() for line in problems(path)]
    print("\n".join(everything) or "The notebooks are clean.")
    sys.exit(bool(everything))
