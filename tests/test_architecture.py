"""The reference architecture is drawn once, and each page shows its own parts."""

import re

import architecture
import pytest
from html_tree import Tree
from notebook_files import ROOT
from site_content import Content

STEPS = sorted(architecture.HIGHLIGHTED)


def drawn(step):
    drawing, caption = architecture.render(step).split("\n\n")
    return Tree(f"<!doctype html><body>{drawing}</body>"), caption


def nodes(tree):
    return [
        element
        for element in tree.elements
        if element.attributes.get("class", "").split()[:1] == ["node"]
    ]


@pytest.mark.parametrize("step", STEPS)
def test_the_parts_of_a_step_are_highlighted_named_and_read_aloud(step):
    tree, caption = drawn(step)
    assert tree.problems == []
    expected = {
        architecture.name(part): part in architecture.HIGHLIGHTED[step]
        for part in architecture.PARTS
    }
    found = {
        " ".join(node.text.split()).lower(): node.attributes["class"].endswith("here")
        for node in nodes(tree)
    }
    assert found == expected
    (svg,) = [element for element in tree.elements if element.name == "svg"]
    assert svg.attributes["role"] == "img"
    for name, here in expected.items():
        if here:
            assert name in caption
            assert name in svg.attributes["aria-label"].split("Highlighted")[1]


@pytest.mark.parametrize("step", STEPS)
def test_every_highlighted_part_is_in_the_drawing(step):
    assert set(architecture.HIGHLIGHTED[step]) <= set(architecture.PARTS)


def test_every_part_but_the_user_belongs_to_a_step():
    covered = {part for parts in architecture.HIGHLIGHTED.values() for part in parts}
    assert set(architecture.PARTS) - covered == {"user"}


def test_boxes_do_not_overlap_and_fit_the_drawing():
    places = {(column, row) for column, row, _ in architecture.PARTS.values()}
    assert len(places) == len(architecture.PARTS)
    width, height = architecture.TOTAL
    for part in architecture.PARTS:
        x, y = architecture._corner(part)
        assert x >= 0 and x + architecture.WIDTH <= width
        assert y >= 0 and y + architecture.HEIGHT <= height


def test_the_drawing_carries_no_styles_and_the_stylesheet_knows_its_classes():
    tree, _ = drawn("data")
    assert not [e for e in tree.elements if "style" in e.attributes]
    assert not [e for e in tree.elements if "fill" in e.attributes]
    css = (ROOT / "docs/assets/site.css").read_text("utf-8")
    for name in ("node.here", "architecture", "diagram-caption", "flowchart-link"):
        assert f".{name}" in css


def test_lines_stay_within_the_drawing():
    width, height = architecture.TOTAL
    lines = re.findall(
        r'class="flowchart-link[^"]*" d="([^"]+)"', architecture._edges()
    )
    assert len(lines) > 10
    for d in lines:
        for command, numbers in re.findall(r"([MLHV])([^MLHV]+)", d):
            values = [float(number) for number in numbers.split()]
            x, y = values if command in "ML" else (values * 2)
            assert command == "V" or 0 <= x <= width
            assert command == "H" or 0 <= y <= height


def test_a_page_shows_it_where_it_says_so():
    page = Content().page("Text.\n\n{{ architecture }}\n", "steps/data.md", 1)
    assert page.count('<svg class="architecture"') == 1
    assert "[The whole architecture](architecture.md#at-a-glance)" in page


def test_a_page_of_no_known_step_is_refused_with_its_line():
    with pytest.raises(ValueError, match=r"docs/steps/x\.md:3: no parts .* belong to"):
        Content().page("One.\n\n{{ architecture }}\n", "steps/x.md", 1)


@pytest.mark.parametrize("step", STEPS)
def test_the_page_of_every_such_step_shows_it(step):
    source = (ROOT / f"docs/steps/{step}.md").read_text("utf-8")
    assert source.count("\n{{ architecture }}\n") == 1
