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
    """One step: its place among the nine, its page and its notebooks' pages."""

    number: int
    title: str
    page: Page
    notebooks: list[Page]

    @property
    def id(self) -> str:
        """The step's slug, which is its page's and its notebooks' folder's name."""
        return self.page.file.name

    @property
    def written(self) -> bool:
        """Whether the page is more than an outline."""
        return self.page.meta.get("status") != "outline"


def read_steps(nav: Navigation) -> list[Step]:
    """The steps in order; ValueError when the navigation has no section of steps."""
    for section in nav.items:
        if isinstance(section, Section) and section.title == "Steps":
            for child in section.children:
                child.children[0].__class__ = StepPage
            return [
                Step(number, child.title, child.children[0], child.children[1:])
                for number, child in enumerate(section.children, 1)
            ]
    raise ValueError("mkdocs.yml: nav has no section named Steps")
