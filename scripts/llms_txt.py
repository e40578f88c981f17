"""llms.txt: the site in one plain list, for programs that read for people."""

from __future__ import annotations

from collections.abc import Iterable

from mkdocs.structure.pages import Page
from steps import Step


def render(
    name: str, summary: str, steps: Iterable[Step], others: Iterable[Page], base: str
) -> str:
    """The file: every page with its address and what it says of itself.

    `base` is the address of the site; without it addresses are relative to the file.
    """

    def line(page: Page) -> str:
        text = " ".join(page.meta.get("description", "").split())
        return f"- [{page.title}]({base}{page.url})" + (f": {text}" if text else "")

    parts = [f"# {name}", f"> {' '.join(summary.split())}"]
    for step in steps:
        lines = "\n".join(map(line, [*step.pages, *step.notebooks]))
        parts.append(f"## {step.number}. {step.title}\n\n{lines}")
    parts.append("## Practice and reference\n\n" + "\n".join(map(line, others)))
    return "\n\n".join(parts) + "\n"
