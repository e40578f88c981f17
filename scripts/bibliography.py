"""Reads docs/references.bib, turns `[@key]` into links, lists the references."""

from __future__ import annotations

import html
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bibtexparser
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    ImplicitComment,
    ParsingFailedBlock,
)
from bibtexparser.model import Entry as BibtexEntry
from markdown_text import did_you_mean, substitute
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import get_default_latex_context_db

REFERENCES = Path(__file__).resolve().parent.parent / "docs" / "references.bib"

KEY = r"[A-Za-z][\w:.-]*"
CITATION = re.compile(r"\[(@[^\[\]]*)\](?!\()")  # a link [@name](...) is not one
PLAIN = re.compile(r"([\w\s.,:;!?()/{}]|-(?!-))*")  # nothing LaTeX reads otherwise
CITED = re.compile(rf"@{KEY}(\s*;\s*@{KEY})*")

# Where a publication can be found: each entry needs at least one of these fields.
LOCATORS = {
    "doi": (re.compile(r"10\.\d{4,9}/\S+"), "a DOI such as 10.1145/3292500.3330701"),
    "eprint": (
        re.compile(r"\d{4}\.\d{4,5}(v\d+)?|[a-z-]+(\.[A-Z]{2})?/\d{7}"),
        "an arXiv identifier such as 1706.04599",
    ),
    "isbn": (re.compile(r"([\dX]-?){10}(([\dX]-?){3})?"), "an ISBN of 10 or 13 digits"),
    "url": (re.compile(r"https?://\S+"), "an address that starts with https://"),
}
RESOLVER = re.compile(
    r"^(https?://(dx\.)?doi\.org/|https?://arxiv\.org/abs/|doi:|arxiv:)\s*",
    re.IGNORECASE,
)
VENUES = (
    "journal",
    "journaltitle",
    "booktitle",
    "school",
    "institution",
    "organization",
    "howpublished",
    "publisher",
)

# Made once: each takes longer to make than a title takes to decode.
_DECODER = LatexNodes2Text(math_mode="text")
_MACROS = get_default_latex_context_db()


class BibliographyError(ValueError):
    """Everything found wrong, one message per problem in `errors`."""

    def __init__(self, errors: Sequence[str]):
        self.errors = list(errors)
        super().__init__("\n".join(self.errors))


@dataclass(frozen=True)
class Entry:
    """A reference, decoded from LaTeX to plain text; "" where it has no such field."""

    key: str
    authors: tuple[str, ...]  # given name first
    families: tuple[str, ...]  # family names, in the same order
    more_authors: bool  # the list ends with "and others"
    year: str
    title: str
    venue: str
    doi: str
    eprint: str
    isbn: str
    url: str

    @property
    def label(self) -> str:
        """Author and year, as in "Guo et al. 2017"."""
        if len(self.families) > 2 or self.more_authors:
            return f"{self.families[0]} et al. {self.year}"
        return f"{' and '.join(self.families)} {self.year}"


def load_bibliography(path: Path = REFERENCES) -> dict[str, Entry]:
    """The entries of a BibTeX file by key; BibliographyError lists every fault."""
    file = os.path.relpath(path)
    library = bibtexparser.parse_string(path.read_text(encoding="utf-8"))
    entries = {}
    errors = []
    for block in library.blocks:
        where = f"{file}:{block.start_line + 1}"
        if isinstance(block, BibtexEntry):
            entries[block.key], problems = _read_entry(block)
            errors += [f"{file}:{line + 1}: {text}" for line, text in problems]
        elif isinstance(block, DuplicateBlockKeyBlock):
            first = block.previous_block.start_line + 1
            errors.append(
                f"{where}: {block.key}: line {first} has the same key: "
                "rename one or delete it"
            )
        elif isinstance(block, DuplicateFieldKeyBlock):
            names = ", ".join(sorted(block.duplicate_keys))
            key = block.ignore_error_block.key
            errors.append(f"{where}: {key}: field given twice ({names}): delete one")
        elif isinstance(block, ParsingFailedBlock):
            reason = getattr(block.error, "abort_reason", block.error)
            first_line = block.raw.splitlines()[0]
            errors.append(f"{where}: {first_line}: not valid BibTeX: {reason}")
        elif isinstance(block, ImplicitComment):
            errors += [
                f"{file}:{number}: {line}: text outside an entry: "
                "is an @ missing? Comments start with %"
                for number, line in enumerate(
                    block.comment.splitlines(), start=block.start_line + 1
                )
                if line.strip() and not line.lstrip().startswith("%")
            ]
    if errors:
        raise BibliographyError(errors)
    return entries


def cite(
    markdown: str,
    entries: Mapping[str, Entry],
    bibliography_url: str,
    where: str,
    first_line: int = 1,
) -> str:
    """`markdown` with `[@key]` and `[@key1; @key2]` outside code turned into links.

    A citation becomes its authors and year in parentheses. `where` names the page in
    errors and `first_line` is the number of the first line of `markdown` in it.
    """
    errors = []

    def links(citation: re.Match[str], line: int) -> str:
        if not CITED.fullmatch(citation[1]):
            errors.append(
                f"{where}:{line}: {citation[0]} is not a citation: "
                "write [@key] or [@key1; @key2]"
            )
        linked = []
        for key in re.findall(rf"@({KEY})", citation[1]):
            if key in entries:
                linked.append(
                    f'<a class="citation" href="{_plain(bibliography_url)}#{key}" '
                    f'title="{_plain(entries[key].title)}">'
                    f"{_plain(entries[key].label)}</a>"
                )
            else:
                errors.append(
                    f"{where}:{line}: @{key} is not in references.bib"
                    f"{did_you_mean(key, entries)}"
                )
        return f"({'; '.join(linked)})"

    cited = substitute(markdown, CITATION, links, first_line)
    if errors:
        raise BibliographyError(errors)
    return cited


def cited_keys(markdown: str) -> list[str]:
    """The keys that `cite` would link, in order and with repeats."""
    keys = []

    def collect(citation: re.Match[str], line: int) -> str:
        keys.extend(re.findall(rf"@({KEY})", citation[1]))
        return citation[0]

    substitute(markdown, CITATION, collect)
    return keys


def render(
    entries: Mapping[str, Entry],
    cited_on: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> str:
    """The references as an HTML list sorted by author; each item's id is its key.

    `cited_on` gives, for a key, the title and the address of each page that cites it.
    """
    cited_on = cited_on or {}
    items = [
        _item(entry, cited_on.get(entry.key, ()))
        for entry in sorted(entries.values(), key=_order)
    ]
    return "\n".join(['<ul class="bibliography">', *items, "</ul>"])


def _read_entry(entry: BibtexEntry) -> tuple[Entry, list[tuple[int, str]]]:
    """The entry and what is wrong with it: pairs of line, counted from 0, and text."""
    problems = []

    def problem(text: str, line: int = entry.start_line) -> None:
        problems.append((line, f"{entry.key or '(no key)'}: {text}"))

    raw = {}
    lines = {}
    for field in entry.fields:
        name = field.key.lower()
        if name in raw:
            problem(f"field given twice ({name}): delete one", field.start_line)
        raw[name] = str(field.value).strip()
        lines[name] = field.start_line

    if not re.fullmatch(KEY, entry.key):
        problem("a key starts with a letter; then letters, digits and : . _ - only")

    names = split_multiple_persons_names(raw.get("author", ""))
    more_authors = names[-1:] == ["others"]
    if more_authors:
        names.pop()
    title, year = raw.get("title", ""), raw.get("year", "")
    for name, value in ("author", names), ("title", title), ("year", year):
        if not value:
            problem(f"no {name}: add one")
    if year and not re.fullmatch(r"\d{4}", year):
        problem(f"the year is {year!r}: write four digits", lines["year"])

    located = {name: _address(raw.get(name, "")) for name in LOCATORS}
    for name in ("doi", "eprint"):
        located[name] = RESOLVER.sub("", located[name])
    if not any(located.values()):
        problem("no doi, eprint, isbn or url: add one, so that readers can find it")
    for name, (form, description) in LOCATORS.items():
        if located[name] and not form.fullmatch(located[name]):
            problem(f"{name} {located[name]!r} is not {description}", lines[name])

    people = []
    for name in names:
        try:
            people.append(parse_single_name_into_parts(name))
        except InvalidNameError as error:
            problem(str(error), lines["author"])

    venue = next((raw[name] for name in VENUES if raw.get(name)), "")
    decoded = Entry(
        key=entry.key,
        authors=tuple(_decode(person.merge_first_name_first) for person in people),
        families=tuple(_decode(" ".join(p.von + p.last)) for p in people),
        more_authors=more_authors,
        year=year,
        title=_decode(title),
        venue=_decode(venue),
        **located,
    )
    return decoded, problems


def _decode(latex: str) -> str:
    """LaTeX as plain text: accents, dashes and symbols, no braces."""
    if PLAIN.fullmatch(latex):  # most fields are, and parsing each takes a while
        return " ".join(re.sub("[{}]", "", latex).split())
    no_comments = re.sub(r"(?<!\\)%", r"\\%", latex)
    text = _DECODER.latex_to_text(no_comments, latex_context=_MACROS)
    return " ".join(text.split())


def _address(value: str) -> str:
    """A DOI, arXiv identifier, ISBN or URL without LaTeX escapes."""
    return re.sub(r"\\([_%&#~])", r"\1", value)


def _order(entry: Entry) -> tuple[list[str], str, str]:
    names = unicodedata.normalize("NFKD", " ".join(entry.families))
    plain = "".join(c for c in names if not unicodedata.combining(c))
    return plain.casefold().split(), entry.year, entry.title


def _item(entry: Entry, cited_on: Sequence[tuple[str, str]]) -> str:
    authors = ", ".join(entry.authors) + (" et al." if entry.more_authors else "")
    stop = "" if entry.title.endswith(("?", "!", ".")) else "."
    parts = [
        f"{_plain(authors)} ({entry.year}).",
        f"<cite>{_plain(entry.title)}</cite>{stop}",
    ]
    if entry.venue:
        parts.append(f"{_plain(entry.venue)}.")
    if entry.doi:
        parts.append(_link(f"https://doi.org/{entry.doi}", f"doi:{entry.doi}"))
    if entry.eprint:
        parts.append(
            _link(f"https://arxiv.org/abs/{entry.eprint}", f"arXiv:{entry.eprint}")
        )
    if entry.isbn:
        parts.append(f"ISBN {entry.isbn}")
    if entry.url:
        parts.append(_link(entry.url, entry.url))
    if cited_on:
        pages = ", ".join(_link(url, title) for title, url in cited_on)
        parts.append(f'<span class="cited-on">Cited on {pages}.</span>')
    return f'<li id="{entry.key}">{" ".join(parts)}</li>'


def _link(url: str, text: str) -> str:
    return f'<a href="{_plain(url)}">{_plain(text)}</a>'


def _plain(text: str) -> str:
    """`text` for HTML inside Markdown: nothing in it is markup of either."""
    escaped = html.escape(text)
    return re.sub(r"[\\`*_{}\[\]$|~^@]", lambda sign: f"&#{ord(sign[0])};", escaped)
