"""The nine steps, read from the navigation: it alone orders and numbers them."""

from __future__ import annotations

from dataclasses import dataclass

from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page


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
