"""Concept files are complete and consistent; every error names file and line."""

import copy
import json
import math
from pathlib import Path
from types import SimpleNamespace

import markdown
import pytest
import yaml
from bs4 import BeautifulSoup
from concepts import (
    SCHEMA,
    check_references,
    load_concepts,
    render_questions,
)
from jsonschema import Draft202012Validator
from yaml_source import SourceError

# Line numbers below count in this text.
METRICS = """\
step: metrics
terms:
  - id: roc-auc
    name: ROC AUC
    aliases: [AUROC]
    definition: The chance that a random positive is ranked above a random negative.
    anchor: roc-auc
    notebook: classification-metrics
    references: [fawcett2006introduction]
questions:
  - id: metrics-choice
    kind: choice
    prompt: Which metric ignores the base rate, $p$?
    options:
      - {text: ROC AUC, correct: true, why: It compares ranks.}
      - {text: PR AUC, why: Precision moves with it.}
      - {text: Log-loss, why: "Its floor moves:\\n\\n- with `p`"}
    anchor: roc-auc
  - id: metrics-numeric
    kind: numeric
    prompt: How many pairs?
    answer: 1200
    tolerance: 0.5
    unit: pairs
    explanation: 30 times 40.
    anchor: roc-auc
  - id: metrics-order
    kind: order
    prompt: From first to last?
    items: [split, fit, score]
    explanation: Split first.
    anchor: roc-auc
  - id: metrics-diagnose
    kind: diagnose
    prompt: What is wrong in `{{ calibration.ece_raw:.2f }}` and {{ calibration.n }}?
    figure: calibration.reliability
    options:
      - {text: Too sure, correct: true, why: The curve is flat.}
      - {text: Too timid, why: It would be steep.}
      - {text: Nothing, why: It is off the diagonal.}
    anchor: roc-auc
"""
KNOWN = {
    "anchors": {
        "metrics": {
            "roc-auc",
            "question-metrics-choice",
            "question-metrics-numeric",
            "question-metrics-order",
            "question-metrics-diagnose",
        }
    },
    "notebook_slugs": {"classification-metrics"},
    "bib_keys": {"fawcett2006introduction"},
    "figures": {"calibration.reliability"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, METRICS)
    return tmp_path


def write(folder: Path, text: str, name: str = "metrics.yml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def errors(folder: Path) -> list[str]:
    with pytest.raises(SourceError) as caught:
        load_concepts(folder)
    assert str(caught.value) == "\n".join(caught.value.errors)
    return caught.value.errors


def edited(old: str, new: str) -> str:
    assert METRICS.count(old) >= 1
    return METRICS.replace(old, new, 1)


def test_the_schema_is_valid_and_refuses_what_it_must():
    Draft202012Validator.check_schema(SCHEMA)
    assert Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(METRICS))
    assert not Draft202012Validator(SCHEMA).is_valid({})


def test_files_are_read_as_plain_data(folder):
    (concepts,) = load_concepts(folder)
    data = yaml.safe_load(METRICS)
    assert concepts.file == "metrics.yml"
    assert concepts.step == data["step"]
    assert concepts.terms == data["terms"]
    assert concepts.questions == data["questions"]


def test_files_come_sorted_by_name(folder):
    other = METRICS.replace("metrics", "data").replace("id: roc-auc", "id: leak")
    write(folder, other, "data.yml")
    assert [concepts.step for concepts in load_concepts(folder)] == ["data", "metrics"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        # names and identifiers
        ("step: metrics", "step: data", 1, "step 'data' in a file named metrics"),
        ("step: metrics", "a: 1\nstep: metrics", 1, "unknown key `a`: use step, terms"),
        ("step: metrics\n", "", 1, "'step' is a required property: add it"),
        ("id: roc-auc", "id: ROC", 3, "id 'ROC' must be lower-case letters"),
        ("id: metrics-order", "id: roc-auc", 27, "is taken by metrics.yml:3"),
        # terms
        ("    name: ROC AUC\n", "", 3, "'name' is a required property"),
        (
            "    name:",
            "    label: x\n    name:",
            4,
            "unknown key `label`: use id, name",
        ),
        ("name: ROC AUC", "name: 1", 4, "name 1 must be text, in quotes"),
        ("name: ROC AUC", "name: yes", 4, "name True must be text, in quotes"),
        ("name: ROC AUC", "name: ' '", 4, "name ' ' must be text"),
        ("[AUROC]", "[]", 5, "aliases must be a list of different names"),
        ("[AUROC]", "[a, a]", 5, "aliases must be a list of different names"),
        ("[AUROC]", "[AUROC, 5]", 5, "aliases 5 must be text"),
        ("definition: The", "definition: the", 6, "that starts with a capital"),
        ("negative.", "negative", 6, "that ends with a full stop"),
        ("negative.", "negative. It is.", 6, "one sentence, without another"),
        ("negative.", "negative? $x$ is.", 6, "one sentence, without another"),
        ("negative.", "a " * 40 + "b.", 6, "at most 40 words"),
        ("notebook: ", "notebook: A ", 8, "must be lower-case letters"),
        ("[fawcett", "[x, x, fawcett", 9, "references must be a list of different"),
        # choice and diagnose
        ("kind: choice", "kind: pick", 12, "kind 'pick' must be choice, numeric"),
        ("correct: true", "correct: false", 14, "exactly one of them with `correct"),
        ("PR AUC,", "PR AUC, correct: true,", 14, "exactly one of them with `correct"),
        ("PR AUC,", "PR AUC, correct: 1,", 16, "correct 1 must be true or false"),
        (", why: It compares ranks.", "", 15, "'why' is a required property"),
        ("AUC, why:", "AUC, because: x, why:", 16, "unknown key `because`: use text"),
        ("AUC, why:", "AUC, more, why:", 16, "unknown key `more`: use text, correct"),
        ("      - {text: PR AUC, why: Precision moves with it.}\n", "", 14, "3 to 5"),
        ("    anchor: roc-auc\n  - id: metrics-n", "  - id: metrics-n", 11, "'anchor'"),
        ("kind: choice", "kind: choice\n    unit: s", 13, "unknown key `unit`: use id"),
        ("    figure: calibration.reliability\n", "", 33, "'figure' is a required"),
        ("calibration.reliability", "reliability", 36, "figure 'reliability' must be"),
        # numeric
        ("answer: 1200", "answer: '1200'", 22, "answer '1200' must be a number"),
        ("answer: 1200", "answer: true", 22, "answer True must be a number"),
        ("answer: 1200", "answer: .nan", 22, "nan is not a finite number"),
        ("tolerance: 0.5", "tolerance: .inf", 23, "inf is not a finite number"),
        ("tolerance: 0.5", "tolerance: -1", 23, "tolerance -1 must be a number, 0 or"),
        ("    tolerance: 0.5\n", "", 19, "'tolerance' is a required property"),
        ("    explanation: 30 times 40.\n", "", 19, "'explanation' is a required"),
        ("    unit: pairs", "    items: [a, b, c]", 24, "unknown key `items`: use id"),
        # order
        (
            "[split, fit, score]",
            "[split, fit]",
            30,
            "items must be a list of at least 3",
        ),
        ("[split, fit, score]", "[a, b, a]", 30, "items must be a list of at least 3"),
        ("    items: [split, fit, score]\n", "", 27, "'items' is a required property"),
        # YAML
        ("    name: ROC AUC", "    id: auc\n    name: ROC AUC", 4, "on line 3 already"),
        ("How many pairs?", "How many: pairs?", 21, "not valid YAML: mapping values"),
        ("How many pairs?", "!odd x", 21, "not valid YAML: could not determine"),
    ],
)
def test_a_mistake_is_reported_with_its_line(folder, old, new, line, message):
    write(folder, edited(old, new))
    (error,) = errors(folder)
    assert error.startswith(f"metrics.yml:{line}: ")
    assert message in error


@pytest.mark.parametrize(
    "definition",
    [
        "A score, e.g. ROC AUC or i.e. The one vs. The other by Guo et al. In 2017.",
        " ".join(["Word"] * 39) + " end.",
        "At $0.5$ or v1.2, and more.",
    ],
)
def test_a_definition_may_hold_abbreviations_and_forty_words(folder, definition):
    data = yaml.safe_load(METRICS)
    data["terms"][0]["definition"] = definition
    write(folder, yaml.safe_dump(data))
    assert load_concepts(folder)[0].terms[0]["definition"] == definition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file None must be a mapping with the keys step, terms and"),
        ("- a", "the file must be a mapping"),
        ("step: metrics\nterms: []\nquestions: []", "terms must be a list of at least"),
        ("\x00", "not valid YAML"),
        ("a: 2020-99-99", "not valid YAML: month must be in 1..12"),
    ],
)
def test_a_file_of_the_wrong_shape_is_reported(folder, text, message):
    write(folder, text)
    assert any(message in error for error in errors(folder))


@pytest.mark.parametrize(
    ("keys", "value", "line", "message"),
    [
        (("terms",), 5, 2, "must be a list of at least one term"),
        (("terms",), [], 2, "must be a list of at least one term"),
        (("terms", 0), 5, 2, "must be a mapping that starts with `id:`"),
        (("terms", 0, "id"), 5, 2, "must be lower-case letters"),
        (("terms", 0, "aliases"), "AUC", 2, "must be a list of different names"),
        (("terms", 0, "definition"), 5, 2, "must be text"),
        (("terms", 0, "references"), "x", 2, "must be a list of different BibTeX"),
        (("terms", 0, "references"), [], 2, "must be a list of different BibTeX"),
        (("questions",), 5, 3, "must be a list of at least one question"),
        (("questions",), [], 3, "must be a list of at least one question"),
        (("questions", 0), 5, 3, "must be a mapping that starts with `id:`"),
        (("questions", 0, "options"), 5, 3, "must be a list of 3 to 5 options"),
        (("questions", 0, "figure"), "a.b", 3, "unknown key `figure`"),
        (("questions", 1, "tolerance"), "x", 3, "must be a number, 0 or more"),
        (("questions", 2, "items"), "x", 3, "must be a list of at least 3 different"),
        (("questions", 2, "unit"), "s", 3, "unknown key `unit`"),
        (("questions", 3, "figure"), 5, 3, "must be notebook slug, full stop"),
        (("questions", 3, "unit"), "s", 3, "unknown key `unit`"),
    ],
)
def test_a_value_of_the_wrong_kind_is_reported(folder, keys, value, line, message):
    """Each of the file's three keys is on a line of its own."""
    data = yaml.safe_load(METRICS)
    holder = data
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    write(folder, "\n".join(f"{key}: {json.dumps(data[key])}" for key in data))
    (error,) = errors(folder)
    assert error.startswith(f"metrics.yml:{line}: ")
    assert message in error


def test_choices_need_options(folder):
    lines = METRICS.splitlines(keepends=True)
    write(folder, "".join(lines[:13] + lines[17:]))
    assert errors(folder) == [
        "metrics.yml:11: 'options' is a required property: add it"
    ]


def test_ids_are_unique_over_all_files(folder):
    other = METRICS.replace("metrics", "zoo").replace("id: zoo-", "id: metrics-")
    write(folder, other, "zoo.yml")
    assert errors(folder)[0] == (
        "zoo.yml:3: id 'roc-auc' is taken by metrics.yml:3: choose another"
    )
    assert len(errors(folder)) == 5


def test_every_error_of_every_file_is_reported_in_order(folder):
    text = edited("[AUROC]", "[]").replace("unit: pairs", "unit: pairs\n    unit: s")
    write(folder, text)
    write(folder, "a: [", "broken.yml")
    write(folder, METRICS, "other.yaml")
    assert [error.split(" ")[0] for error in errors(folder)] == [
        "broken.yml:1:",
        "metrics.yml:5:",
        "metrics.yml:25:",
        "other.yaml:1:",
    ]


def test_a_folder_without_concepts_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert errors(tmp_path / "none") == ["none:1: holds no <step>.yml: add one"]


def test_references_that_exist_pass(folder):
    check_references(load_concepts(folder), **KNOWN)


@pytest.mark.parametrize(
    ("name", "known", "lines", "message"),
    [
        ("anchors", {}, [7, 18, 26, 32, 41], "'roc-auc' is not an anchor of the pa"),
        ("notebook_slugs", {"x"}, [8], "'classification-metrics' is not the slug of"),
        ("bib_keys", {"x"}, [9], "'fawcett2006introduction' is not a key of docs/"),
        ("figures", {"x"}, [36], "'calibration.reliability' is not a figure of a "),
    ],
)
def test_an_unknown_target_is_reported_with_its_lines(
    folder, name, known, lines, message
):
    with pytest.raises(SourceError) as caught:
        check_references(load_concepts(folder), **(KNOWN | {name: known}))
    for line, error in zip(lines, caught.value.errors, strict=True):
        assert error.startswith(f"metrics.yml:{line}: {message}")


def test_an_unknown_target_comes_with_near_matches(folder):
    with pytest.raises(SourceError, match="did you mean calibration.reliable?"):
        check_references(
            load_concepts(folder), **(KNOWN | {"figures": {"calibration.reliable"}})
        )


def test_a_question_that_no_page_shows_is_reported(folder):
    ids = KNOWN["anchors"]["metrics"] - {"question-metrics-order"}
    with pytest.raises(SourceError) as caught:
        check_references(
            load_concepts(folder), **(KNOWN | {"anchors": {"metrics": ids}})
        )
    [error] = caught.value.errors
    assert error.startswith("metrics.yml:27: 'metrics-order' is on no page: write {{ q")


def test_unknown_targets_of_all_kinds_are_reported_at_once(folder):
    with pytest.raises(SourceError) as caught:
        check_references(load_concepts(folder), {}, set(), set(), set())
    assert len(caught.value.errors) == 8


@pytest.fixture
def page(folder) -> BeautifulSoup:
    """The questions as they stand on the page, but for what the build fills in."""
    text = render_questions(load_concepts(folder)[0])
    html = markdown.markdown(
        f"## Check yourself\n\n{text}\n\n## After *this*",
        extensions=["attr_list", "md_in_html", "pymdownx.superfences", "tables"],
    )
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize(("n", "shown"), [(1, 1), (12, 12), (13, 7), (59, 12)])
def test_a_dozen_questions_are_shown_and_the_rest_folded(n, shown):
    question = {"kind": "numeric", "prompt": "P", "answer": 1, "tolerance": 0}
    question |= {"explanation": "E", "anchor": "a"}
    questions = [question | {"id": f"q-{number}"} for number in range(n)]
    concepts = SimpleNamespace(questions=questions)
    html = markdown.markdown(render_questions(concepts), extensions=["md_in_html"])
    page = BeautifulSoup(html, "html.parser")
    folded = page.select("details > ol.questions > li")
    items = page.select("ol.questions > li")
    assert len(items) - len(folded) == shown
    assert {item["id"] for item in items} == {f"question-q-{i}" for i in range(n)}
    if folded:
        words = [summary.text for summary in page.find_all("summary")]
        assert f"{n - shown} more questions" in words
        assert page.select_one("details > ol.questions")["start"] == str(shown + 1)
    else:
        assert "more questions" not in page.text


def test_questions_are_an_ordered_list_with_an_id_each(page):
    ids = [item["id"] for item in page.select("ol.questions > li")]
    assert ids == [
        "question-metrics-choice",
        "question-metrics-numeric",
        "question-metrics-order",
        "question-metrics-diagnose",
    ]
    assert page.find("h2", string="Check yourself") and page.select("h2 > em")


def test_answers_are_closed_and_open_without_a_script(page):
    for question in page.select("ol.questions > li"):
        details = question.find("details", recursive=False)
        assert not details.has_attr("open")
        assert details.find(True, recursive=False).name == "summary"
        assert details.summary.text == "Answer and why"
        assert details.find("a", href="#roc-auc")
    assert not page.find("script")


def test_each_option_is_listed_and_explained_in_the_same_order(page):
    question = page.find(id="question-metrics-choice")
    offered = [item.text.strip() for item in question.select(":scope > ul > li")]
    assert sorted(offered) == ["Log-loss", "PR AUC", "ROC AUC"]
    answers = question.select("details > ul > li")
    for option, answer in zip(offered, answers, strict=True):
        verdict = "Right" if option == "ROC AUC" else "Wrong"
        assert answer.p.text == f"{verdict}: {option}"
    assert "It compares ranks." in question.details.text
    assert question.select("details > ul > li > ul > li > code")[0].text == "p"


def test_the_place_of_an_option_does_not_depend_on_the_file(folder):
    (concepts,) = load_concepts(folder)
    reversed_options = copy.deepcopy(concepts)
    for question in reversed_options.questions:
        question.get("options", []).reverse()
    assert render_questions(concepts) == render_questions(reversed_options)


def test_a_numeric_answer_comes_with_unit_tolerance_and_explanation(page):
    details = page.find(id="question-metrics-numeric").details
    assert "1,200 pairs (within 0.5 pairs is right)" in details.text
    assert "30 times 40." in details.text


def test_an_exact_numeric_answer_states_no_tolerance(folder):
    write(folder, edited("tolerance: 0.5", "tolerance: 0"))
    assert "within" not in render_questions(load_concepts(folder)[0])


@pytest.mark.parametrize("items", ["split, fit, score", "a, b, c", "c, b, a"])
def test_items_are_shuffled_and_the_answer_has_their_order(folder, items):
    write(folder, edited("split, fit, score", items))
    text = render_questions(load_concepts(folder)[0])
    page = BeautifulSoup(
        markdown.markdown(text, extensions=["md_in_html"]), "html.parser"
    )
    question = page.find(id="question-metrics-order")
    offered = [item.text.strip() for item in question.select(":scope > ul > li")]
    answer = [item.text.strip() for item in question.select("details > ol > li")]
    assert answer == items.split(", ")
    assert offered != answer and sorted(offered) == sorted(answer)
    assert "Split first." in question.details.text


def test_the_place_of_an_item_does_not_depend_on_the_right_order(folder):
    offered = []
    for items in ("a, b, c, d", "b, a, d, c"):
        write(folder, edited("split, fit, score", items))
        text = render_questions(load_concepts(folder)[0])
        offered.append(text.split("From first to last?")[1].split("<details")[0])
    assert offered[0] == offered[1]


def test_a_fault_found_in_two_ways_is_reported_once(folder):
    option = "      - {text: ROC AUC, correct: true, why: It compares ranks.}\n"
    write(folder, edited(option, ""))
    assert len(errors(folder)) == 1


def test_figures_and_bound_values_are_left_for_the_page_build(folder):
    lines = render_questions(load_concepts(folder)[0]).splitlines()
    assert "{{ figure calibration.reliability }}" in lines
    prompt = "What is wrong in `{{ calibration.ece_raw:.2f }}` and {{ calibration.n }}?"
    assert prompt in lines


def test_numbers_survive_unrounded(folder):
    write(folder, edited("answer: 1200", "answer: 1234567.25"))
    (concepts,) = load_concepts(folder)
    assert math.isclose(concepts.questions[1]["answer"], 1234567.25, rel_tol=0)
    assert "1,234,567.25 pairs" in render_questions(concepts)
