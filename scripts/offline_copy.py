"""A copy of the site in one zip file that works when it is opened from a folder.

A browser gives a folder no start page, and its scripts neither requests nor modules. So
links name index.html, the search takes its index from a script, and modules come as
text, which docs/assets/folder.js makes into modules. The Python of notebook pages is
left out: it needs a server.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import notebook_cache

NAME = "ml-system-design.zip"
MODULES = "assets/folder-modules.js"
_LEFT_OUT = ("assets/pyodide/", "assets/social/", "offline.json", NAME)
_LIVE = "assets/live/"
_STORED = {".png", ".gz", ".apkg", ".parquet", ".woff2"}  # compressed already
_FOLDER = re.compile(r'(\shref=")((?![a-z]+:|/|#)[^"#?]*?/|(?:\.\./)*\.{1,2})(?=["#?])')
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_MODULE = re.compile(
    r'<script type="module" src="(?P<root>[^"]*?)(?P<name>assets/[^"]*)"[^>]*></script>'
)
_ONLINE = re.compile(r'<div class="[^"]*\bonline-only\b[^"]*">.*?</div>', re.DOTALL)
_SCRIPT = re.compile(r'<script src="(?P<root>[^"]*)assets/javascripts/bundle')
_ADDRESS = re.compile(r'"(steps/[\w/-]*/)(#[\w-]+)?"')  # of a page, in JSON
# What modules ask for.
_DATA = {"assets/practice/cards.json", "assets/practice/interview.json"}
_TIME = (1980, 1, 1, 0, 0, 0)  # the same site makes the same file


def page(html: str) -> str:
    """A page that finds the others in a folder.

    Without its policy, too: there a page has no origin that `'self'` could mean.
    """
    html = _FOLDER.sub(lambda m: f"{m[1]}{m[2].rstrip('/')}/index.html", html)
    html = _MODULE.sub(_module, _ONLINE.sub("", _POLICY.sub("", html)))
    return _SCRIPT.sub(
        lambda m: f'<script src="{m["root"]}assets/iframe-worker.js"></script>{m[0]}',
        html,
        count=1,
    )


def _module(match: re.Match) -> str:
    if match["name"].startswith(_LIVE):
        return ""
    root = match["root"]
    return (
        f'<script src="{root}{MODULES}" defer></script>'
        f'<script src="{root}assets/folder.js" data-module="{match["name"]}" defer>'
        "</script>"
    )


def modules(files: Mapping[str, Path]) -> str:
    """A script that holds the text of every module but those that run notebooks."""
    texts = {
        name: file.read_text("utf-8")
        for name, file in files.items()
        if re.fullmatch(r"assets/(explorers/|practice/|element).*\.js", name)
    }
    return f"window.__modules = {json.dumps(texts, ensure_ascii=False)}"


def search_index(text: str) -> str:
    """The search index as a script, its locations naming files."""
    index = json.loads(text)
    for entry in index["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        entry["location"] = f"{path}index.html{mark}{anchor}"
    return f"var __index = {json.dumps(index, ensure_ascii=False)}"


def write(site: Path, kept: Path) -> None:
    """Puts the zip file into the built site.

    Packing takes longer than all else where little changed, so the last one is kept in
    the folder `kept`, under a name that tells what it was made of.
    """
    files = {
        name: file
        for file in sorted(site.rglob("*"))
        if file.is_file()
        and not (name := file.relative_to(site).as_posix()).startswith(_LEFT_OUT)
    }
    digest = sha256(Path(__file__).read_bytes())
    for name, file in files.items():
        digest.update(f"{name} {file.stat().st_size} ".encode() + file.read_bytes())
    packed = kept / f"{digest.hexdigest()[:24]}.zip"
    if not packed.exists():
        shutil.rmtree(kept, ignore_errors=True)
        notebook_cache.write(packed, pack(files))
    shutil.copy(packed, site / NAME)


def pack(files: Mapping[str, Path]) -> bytes:
    """The zip file of a site's files, by their names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, file in [*files.items(), (MODULES, None)]:
            content = file.read_bytes() if file else modules(files).encode()
            if name == "search/search_index.json":
                name = "search/search_index.js"
                content = search_index(content.decode()).encode()
            elif name in _DATA:
                addressed = _ADDRESS.sub(r'"\1index.html\2"', content.decode())
                name, content = f"{name}.js", f"window.__json = {addressed}".encode()
            elif name.endswith(".html"):
                content = page(content.decode()).encode()
            entry = zipfile.ZipInfo(f"ml-system-design/{name}", _TIME)
            stored = Path(name).suffix in _STORED
            kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, kind)
    return stream.getvalue()


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
