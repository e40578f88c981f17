"""Mends what the theme's templates get wrong, so that every page is valid HTML."""

from __future__ import annotations

import re

_TAG = re.compile(r"<(?:label|nav|div)\s[^>]*>")
_REFERENCE = re.compile(r'\s(?:for|aria-labelledby)="(?P<id>[^"]*)"')


def mend(html: str) -> str:
    """The page without references to ids that it lacks, and without empty tabindex.

    The theme labels the contents of a section that has none, and gives a label that
    is no control an empty `tabindex`.
    """
    ids = set(re.findall(r'\sid="([^"]+)"', html))

    def tag(match: re.Match) -> str:
        text = match[0].replace(' tabindex=""', "")
        return _REFERENCE.sub(lambda m: m[0] if m["id"] in ids else "", text)

    return _TAG.sub(tag, html)
