"""A copy of the site in one zip file that works when it is opened from a folder.

A browser gives a folder no start page, and its scripts no requests. So links name
index.html, and the search takes its index from a script. The Python of notebook pages
and what is a module, such as the explorers, are left out: they need a server.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

NAME = "ml-system-design.zip"
_LEFT_OUT = ("assets/pyodide/", "assets/social/", "offline.json", NAME)
_STORED = {".png", ".gz", ".apkg", ".parquet", ".woff2"}  # compressed already
_FOLDER = re.compile(r'(\shref=")((?![a-z]+:|/|#)[^"#?]*?/|(?:\.\./)*\.{1,2})(?=["#?])')
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_MODULE = re.compile(r'<script type="module"[^>]*></script>')
_SCRIPT = re.compile(r'<script src="(?P<root>[^"]*)assets/javascripts/bundle')
_TIME = (1980, 1, 1, 0, 0, 0)  # the same site makes the same file


def page(html: str) -> str:
    """A page that finds the others in a folder.

    Without its policy, too: there a page has no origin that `'self'` could mean.
    """
    html = _FOLDER.sub(lambda m: f"{m[1]}{m[2].rstrip('/')}/index.html", html)
    html = _MODULE.sub("", _POLICY.sub("", html))
    return _SCRIPT.sub(
        lambda m: f'<script src="{m["root"]}assets/iframe-worker.js"></script>{m[0]}',
        html,
        count=1,
    )


def search_index(text: str) -> str:
    """The search index as a script, its locations naming files."""
    index = json.loads(text)
    for entry in index["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        entry["location"] = f"{path}index.html{mark}{anchor}"
    return f"var __index = {json.dumps(index, ensure_ascii=False)}"


def write(site: Path) -> None:
    """Puts the zip file into the built site."""
    with zipfile.ZipFile(site / NAME, "w") as archive:

        def add(name: str, content: bytes) -> None:
            entry = zipfile.ZipInfo(f"ml-system-design/{name}", _TIME)
            stored = Path(name).suffix in _STORED
            kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, kind)

        for file in sorted(site.rglob("*")):
            name = file.relative_to(site).as_posix()
            if file.is_dir() or name.startswith(_LEFT_OUT):
                continue
            if name == "search/search_index.json":
                script = search_index(file.read_text("utf-8"))
                add("search/search_index.js", script.encode())
            elif file.suffix == ".html":
                add(name, page(file.read_text("utf-8")).encode())
            else:
                add(name, file.read_bytes())


def listing(site: Path) -> dict:
    """What a browser keeps for reading offline: the files, and how many bytes."""
    names = {
        file.relative_to(site).as_posix(): file.stat().st_size
        for file in sorted(site.rglob("*"))
        if file.is_file()
        and not file.name.endswith((".ipynb", ".gz", ".parquet", ".apkg", ".map"))
        and not file.relative_to(site).as_posix().startswith(_LEFT_OUT)
    }
    files = [name.removesuffix("index.html") for name in names]
    return {"files": files, "bytes": sum(names.values())}
