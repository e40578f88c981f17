"""The concept index, and the definition at the first use of a term on a page.

Both are made of the terms in docs/concepts/<step>.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby

from site_content import GLOSSARY_HERE, relative_url

PAGE = "reference/concepts.md"
# In these a definition would be in the way, or may not stand.
_CLOSED = {"a", "button", "code", "details", "figure", "math", "pre", "script", "svg"}
# A <section> is a cell of a notebook: its outputs are what its code printed.
_CLOSED |= {"section", "summary", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?P<rest>[^>]*)>")
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(frozen=True)
class Term:
    """A term and where it is explained, run and cited; addresses are of sources."""

    id: str
    name: str
    aliases: tuple[str, ...]
    definition: str
    anchor: str
    explained: str  # the page with the anchor
    explained_title: str
    notebook: str  # "" when none runs it
    notebook_title: str
    references: tuple[tuple[str, str], ...]  # keys of the bibliography, what they say


def render(terms: Iterable[Term], bibliography: str) -> str:
    """The concept index as HTML: every term under the letter that it starts with."""
    ordered = sorted(terms, key=lambda term: (term.name.casefold(), term.id))
    parts = [GLOSSARY_HERE.removesuffix("</div>")]
    for letter, group in groupby(ordered, key=_letter):
        identifier = letter.lower() if letter.isalpha() else "digits"
        parts.append(f'<h2 id="letter-{identifier}">{letter}</h2>')
        parts += [_entry(term, bibliography) for term in group]
    return "\n".join([*parts, "</div>"])


def _letter(term: Term) -> str:
    first = term.name[0].upper()
    return first if first.isascii() and first.isalpha() else "0–9"


def _entry(term: Term, bibliography: str) -> str:
    def link(target: str, text: str) -> str:
        return f'<a href="{escape(target)}">{escape(text)}</a>'

    where = relative_url(term.explained, PAGE) + "#" + term.anchor
    facts = ["Explained in " + link(where, term.explained_title)]
    if term.notebook:
        target = relative_url(term.notebook, PAGE)
        facts.append("runs in " + link(target, term.notebook_title))
    facts += [
        link(f"{relative_url(bibliography, PAGE)}#{key}", label)
        for key, label in term.references
    ]
    also = f"<p>Also: {escape(', '.join(term.aliases))}.</p>" if term.aliases else ""
    return (
        f'<section class="concept"><h3 id="{term.id}">{escape(term.name)}</h3>'
        f"<p>{escape(term.definition)}</p>{also}"
        f'<p class="concept-facts">{" · ".join(facts)}</p></section>'
    )


class Definitions:
    """Shows what a term means where a page first uses it."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms: dict[str, Term] = {}
        for term in terms:
            for name in (term.name, *filter(_is_distinct, term.aliases)):
                self._terms.setdefault(_plain(name), term)
        # The longest first: "feature store" before "feature". By first letter, since
        # a thousand alternatives at each word would take seconds.
        names = sorted(self._terms, key=lambda name: (_first(name), -len(name)))
        alternatives = "|".join(
            f"{first}(?:{'|'.join(map(_rest, group))})"
            for first, group in groupby(names, key=_first)
        )
        self._names = re.compile(rf"(?<![\w@/.-])(?:{alternatives})(?![\w-]|\.\w)")

    def add(self, html: str, uri: str) -> str:
        """The HTML of a page's content with each term's first use linked and defined.

        A term is defined by its entry in the concept index, to which it links; the
        definition itself stands beside it, hidden until it is pointed at or focused.
        """
        seen: set[str] = set()
        index = relative_url(PAGE, uri)

        def define(match: re.Match) -> str:
            term = self._find(match[0])
            if term is None or term.id in seen:
                return match[0]
            seen.add(term.id)
            return (
                f'<a class="term" href="{index}#{term.id}"'
                f' aria-describedby="term-{term.id}">{match[0]}</a>'
                f'<span class="definition" role="tooltip" id="term-{term.id}">'
                f"{escape(term.definition, quote=False)}</span>"
            )

        parts, closed, last = [], [], 0
        for tag in _TAG.finditer(html):
            text = html[last : tag.start()]
            parts += [text if closed else self._names.sub(define, text), tag[0]]
            last, name = tag.end(), tag["name"].lower()
            if name in _VOID or tag["rest"].endswith("/"):
                continue
            if tag["end"]:
                if closed:
                    closed.pop()
            elif closed or name in _CLOSED:
                closed.append(name)
        return "".join([*parts, html[last:]])

    def _find(self, text: str) -> Term | None:
        plain = _plain(text)
        return self._terms.get(plain) or self._terms.get(plain.removesuffix("s"))


def _plain(name: str) -> str:
    """A name as it is compared: abbreviations keep their capitals."""
    name = " ".join(name.split())
    return name if _is_abbreviation(name) else name[0].lower() + name[1:]


def _is_abbreviation(name: str) -> bool:
    return len(name) < 2 or name[1].isupper() or name[1].isdigit()


def _is_distinct(alias: str) -> bool:
    """Whether an alias is more than one word of everyday language, such as "gap"."""
    return not re.fullmatch(r"[A-Za-z]?[a-z]+", alias)


def _first(name: str) -> str:
    """A regular expression for the first letter of a name in HTML text."""
    if _is_abbreviation(name) or not name[0].isalpha():
        return re.escape(escape(name[0]))
    return f"[{name[0].upper()}{name[0]}]"


def _rest(name: str) -> str:
    """A regular expression for the rest of a name, in the plural too."""
    return re.escape(escape(name[1:])).replace(r"\ ", r"\s+") + "s?"


def read_terms(
    concepts: Mapping[str, object],
    pages: Mapping[str, tuple[str, set[str]]],
    notebooks: Mapping[str, tuple[str, str]],
    references: Mapping[str, str],
) -> list[Term]:
    """The terms of all steps with what their entries in the concept index say.

    Args:
        concepts: by step, what docs/concepts/<step>.yml holds.
        pages: by address of a step's page, its title and the ids on it.
        notebooks: by slug, the notebook's address and title.
        references: by key, what the bibliography's entry is called.
    """
    found = []
    for step, concept in concepts.items():
        own = {
            uri: page
            for uri, page in pages.items()
            if uri == f"steps/{step}.md" or uri.startswith(f"steps/{step}/")
        }
        for term in concept.terms:
            uri = next(uri for uri, (_, ids) in own.items() if term["anchor"] in ids)
            notebook, title = notebooks.get(term.get("notebook"), ("", ""))
            found.append(
                Term(
                    id=term["id"],
                    name=term["name"],
                    aliases=tuple(term.get("aliases", ())),
                    definition=" ".join(term["definition"].split()),
                    anchor=term["anchor"],
                    explained=uri,
                    explained_title=own[uri][0],
                    notebook=notebook,
                    notebook_title=title,
                    references=tuple(
                        (key, references[key]) for key in term.get("references", ())
                    ),
                )
            )
    return found
