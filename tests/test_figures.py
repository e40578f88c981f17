"""Figures as files: lean, in two colour schemes, without a jump when they load."""

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
    assert 'd="M 0 0 L 1 1"' in lean


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
