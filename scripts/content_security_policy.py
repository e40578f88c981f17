"""The Content-Security-Policy of each page, as a <meta> element.

A static host sends no headers of ours, so the policy travels in the page. Scripts
and styles come from the site itself; the few inline ones that the theme needs are
allowed by their hash, page by page; nothing foreign is allowed at all.
"""

from __future__ import annotations

import base64
import hashlib
import re

# `data:` for images only: the theme's icons are data URLs in its stylesheet.
DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# What Python in the page needs beyond that. It runs in a worker that starts from a
# blob: URL: such a worker keeps to the policy of its page, while one that starts from
# an address of a static host has no policy at all, and could send data anywhere.
# 'wasm-unsafe-eval' lets WebAssembly compile; it does not allow eval().
LIVE_DIRECTIVES = {
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
}
_INLINE = re.compile(
    r"<(?P<tag>script|style)(?P<attributes>[^>]*)>(?P<text>.*?)</(?P=tag)>", re.DOTALL
)
_CHARSET = re.compile(r'<meta charset="?utf-8"?\s*/?>', re.IGNORECASE)


def add_policy(html: str, live: bool = False) -> str:
    """The page with its policy; ValueError when it has no charset to put it after.

    A `live` page runs Python.
    """
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for match in _INLINE.finditer(html):
        attributes = match["attributes"]
        if "src=" in attributes or "application/json" in attributes:
            continue
        digest = base64.b64encode(hashlib.sha256(match["text"].encode()).digest())
        source = f"'sha256-{digest.decode()}'"
        if source not in hashes[match["tag"]]:
            hashes[match["tag"]].append(source)
    directives = {
        name: " ".join([sources, *hashes.get(name.removesuffix("-src"), [])])
        for name, sources in (DIRECTIVES | (LIVE_DIRECTIVES if live else {})).items()
    }
    policy = "; ".join(f"{name} {sources}" for name, sources in directives.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    html, count = _CHARSET.subn(lambda match: match[0] + meta, html, count=1)
    if not count:
        raise ValueError(
            'the page has no <meta charset="utf-8"> to put the policy after'
        )
    return html
