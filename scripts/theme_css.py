"""The theme's stylesheets without the rules that no page of this site can match.

Each page loads them before it shows anything, and two fifths of them are for blogs,
banners, consent, versions and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

STYLESHEETS = "assets/stylesheets"
# Colours as well as classes: `data-md-color-primary="custom"` needs no other palette.
_NAMED = re.compile(
    r"""\s(?:class|data-md-color-\w+)=(?:"([^"]*)"|([^\s>"]+))""", re.ASCII
)
_WORD = re.compile(r"[\w-]+", re.ASCII)
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_EMPTY = re.compile(r"@(?:media|supports)[^{}]*\{\}")
_COMMA = re.compile(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))")
# What stands in parentheses may be an alternative, or what must not match.
_ASIDE = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_NEEDED = re.compile(r"\.(-?[A-Za-z_][\w-]*)|\[data-md-color-\w+=\"?([\w-]+)")
_PROPERTY = re.compile(
    r"""(--[\w-]+):(?:"[^"]*"|\((?:"[^"]*"|[^()"]|\([^()]*\))*\)|[^;{}"()])*"""
    r"""(?:;|(?=\}))"""
)


def names(html: str) -> set[str]:
    """The classes and colours that a page's elements have."""
    return {name for two in _NAMED.findall(html) for name in "".join(two).split()}


def slim(site: Path, used: set[str]) -> None:
    """Takes out of the theme's stylesheets what neither pages nor scripts can use.

    `used` are the names on the built pages. A word in a script of the site may become
    a class, as may what begins with a word that ends in two dashes.
    """
    scripts = [s for s in site.glob("assets/**/*.js") if "pyodide" not in s.parts]
    words = set(used).union(*(_WORD.findall(s.read_text("utf-8")) for s in scripts))
    sheets = {path: path.read_text("utf-8") for path in site.glob("assets/**/*.css")}
    for path in sheets:
        if path.parent == site / STYLESHEETS:
            sheets[path] = _without_rules(sheets[path], words)
    everything = "".join(sheets.values())
    for path, css in sheets.items():
        if path.parent == site / STYLESHEETS:
            path.write_text(_without_properties(css, everything), "utf-8")


def _without_rules(css: str, used: set[str]) -> str:
    """The rules whose every class is used, each with the selectors that can match."""

    def keep(match: re.Match) -> str:
        selectors = _COMMA.split(match[1])
        kept = [one for one in selectors if _can_match(one, used)]
        if not kept:
            return ""
        return ",".join(kept) + match[0][len(match[1]) :]

    return _EMPTY.sub("", _RULE.sub(keep, css))


def _can_match(selector: str, used: Iterable[str]) -> bool:
    needed = ("".join(two) for two in _NEEDED.findall(_ASIDE.sub("", selector)))
    return all(
        name in used or "".join(name.rpartition("--")[:2]) in used for name in needed
    )


def _without_properties(css: str, everything: str) -> str:
    """The declarations but those of custom properties that nothing reads."""
    read = set(re.findall(r"var\(\s*(--[\w-]+)", everything))
    return _PROPERTY.sub(lambda one: one[0] if one[1] in read else "", css)
