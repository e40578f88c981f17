"""HTML as a flat list of elements, and what is wrong with how they nest.

Stricter than HTML asks: every element that can have an end tag must have it. A page
that keeps to this is read the same way by every parser, this simple one included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser


def _names(text: str) -> set[str]:
    return set(text.split())


VOID = _names("area base br col embed hr img input link meta source track wbr param")
FOREIGN = {"svg", "math"}
BLOCK = _names(
    "address article aside blockquote details dialog div dl fieldset figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul"
)
# Elements that hold text and inline elements only.
PHRASING = _names(
    "p h1 h2 h3 h4 h5 h6 pre abbr b code em i kbd label small span strong sub sup time "
    "button cite q var mark s del"
)
INTERACTIVE = {"a", "button", "select", "textarea", "label", "summary", "details"}
CHILDREN = {
    "ul": {"li", "script", "template"},
    "ol": {"li", "script", "template"},
    "dl": {"dt", "dd", "div", "script", "template"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"td", "th"},
}
PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "figcaption": {"figure"},
    "summary": {"details"},
}
OBSOLETE_ELEMENTS = _names(
    "acronym applet basefont big center dir font frame frameset marquee nobr noframes "
    "strike tt xmp"
)
OBSOLETE_ATTRIBUTES = _names(
    "align alink axis bgcolor border cellpadding cellspacing char charoff clear "
    "compact frame frameborder hspace language longdesc marginheight marginwidth "
    "noshade nowrap rules scrolling valign vlink vspace"
)


@dataclass(eq=False, repr=False)
class Element:
    """One element; its text is the document's from piece `first` to piece `last`."""

    name: str
    attributes: dict[str, str]
    line: int
    parent: Element | None
    document: list[str]
    first: int
    last: int | None = None

    @property
    def raw_text(self) -> str:
        """All text in it, as it stands."""
        return "".join(self.document[self.first : self.last])

    @property
    def text(self) -> str:
        """All text in it, white space collapsed."""
        return " ".join(self.raw_text.split())

    @property
    def classes(self) -> list[str]:
        """The names in its class attribute."""
        return self.attributes.get("class", "").split()

    def above(self) -> Iterator[Element]:
        """Its parent, its parent's parent, and so on."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent


class Tree(HTMLParser):
    """The elements of a document in order, and `(line, problem)` for each fault."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.problems: list[tuple[int, str]] = []
        self._open: list[Element] = []
        self._texts: list[str] = []
        if not re.match(r"\s*<!doctype html>", html, re.IGNORECASE):
            self._problem("no <!doctype html> at the start")
        self.feed(html)
        self.close()
        for element in self._open:
            self.problems.append((element.line, f"<{element.name}> is never closed"))

    def _problem(self, text: str) -> None:
        self.problems.append((self.getpos()[0], text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1] if self._open else None
        attributes = {name: value or "" for name, value in attrs}
        if len(attributes) < len(attrs):
            self._problem(f"<{tag}> has an attribute twice")
        line, first = self.getpos()[0], len(self._texts)
        element = Element(tag, attributes, line, parent, self._texts, first)
        self.elements.append(element)
        if not self._in_foreign():
            self._nesting(element)
        if tag in VOID:
            element.last = first
        else:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            if not self._in_foreign():
                self._problem(f"<{tag}/> is not closed by its slash: write </{tag}>")
            self._close()

    def handle_endtag(self, tag: str) -> None:
        if not any(element.name == tag for element in self._open):
            self._problem(f"</{tag}> closes nothing")
            return
        while (element := self._close()).name != tag:
            self._problem(
                f"</{tag}> comes before the </{element.name}> of line {element.line}"
            )

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    def _close(self) -> Element:
        element = self._open.pop()
        element.last = len(self._texts)
        return element

    def _in_foreign(self) -> bool:
        return any(element.name in FOREIGN for element in self._open)

    def _nesting(self, element: Element) -> None:
        name, parent = element.name, element.parent
        outer = parent.name if parent else ""
        if name in OBSOLETE_ELEMENTS:
            self._problem(f"<{name}> is obsolete")
        for attribute in sorted(OBSOLETE_ATTRIBUTES & element.attributes.keys()):
            self._problem(f"<{name} {attribute}> is obsolete: use a class")
        if outer in PHRASING and name in BLOCK:
            self._problem(f"<{name}> may not stand in <{outer}>")
        if outer in CHILDREN and name not in CHILDREN[outer]:
            self._problem(f"<{name}> may not stand right in <{outer}>")
        if name in PARENTS and outer not in PARENTS[name]:
            self._problem(f"<{name}> may not stand in <{outer}>")
        around = {name} & {"form", "label"}
        if name in INTERACTIVE:
            around |= {"a", "button"}
        for ancestor in element.above():
            if ancestor.name in around:
                self._problem(f"<{name}> may not stand in <{ancestor.name}>")
