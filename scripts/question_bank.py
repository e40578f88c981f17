"""Interview questions: docs/practice/bank/<step>.yml, as a page and for the interview.

question_bank.schema.json says what a file may hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from markdown_text import did_you_mean
from notebook_files import ROOT
from yaml_source import SourceError, field_name, load_folder

BANK = ROOT / "docs" / "practice" / "bank"
PAGE = "practice/questions.md"
SCHEMA = json.loads(
    Path(__file__).with_name("question_bank.schema.json").read_text("utf-8")
)
PRODUCTS = {
    "any": "any product",
    "search": "search",
    "feed": "a feed",
    "ads": "ads",
    "fraud": "fraud detection",
    "eta": "arrival times",
    "people": "people you may know",
    "shop": "a shop",
    "video": "video",
    "moderation": "moderation",
    "assistant": "an assistant",
    "vision": "vision",
}


@dataclass(frozen=True)
class Question:
    """One question of the bank; links are pairs of an address and a title."""

    id: str
    step: str
    step_title: str
    kind: str
    level: str
    product: str
    prompt: str
    outline: tuple[str, ...]
    weak: str
    good: str
    strong: str
    follow_ups: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def load_bank(
    titles: Mapping[str, str],
    targets: Mapping[str, tuple[str, str]],
    folder: Path = BANK,
) -> list[Question]:
    """The questions in the order of the steps.

    Args:
        titles: each step's title, in order.
        targets: by `step#anchor`, the address and the title of what is there.

    Raises SourceError for what the schema does not allow, for a step that is none, and
    for a link to an anchor that no page of its step has.
    """
    problems: dict[str, list[tuple[int, str]]] = {}
    found: dict[str, list[Question]] = {step: [] for step in titles}
    for file, values in load_folder(folder, SCHEMA).items():
        data, _ = values[()]
        step = data["step"]
        problems[file] = wrong = []
        if step not in titles:
            wrong.append((1, f"{step!r} is no step{did_you_mean(step, titles)}"))
            continue
        for keys, (value, line) in values.items():
            is_link = field_name(keys) == "links" and isinstance(value, str)
            if is_link and value not in targets:
                hint = did_you_mean(value, _of_step(value, targets))
                wrong.append((line, f"no page has {value!r}{hint}"))
        if not wrong:
            found[step] = [
                _question(entry, step, titles[step], targets)
                for entry in data["questions"]
            ]
    if any(problems.values()):
        raise SourceError(problems)
    return [question for questions in found.values() for question in questions]


def _of_step(link: str, targets: Collection[str]) -> list[str]:
    step = link.partition("#")[0]
    return [target for target in targets if target.startswith(f"{step}#")]


def _question(entry: dict, step: str, title: str, targets: Mapping) -> Question:
    def text(value: object) -> object:
        if isinstance(value, list):
            return tuple(map(text, value))
        return " ".join(value.split())

    links = tuple(targets[link] for link in entry["links"])
    fields = {name: text(value) for name, value in entry.items()} | {"links": links}
    return Question(step=step, step_title=title, **fields)


def render(questions: Iterable[Question], root: str) -> str:
    """The page of the bank as HTML; `root` leads from the page to the site's root."""
    parts, step = ['<div class="bank">'], None
    for question in questions:
        if question.step != step:
            step = question.step
            title = escape(question.step_title)
            parts.append(f'<h2 id="bank-{step}">{title}</h2>')
        parts.append(_entry(question, root))
    return "\n".join([*parts, "</div>"])


def _entry(question: Question, root: str) -> str:
    facts = [question.kind, question.level, PRODUCTS[question.product]]
    links = " · ".join(
        f'<a href="{escape(root + address)}">{escape(title)}</a>'
        for address, title in question.links
    )
    return (
        f'<details class="bank-question" id="bank-{question.id}"'
        f' data-step="{question.step}" data-level="{question.level}"'
        f' data-product="{question.product}" data-kind="{question.kind}">'
        f'<summary>{escape(question.prompt)} <span class="facts">'
        f"{escape(', '.join(facts))}</span></summary>"
        f"<p><strong>A model answer makes these points</strong></p>"
        f"{_list('ol', question.outline)}<dl>"
        f"<dt>Weak</dt><dd>{escape(question.weak)}</dd>"
        f"<dt>Good</dt><dd>{escape(question.good)}</dd>"
        f"<dt>Strong</dt><dd>{escape(question.strong)}</dd></dl>"
        f"<p><strong>Then they ask</strong></p>{_list('ul', question.follow_ups)}"
        f'<p class="concept-facts">Read: {links}</p></details>'
    )


def _list(tag: str, items: Sequence[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{escape(item)}</li>' for item in items)}</{tag}>"
