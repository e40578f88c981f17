"""What a published site has besides its pages: cards, pictures, lists, a feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cards
import change_feed
import interview
import llms_txt
import social_cards
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from notebook_files import ROOT
from question_bank import Question
from site_content import Content
from steps import Step, anchored

CHANGES = "reference/changes.md"
PICTURES = ROOT / ".cache" / "social"


def write(
    config: MkDocsConfig,
    content: Content,
    steps: Sequence[Step],
    pages: Sequence[Page],
    anchors: Mapping[str, set[str]],
    bank: Sequence[Question],
) -> None:
    """Writes all of it into the built site.

    `anchors` are the ids on each source, `bank` are the interview questions.
    """
    site, base = Path(config.site_dir), config.site_url or ""
    targets = anchored(steps, anchors)
    decks = [
        cards.read_cards(content.concepts[step.id], step.title, targets)
        for step in steps
        if step.id in content.concepts
    ]
    cards.write(decks, base, site)
    interview.write(
        {step.id: step.title for step in steps},
        {step.id: step.page.url for step in steps},
        bank,
        site,
    )

    of_steps = {id(page) for step in steps for page in [*step.pages, *step.notebooks]}
    others = [page for page in pages if id(page) not in of_steps]
    listed = llms_txt.render(
        config.site_name, config.site_description, steps, others, base
    )
    (site / "llms.txt").write_text(listed, "utf-8")

    changes = next(page for page in pages if page.file.src_uri == CHANGES)
    try:
        feed = change_feed.render(
            changes.file.content_string, config.site_name, base + changes.url
        )
    except ValueError as error:
        raise ValueError(f"docs/{CHANGES}: {error}") from None
    (site / "feed.xml").write_text(feed, "utf-8")

    for page in pages:
        text = page.meta.get("description", config.site_description)
        target = site / "assets" / "social" / (page.url.strip("/") or "index")
        title = page.meta.get("title", page.title)
        social_cards.write(
            title, text, config.site_name, target.with_suffix(".png"), PICTURES
        )
