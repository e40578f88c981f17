"""The picture that other sites show when somebody shares a page's address."""

from __future__ import annotations

import io
import textwrap
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import notebook_cache
from PIL import Image, ImageColor, ImageDraw, ImageFont

SIZE = (1200, 630)
MARGIN = 80
FONTS = {"bold": "DejaVuSans-Bold.ttf", "normal": "DejaVuSans.ttf"}
INK, QUIET, PAPER, BAND = "#1e2129", "#575e68", "#ffffff", "#0b4a8f"


def card(title: str, text: str, site_name: str) -> bytes:
    """A PNG of 1200 by 630 pixels with a page's title and description."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 18), fill=BAND)
    y = _lines(draw, title, "bold", 62, 30, 3, INK, 90)
    _lines(draw, text, "normal", 32, 58, 5, QUIET, y + 30)
    draw.text((MARGIN, SIZE[1] - 80), site_name, font=_font("bold", 30), fill=BAND)
    file = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


@lru_cache
def _palette() -> Image.Image:
    """Seven steps from the paper to each colour, as the edges of letters need them.

    To look for the best palette in each picture would take fifty times as long.
    """
    paper, *inks = map(ImageColor.getrgb, (PAPER, INK, QUIET, BAND))
    shades = [
        round(start + step / 7 * (end - start))
        for ink in inks
        for step in range(8)
        for start, end in zip(paper, ink, strict=True)
    ]
    image = Image.new("P", (1, 1))
    image.putpalette(shades)
    return image


@lru_cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which Matplotlib brings along; to import it would take a second."""
    fonts = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(fonts / FONTS[weight], size)


def _lines(
    draw: ImageDraw.ImageDraw,
    text: str,
    weight: str,
    size: int,
    width: int,
    most: int,
    colour: str,
    y: int,
) -> int:
    """Writes at most `most` lines of `width` letters; where the next may begin."""
    lines = textwrap.wrap(text, width)
    if len(lines) > most:
        lines = [
            *lines[: most - 1],
            textwrap.shorten(" ".join(lines[most - 1 :]), width),
        ]
    for line in lines:
        draw.text((MARGIN, y), line, font=_font(weight, size), fill=colour)
        y += round(1.35 * size)
    return y


def write(title: str, text: str, site_name: str, target: Path, kept: Path) -> None:
    """Writes a page's card, drawn anew only when its words have changed."""
    words = f"{Path(__file__).read_text('utf-8')}\n{title}\n{text}\n{site_name}"
    file = kept / f"{sha256(words.encode()).hexdigest()[:24]}.png"
    if not file.exists():
        notebook_cache.write(file, card(title, text, site_name))
    notebook_cache.write(target, file.read_bytes())
