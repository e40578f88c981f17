"""What notebooks record is read exactly, and bound into pages or refused by name."""

from pathlib import Path

import pytest
from evidence import (
    Binder,
    EvidenceError,
    alt_text,
    read_evidence,
    without_alt_text,
)
from nbformat.v4 import new_code_cell, new_notebook, new_output

SVG = '<svg width="72pt" height="36pt"><path d="M0 0"/></svg>'


def shown(text):
    return [new_output("execute_result", {"text/plain": text}, execution_count=1)]


def drawn(*pictures):
    return [new_output("display_data", {"image/svg+xml": svg}) for svg in pictures]


def cell(name, source, tag=None, outputs=(), executed=True):
    return new_code_cell(
        source,
        id=name,
        outputs=list(outputs),
        execution_count=1 if executed else None,
        metadata={"tags": [tag]} if tag else {},
    )


def evidence(*cells):
    return read_evidence(Path("gain.ipynb"), new_notebook(cells=list(cells)))


RESULTS = (
    'results = {"auc": float(auc), "bins": [1, 2], "kept": n, "both": auc + n}\nresults'
)
RECORDED = "{'auc': 0.8125, 'bins': [1, 2], 'kept': 1200, 'both': 3}"


@pytest.fixture
def recorded():
    return evidence(
        cell("data", "n = 1200"),
        cell("score", "auc = 0.8125\nother = 1"),
        cell(
            "draw",
            "# alt: A curve that\n# rises.\nplt.plot()",
            "figure:roc",
            drawn(SVG),
        ),
        cell("results", RESULTS, "results", shown(RECORDED)),
    )


@pytest.fixture
def bind(recorded):
    def bind(markdown, **options):
        return Binder(
            {"gain": recorded},
            where="docs/steps/a.md",
            notebook_link=lambda slug: f"../{slug}.ipynb",
            figure_url=lambda slug, name: f"../../figures/{slug}/{name}",
            **options,
        ).bind(markdown)

    return bind


# What a notebook recorded.


def test_results_are_those_that_the_cell_displayed(recorded):
    assert recorded.results == {
        "auc": 0.8125,
        "bins": [1, 2],
        "kept": 1200,
        "both": 3,
    }


def test_a_result_knows_the_last_cell_that_it_was_computed_in(recorded):
    assert recorded.computed_in == {
        "auc": "score",
        "bins": "results",
        "kept": "data",
        "both": "score",
    }


def test_a_figure_has_its_picture_and_its_alt_text(recorded):
    figure = recorded.figures["roc"]
    assert (figure.alt, figure.cell_id) == ("A curve that rises.", "draw")
    assert figure.size == (96, 48)


def test_a_notebook_that_was_not_executed_has_no_evidence():
    found = evidence(cell("results", RESULTS, "results", executed=False))
    assert not found.executed
    assert found.results == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{'auc': nan}", "dict of plain finite"),
        ("{'auc': 1e999}", "'auc' is inf, which is not a finite number"),
        ("{'auc': [0.5, -1e999]}", "is -inf"),
        ("{'auc': np.float64(0.8)}", "use float"),
        ("{'auc': None}", "is a NoneType, not a plain value"),
        ("{'auc': {'a': 1}}", "is a dict, not a plain value"),
        ("[1, 2]", "dict of plain finite"),
    ],
)
def test_results_that_cannot_be_bound_are_refused_by_cell(text, message):
    with pytest.raises(EvidenceError, match="gain.ipynb, cell results") as error:
        evidence(cell("results", RESULTS, "results", shown(text)))
    assert message in str(error.value)


def test_a_results_cell_that_displays_nothing_is_refused():
    with pytest.raises(EvidenceError, match="must end with the name of a dict"):
        evidence(cell("results", "results = {}", "results"))


@pytest.mark.parametrize(
    ("source", "pictures", "message"),
    [
        ("plt.plot()", [SVG], "no alt text: start the cell with a comment"),
        ("# alt: A.\na()", [], "must draw one figure, it drew 0"),
        ("# alt: A.\na()", [SVG, SVG], "must draw one figure, it drew 2"),
    ],
)
def test_a_figure_without_text_or_picture_is_refused(source, pictures, message):
    with pytest.raises(EvidenceError, match=message):
        evidence(cell("draw", source, "figure:roc", drawn(*pictures)))


def test_two_figures_of_one_name_are_refused():
    one = cell("one", "# alt: A.\na()", "figure:roc", drawn(SVG))
    two = cell("two", "# alt: B.\nb()", "figure:roc", drawn(SVG))
    with pytest.raises(EvidenceError, match="cell two: a second figure named 'roc'"):
        evidence(one, two)


def test_alt_text_is_the_comment_at_the_start_only():
    source = "# alt: One\n# two.\nx = 1  # alt: three"
    assert alt_text(cell("a", source)) == "One two."
    assert without_alt_text(source) == "x = 1  # alt: three"
    assert alt_text(cell("a", "x = 1\n# alt: late")) == ""


# What a page binds.


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("{{ gain.auc }}", "0.8125"),
        ("{{gain.auc:.2f}}", "0.81"),
        ("{{ gain.auc:.1%}}", "81.2%"),
        ("{{ gain.kept:,d }}", "1,200"),
        ("{{ gain.bins[1] }}", "2"),
        ("{{ gain.bins[-2]:.1f }}", "1.0"),
    ],
)
def test_a_value_is_formatted_as_asked(bind, reference, text):
    assert f"[{text}](../gain.ipynb#cell-" in bind(f"It is {reference} here.")


def test_a_value_links_to_the_cell_that_computed_it(bind):
    assert bind("{{ gain.auc:.2f }}") == (
        "[0.81](../gain.ipynb#cell-score)"
        '{ .evidence title="auc, computed in the notebook gain" }'
    )


def test_a_figure_has_both_versions_its_caption_and_its_code(bind):
    html = bind("Before.\n\n{{ figure gain.roc | It rises. }}\n\nAfter.")
    assert 'src="../../figures/gain/roc.svg"' in html
    assert 'src="../../figures/gain/roc.dark.svg"' in html
    assert html.count('alt="A curve that rises." width="96" height="48"') == 2
    assert "It rises. [The code](../gain.ipynb#cell-draw)" in html


def test_code_is_left_alone(bind):
    text = "`{{ gain.none }}`\n\n```\n{{ figure gain.none | A. }}\n```\n"
    assert bind(text) == text


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{{ gian.auc }}", "no notebook has the slug 'gian'; did you mean gain?"),
        ("{{ gain.acu }}", "recorded no result 'acu'; did you mean auc?"),
        ("{{ figure gain.rok | A. }}", "recorded no figure 'rok'; did you mean roc?"),
        ("{{ gain.auc:.2q }}", "of value 0.8125"),
        ("{{ gain.bins[7] }}", "list index out of range"),
        ("{{ gain.bins:.2f }}", "of value [1, 2]"),
        ("{{ gain }}", "cannot read {{ gain }}"),
        ("text {{ figure gain.roc | A. }}", "alone on its line"),
    ],
)
def test_what_cannot_be_bound_fails_with_page_and_line(bind, reference, message):
    with pytest.raises(EvidenceError) as error:
        bind(f"One.\n\n{reference}\n", first_line=5)
    assert str(error.value).startswith("docs/steps/a.md:7: ")
    assert message in str(error.value)


def test_a_preview_shows_a_blank_instead_of_failing(bind):
    assert "evidence-missing" in bind("{{ gain.acu }}", lenient=True)


def test_a_notebook_that_was_not_executed_is_named_as_the_cause(bind, recorded):
    recorded.executed = False
    recorded.results = {}
    with pytest.raises(EvidenceError, match="it was not executed"):
        bind("{{ gain.auc }}")
