"""Figures as files: matplotlib's SVG in a light and a dark version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

# notebooks/matplotlibrc's colours and their partners on the dark page. White and
# black are here for what a notebook draws on purpose, such as a marker's edge.
DARK = {
    "#24292f": "#dde2e8",
    "#4a525c": "#b3bcc6",
    "#6b7480": "#8b95a1",
    "#d9dee4": "#3a4150",
    "#0b6bcb": "#6cb4ff",
    "#c4540a": "#ff9d5c",
    "#12805c": "#4fd1ae",
    "#a8418a": "#f08bd0",
    "#8a6a00": "#e3c44d",
    "#5a5fc9": "#a9acff",
    "#66707c": "#a3adb8",
    "#ffffff": "#1e2129",
    "#000000": "#ffffff",
}
PIXELS_PER_POINT = 96 / 72

_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_PATH = re.compile(r'(?<= d=")[^"]*')
_STEP = re.compile(r"([MLQCZz])([^MLQCZz]*)")
_PLACE = re.compile(r'(?<= [xy]=")-?\d+\.\d+')
_UPRIGHT = re.compile(r' transform="rotate\(-?0 [^"]*"')
_ID = re.compile(r' id="([^"]*)"')
_ALONE = re.compile(r"<g>(<(?:path|use|text)\b[^>]*(?:/>|>[^<]*</text>))</g>")
_HEX = re.compile(r"#[0-9a-f]{6}\b")
_NOT_DRAWN = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL
)
# Text stays text, a quarter of the bytes of its outlines. A machine without the font
# that placed it has Verdana, which is as wide, or shows a narrower one.
_FONT = "'DejaVu Sans'"
_FONTS = "'DejaVu Sans', Verdana, sans-serif"


@dataclass(frozen=True)
class Figure:
    """A figure that a notebook drew: the SVG, what is to be seen, and in which cell."""

    svg: str
    alt: str
    cell_id: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        width, height = _SIZE.search(self.svg).groups()
        return (
            round(float(width) * PIXELS_PER_POINT),
            round(float(height) * PIXELS_PER_POINT),
        )


def lean(svg: str) -> str:
    """The SVG in a third to two thirds of the bytes, to look at the same.

    It loses prolog, metadata, white space between elements, ids that nothing refers
    to, groups of one; places are to a tenth of a point, paths relative to where the
    last point was. It gains fonts to fall back on.
    """
    svg = re.sub(r"\s+", " ", _NOT_DRAWN.sub("", svg)).replace("> <", "><").strip()
    svg = svg.replace(_FONT, _FONTS)
    svg = _PATH.sub(lambda path: _relative(path[0]), svg)
    svg = _PLACE.sub(lambda number: _tenths(round(10 * float(number[0]))), svg)
    used = set(re.findall(r"#([^\s\")]+)", svg))
    svg = _ID.sub(lambda name: name[0] if name[1] in used else "", svg)
    return _ALONE.sub(r"\1", _UPRIGHT.sub("", svg))


def _relative(path: str) -> str:
    """The path, as Matplotlib writes it, with each step from where the last one ended.

    Matplotlib writes absolute M, L, Q, C and z, and the letter each time.
    """
    written, last = [], ""
    here = start = (0, 0)  # in tenths, so that what is rounded does not add up
    for command, numbers in _STEP.findall(path):
        if command in "zZ":
            written.append("z")
            here, last = start, "z"
            continue
        places = [round(10 * float(number)) for number in numbers.split()]
        steps = [place - here[number % 2] for number, place in enumerate(places)]
        text = " ".join(map(_tenths, steps)).replace(" -", "-")
        if command != last or command == "M":
            text = command.lower() + text
        elif text[0] != "-":
            text = " " + text
        written.append(text)
        here, last = places[-2:], command
        if command == "M":
            start = here
    return "".join(written)


def _tenths(number: int) -> str:
    """A number of tenths as SVG writes it shortest: -5 is -.5."""
    text = f"{number / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def dark(svg: str) -> str:
    """The SVG in the colours of the dark page; unknown colours stay as they are."""
    return _HEX.sub(lambda match: DARK.get(match[0], match[0]), svg)


def picture(figure: Figure, url: str) -> str:
    """HTML of a figure stored at `url`.svg and `url`.dark.svg: one shows, one waits."""
    width, height = figure.size
    return "".join(
        f'<img class="only-{scheme}" src="{url}{suffix}" alt="{escape(figure.alt)}"'
        f' width="{width}" height="{height}" loading="lazy">'
        for scheme, suffix in (("light", ".svg"), ("dark", ".dark.svg"))
    )
