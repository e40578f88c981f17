"""Figures as files: lean, in two colour schemes, without a jump when they load."""

import re

import figures
import pytest
from figures import Figure
from notebook_files import ROOT

SVG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">
<svg width="360pt" height="237.6pt" viewBox="0 0 360 237.6">
 <metadata><date>1970</date></metadata>
 <path d="M 0 0
L 1 1" style="stroke: #0b6bcb; fill: #123456"/>
 <!-- a  b -->
 <text style="font: 10px 'DejaVu Sans'; text-anchor: middle">a  b</text>
</svg>
"""


def test_a_lean_picture_lacks_what_is_not_drawn():
    lean = figures.lean(SVG)
    assert lean.startswith("<svg ")
    assert "metadata" not in lean
    assert "<!--" not in lean
    assert 'd="m0 0l1 1"' in lean


@pytest.mark.parametrize(
    ("path", "shorter"),
    [
        ("M 10.04 20.26 L 10.54 19.76 L 9 19.76", "m10 20.3l.5-.5-1.5 0"),
        ("M 1 1 L 2 1 L 2 2 z M 4 4 L 5 5", "m1 1l1 0 0 1zm3 3l1 1"),
        ("M 0 0 C 1 2 3 4 5 6 Q 5 7 6 8", "m0 0c1 2 3 4 5 6q0 1 1 2"),
        ("M -0.5 2e-05 L 0.5 0", "m-.5 0l1 0"),
        ("", ""),
    ],
)
def test_paths_are_written_relative_to_where_they_are(path, shorter):
    assert f'<path d="{shorter}"/>' in figures.lean(f'<svg><path d="{path}"/></svg>')


def test_what_is_rounded_off_a_path_does_not_add_up():
    points = " ".join(f"L {x / 25} {-x / 30}" for x in range(1000))
    lean = figures.lean(f'<svg><path d="M 0 0 {points}"/></svg>')
    numbers = [float(x) for x in re.findall(r"-?\d*\.?\d+", lean.split('"')[1])]
    assert sum(numbers[::2]) == pytest.approx(999 / 25, abs=0.06)
    assert sum(numbers[1::2]) == pytest.approx(-999 / 30, abs=0.06)


def test_only_the_ids_that_something_refers_to_are_kept():
    svg = '<svg><g id="axes"><g id="tick"><use xlink:href="#m" x="1.234" y="-0.04"/>'
    svg += '</g></g><defs><path id="m" d=""/></defs></svg>'
    lean = figures.lean(svg)
    assert lean.startswith('<svg><g><use xlink:href="#m" x="1.2" y="0"/></g>')
    assert '<path id="m" d=""/>' in lean


def test_text_has_fonts_to_fall_back_on():
    assert "10px 'DejaVu Sans', Verdana, sans-serif;" in figures.lean(SVG)


def test_the_dark_version_changes_the_colours_of_the_style_and_no_other():
    dark = figures.dark(SVG)
    assert "stroke: #6cb4ff; fill: #123456" in dark


def test_every_colour_of_the_style_has_a_partner_on_the_dark_page():
    style = (ROOT / "notebooks" / "matplotlibrc").read_text("utf-8")
    lines = [line for line in style.splitlines() if "color" in line and "#" not in line]
    words = " ".join(lines).replace('"', " ").replace(",", " ").replace("]", " ")
    colours = {
        w for w in words.split() if len(w) == 6 and set(w) <= set("0123456789abcdef")
    }
    assert len(colours) > 8
    assert {f"#{colour}" for colour in colours} <= figures.DARK.keys()


def test_a_picture_takes_its_room_before_it_loads():
    html = figures.picture(Figure(figures.lean(SVG), "A line", "draw"), "../f/a")
    assert html.count('width="480" height="317" loading="lazy"') == 2
    assert 'class="only-light" src="../f/a.svg"' in html
    assert 'class="only-dark" src="../f/a.dark.svg"' in html


@pytest.mark.parametrize("alt", ['a "b" <c>', "d & e"])
def test_alt_text_is_escaped(alt):
    html = figures.picture(Figure(figures.lean(SVG), alt, "draw"), "a")
    assert "<c>" not in html
    assert '"b"' not in html


def test_the_figures_of_the_site_are_lean(site):
    pictures = list(site.glob("assets/figures/*/*.svg"))
    assert len(pictures) > 100
    fat = [path for path in pictures if 'id="axes_1"' in path.read_text("utf-8")]
    assert fat == []
