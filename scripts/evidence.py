"""Evidence: the results and figures that notebooks record, bound into pages.

On a page `{{ slug.name:.2f }}` becomes the value that the notebook `slug` recorded
under `name`, linked to the cell that computed it. `{{ figure slug.name | Caption. }}`
on a line of its own becomes the figure. What a page names and no notebook recorded
fails the build with page, line and name.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from figures import Figure, picture
from markdown_text import did_you_mean, substitute
from notebook_files import code_cells, tags

VALUE = re.compile(
    r"\{\{\s*(?P<slug>[a-z][a-z0-9-]*)\.(?P<name>\w+)(?P<index>(?:\[-?\d+\])*)"
    r"(?::(?P<format>[^}]*?))?\s*\}\}"
)
FIGURE = re.compile(
    r"^\{\{\s*figure\s+(?P<slug>[a-z][a-z0-9-]*)\.(?P<name>[a-z0-9-]+)"
    r"\s*(?:\|(?P<caption>.*?))?\}\}[ \t]*$",
    re.MULTILINE,
)
_ALT = re.compile(r"\A# alt:.*\n(?:#.*\n)*")
ANY = re.compile(r"\{\{(?P<inside>.*?)\}\}")


class EvidenceError(ValueError):
    """A result or a figure that is missing, stale or not a finite plain value."""


@dataclass
class Evidence:
    """What one executed notebook recorded."""

    path: Path
    results: dict[str, object] = field(default_factory=dict)
    computed_in: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    executed: bool = False


def read_evidence(path: Path, notebook: nbformat.NotebookNode) -> Evidence:
    """The evidence in an executed notebook; empty when it was never executed.

    Raises EvidenceError naming the notebook, the cell and what to do when the
    `results` cell does not display a plain dict of finite values, or when a figure
    has no name of its own, no alt text or no picture.
    """
    evidence = Evidence(path)
    cells = code_cells(notebook)
    evidence.executed = any(cell.execution_count for cell in cells)
    for cell in cells:
        where = f"{path.name}, cell {cell.id}"
        for tag in tags(cell):
            if tag.startswith("figure:") and evidence.executed:
                name = tag.removeprefix("figure:")
                if name in evidence.figures:
                    raise EvidenceError(f"{where}: a second figure named {name!r}")
                evidence.figures[name] = _figure(cell, where)
        if "results" in tags(cell) and evidence.executed:
            evidence.results = _results(cell, where)
            evidence.computed_in = _computed_in(cells, cell)
    return evidence


def _figure(cell: nbformat.NotebookNode, where: str) -> Figure:
    pictures = cell_pictures(cell)
    if len(pictures) != 1:
        raise EvidenceError(
            f"{where}: a cell tagged figure: must draw one figure, it drew "
            f"{len(pictures)}"
        )
    alt = alt_text(cell)
    if not alt:
        raise EvidenceError(
            f"{where}: no alt text: start the cell with a comment `# alt: ...` that "
            "says what is to be seen"
        )
    return Figure(pictures[0], alt, cell.id)


def cell_pictures(cell: nbformat.NotebookNode) -> list[str]:
    """The SVG pictures that a code cell displayed."""
    return [
        output.data["image/svg+xml"]
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]


def alt_text(cell: nbformat.NotebookNode) -> str:
    """The comment `# alt: ...` that a cell starts with, its lines joined; or ''."""
    comment = _ALT.match(cell.source)
    if comment is None:
        return ""
    lines = (line.lstrip("# ").rstrip() for line in comment[0].splitlines())
    return " ".join(lines).removeprefix("alt:").strip()


def without_alt_text(source: str) -> str:
    """A cell's source without the comment that describes its figure."""
    return _ALT.sub("", source)


def _results(cell: nbformat.NotebookNode, where: str) -> dict[str, object]:
    for output in cell.outputs:
        if output.output_type == "execute_result":
            try:
                results = ast.literal_eval(output.data["text/plain"])
            except (ValueError, SyntaxError):
                results = None
            if isinstance(results, dict):
                for name, value in results.items():
                    _check_finite(value, f"{where}: result {name!r}")
                return results
    raise EvidenceError(
        f"{where}: the cell tagged results must end with the name of a dict of plain "
        "finite Python values: use float(), int() and .tolist(), and no NaN"
    )


def _check_finite(value: object, what: str) -> None:
    if isinstance(value, list | tuple):
        for item in value:
            _check_finite(item, what)
    elif isinstance(value, float) and not math.isfinite(value):
        raise EvidenceError(f"{what} is {value}, which is not a finite number")
    elif not isinstance(value, str | int | float):
        raise EvidenceError(f"{what} is a {type(value).__name__}, not a plain value")


def _computed_in(
    cells: list[nbformat.NotebookNode], results_cell: nbformat.NotebookNode
) -> dict[str, str]:
    """For each result the id of the last cell that assigned a name it is built from."""
    assigned: dict[str, str] = {}
    for cell in cells:
        if cell.id == results_cell.id:
            break
        for node in ast.walk(ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", cell.source))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned[node.id] = cell.id
    order = {cell.id: position for position, cell in enumerate(cells)}
    found = {}
    for node in ast.walk(ast.parse(results_cell.source)):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
                sources = [assigned[name] for name in names if name in assigned]
                found[key.value] = max(
                    sources, key=order.__getitem__, default=results_cell.id
                )
    return found


@dataclass(frozen=True)
class Binder:
    """Puts evidence into one page's Markdown.

    Attributes:
        evidence: slug to what its notebook recorded.
        where: the page, for messages.
        notebook_link: slug to the link target of its notebook page in Markdown.
        figure_url: slug and figure name to the figure's address without suffix.
        first_line: the line of the file that the Markdown starts on.
        lenient: show a blank for what is missing instead of failing (preview).
    """

    evidence: dict[str, Evidence]
    where: str
    notebook_link: Callable[[str], str]
    figure_url: Callable[[str, str], str]
    first_line: int = 1
    lenient: bool = False

    def bind(self, markdown: str) -> str:
        """The Markdown with every bound value and figure in place."""
        for pattern, bind in (
            (FIGURE, self._bind_figure),
            (VALUE, self._bind_value),
            (ANY, self._refuse),
        ):
            markdown = substitute(markdown, pattern, bind, self.first_line)
        return markdown

    def _missing(self, line: int, message: str) -> str:
        if self.lenient:
            return '<span class="evidence-missing" title="not computed yet">?</span>'
        raise EvidenceError(f"{self.where}:{line}: {message}")

    def _refuse(self, match: re.Match, line: int) -> str:
        return self._missing(
            line,
            f"cannot read {match[0]}: write {{{{ slug.name:.2f }}}} or, alone on its "
            "line, {{ figure slug.name | Caption. }}",
        )

    def _look_up(self, slug: str, kind: str, name: str, line: int) -> object:
        if slug not in self.evidence:
            return None, self._missing(
                line,
                f"no notebook has the slug {slug!r}{did_you_mean(slug, self.evidence)}",
            )
        known = getattr(self.evidence[slug], kind)
        if name not in known:
            state = "" if self.evidence[slug].executed else " (it was not executed)"
            return None, self._missing(
                line,
                f"notebook {slug} recorded no {kind.removesuffix('s')} {name!r}"
                f"{state}{did_you_mean(name, known)}",
            )
        return known[name], None

    def _bind_value(self, match: re.Match, line: int) -> str:
        slug, name = match["slug"], match["name"]
        value, missing = self._look_up(slug, "results", name, line)
        if missing:
            return missing
        try:
            for index in re.findall(r"-?\d+", match["index"]):
                value = value[int(index)]
            text = format(value, match["format"] or "")
        except (ValueError, TypeError, IndexError) as error:
            return self._missing(line, f"{match[0]} of value {value!r}: {error}")
        cell = self.evidence[slug].computed_in.get(name, "")
        return (
            f"[{text}]({self.notebook_link(slug)}#cell-{cell})"
            f'{{ .evidence title="{name}, computed in the notebook {slug}" }}'
        )

    def _bind_figure(self, match: re.Match, line: int) -> str:
        slug, name = match["slug"], match["name"]
        figure, missing = self._look_up(slug, "figures", name, line)
        if missing:
            return missing
        caption = (match["caption"] or "").strip()
        return (
            f'<figure markdown="span">{picture(figure, self.figure_url(slug, name))}'
            f'<figcaption markdown="span">{caption} '
            f"[The code]({self.notebook_link(slug)}#cell-{figure.cell_id})"
            f'{{ .evidence-source title="{name}, drawn in the notebook {slug}" }}'
            "</figcaption></figure>"
        )
