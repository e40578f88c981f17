"""The mock interview: its scenarios and the questions it draws, as one file.

interview.schema.json says what docs/practice/scenarios.yml may hold.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path

from notebook_files import ROOT
from question_bank import Question
from yaml_source import Problem, SourceError, read_yaml, repeated_ids, schema_problems

SCENARIOS = ROOT / "docs" / "practice" / "scenarios.yml"
SCHEMA = json.loads(
    Path(__file__).with_name("interview.schema.json").read_text("utf-8")
)
PAGE = "practice/interview.md"
JSON = "assets/practice/interview.json"


def load(titles: Mapping[str, str], path: Path = SCENARIOS) -> dict:
    """The steps with their minutes and tasks, in order, and the scenarios.

    Raises SourceError for what the schema does not allow, and unless the steps are
    those of `titles`.
    """
    problems: list[Problem] = []
    values = read_yaml(path, problems)
    file = os.path.relpath(path)
    if values:
        problems += schema_problems(values, SCHEMA)
        problems += repeated_ids(values, file, {})
    data, _ = values.get((), (None, 1))
    if not problems and set(data["steps"]) != set(titles):
        _, line = values[("steps",)]
        problems.append((line, f"steps must be {', '.join(titles)}"))
    if problems:
        raise SourceError({file: problems})
    steps = [{"id": id, "title": titles[id], **data["steps"][id]} for id in titles]
    return {"steps": steps, "scenarios": data["scenarios"]}


def minutes(titles: Mapping[str, str]) -> str:
    """The steps with their minutes as an HTML table."""
    rows = "".join(
        f"<tr><td>{escape(step['title'])}</td><td>{step['minutes']}</td></tr>"
        for step in load(titles)["steps"]
    )
    head = "<tr><th>Step</th><th>Minutes</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def write(
    titles: Mapping[str, str],
    addresses: Mapping[str, str],
    questions: Iterable[Question],
    site: Path,
) -> None:
    """Puts what the page of the interview needs into the built site.

    `addresses` are those of the steps' pages within the site.
    """
    data = load(titles)
    for step in data["steps"]:
        step["url"] = addresses[step["id"]]
    data["questions"] = [asdict(question) for question in questions]
    (site / JSON).write_text(json.dumps(data, ensure_ascii=False), "utf-8")
