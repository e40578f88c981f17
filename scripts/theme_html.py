"""Mends what the theme's templates get wrong, so that every page is valid HTML and
can be used by keyboard and read aloud."""

from __future__ import annotations

import re

_EMPTY_NAV = re.compile(
    r"<nav\s[^>]*>\s*<label\s[^>]*>[^<]*(?:<span[^>]*></span>)?[^<]*</label>\s*"
    r"<ul\s[^>]*>\s*</ul>\s*</nav>"
)
_NAV = re.compile(
    r'(?P<start><nav\s[^>]*)aria-labelledby="[^"]*"(?P<end>[^>]*>\s*'
    r"<label\s[^>]*>\s*<span[^>]*></span>(?P<title>[^<]+)</label>)"
)
_TAG = re.compile(r"<label\s[^>]*>")
_FOR = re.compile(r'\sfor="([^"]*)"')
_TABLE = re.compile(r'(?<!aria-label="Table">)<table>.*?</table>', re.DOTALL)


def mend(html: str) -> str:
    """The page mended.

    - A section without pages beneath it has no list of them.
    - A list of pages is called by its title, not by a label without text.
    - A label is for an element that is there, and `tabindex` is a number.
    - The search dialog has a name.
    - A wide table, which scrolls, is reached by keyboard.
    """
    html = _EMPTY_NAV.sub("", html)
    html = _NAV.sub(
        lambda m: f'{m["start"]}aria-label="{m["title"].strip()}"{m["end"]}', html
    )
    ids = set(re.findall(r'\sid="([^"]+)"', html))

    def label(match: re.Match) -> str:
        text = match[0].replace(' tabindex=""', "")
        return _FOR.sub(lambda m: m[0] if m[1] in ids else "", text)

    html = _TAG.sub(label, html)
    html = html.replace('role="dialog">', 'role="dialog" aria-label="Search">')
    return _TABLE.sub(
        lambda m: (
            '<div class="table-scroll" tabindex="0" role="group"'
            f' aria-label="Table">{m[0]}</div>'
        ),
        html,
    )
