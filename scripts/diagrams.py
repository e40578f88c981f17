"""Mermaid diagrams to inline SVG at build time.

The SVG goes into the page without styles of its own: docs/assets/site.css colours
its classes, so one drawing serves both colour schemes, and its text can be
searched, copied and read aloud. Where the renderer has no build for the machine
the diagram shows as its source, which Mermaid keeps readable.
"""

from __future__ import annotations

import hashlib
import json
import re
from html import escape

from pymdownx.superfences import SuperFencesException

try:
    import merman
except ImportError:  # no build for this platform: see requirements.in
    merman = None

CONFIG = {
    "theme": "base",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False, "nodeSpacing": 30, "rankSpacing": 36},
}
# What the site's stylesheet takes over, and what no diagram of ours uses.
_DROPPED = re.compile(
    r"<style>.*?</style>|<defs>.*?</defs>|<linearGradient.*?</linearGradient>"
    r'|<desc .*?</desc>|<rect(?: (?:class|style)="[^"]*")*\s*/>'
    r'|\s(?:style|xmlns:xlink|role|aria-[a-z]+|data-[a-z]+)="[^"]*"',
    re.DOTALL,
)
_MARKER = re.compile(r'<marker id="([^"]+)".*?</marker>', re.DOTALL)
_DESCRIPTION = re.compile(r"^\s*accDescr:\s*(.+)$", re.MULTILINE)


def fence(source, language, css_class, options, md, **_) -> str:
    """Formats a ```mermaid fence; the signature is pymdownx.superfences'.

    Any other exception would be swallowed, and the reader shown the source.
    """
    try:
        return render(source)
    except ValueError as error:
        raise SuperFencesException(str(error)) from error


def render(source: str) -> str:
    """HTML of a diagram.

    Raises ValueError when the source is not Mermaid, or has no line `accDescr: ...`
    to be read to those who cannot see it.
    """
    description = _DESCRIPTION.search(source)
    if description is None:
        raise ValueError(
            "a diagram needs a line `accDescr: ...` that says what it shows:\n" + source
        )
    if merman is None:
        return f'<pre class="diagram"><code>{escape(source)}</code></pre>'
    name = "diagram-" + hashlib.sha256(source.encode()).hexdigest()[:8]
    try:
        svg = merman.Merman().render_svg(
            f"%%{{init: {json.dumps(CONFIG)}}}%%\n{source}",
            json.dumps({"svg": {"pipeline": "parity", "diagram_id": name}}),
        )
    except merman.MermanError as error:
        raise ValueError(f"not a Mermaid diagram: {error}\n{source}") from error
    svg = _DROPPED.sub("", svg)
    svg = _MARKER.sub(lambda m: m[0] if f"url(#{m[1]})" in svg else "", svg)
    width, height = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', svg).groups()
    label = escape(description[1].strip())
    if float(width) > 600:
        svg = svg.replace(' class="', ' class="wide ', 1)
    svg = svg.replace(
        ' width="100%"',
        f' width="{float(width):.0f}" height="{float(height):.0f}"'
        f' role="img" aria-label="{label}"',
        1,
    ).strip()
    # Wide diagrams scroll on a phone, and what scrolls must be reachable by keyboard.
    scrolls = 'tabindex="0" role="group" aria-label="Diagram"'
    return f'<div class="diagram" {scrolls} data-search-exclude>{svg}</div>'
