"""The nine steps, read from the navigation: it alone orders and numbers them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink


class StepPage(Page):
    """A page that the theme shows as its section's own, whatever its file's name."""

    is_index = True


@dataclass(frozen=True)
class Step:
    """One step: its place among the nine, its own page, all its pages, its notebooks.

    A long step is told on several pages: those in the folder of its name.
    """

    number: int
    title: str
    page: Page
    pages: list[Page]
    notebooks: list[Page]

    @property
    def id(self) -> str:
        """The step's slug, which is its page's and its notebooks' folder's name."""
        return self.page.file.name

    @property
    def written(self) -> bool:
        """Whether the page is more than an outline."""
        return self.page.meta.get("status") != "outline"

    @property
    def minutes(self) -> int:
        """How long its pages take to read."""
        return sum(page.meta.get("minutes", 0) for page in self.pages)


def of_step(uri: str) -> str:
    """The step that a page tells of: steps/x.md and steps/x/part.md are of step x."""
    return uri.removeprefix("steps/").removesuffix(".md").partition("/")[0]


def anchored(
    steps: Iterable[Step], anchors: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, str]]:
    """By `step#anchor`, the address within the site and the title of what is there.

    `anchors` gives the ids on each page by its source. An id that is no heading's goes
    by the title of its page.
    """
    found = {}
    for step in steps:
        for page in step.pages:
            titles = dict(_headings(page.toc))
            for anchor in anchors[page.file.src_uri]:
                title = titles.get(anchor, page.title)
                found[f"{step.id}#{anchor}"] = (f"{page.url}#{anchor}", title)
    return found


def _headings(items: Iterable[AnchorLink]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield item.id, item.title
        yield from _headings(item.children)


def read_steps(nav: Navigation) -> list[Step]:
    """The steps in order; ValueError when the navigation has no section of steps."""
    for section in nav.items:
        if isinstance(section, Section) and section.title == "Steps":
            return [
                _read_step(number, child)
                for number, child in enumerate(section.children, 1)
            ]
    raise ValueError("mkdocs.yml: nav has no section named Steps")


def _read_step(number: int, section: Section) -> Step:
    pages, notebooks = [], []
    for page in section.children:
        is_notebook = page.file.src_uri.startswith("notebooks/")
        (notebooks if is_notebook else pages).append(page)
    pages[0].__class__ = StepPage
    return Step(number, section.title, pages[0], pages, notebooks)
