"""Old addresses lead on: `extra.redirects` of mkdocs.yml, old source to new source.

    extra:
      redirects:
        steps/old-name.md: steps/new-name.md
        notebooks/metrics/old.ipynb: steps/metrics.md#an-anchor

A page that was on main and is gone must have an entry, so that no link that
somebody keeps goes dead.
"""

from __future__ import annotations

import re
import subprocess
from html import escape
from pathlib import Path

from site_content import page_url, relative_url

# The name of a page has no dots; `metrics.draft.md` is none.
PAGE = re.compile(
    r"docs/(?P<page>[\w/-]+\.md)|(?P<notebook>notebooks/[\w-]+/[\w-]+\.ipynb)"
)
# The script keeps the #anchor that the reader came with, which the header cannot.
TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta name="robots" content="noindex">
<script>location.replace("{url}" + (location.hash || "{hash}"))</script>
<meta http-equiv="refresh" content="0; url={url}{hash}">
</head>
<body><p>This page has moved: <a href="{url}{hash}">{url}</a></p></body>
</html>
"""


class HistoryError(Exception):
    """The repository's history cannot be read; the message says what to do."""


def write(redirects: dict[str, str], site: Path) -> None:
    """Writes a page for each old address; ValueError naming an entry that is wrong."""
    for old, new in redirects.items():
        where = f"mkdocs.yml: extra.redirects: {old}"
        source, _, anchor = new.partition("#")
        page = site / page_url(old) / "index.html"
        target = site / page_url(source) / "index.html"
        if page.exists():
            raise ValueError(f"{where}: this page exists: delete the entry")
        if source in redirects:
            raise ValueError(f"{where}: {source} has moved too: name its new address")
        if not target.exists():
            raise ValueError(f"{where}: there is no page {source}")
        url, hash_ = escape(relative_url(source, old)), anchor and f"#{escape(anchor)}"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(TEMPLATE.format(url=url, hash=hash_), "utf-8")


def gone(root: Path) -> list[str]:
    """The sources of the pages that were on main once and are not in the folder now.

    Raises HistoryError when the repository does not know.
    """
    if _git(root, "rev-parse", "--is-shallow-repository") == "true":
        raise HistoryError(
            "the clone is shallow, so it cannot know which pages there were: "
            "run `git fetch --unshallow` (in a workflow: `fetch-depth: 0`)"
        )
    known = _git(root, "for-each-ref", "--format=%(refname)").splitlines()
    main = ("refs/remotes/origin/main", "refs/heads/main")
    branch = next((name for name in main if name in known), "HEAD")
    added = _git(
        *(root, "log", branch, "--first-parent", "--diff-merges=first-parent"),
        *("--diff-filter=A", "--no-renames", "--name-only", "--format="),
        *("--", "docs", "notebooks"),
    )
    matches = (PAGE.fullmatch(path) for path in sorted(set(added.splitlines())))
    return [
        m["page"] or m["notebook"] for m in matches if m and not (root / m[0]).exists()
    ]


def _git(root: Path, *command: str) -> str:
    try:
        ran = subprocess.run(
            ["git", "-C", str(root), *command], capture_output=True, text=True
        )
    except FileNotFoundError:
        raise HistoryError("git is not installed") from None
    if ran.returncode:
        raise HistoryError(f"git {command[0]}: {ran.stderr.strip()}")
    return ran.stdout.strip()
