"""The mock interview has its steps, its minutes and its scenarios from one source."""

import json
import re

import interview
import pytest
import yaml
from notebook_files import ROOT
from yaml_source import SourceError

SOURCE = yaml.safe_load(interview.SCENARIOS.read_text("utf-8"))
TITLES = {step: step.title() for step in SOURCE["steps"]}


def test_it_is_nine_steps_in_forty_five_minutes_and_fifteen_scenarios():
    data = interview.load(TITLES)
    assert [step["id"] for step in data["steps"]] == list(TITLES)
    assert len(data["steps"]) == 9
    assert sum(step["minutes"] for step in data["steps"]) == 45
    assert len({scenario["id"] for scenario in data["scenarios"]}) >= 15


def test_pages_state_the_same_minutes(site):
    minutes = [step["minutes"] for step in SOURCE["steps"].values()]
    page = (site / "practice/interview/index.html").read_text("utf-8")
    stated = re.findall(r"<tr><td>[^<]+</td><td>(\d+)</td></tr>", page)
    assert list(map(int, stated)) == minutes
    sheet = (ROOT / "docs/practice/cheat-sheet.md").read_text("utf-8")
    (sentence,) = re.findall(r"^Problem \d+, .*?\.", sheet, re.MULTILINE)
    assert list(map(int, re.findall(r"\d+", sentence))) == minutes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d["steps"].pop("data"),
            "steps must be problem-formulation, metrics",
        ),
        (
            lambda d: d["scenarios"][0].pop("request"),
            "'request' is a required property",
        ),
        (lambda d: d["scenarios"][0].update(product="any"), "must be a product of the"),
        (lambda d: d["scenarios"][0]["facts"].clear(), "a list of at least 4 pairs"),
        (lambda d: d["scenarios"][1].update(id=d["scenarios"][0]["id"]), "is taken by"),
        (lambda d: d.update(steps=9), "must be a mapping from each step"),
        (lambda d: d.pop("steps"), "'steps' is a required property"),
        (lambda d: d["steps"]["data"].update(minutes="x"), "whole minutes, at least 1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    data = json.loads(json.dumps(SOURCE))
    change(data)
    (tmp_path / "scenarios.yml").write_text(yaml.safe_dump(data, sort_keys=False))
    with pytest.raises(SourceError, match=r"scenarios\.yml:\d+: ") as error:
        interview.load(TITLES, tmp_path / "scenarios.yml")
    assert message in str(error.value)


@pytest.mark.parametrize("text", ["", "- a", "a: ["])
def test_a_file_of_another_shape_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios.yml").write_text(text)
    with pytest.raises(SourceError, match=r"^scenarios\.yml:1: "):
        interview.load(TITLES, tmp_path / "scenarios.yml")


def test_every_scenario_has_questions_for_every_step(site):
    data = json.loads((site / interview.JSON).read_text("utf-8"))
    for step in data["steps"]:
        for scenario in data["scenarios"]:
            fitting = [
                question
                for question in data["questions"]
                if question["step"] == step["id"]
                and question["product"] in {scenario["product"], "any"}
            ]
            assert len(fitting) >= 2, (step["id"], scenario["id"])
