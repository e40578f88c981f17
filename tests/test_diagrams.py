"""Diagrams are drawn at build time, without styles, readable without seeing them."""

import diagrams
import pytest
from html_tree import Tree
from markdown import Markdown
from notebook_files import ROOT
from pymdownx.superfences import SuperFencesException

FLOW = """flowchart LR
  accDescr: Logs become "labels"
  A[Raw logs] --> B{Sampled?}
  B -->|yes, keep| C[Training set]
  B -.->|no| D[(Archive)]
"""
drawn = pytest.mark.skipif(
    diagrams.merman is None, reason="the renderer has no build for this machine"
)


@drawn
@pytest.mark.parametrize(
    "source",
    [
        FLOW,
        "sequenceDiagram\n  accDescr: A call.\n  A->>B: score\n  B-->>A: 0.7\n",
        "stateDiagram-v2\n  accDescr: States.\n  [*] --> Shadow\n  Shadow --> Live\n",
    ],
    ids=["flowchart", "sequence", "state"],
)
def test_a_diagram_is_valid_and_has_nothing_inline(source):
    html = diagrams.render(source)
    tree = Tree(f"<!doctype html><body>{html}</body>")
    assert tree.problems == []
    assert not [e for e in tree.elements if "style" in e.attributes]
    assert not [e for e in tree.elements if e.name in {"style", "script"}]
    ids = [e.attributes["id"] for e in tree.elements if "id" in e.attributes]
    assert len(set(ids)) == len(ids)


@drawn
def test_a_diagram_keeps_its_words_and_is_described():
    html = diagrams.render(FLOW)
    tree = Tree(f"<!doctype html><body>{html}</body>")
    (svg,) = [element for element in tree.elements if element.name == "svg"]
    assert svg.attributes["role"] == "img"
    assert svg.attributes["aria-label"] == 'Logs become "labels"'
    for word in ("Raw logs", "Sampled?", "yes, keep", "Archive"):
        assert word in svg.text


@drawn
def test_a_diagram_takes_its_room_before_it_is_drawn():
    html = diagrams.render(FLOW)
    tree = Tree(f"<!doctype html><body>{html}</body>")
    (svg,) = [element for element in tree.elements if element.name == "svg"]
    assert int(svg.attributes["width"]) > int(svg.attributes["height"]) > 50


@drawn
def test_a_diagram_is_the_same_each_time():
    assert diagrams.render(FLOW) == diagrams.render(FLOW)


@drawn
def test_the_stylesheet_knows_the_classes_of_a_diagram():
    html = diagrams.render(FLOW)
    css = (ROOT / "docs/assets/site.css").read_text("utf-8")
    for name in ("node", "edgeLabel", "flowchart-link", "marker", "label"):
        assert f".{name}" in css
        assert name in html


def test_a_diagram_without_a_description_is_refused():
    with pytest.raises(ValueError, match="needs a line `accDescr: ...`"):
        diagrams.render("flowchart LR\n  A --> B\n")


@drawn
def test_what_is_no_diagram_is_refused_with_its_source():
    with pytest.raises(ValueError, match="not a Mermaid diagram") as error:
        diagrams.render("flowchrt LR\naccDescr: x\n A --> B\n")
    assert "flowchrt LR" in str(error.value)


def test_a_fence_that_cannot_be_drawn_stops_the_page():
    fences = [{"name": "mermaid", "class": "diagram", "format": diagrams.fence}]
    page = Markdown(
        extensions=["pymdownx.superfences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": fences}},
    )
    with pytest.raises(SuperFencesException, match="accDescr"):
        page.convert("```mermaid\nflowchart LR\n  A --> B\n```\n")


def test_without_the_renderer_the_source_shows(monkeypatch):
    monkeypatch.setattr(diagrams, "merman", None)
    html = diagrams.render(FLOW)
    assert html.startswith('<pre class="diagram"><code>flowchart LR')
    assert "--&gt;" in html
