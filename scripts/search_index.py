"""Makes the search index small: plain paragraphs, and an upper bound on its size.

A reader downloads the whole index before the first result, and indexes it on their own
processor.
"""

from __future__ import annotations

import json
import re
from html import escape, unescape
from pathlib import Path

LIMIT = 1_900_000  # bytes
_BLOCK = re.compile(r"</?(?:p|li|ul|ol|dl|dt|dd|tr|td|th|h\d|div|pre|br)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")


def slim(path: Path, limit: int = LIMIT) -> None:
    """Rewrites the search index of Material for MkDocs within `limit` bytes.

    Every section stays. While they do not fit, the longest lose their ends first: all
    are cut to one length, the greatest that fits.
    """
    index = json.loads(path.read_text("utf-8"))
    sections = [_paragraphs(entry.pop("text")) for entry in index["docs"]]
    # One section at a time, so that a large index takes no more memory than it must.
    empty = len(_json(index)) + len(sections) * len(',"text":')

    def size(length: int) -> int:
        return empty + sum(
            len(_json(_shorten(section, length))) for section in sections
        )

    fits, length = 0, max((sum(map(len, s)) for s in sections), default=0)
    if size(length) <= limit:
        fits = length
    while length - fits > 1:
        middle = (fits + length) // 2
        if size(middle) > limit:
            length = middle
        else:
            fits = middle
    for entry, section in zip(index["docs"], sections, strict=True):
        entry["text"] = _shorten(section, fits)
    path.write_bytes(_json(index))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _paragraphs(html: str) -> list[str]:
    """The paragraphs of a section as plain text."""
    blocks = (unescape(_TAG.sub("", block)) for block in _BLOCK.split(html))
    return [" ".join(block.split()) for block in blocks if block.strip()]


def _shorten(paragraphs: list[str], length: int) -> str:
    """The first `length` characters of a section, as HTML, cut between words."""
    kept = []
    for paragraph in paragraphs:
        if len(paragraph) > length:
            paragraph = paragraph[: length + 1].rpartition(" ")[0]
        if not paragraph:
            break
        kept.append(f"<p>{escape(paragraph, quote=False)}</p>")
        length -= len(paragraph)
    return "".join(kept)
