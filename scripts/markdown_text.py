"""Edits Markdown source: replaces what a pattern finds, but never inside code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

# What is copied as it stands. A fence may be indented, quoted or in a list item, and
# one that is never closed runs to the end; a code span ends within its paragraph.
_LITERAL = re.compile(
    r"""
      ^(?:[ \t>]|[-*+][ \t]|\d+[.)][ \t])*        # indentation, quote or list marker
      (?P<fence>(?P<mark>[`~])(?P=mark){2,})      # opening fence
      (?![^\n]*`)[^\n]*                           # its language: no backtick
      (?s:.*?)
      (?:^[ \t>]*(?P=fence)(?P=mark)*[ \t]*$|\Z)  # closing fence
    | (?<!`)(?P<ticks>`+)(?!`)                    # code span
      (?:(?!\n[ \t]*\n)(?s:.))+?
      (?<!`)(?P=ticks)(?!`)
    | <!--(?s:.*?)-->                             # comment
    | \\[^\w\s]                                   # escaped punctuation
    """,
    re.MULTILINE | re.VERBOSE,
)


def substitute(
    markdown: str,
    pattern: re.Pattern[str],
    replace: Callable[[re.Match[str], int], str],
    first_line: int = 1,
) -> str:
    """`markdown` with each match of `pattern` outside code replaced.

    Code is a fenced block (backticks or tildes) or a code span; HTML comments and
    backslash-escaped punctuation are left alone too. `replace` is given the match and
    the number of the line it starts on, where the first line of `markdown` is
    `first_line` (more than 1 when, say, a page's front matter has been cut off).
    """
    found = pattern.search(markdown)
    if not found:
        return markdown
    literals = [literal.span() for literal in _LITERAL.finditer(markdown)]
    parts = []
    done = 0
    while found:
        start, end = found.span()
        after = next((stop for begin, stop in literals if begin <= start < stop), None)
        if after is None:
            line = first_line + markdown.count("\n", 0, start)
            parts += [markdown[done:start], replace(found, line)]
            done = after = end
        found = pattern.search(markdown, after)
    return "".join(parts) + markdown[done:]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that ends an error about an unknown name; "" when nothing is near it."""
    near = get_close_matches(name, sorted(known))
    return f"; did you mean {' or '.join(near)}?" if near else ""
