"""Reading paths on the home page: what to read, in which order, for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_text import did_you_mean
from mkdocs.structure.pages import Page


@dataclass(frozen=True)
class Part:
    """A sitting of a path, and the pages it takes."""

    title: str
    pages: list[Page]

    @property
    def minutes(self) -> int:
        """How long its pages take to read."""
        return sum(page.meta["minutes"] for page in self.pages)


@dataclass(frozen=True)
class ReadingPath:
    """One way through the site."""

    title: str
    text: str
    parts: list[Part]

    @property
    def minutes(self) -> int:
        """How long the whole way takes."""
        return sum(part.minutes for part in self.parts)


def read_paths(
    entries: Sequence[Mapping], pages: Mapping[str, Page]
) -> list[ReadingPath]:
    """The paths in the home page's front matter.

    Args:
        entries: each with `title`, `text` and `parts`: a title and a list of addresses.
        pages: the pages of the site by the address of their source.

    Raises ValueError when an address is no page, or the page does not say how many
    minutes it takes.
    """

    def find(uri: str) -> Page:
        if uri not in pages:
            raise ValueError(f"paths: no page {uri!r}{did_you_mean(uri, pages)}")
        if "minutes" not in pages[uri].meta:
            raise ValueError(f"paths: {uri} has no `minutes` in its front matter")
        return pages[uri]

    return [
        ReadingPath(
            entry["title"],
            entry["text"],
            [
                Part(title, list(map(find, uris)))
                for title, uris in entry["parts"].items()
            ],
        )
        for entry in entries
    ]
