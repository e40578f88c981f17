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
_PATH = re.compile(r' d="[^"]*"')
_DIGITS = re.compile(r"(\.\d\d)\d+")
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
    """The SVG without prolog, metadata, white space between elements, and the digits
    of its paths that stand for less than a hundredth of a point; with fonts to fall
    back on."""
    svg = re.sub(r"\s+", " ", _NOT_DRAWN.sub("", svg)).replace("> <", "><").strip()
    svg = svg.replace(_FONT, _FONTS)
    return _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), svg)


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
