"""The question bank holds what it promises, and an error names file and line."""

import pytest
import yaml
from html_tree import Tree
from question_bank import BANK, SCHEMA, load_bank, render
from yaml_source import SourceError

TITLES = {"metrics": "Metrics", "data": "Data"}
TARGETS = {"metrics#imbalance": ("steps/metrics/#imbalance", "Imbalance <1%>")}
QUESTION = """\
step: metrics
questions:
  - id: rare
    kind: depth
    level: senior
    product: fraud
    prompt: What is 99% & worth?
    outline: [The base rate., Both errors., The cost.]
    weak: Says accuracy.
    good: Says recall.
    strong: Says cost.
    follow_ups: [And without labels?]
    links: [metrics#imbalance]
"""


@pytest.fixture
def bank(tmp_path, monkeypatch):
    """Loads a bank of one file with this text."""
    monkeypatch.chdir(tmp_path)

    def load(text, name="metrics.yml"):
        (tmp_path / name).write_text(text, "utf-8")
        return load_bank(TITLES, TARGETS, tmp_path)

    return load


def test_a_question_knows_its_step_and_where_to_read(bank):
    (question,) = bank(QUESTION)
    assert question.step_title == "Metrics"
    assert question.links == (("steps/metrics/#imbalance", "Imbalance <1%>"),)
    assert question.outline == ("The base rate.", "Both errors.", "The cost.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#imbalance]", "#imbalanced]", "metrics.yml:13: no page has 'metrics#imbala"),
        ("level: senior", "level: chief", "metrics.yml:5: level 'chief' must be the "),
        ("product: fraud", "product: x", "metrics.yml:6: product 'x' must be any, or "),
        ("[The base rate., Both errors., The cost.]", "[One.]", "metrics.yml:8: outl"),
        ("[The base rate.", "[1, The base rate.", "metrics.yml:8: outline 1 must be "),
        ("kind: depth", "kind: [depth]", "metrics.yml:4: kind must be design or depth"),
        ("questions:", "questions: 5\nx:", "metrics.yml:2: questions 5 must be a list"),
        ("    weak: Says accuracy.\n", "", "'weak' is a required property: add it"),
        ("    weak:", "    feeble:", "unknown key `feeble`"),
        ("step: metrics", "step: data", "metrics.yml:1: step 'data' in a file named "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(bank, old, new, message):
    with pytest.raises(SourceError) as caught:
        bank(QUESTION.replace(old, new))
    assert message in str(caught.value)


def test_a_file_of_no_step_is_refused(bank):
    text = QUESTION.replace("step: metrics", "step: metric")
    with pytest.raises(SourceError, match="'metric' is no step; did you mean metrics"):
        bank(text, "metric.yml")


def test_the_page_is_valid_and_escaped(bank):
    html = render(bank(QUESTION), "../../")
    tree = Tree(f"<!doctype html><body>{html}</body>")
    assert tree.problems == []
    (link,) = (element for element in tree.elements if element.name == "a")
    assert link.attributes["href"] == "../../steps/metrics/#imbalance"
    assert link.text == "Imbalance <1%>"
    assert "99% &amp; worth" in html


def test_the_bank_is_as_large_and_mixed_as_promised():
    entries = [
        entry
        for file in BANK.glob("*.yml")
        for entry in yaml.safe_load(file.read_text("utf-8"))["questions"]
    ]
    assert len(list(BANK.glob("*.yml"))) == 9
    assert len(entries) >= 150
    assert len({entry["prompt"] for entry in entries}) == len(entries)
    kinds = SCHEMA["$defs"]["question"]["properties"]
    for field in ("kind", "level", "product"):
        assert {entry[field] for entry in entries} == set(kinds[field]["enum"])
