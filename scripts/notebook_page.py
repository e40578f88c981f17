"""A notebook as a page: what mkdocs-jupyter is given, and what is made of its HTML.

mkdocs-jupyter gets a copy without outputs and turns Markdown into HTML and colours
the code. Its 570 kB of styles and its third-party scripts are dropped; the cells are
set in the site's own markup, and the outputs that the runner recorded are added.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import nbformat
from bs4 import BeautifulSoup, Tag
from evidence import alt_text, cell_pictures, without_alt_text
from figures import Figure, lean, picture
from markdown.extensions.toc import slugify, unique
from notebook_files import tags

# Cells that wait behind a summary: the reader opens them when ready.
FOLDED = {"check": "How the answer is checked", "solution": "Solution"}


def prepare(
    notebook: nbformat.NotebookNode, markdown: Callable[[str, str], str]
) -> nbformat.NotebookNode:
    """A copy without outputs, its Markdown passed through `markdown(source, cell id)`."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.source = without_alt_text(cell.source)
        else:
            cell.source = markdown(cell.source, cell.id)
    return copy


def render(
    html: str,
    notebook: nbformat.NotebookNode,
    figure_url: Callable[[str], str],
) -> tuple[str, list[dict]]:
    """The page's HTML and the table of contents of mkdocs-jupyter's HTML.

    Args:
        html: what mkdocs-jupyter made of the prepared notebook.
        notebook: the executed notebook, cell for cell the same.
        figure_url: name of a figure to its address without suffix.

    Raises ValueError when the HTML does not hold one element for each cell.
    """
    soup = BeautifulSoup(html, "lxml")
    elements = soup.select(".jp-Notebook > .jp-Cell")
    shown = [cell for cell in notebook.cells if cell.source.strip()]
    if len(elements) != len(shown):
        raise ValueError(
            f"mkdocs-jupyter rendered {len(elements)} of {len(shown)} cells: "
            "has its markup changed?"
        )
    parts = []
    for cell, element in zip(shown, elements, strict=True):
        if cell.cell_type == "markdown":
            parts.append(_prose(element))
        else:
            parts.append(_code(cell, element, figure_url))
    page = BeautifulSoup("\n".join(parts), "lxml")
    contents = _contents(page)
    body = page.body.decode_contents() if page.body else ""
    return body, contents


def _prose(element: Tag) -> str:
    content = element.select_one(".jp-RenderedMarkdown, .jp-MarkdownOutput")
    for anchor in content.select("a.anchor-link"):
        anchor.decompose()
    return content.decode_contents()


def _code(
    cell: nbformat.NotebookNode,
    element: Tag,
    figure_url: Callable[[str], str],
) -> str:
    pre = element.select_one("div[class*=highlight] pre")
    source = (
        '<div class="language-python highlight"><pre><code>'
        f"{pre.decode_contents().removeprefix('<span></span>')}</code></pre></div>"
    )
    pictures = figures(cell)
    body = source + "".join(_text_output(output) for output in cell.outputs)
    for name, figure in pictures.items():
        body += f'<div class="output">{picture(figure, figure_url(name))}</div>'
    summary = next((FOLDED[tag] for tag in tags(cell) if tag in FOLDED), None)
    if summary:
        body = f"<details><summary>{summary}</summary>{body}</details>"
    names = " ".join(tag.partition(":")[0] for tag in tags(cell))
    return (
        f'<div class="cell" id="cell-{escape(cell.id)}" data-search-exclude'
        f' data-tags="{escape(names)}">{body}</div>'
    )


def figures(cell: nbformat.NotebookNode) -> dict[str, Figure]:
    """The figures a code cell drew, by name: its `figure:` tag, else its id."""
    named = [tag.partition(":")[2] for tag in tags(cell) if tag.startswith("figure:")]
    alt = alt_text(cell) or "A figure; the code above says what it shows."
    return {
        (named[0] if named else cell.id) + (f"-{number}" if number else ""): Figure(
            lean(svg), alt, cell.id
        )
        for number, svg in enumerate(cell_pictures(cell))
    }


def _text_output(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return _text(output.text, output.name)
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return ""
    table = _table(data["text/html"]) if "text/html" in data else ""
    return table or _text(data.get("text/plain", ""), "result")


def _text(text: str, kind: str) -> str:
    if not text.strip():
        return ""
    return (
        f'<div class="output {kind}" tabindex="0" role="region"'
        f' aria-label="Output"><pre>{escape(text)}</pre></div>'
    )


def _table(html: str) -> str:
    """The DataFrame in an HTML output without its styles; '' when there is none."""
    table = BeautifulSoup(html, "lxml").find("table")
    if table is None:
        return ""
    for element in (table, *table.find_all(True)):
        element.attrs = {
            key: value
            for key, value in element.attrs.items()
            if key in {"colspan", "rowspan", "scope"}
        }
    for header in table.select("thead th"):
        header.name = "th" if header.get_text(strip=True) else "td"
    for header in table.select("tbody th"):
        header["scope"] = "row"
    return (
        '<div class="output table" tabindex="0" role="region"'
        f' aria-label="Table">{table}</div>'
    )


def _contents(page: BeautifulSoup) -> list[dict]:
    """Gives every heading an id and a permalink; returns the nested contents."""
    used: set[str] = set()
    contents: list[dict] = []
    for heading in page.find_all(re.compile("^h[1-6]$")):
        level = int(heading.name[1])
        text = heading.get_text(" ", strip=True)
        heading["id"] = unique(slugify(text, "-"), used)
        token = {"level": level, "id": heading["id"], "name": escape(text)}
        token["children"] = []
        siblings = contents
        while siblings and siblings[-1]["level"] < level:
            siblings = siblings[-1]["children"]
        siblings.append(token)
        if level > 1:
            link = page.new_tag("a", href=f"#{heading['id']}", title="Permanent link")
            link["class"] = "headerlink"
            link.string = "¶"
            heading.append(link)
    return contents


_STYLE = re.compile(r'\sstyle="([^"]*)"')


def style_attributes_to_classes(html: str) -> str:
    """The HTML with alignments as classes, since the policy forbids inline styles.

    Raises ValueError for any other inline style.
    """

    def to_class(match: re.Match) -> str:
        side = re.match(r"\s*text-align:\s*(left|right|center);", match[1] + ";")
        if side is None:
            raise ValueError(f"an inline style the page's policy forbids: {match[0]}")
        return f' class="{side[1]}"'

    return _STYLE.sub(to_class, html)
