"""Reads docs/concepts/<step>.yml: the terms a step defines and the questions it asks.

This is the one source of the glossary, the concept index, quizzes and flashcards.
concepts.schema.json says what a file may hold.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path

from markdown_text import did_you_mean
from yaml_source import SourceError, Values, field_name, load_folder

ROOT = Path(__file__).resolve().parent.parent
CONCEPTS = ROOT / "docs" / "concepts"
AT_ONCE = 12  # questions that a page shows; the rest are folded away
SCHEMA = json.loads(Path(__file__).with_name("concepts.schema.json").read_text("utf-8"))


@dataclass(frozen=True)
class StepConcepts:
    """What one file says: terms and questions are plain dicts, as in the file."""

    file: str
    step: str
    terms: list[dict]
    questions: list[dict]
    values: Values = field(repr=False)


def load_concepts(folder: Path = CONCEPTS) -> list[StepConcepts]:
    """The concepts of each step, sorted by file; SourceError lists every fault."""
    return [
        StepConcepts(file=file, values=values, **values[()][0])
        for file, values in load_folder(folder, SCHEMA).items()
    ]


def check_references(
    concepts: Iterable[StepConcepts],
    anchors: Mapping[str, Collection[str]],
    notebook_slugs: Collection[str],
    bib_keys: Collection[str],
    figures: Collection[str],
) -> None:
    """SourceError unless each anchor, notebook, reference and figure exists.

    `anchors` holds the ids on the pages of each step; `figures` are `slug.name`.
    Each question must stand on one of these pages too.
    """
    problems = {}
    for concept in concepts:
        ids = anchors.get(concept.step, ())
        targets = {
            "anchor": (ids, f"an anchor of the pages of {concept.step}"),
            "notebook": (notebook_slugs, "the slug of a notebook"),
            "references": (bib_keys, "a key of docs/references.bib"),
            "figure": (figures, "a figure of a notebook"),
        }
        problems[concept.file] = found = []
        for keys, (name, line) in concept.values.items():
            known, what = targets.get(field_name(keys), ((), ""))
            if what and isinstance(name, str) and name not in known:
                found.append(
                    (line, f"{name!r} is not {what}{did_you_mean(name, known)}")
                )
        for number, question in enumerate(concept.questions):
            shown = f"question-{question['id']}" in ids
            if question["anchor"] in ids and not shown:
                _, line = concept.values["questions", number, "id"]
                advice = "write {{ questions }} on the page that has its anchor"
                found.append((line, f"{question['id']!r} is on no page: {advice}"))
    if any(problems.values()):
        raise SourceError(problems)


def render_questions(concepts: StepConcepts) -> str:
    """The questions of a step as Markdown for its page, each with a closed answer.

    A dozen from all parts of the page are shown, the others folded away.

    Needs Python-Markdown's md_in_html. Bound values, figures and citations in it are
    for the page build to fill in. Nothing is indented, so that they may span lines.
    """
    questions = [_question(question) for question in concepts.questions]
    every = math.ceil(len(questions) / AT_ONCE)  # some of each part of the page
    chosen = questions[::every]
    rest = [question for question in questions if question not in chosen]
    text = _element("ol", "\n\n".join(chosen), 'class="questions"')
    if rest:
        more = _element(
            "ol", "\n\n".join(rest), f'class="questions" start="{len(chosen) + 1}"'
        )
        summary = f"<summary>{len(rest)} more questions</summary>"
        text += "\n\n" + _element("details", f"{summary}\n\n{more}")
    return text


def _question(question: dict) -> str:
    """One list item: prompt, what to choose from, and the answer in <details>."""
    parts = [question["prompt"].strip()]
    attributes = {"id": f"question-{question['id']}", "data-kind": question["kind"]}
    if "figure" in question:
        parts.append(f"{{{{ figure {question['figure']} }}}}")
    if "options" in question:
        # Authors tend to write the right one first; its place must not give it away.
        options = sorted(
            question["options"], key=lambda option: _digest(option["text"])
        )
        parts.append(_list("ul", [option["text"] for option in options]))
        answer = _list("ul", [_verdict(option) for option in options])
    elif "items" in question:
        shuffled = sorted(question["items"], key=_digest)
        if shuffled == question["items"]:
            shuffled.reverse()
        parts.append(_list("ul", shuffled))
        answer = (
            f"{_list('ol', question['items'])}\n\n{question['explanation'].strip()}"
        )
    else:
        unit = f" {question['unit']}" if "unit" in question else ""
        attributes |= {
            "data-answer": question["answer"],
            "data-tolerance": question["tolerance"],
            "data-unit": unit.strip(),
        }
        answer = f"**{question['answer']:,}{unit}**"
        if question["tolerance"]:
            answer += f" (within {question['tolerance']:,}{unit} is right)"
        answer += f"\n\n{question['explanation'].strip()}"
    back = f"[Where the page explains it](#{question['anchor']})"
    summary = "<summary>Answer and why</summary>"
    parts.append(_element("details", f"{summary}\n\n{answer}\n\n{back}"))
    written = " ".join(f'{k}="{escape(str(v))}"' for k, v in attributes.items())
    return _element("li", "\n\n".join(parts), written)


def _verdict(option: dict) -> str:
    verdict = "Right" if option.get("correct") else "Wrong"
    return f"**{verdict}:** {option['text'].strip()}\n\n{option['why'].strip()}"


def _list(tag: str, items: Iterable[str]) -> str:
    return _element(tag, "\n".join(_element("li", item.strip()) for item in items))


def _element(tag: str, markdown: str, attribute: str = "") -> str:
    """An HTML element whose content is Markdown."""
    opening = " ".join(filter(None, [tag, attribute, 'markdown="block"']))
    return f"<{opening}>\n\n{markdown}\n\n</{tag}>"


def _digest(text: str) -> bytes:
    """An order that says nothing about the text and is always the same."""
    return sha256(text.encode()).digest()
