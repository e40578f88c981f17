"""Reads docs/concepts/<step>.yml: the terms a step defines and the questions it asks.

This is the one source of the glossary, the concept index, quizzes and flashcards.
concepts.schema.json says what a file may hold.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from markdown_text import did_you_mean

ROOT = Path(__file__).resolve().parent.parent
CONCEPTS = ROOT / "docs" / "concepts"
AT_ONCE = 12  # questions that a page shows; the rest are folded away
SCHEMA = json.loads(Path(__file__).with_name("concepts.schema.json").read_text("utf-8"))

Keys = tuple[str | int, ...]  # the way to a value, such as ("terms", 0, "anchor")
Values = dict[Keys, tuple[object, int]]  # each value of a file, with its line
Problem = tuple[int, str]  # line, what is wrong and what to do


class ConceptError(ValueError):
    """Everything found wrong, one message per problem in `errors`."""

    def __init__(self, problems: Mapping[str, Iterable[Problem]]):
        """`problems` holds those of each file by its name."""
        self.errors = [
            f"{file}:{line}: {text}"
            for file, found in problems.items()
            for line, text in sorted(set(found))
        ]
        super().__init__("\n".join(self.errors))


@dataclass(frozen=True)
class StepConcepts:
    """What one file says: terms and questions are plain dicts, as in the file."""

    file: str
    step: str
    terms: list[dict]
    questions: list[dict]
    values: Values = field(repr=False)


def load_concepts(folder: Path = CONCEPTS) -> list[StepConcepts]:
    """The concepts of each step, sorted by file; ConceptError lists every fault."""
    concepts = []
    problems: dict[str, list[Problem]] = {}
    ids: dict[str, str] = {}
    for path in sorted(folder.glob("*.y*ml")):
        file = os.path.relpath(path)
        found = problems[file] = []
        if path.suffix != ".yml":
            found.append((1, f"not read: rename it to {path.stem}.yml"))
            continue
        values = _read_yaml(path, found)
        if not values:
            continue
        found += _schema_problems(values)
        found += _repeated_ids(values, file, ids)
        step, line = values.get(("step",), (path.stem, 1))
        if step != path.stem:
            found.append(
                (line, f"step {step!r} in a file named {path.stem}: rename one")
            )
        if not found:
            data, _ = values[()]
            concepts.append(StepConcepts(file=file, values=values, **data))
    if not problems:
        problems[os.path.relpath(folder)] = [(1, "holds no <step>.yml: add one")]
    if any(problems.values()):
        raise ConceptError(problems)
    return concepts


def check_references(
    concepts: Iterable[StepConcepts],
    anchors: Mapping[str, Collection[str]],
    notebook_slugs: Collection[str],
    bib_keys: Collection[str],
    figures: Collection[str],
) -> None:
    """ConceptError unless each anchor, notebook, reference and figure exists.

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
            known, what = targets.get(_field(keys), ((), ""))
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
        raise ConceptError(problems)


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


def _compose(text: str) -> yaml.Node | None:
    """The root node. The parser in C is ten times faster, and some PyYAML lack it."""
    try:
        return yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return yaml.compose(text, yaml.SafeLoader)  # knows better where the fault is


def _read_yaml(path: Path, problems: list[Problem]) -> Values:
    """Every value of the file by the keys that lead to it; {} when it cannot be read.

    Not yaml.safe_load, which forgets lines and keeps the last of two equal keys.
    """
    values: Values = {}
    scalars = yaml.constructor.SafeConstructor()

    def read(node: yaml.Node | None, keys: Keys, line: int) -> object:
        value: object
        if isinstance(node, yaml.MappingNode):
            value = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                key_line = key_node.start_mark.line + 1
                if key in value:
                    first = values[*keys, key][1]
                    text = f"`{key}` is on line {first} already: delete one of them"
                    problems.append((key_line, text))
                else:
                    value[key] = read(value_node, (*keys, key), key_line)
        elif isinstance(node, yaml.SequenceNode):
            value = [
                read(item, (*keys, number), item.start_mark.line + 1)
                for number, item in enumerate(node.value)
            ]
        else:
            value = node and scalars.construct_object(node)
            if isinstance(value, float) and not math.isfinite(value):
                problems.append((line, f"{value} is not a finite number: write one"))
        values[keys] = value, line
        return value

    try:
        read(_compose(path.read_text("utf-8")), (), 1)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        advice = "text that holds a colon and a space needs quotes or >-"
        problems.append(
            (mark.line + 1 if mark else 1, f"not valid YAML: {reason} ({advice})")
        )
        return {}
    return values


def _schema_problems(values: Values) -> Iterator[Problem]:
    data, _ = values[()]
    for error in Draft202012Validator(SCHEMA).iter_errors(data):
        keys = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            keys = (*keys, error.instance)
            known = ", ".join(error.validator_value)
            text = f"unknown key `{error.instance}`: use {known}"
        elif error.validator == "required":
            text = f"{error.message}: add it"
        else:
            is_nested = isinstance(error.instance, dict | list)
            name = _field(keys) if is_nested else f"{_field(keys)} {error.instance!r}"
            text = f"{name} must be {error.schema['description']}"
        yield values[keys][1], text


def _repeated_ids(values: Values, file: str, ids: dict[str, str]) -> Iterator[Problem]:
    """Ids seen before, in this file or in one read earlier; `ids` says where."""
    for keys, (value, line) in values.items():
        if len(keys) == 3 and keys[2] == "id" and isinstance(value, str):
            if value in ids:
                yield line, f"id {value!r} is taken by {ids[value]}: choose another"
            ids.setdefault(value, f"{file}:{line}")


def _field(keys: Keys) -> str:
    """The name of the field a value is in: ("terms", 0, "aliases", 1) is in aliases."""
    return next((key for key in reversed(keys) if isinstance(key, str)), "the file")


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
