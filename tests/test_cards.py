"""The deck imports into Anki, whole, and a new version of it keeps what was learnt."""

import json
import os
import subprocess
import time
from dataclasses import replace

import cards
import pytest
from anki.collection import (
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from concepts import load_concepts

DAY = 86_400


@pytest.fixture(scope="module")
def steps():
    """The cards of two steps."""
    chosen = [c for c in load_concepts() if c.step in {"metrics", "data"}]
    return [
        cards.read_cards(concepts, concepts.step.title(), Anywhere())
        for concepts in chosen
    ]


class Anywhere(dict):
    """Says of every anchor that it is at one place."""

    def __missing__(self, anchor):
        return "steps/page/#here", "Here"


@pytest.fixture
def collection(tmp_path):
    """A learner's collection, empty at first."""
    collection = Collection(str(tmp_path / "collection.anki2"))
    yield collection
    collection.close()


def take(collection, tmp_path, package):
    """Imports a deck as the learner's Anki would."""
    file = tmp_path / "deck.apkg"
    file.write_bytes(package)
    return collection.import_anki_package(
        ImportAnkiPackageRequest(
            package_path=str(file),
            options=ImportAnkiPackageOptions(with_scheduling=True),
        )
    )


def test_anki_imports_every_card_below_its_step(collection, tmp_path, steps):
    take(collection, tmp_path, cards.deck(steps, "https://example.org/site/", DAY))
    assert collection.card_count() == sum(map(len, steps))
    for number, of_step in enumerate(steps, 1):
        name = f"{cards.NAME}::{number} {of_step[0].title}"
        assert len(collection.find_cards(f'deck:"{name}"')) == len(of_step)
    note = collection.get_note(collection.find_notes("tag:metrics")[0])
    assert "https://example.org/site/steps/page/#" in note["Link"]


def test_an_update_keeps_the_history_of_a_card(collection, tmp_path, steps):
    take(collection, tmp_path, cards.deck(steps, "", DAY))
    learnt = collection.get_card(collection.find_cards("tag:metrics")[0])
    learnt.start_timer()
    collection.sched.answerCard(learnt, 3)
    question = learnt.note()["Front"]
    changed = [
        [replace(c, back="New." if c.front == question else c.back) for c in step]
        for step in steps
    ]
    take(collection, tmp_path, cards.deck(changed, "", 2 * DAY))
    assert collection.card_count() == sum(map(len, steps))
    again = collection.get_card(learnt.id)
    assert again.reps == 1
    assert again.note()["Front"] == question
    assert again.note()["Back"] == "New."


def test_the_same_cards_make_the_same_notes(steps, collection, tmp_path):
    take(collection, tmp_path, cards.deck(steps, "", DAY))
    log = take(collection, tmp_path, cards.deck(steps, "", 2 * DAY)).log
    assert len(log.new) == 0


def test_the_same_cards_make_the_same_bytes(steps):
    first = cards.deck(steps, "", DAY)
    time.sleep(2.1)  # a zip file counts in steps of two seconds
    assert cards.deck(steps, "", DAY) == first


def test_the_cards_are_as_old_as_their_last_commit(tmp_path):
    concepts = tmp_path / "docs" / "concepts"
    concepts.mkdir(parents=True)
    (concepts / "data.yml").write_text("step: data")
    os.utime(concepts / "data.yml", (DAY, DAY))
    assert cards.last_change(tmp_path) == DAY  # no repository: an archive

    def git(*command):
        person = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(
            ["git", "-C", str(tmp_path), *person, *command],
            check=True,
            env=os.environ | {"GIT_COMMITTER_DATE": f"@{3 * DAY} +0000"},
        )

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "Add")
    assert cards.last_change(tmp_path) == 3 * DAY


def test_a_choice_shows_its_options_and_then_the_right_one():
    question = {
        "id": "q",
        "kind": "choice",
        "prompt": "Is $a < b$?",
        "options": [
            {"text": "Yes", "correct": True, "why": "It is."},
            {"text": "No", "why": "It is not."},
        ],
        "anchor": "a",
    }
    (card,) = cards.read_cards(
        Concepts([question]), "Step", {"step#a": ("steps/x/part/#a", "A")}
    )
    assert "<math" in card.front and "$" not in card.front
    assert "<li>Yes</li>" in card.front and "<li>No</li>" in card.front
    assert "It is." in card.back and "It is not." not in card.back
    assert card.link == "steps/x/part/#a"


def test_a_question_about_a_figure_is_no_card():
    question = {"id": "q", "kind": "diagnose", "figure": "a.b", "anchor": "a"}
    assert cards.read_cards(Concepts([question]), "Step", {}) == []


class Concepts:
    """A step with these questions and no terms."""

    file, step, terms = "docs/concepts/step.yml", "step", ()

    def __init__(self, questions):
        self.questions = questions


def test_the_built_site_holds_a_card_for_each_term(site):
    kept = json.loads((site / cards.JSON).read_text("utf-8"))
    ids = {card["id"] for card in kept}
    assert len(ids) == len(kept)
    for concepts in load_concepts():
        assert {f"term-{term['id']}" for term in concepts.terms} <= ids


def test_anki_imports_every_card_of_the_built_deck(site, collection, tmp_path):
    kept = json.loads((site / cards.JSON).read_text("utf-8"))
    take(collection, tmp_path, (site / cards.DECK).read_bytes())
    assert collection.card_count() == len(kept) > 1000
    below = [
        deck.name
        for deck in collection.decks.all_names_and_ids()
        if deck.name.startswith(f"{cards.NAME}::")
    ]
    numbers = [name.partition("::")[2].split()[0] for name in sorted(below)]
    assert numbers == [str(number) for number in range(1, 10)]
    for name in below:
        (title,) = {
            collection.get_card(card).note()["Step"]
            for card in collection.find_cards(f'deck:"{name}"')
        }
        assert name.endswith(f" {title}")
