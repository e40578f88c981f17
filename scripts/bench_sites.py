"""The copies that scripts/bench.py builds: ours, and the same pages in other tools."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from notebook_files import ROOT

BENCH = ROOT / "build" / "bench"
LOCK = ROOT / "scripts" / "bench-requirements.txt"
OTHERS_PYTHON = (
    BENCH / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
)
NAV_ENTRY = re.compile(
    r"^( +- (?:[^:\n]+: )?)((?:steps|notebooks)/\S+)\.(md|ipynb)\n", re.MULTILINE
)
# The notebooks that every tool is measured with.
NOTEBOOKS = {
    "classification-metrics",
    "ranking-metrics",
    "sampling",
    "calibration",
    "drift-detection",
}
KERNEL = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3",
    "language": "python",
}
STOCK_CONFIG = """\
site_name: mkdocs-jupyter as it comes
theme: material
plugins:
  - search
  - mkdocs-jupyter:
      execute: true
      allow_errors: false  # or a notebook that fails would count as fast
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - tables
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
  - pymdownx.tabbed:
      alternate_style: true
"""
SPHINX_CONFIG = """\
project = "Sphinx with myst-nb"
extensions = ["myst_nb"]
html_theme = "furo"
exclude_patterns = ["notebooks/data"]
myst_enable_extensions = ["attrs_inline", "dollarmath"]
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
"""
SPHINX_INDEX = """\
# Home

```{toctree}
:glob:

steps/*
notebooks/*/*
```
"""


class BenchError(Exception):
    """Says what could not be measured, why, and where to look."""


@dataclass(frozen=True)
class Tool:
    """A way to build the site in a folder of its own: docs/ in, site/ out."""

    name: str
    folder: Path
    command: Sequence[str | Path]
    notebooks: Path  # the folder that holds notebooks/
    suffix: str = "/"  # of a page's address


def ours(name: str = "ours") -> Tool:
    """A copy of the repository's files as they are now, committed or not.

    The caches are in the folder that is built, so the copy starts without any.
    """
    folder = BENCH / name
    shutil.rmtree(folder, ignore_errors=True)
    command = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        raise BenchError(f"git cannot list the files to copy: {listed.stderr.strip()}")
    for file in filter(None, listed.stdout.split("\0")):
        if (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
    keep_only(NOTEBOOKS, folder, folder / "notebooks")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    return Tool(name, folder, command, folder)


def stock() -> Tool:
    """mkdocs-jupyter and Material as they come, notebooks executed by the build."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    folder = _other("stock", {"mkdocs.yml": STOCK_CONFIG})
    return Tool("mkdocs-jupyter", folder, command, folder / "docs")


def sphinx() -> Tool:
    """Sphinx with myst-nb, its cache on, reading as many pages at once as it can."""
    flags = ["-q", "-j", "auto", "-c", ".", "-d", "doctrees"]
    folder = _other("sphinx", {"conf.py": SPHINX_CONFIG, "docs/index.md": SPHINX_INDEX})
    command = [OTHERS_PYTHON, "-m", "sphinx", *flags, "docs", "site"]
    return Tool("Sphinx, myst-nb", folder, command, folder / "docs", ".html")


def _other(name: str, files: Mapping[str, str]) -> Path:
    """A folder with our pages and notebooks, the data beside them, and these files."""
    folder = BENCH / name
    shutil.rmtree(folder, ignore_errors=True)
    for page in (ROOT / "docs").rglob("*.md"):
        target = folder / page.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r"^template: .*\n", "", page.read_text("utf-8"), flags=re.M)
        target.write_text(text, "utf-8")
    ignore = shutil.ignore_patterns(".*")
    shutil.copytree(ROOT / "notebooks", folder / "docs" / "notebooks", ignore=ignore)
    keep_only(NOTEBOOKS, folder, folder / "docs" / "notebooks")
    for file, text in files.items():
        (folder / file).write_text(text)
    return folder


def keep_only(slugs: Collection[str], folder: Path, notebooks: Path) -> None:
    """Take the other notebooks out of a copy, and what speaks of them.

    Of a page that is each paragraph or table that links to one or binds a value of it,
    and the reading paths; of a step's page that then speaks of no notebook, all but its
    title; of the concepts and the question bank, each entry that names a notebook or an
    anchor that has gone; of a notebook, each link.
    """
    others = [path for path in notebooks.rglob("*.ipynb") if path.stem not in slugs]
    if not others:
        return
    for path in others:
        path.unlink()
    names = "|".join(path.stem for path in others)
    spoken_of = re.compile(
        rf"\b(?:{names})\.(?!md\b)\w|notebook: (?:{names})$", re.MULTILINE
    )
    kept_spoken_of = re.compile(rf"\b(?:{'|'.join(slugs)})\.(?!md\b)\w")
    steps, anchors = folder / "docs" / "steps", set()  # of step#anchor
    for path in [*folder.glob("docs/**/*.md"), *folder.glob("mkdocs.yml")]:
        text = re.sub(r"(?ms)^paths:$.*?(?=^\S)", "", path.read_text("utf-8"))
        blocks = re.split(r"(?<=\n\n)" if path.suffix == ".md" else r"(?m)^", text)
        text = "".join(block for block in blocks if not spoken_of.search(block))
        if path.is_relative_to(steps):
            if not kept_spoken_of.search(text):
                text = re.match(r"(?ms).*?^# .*?$", text)[0] + "\n"
            step = path.relative_to(steps).with_suffix("").parts[0]
            ids = re.findall(r"(?:\{ #|id=\")([\w-]+)", text)
            anchors.update(f"{step}#{anchor}" for anchor in ids)
        # Where a link led may be one of the paragraphs that are gone.
        path.write_text(text.replace(" anchors: warn,", " anchors: ignore,"), "utf-8")
    for path in folder.glob("docs/**/*.yml"):
        head, *entries = re.split(
            r"(?m)^(?= *- id: |questions:)", path.read_text("utf-8")
        )

        def is_gone(entry: str, step: str = path.stem) -> bool:
            linked = re.findall(r"- ([a-z-]+#[\w-]+)$", entry, re.MULTILINE)
            own = re.findall(r"anchor: ([\w-]+)$", entry, re.MULTILINE)
            linked += [f"{step}#{anchor}" for anchor in own]
            return bool(spoken_of.search(entry)) or not anchors.issuperset(linked)

        kept = [entry for entry in entries if not is_gone(entry)]
        if any("- id: " in entry for entry in kept):
            path.write_text(head + "".join(kept), "utf-8")
        else:
            path.unlink()
    link = re.compile(rf"\[([^\][\n]*)\]\([^)\s]*\b(?:{names})\.ipynb[^)]*\)")
    for path in notebooks.rglob("*.ipynb"):
        path.write_text(link.sub(r"\1", path.read_text("utf-8")), "utf-8")


def install_others() -> None:
    """Make the environment of Sphinx and JupyterLite, anew when its lock has changed.

    Its notebooks run in this interpreter, as those of the other tools do.
    """
    kernel = BENCH / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text(json.dumps(KERNEL))
    stamp = BENCH / "venv" / ".complete"
    state = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == state:
        return
    print(
        f"Installing Sphinx and JupyterLite in {stamp.parent} (once)",
        file=sys.stderr,
        flush=True,
    )
    venv.create(stamp.parent, clear=True, with_pip=True)
    pip = [OTHERS_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
    ran = subprocess.run([*pip, LOCK], stderr=subprocess.PIPE, text=True)
    if ran.returncode:
        errors = [line for line in ran.stderr.splitlines() if "ERROR" in line]
        raise BenchError(
            f"they cannot be installed ({' '.join(errors[-1:])}): connect to the "
            "network, or leave it out with --quick"
        )
    stamp.write_text(state)


def change_notebook(path: Path) -> None:
    """Change a code cell of the notebook, to something new each time."""
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["source"] = "".join(cell["source"]) + "\n# One more change."
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), "utf-8")


def change_page(path: Path) -> None:
    """Add a sentence to the page."""
    with path.open("a", encoding="utf-8") as page:
        page.write("\nOne more sentence.\n")


def multiply(folder: Path, count: int, cache: Path) -> None:
    """Turn a copy of the site into one with `count` of each step page and notebook.

    The questions of a step are copied with it. What the notebooks' outputs are is in
    `cache`, under the original's name, since a copy has the same code.
    """
    config = folder / "mkdocs.yml"
    nav = config.read_text("utf-8")
    config.write_text(multiplied_nav(nav, count), "utf-8")
    for _, stem, suffix in NAV_ENTRY.findall(nav):
        page = folder / ("docs" if suffix == "md" else "") / f"{stem}.{suffix}"
        entries = list(cache.glob(f"{page.stem}.*")) if suffix == "ipynb" else []
        concepts = folder / "docs" / "concepts" / f"{page.stem}.yml"
        text_of_page = page.read_text("utf-8")
        for number in range(1, count + 1):
            name = f"{page.stem}-{number}" if number > 1 else page.stem
            for entry in entries:
                target = folder / ".cache" / "notebooks" / entry.name
                target = target.with_name(name + entry.name.removeprefix(page.stem))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(entry, target)
            if number > 1:
                shutil.copy(page, page.with_stem(name))
            if number > 1 and concepts.exists() and "{{ questions }}" in text_of_page:
                text = numbered_concepts(concepts.read_text("utf-8"), number)
                concepts.with_stem(name).write_text(text, "utf-8")


def multiplied_nav(config: str, count: int) -> str:
    """mkdocs.yml with `count` entries of each step page and notebook."""
    numbers = ["", *(f"-{number}" for number in range(2, count + 1))]
    return NAV_ENTRY.sub(
        lambda m: "".join(f"{m[1]}{m[2]}{number}.{m[3]}\n" for number in numbers),
        config,
    )


def numbered_concepts(text: str, number: int) -> str:
    """A step's concepts for its copy: the same, with the number in the step and ids."""
    beginning = re.compile(r"^(step: | *- \{?id: )([a-z0-9-]+)", re.MULTILINE)
    return beginning.sub(rf"\1\2-{number}", text)
