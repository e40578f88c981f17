"""The concept index lists every term; a page defines a term where it first uses it."""

import re
from dataclasses import replace

import pytest
from concepts import load_concepts
from glossary import Definitions, Term, render
from html_tree import Tree

AUC = Term(
    id="roc-auc",
    name="ROC AUC",
    aliases=("AUROC", "area under the ROC curve"),
    definition="The probability that a positive scores above a negative & so on.",
    anchor="roc",
    explained="steps/metrics.md",
    explained_title="Metrics",
    notebook="notebooks/metrics/classification-metrics.ipynb",
    notebook_title="Classification metrics",
    references=(("hanley1982meaning", "Hanley and McNeil 1982"),),
)
FEATURE = replace(AUC, id="feature", name="Feature", aliases=("input", "x-value"))
STORE = replace(AUC, id="feature-store", name="Feature store", aliases=())
IPS = replace(AUC, id="ips", name="IPS", aliases=())
TERMS = [AUC, FEATURE, STORE, IPS]


def used(html):
    """The words that were linked, and the terms they were linked to."""
    marked = Definitions(TERMS).add(html, "steps/metrics.md")
    return re.findall(r'href="[^"]*#([\w-]+)"[^>]*>([^<]*)</a><span class="def', marked)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The ROC AUC is high.", [("roc-auc", "ROC AUC")]),
        ("An AUROC, then an AUROC.", [("roc-auc", "AUROC")]),
        ("Area under\nthe ROC curve", [("roc-auc", "Area under\nthe ROC curve")]),
        (
            "A feature, a feature store",
            [("feature", "feature")] + [("feature-store",) * 2],
        ),
        ("Features of two kinds", [("feature", "Features")]),
        ("an x-value", [("feature", "x-value")]),
        ("an input of everyday language", []),
        ("ips and tips and IPSO and pre-IPS", []),
        ("featured", []),
    ],
)
def test_the_first_use_of_a_term_is_found(text, found):
    found = [(id, word.replace("-", " ") if id == word else word) for id, word in found]
    assert used(f"<p>{text}</p>") == found


@pytest.mark.parametrize(
    "html",
    [
        "<h2>ROC AUC</h2>",
        '<a href="#">the <em>new</em> ROC AUC</a>',
        "<code>ROC AUC</code>",
        "<pre><span>x</span> ROC AUC</pre>",
        "<svg><text>ROC AUC</text></svg>",
        "<details><p>ROC AUC</p></details>",
        '<section class="cell"><table><tr><td>ROC AUC</td></tr></table></section>',
        '<img alt="ROC AUC">',
    ],
)
def test_no_term_is_marked_where_it_may_not_be(html):
    assert used(html) == []
    assert used(html + "<p>ROC AUC</p>") == [("roc-auc", "ROC AUC")]


def test_a_definition_is_valid_and_escaped():
    html = Definitions(TERMS).add("<p>See ROC AUC.</p>", "steps/metrics.md")
    tree = Tree(f"<!doctype html><body>{html}</body>")
    assert tree.problems == []
    link, definition = (e for e in tree.elements if e.name in {"a", "span"})
    assert link.attributes["href"] == "../../reference/concepts/#roc-auc"
    assert link.attributes["aria-describedby"] == definition.attributes["id"]
    assert definition.text == AUC.definition


def test_the_index_says_of_a_term_what_its_source_says():
    html = render(TERMS, "reference/bibliography.md")
    tree = Tree(f"<!doctype html><body>{html}</body>")
    assert tree.problems == []
    names = [e.text for e in tree.elements if e.name == "h3"]
    assert names == ["Feature", "Feature store", "IPS", "ROC AUC"]
    assert [e.text for e in tree.elements if e.name == "h2"] == ["F", "I", "R"]
    for part in (
        "Also: AUROC, area under the ROC curve.",
        '<a href="../../steps/metrics/#roc">Metrics</a>',
        '<a href="../../notebooks/metrics/classification-metrics/">',
        '<a href="../bibliography/#hanley1982meaning">Hanley and McNeil 1982</a>',
    ):
        assert part in html


def test_every_term_stands_in_the_built_index(site):
    html = (site / "reference/concepts/index.html").read_text("utf-8")
    ids = set(re.findall(r'<h3 id="([^"]+)"', html))
    assert ids == {term["id"] for step in load_concepts() for term in step.terms}


def test_pages_define_the_terms_they_use(site):
    html = (site / "steps/metrics/index.html").read_text("utf-8")
    assert html.count('class="term"') > 20
    linked = re.findall(r'class="term" href="[^"]*#([^"]+)"', html)
    assert len(linked) == len(set(linked))
