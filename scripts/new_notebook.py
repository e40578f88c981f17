"""Scaffolds a notebook: `make new STEP=metrics SLUG=my-notebook`.

notebook_template.ipynb runs and passes every check but those that demand content of
the author's. The notebook is also entered into the navigation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from notebook_files import ROOT

TEMPLATE = Path(__file__).with_name("notebook_template.ipynb")


def scaffold(step: str, slug: str, root: Path = ROOT) -> Path:
    """Writes the notebook and its line in mkdocs.yml; returns the notebook's path.

    Raises ValueError, having written nothing, when the step or the slug will not do.
    """
    pages = root / "docs" / "steps"
    if not (pages / f"{step}.md").exists():
        known = ", ".join(sorted(path.stem for path in pages.glob("*.md")))
        raise ValueError(f"no step {step!r}: STEP is one of {known}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise ValueError(f"slug {slug!r}: use lower-case words joined by hyphens")
    for path in (root / "notebooks").glob("*/*.ipynb"):
        if path.stem == slug:
            raise ValueError(f"slug {slug!r} is taken by {path.relative_to(root)}")

    title = slug.replace("-", " ").capitalize()
    navigation = root / "mkdocs.yml"
    lines = navigation.read_text("utf-8").splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if f"- steps/{step}.md" in line) + 1
    ours = (f"steps/{step}/", f"notebooks/{step}/")
    while place < len(lines) and any(folder in lines[place] for folder in ours):
        place += 1
    indent = " " * (len(lines[place - 1]) - len(lines[place - 1].lstrip()))
    lines.insert(place, f"{indent}- {title}: notebooks/{step}/{slug}.ipynb\n")

    text = TEMPLATE.read_text("utf-8").replace("TITLE", title.lower())
    target = root / "notebooks" / step / f"{slug}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace("STEP", step), "utf-8")
    navigation.write_text("".join(lines), "utf-8")
    return target


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: make new STEP=metrics SLUG=my-notebook")
    try:
        written = scaffold(sys.argv[1], sys.argv[2])
    except ValueError as error:
        sys.exit(f"Error: {error}")
    print(f"Wrote {written.relative_to(ROOT)} and its line in mkdocs.yml.")
    print(
        "Next: write it, its section on the step page and its test; see it: make serve"
    )
