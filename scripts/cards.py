"""Cards for spaced repetition: an Anki deck, and the same cards for the browser.

A card is a term or a question of docs/concepts/<step>.yml. Anki knows a note by its
`guid`, so a new version of the deck updates a card and keeps the learner's history.
"""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import genanki
import math_html
from concepts import StepConcepts
from markdown import Markdown
from notebook_files import ROOT

NAME = "ML system design"
DECK = "assets/practice/ml-system-design.apkg"
JSON = "assets/practice/cards.json"
STYLE = """
.card { max-width: 34em; margin: 0 auto; font: 18px/1.5 sans-serif; text-align: left; }
.step { font-size: 13px; opacity: 0.7; }
"""

# One for all cards: to make it takes longer than to convert a card.
_markdown = Markdown(extensions=[math_html.EscapedDollar()])


@dataclass(frozen=True)
class Card:
    """One card: front and back are HTML, the link is an address within the site."""

    id: str
    step: str
    title: str  # of the step
    front: str
    back: str
    link: str


def read_cards(
    concepts: StepConcepts, title: str, targets: Mapping[str, tuple[str, str]]
) -> list[Card]:
    """The cards of a step: its terms, then those of its questions that need no figure.

    `targets` gives, by `step#anchor`, the address of what is there.
    """

    def card(kind: str, entry: dict, front: str, back: str) -> Card:
        link, _ = targets[f"{concepts.step}#{entry['anchor']}"]
        where = f"{concepts.file}, {entry['id']}"
        return Card(
            f"{kind}-{entry['id']}",
            concepts.step,
            title,
            _html(front, where),
            _html(back, where),
            link,
        )

    terms = [
        card("term", term, f"**{term['name']}**: what is it?", term["definition"])
        for term in concepts.terms
    ]
    questions = [
        card("question", question, _front(question), _back(question))
        for question in concepts.questions
        if "figure" not in question
    ]
    return terms + questions


def _front(question: dict) -> str:
    choices = question.get("items", [o["text"] for o in question.get("options", ())])
    ordered = sorted(choices, key=lambda text: sha256(text.encode()).digest())
    listed = "\n".join(f"- {' '.join(choice.split())}" for choice in ordered)
    return f"{question['prompt']}\n\n{listed}"


def _back(question: dict) -> str:
    if "options" in question:
        right = [option for option in question["options"] if option.get("correct")]
        return "\n\n".join(f"**{o['text'].strip()}**\n\n{o['why']}" for o in right)
    if "items" in question:
        answer = "\n".join(
            f"{n}. {text}" for n, text in enumerate(question["items"], 1)
        )
    else:
        answer = f"**{question['answer']:,} {question.get('unit', '')}".rstrip() + "**"
    return f"{answer}\n\n{question['explanation']}"


def _html(text: str, where: str) -> str:
    text, mathml = math_html.extract(text, where)
    return math_html.restore(_markdown.reset().convert(text), mathml)


def deck(steps: Iterable[Sequence[Card]], site_url: str, changed: int) -> bytes:
    """The Anki package: a deck with one below it for each step.

    `changed` is when its cards last changed, in seconds since 1970: an import replaces
    what a learner has only by what is newer.
    """
    model = genanki.Model(
        _number(NAME + " card"),
        NAME,
        fields=[
            {"name": "Front"},
            {"name": "Back"},
            {"name": "Step"},
            {"name": "Link"},
        ],
        templates=[
            {
                "name": "Card",
                "qfmt": '<p class="step">{{Step}}</p>{{Front}}',
                "afmt": "{{FrontSide}}<hr id=answer>{{Back}}<p>{{Link}}</p>",
            }
        ],
        css=STYLE,
    )
    decks = []
    for number, cards in enumerate(steps, 1):
        name = f"{NAME}::{number} {cards[0].title}"
        decks.append(genanki.Deck(_number(f"{NAME} {cards[0].step}"), name))
        for card in cards:
            link = ""
            if site_url:
                address = f"{site_url.rstrip('/')}/{card.link}"
                link = f'<a href="{address}">Where it is explained</a>'
            decks[-1].add_note(
                genanki.Note(
                    model=model,
                    fields=[card.front, card.back, card.title, link],
                    guid=genanki.guid_for(NAME, card.id),
                    tags=[card.step],
                )
            )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deck.apkg"
        genanki.Package(decks).write_to_file(file, timestamp=changed)
        return _without_times(file)


def _without_times(package: Path) -> bytes:
    """The package zipped anew, so that the same cards make the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def last_change(root: Path = ROOT) -> int:
    """When the sources of the cards last changed, in seconds since 1970.

    Git knows it of a clone; in an archive the files carry the time of their commit.
    """
    sources = ("docs/concepts", "scripts/cards.py")
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct", "--", *sources]
    try:
        found = subprocess.run(command, capture_output=True, text=True).stdout
    except OSError:  # there is no git
        found = ""
    if found:
        return int(found)
    files = (root / "docs" / "concepts").glob("*.yml")
    return max(int(file.stat().st_mtime) for file in files)


def _number(name: str) -> int:
    """An identifier that stays: Anki tells decks and models by such numbers."""
    return int.from_bytes(sha256(name.encode()).digest()[:4]) | 1 << 30


def write(steps: Sequence[Sequence[Card]], site_url: str, site: Path) -> None:
    """Puts the deck, and the cards for review in the browser, into the built site."""
    (site / DECK).write_bytes(deck(steps, site_url, last_change()))
    cards = [asdict(card) for cards in steps for card in cards]
    (site / JSON).write_text(json.dumps(cards, ensure_ascii=False), "utf-8")
