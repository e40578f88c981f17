"""A notebook as a page: what mkdocs-jupyter is given, and what is made of its HTML.

mkdocs-jupyter gets a copy without outputs and turns Markdown into HTML and colours
the code. Its 570 kB of styles and its third-party scripts are dropped; the cells are
set in the site's own markup, and the outputs that the runner recorded are added.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import lxml.html.builder
import nbformat
from evidence import alt_text, cell_pictures, without_alt_text
from figures import Figure, picture
from lxml import html as lxml_html
from lxml.html import HtmlElement
from markdown.extensions.toc import slugify, unique
from notebook_files import tags

# What mkdocs-jupyter puts into every page: half a megabyte that ours does without.
_INLINED = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
# Names, white space, punctuation and operators have the colour of the text around them.
_UNCOLOURED = re.compile(r'<span class="(?:n|w|p|o)">([^<]*)</span>')
# Cells that wait behind a summary: the reader opens them when ready.
FOLDED = {"check": "How the answer is checked", "solution": "Solution"}


def prepare(
    notebook: nbformat.NotebookNode, markdown: Callable[[str, str], str]
) -> nbformat.NotebookNode:
    """A copy without outputs, its Markdown passed through `markdown(source, id)`."""
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
    page = lxml_html.fromstring(_INLINED.sub("", html))
    elements = page.find_class("jp-Notebook")[0].xpath(
        "./*[contains(@class, 'jp-Cell')]"
    )
    shown = [cell for cell in notebook.cells if cell.source.strip()]
    if len(elements) != len(shown):
        raise ValueError(
            f"mkdocs-jupyter rendered {len(elements)} of {len(shown)} cells: "
            "has its markup changed?"
        )
    headings = Headings()
    parts = [
        _prose(element, headings)
        if cell.cell_type == "markdown"
        else _code(cell, element, figure_url)
        for cell, element in zip(shown, elements, strict=True)
    ]
    return "\n".join(parts), headings.contents


class Headings:
    """Gives headings their ids and permalinks, and collects the table of contents."""

    def __init__(self) -> None:
        self.contents: list[dict] = []
        self._used: set[str] = set()

    def add(self, heading: HtmlElement) -> None:
        """Gives one heading its id and permalink."""
        level = int(heading.tag[1])
        text = " ".join(heading.text_content().split())
        identifier = unique(slugify(text, "-"), self._used)
        token = {"level": level, "id": identifier, "name": escape(text), "children": []}
        siblings = self.contents
        while siblings and siblings[-1]["level"] < level:
            siblings = siblings[-1]["children"]
        siblings.append(token)
        heading.set("id", identifier)
        if level > 1:
            link = lxml.html.builder.A(
                "¶", href=f"#{identifier}", title="Permanent link"
            )
            link.set("class", "headerlink")
            heading.append(link)


def _inner(element: HtmlElement) -> str:
    """The HTML inside an element."""
    outer = lxml_html.tostring(element, encoding="unicode", with_tail=False)
    return outer[outer.index(">") + 1 : outer.rindex("</")]


def _prose(element: HtmlElement, headings: Headings) -> str:
    content = element.find_class("jp-MarkdownOutput")[0]
    for anchor in content.find_class("anchor-link"):
        anchor.drop_tree()
    for heading in content.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        headings.add(heading)
    return _inner(content)


def _code(
    cell: nbformat.NotebookNode,
    element: HtmlElement,
    figure_url: Callable[[str], str],
) -> str:
    code = _inner(next(element.iter("pre"))).removeprefix("<span></span>")
    code = _UNCOLOURED.sub(r"\1", code)
    source = (
        f'<div class="language-python highlight"><pre><code>{code}</code></pre></div>'
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
        f'<section class="cell" id="cell-{escape(cell.id)}" data-search-exclude'
        f' data-tags="{escape(names)}">{body}</section>'
    )


def figures(cell: nbformat.NotebookNode) -> dict[str, Figure]:
    """The figures a code cell drew, by name: its `figure:` tag, else its id."""
    named = [tag.partition(":")[2] for tag in tags(cell) if tag.startswith("figure:")]
    alt = alt_text(cell) or "A figure; the code above says what it shows."
    return {
        (named[0] if named else cell.id) + (f"-{number}" if number else ""): Figure(
            svg, alt, cell.id
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
    return table or _text(data.get("text/plain", ""), "value")


def _text(text: str, kind: str) -> str:
    if not text.strip():
        return ""
    return (
        f'<div class="output {kind}" tabindex="0" role="group"'
        f' aria-label="Output"><pre>{escape(text)}</pre></div>'
    )


def _table(html: str) -> str:
    """The DataFrame in an HTML output without its styles; '' when there is none."""
    document = lxml_html.fragment_fromstring(html, create_parent="div")
    table = next(document.iter("table"), None)
    if table is None:
        return ""
    for element in table.iter():
        for name in set(element.attrib) - {"colspan", "rowspan", "scope"}:
            del element.attrib[name]
    for header in table.xpath("./thead//th[not(normalize-space())]"):
        header.tag = "td"  # a corner names nothing
    for header in table.xpath("./tbody//th"):
        header.set("scope", "row")
    table.tail = None
    return (
        '<div class="output table" tabindex="0" role="group" aria-label="Table">'
        f"{lxml_html.tostring(table, encoding='unicode')}</div>"
    )


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
