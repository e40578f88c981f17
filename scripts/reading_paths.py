"""Reading paths on the home page: what to read, in which order, for how long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_text import did_you_mean
from mkdocs.structure.pages import Page
from yaml_source import Problem, SourceError, read_yaml, schema_problems

SCHEMA = json.loads(
    Path(__file__).with_name("reading_paths.schema.json").read_text("utf-8")
)


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


def read_paths(source: str, file: str, pages: Mapping[str, Page]) -> list[ReadingPath]:
    """The paths in the front matter of the home page.

    Args:
        source: the text of the home page.
        file: its name, for messages.
        pages: the pages of the site by the address of their source.

    Raises SourceError for what the schema does not allow, for an address that is no
    page, and for a page that does not say how many minutes it takes.
    """
    problems: list[Problem] = []
    # Without its first line, so that lines keep their numbers.
    front_matter = source.partition("\n---\n")[0].removeprefix("---")
    values = read_yaml(front_matter, problems)
    if values:
        problems += schema_problems(values, SCHEMA)
    for keys, (value, line) in values.items():
        if len(keys) != 5 or keys[0] != "paths" or not isinstance(value, str):
            continue
        if value not in pages:
            hint = did_you_mean(value, pages)
            problems.append((line, f"no page {value!r}{hint}"))
        elif "minutes" not in pages[value].meta:
            text = f"{value} does not say how long it takes: give it `minutes`"
            problems.append((line, text))
    if problems:
        raise SourceError({file: problems})
    return [
        ReadingPath(
            entry["title"],
            entry["text"],
            [
                Part(title, [pages[uri] for uri in uris])
                for title, uris in entry["parts"].items()
            ],
        )
        for entry in values[()][0].get("paths", ())
    ]
