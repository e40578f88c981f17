"""An Atom feed of docs/reference/changes.md: one entry for each dated heading."""

from __future__ import annotations

import re
from datetime import date
from xml.sax.saxutils import escape

from markdown import markdown

HEADING = re.compile(r"^## (?P<day>\S+): (?P<title>.+?) \{ #(?P<id>[\w-]+) \}$", re.M)


def render(source: str, name: str, page: str) -> str:
    """The feed of the page of changes, whose address is `page`.

    Raises ValueError for a heading that is not `## 2026-11-30: Title { #id }`, and for
    entries that are not in order, the newest first.
    """
    headings = list(HEADING.finditer(source))
    if len(headings) != len(re.findall(r"^## ", source, re.M)) or not headings:
        raise ValueError("a heading is not of the form `## 2026-11-30: Title { #id }`")
    days = [date.fromisoformat(heading["day"]) for heading in headings]
    if days != sorted(days, reverse=True):
        raise ValueError("the changes are not in order: the newest comes first")
    ends = [*(heading.start() for heading in headings[1:]), len(source)]
    entries = []
    for heading, day, end in zip(headings, days, ends, strict=True):
        address = escape(f"{page}#{heading['id']}")
        text = re.sub(r"\]\((?!https?:)[^)]*\)", "]", source[heading.end() : end])
        html = markdown(re.sub(r"\[([^\]]*)\]", r"\1", text))
        entries.append(
            f"<entry><title>{escape(heading['title'])}</title><id>{address}</id>"
            f'<link href="{address}"/><updated>{day}T00:00:00Z</updated>'
            f'<content type="html">{escape(html)}</content></entry>'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(name)}: changes</title><id>{escape(page)}</id>"
        f'<link href="{escape(page)}"/><updated>{days[0]}T00:00:00Z</updated>'
        f"<author><name>{escape(name)}</name></author>\n"
        + "\n".join(entries)
        + "\n</feed>\n"
    )
