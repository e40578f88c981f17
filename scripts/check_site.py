"""Checks of the built site: what a reader's browser would trip over.

    scripts/check_site.py [SITE]

Every check works on the HTML that is published, so it does not matter which theme,
plugin or template wrote it. Nothing is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from html_tree import Element, Tree
from notebook_files import ROOT

MISSING_PAGE = "404.html"  # served for any address, so its links must be absolute
INDEX = "search/search_index.json"
INDEX_BYTES = 2_000_000

# Attributes whose address the browser fetches by itself, by element.
FETCHED = {
    "audio": ["src"],
    "button": ["formaction"],
    "embed": ["src"],
    "form": ["action"],
    "iframe": ["src"],
    "image": ["href"],
    "img": ["src", "srcset"],
    "input": ["src", "formaction"],
    "object": ["data"],
    "script": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "use": ["href"],
    "video": ["src", "poster"],
}
NOT_FETCHED = {"alternate", "canonical", "next", "prev", "license"}  # <link rel=...>
SCRIPTS = {"", "module", "text/javascript"}  # types that a browser runs
CSS_ADDRESS = re.compile(
    r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']"""
)


@dataclass
class Page:
    """One page of the site: its file's address within the site, and its HTML."""

    uri: str
    tree: Tree

    @cached_property
    def by_name(self) -> dict[str, list[Element]]:
        """Its elements by their name, in order."""
        found = defaultdict(list)
        for element in self.tree.elements:
            found[element.name].append(element)
        return found

    @cached_property
    def ids(self) -> set[str]:
        """What a link may point at in the page."""
        named = [element.attributes.get("name") for element in self.by_name["a"]]
        ids = [element.attributes.get("id") for element in self.tree.elements]
        return {*ids, *named} - {None}

    @property
    def redirects(self) -> bool:
        """Whether it only sends the reader on."""
        return any(
            meta.attributes.get("http-equiv", "").lower() == "refresh"
            for meta in self.by_name["meta"]
        )

    @property
    def is_content(self) -> bool:
        """Whether it has an address of its own and something to read."""
        return self.uri != MISSING_PAGE and not self.redirects

    def meta(self, name: str) -> str:
        """What the page's <meta> of this name says."""
        for meta in self.by_name["meta"]:
            if meta.attributes.get("name", "").lower() == name:
                return meta.attributes.get("content", "").strip()
        return ""

    def addresses(self) -> Iterator[tuple[Element, str, bool]]:
        """Each (element, address, whether the browser fetches it by itself)."""
        for element in self.tree.elements:
            for attribute in FETCHED.get(element.name, ()):
                for address in _split(attribute, element.attributes.get(attribute)):
                    yield element, address, True
            if element.name in {"a", "area"} and "href" in element.attributes:
                yield element, element.attributes["href"], False
                for address in element.attributes.get("ping", "").split():
                    yield element, address, True
            if element.name == "link" and "href" in element.attributes:
                relations = set(element.attributes.get("rel", "").lower().split())
                yield element, element.attributes["href"], not relations & NOT_FETCHED
            if element.name == "meta" and "content" in element.attributes:
                refresh = re.match(r"\d+;\s*url=(.+)", element.attributes["content"])
                if refresh:
                    yield element, refresh[1], False


def _split(attribute: str, value: str | None) -> list[str]:
    if value is None or attribute == "srcset":
        return [part.split()[0] for part in (value or "").split(",") if part.strip()]
    return [value]


class Site:
    """The files of a built site and its pages, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file()
        }
        self.pages = {
            uri: Page(uri, Tree((root / uri).read_text("utf-8")))
            for uri in sorted(self.files)
            if uri.endswith(".html")
        }
        home = self.pages.get("index.html")
        self.home = "http://site.invalid/"  # until the site says where it is published
        for link in home.by_name["link"] if home else []:
            if link.attributes.get("rel") == "canonical":
                self.home = link.attributes["href"]

    def target(self, uri: str, address: str) -> tuple[str, str] | None:
        """The file and the fragment that an address on `uri` means; None if elsewhere.

        A fragment is "" when there is none. The file may not exist.
        """
        here = urljoin(self.home, uri.removesuffix("index.html"))
        parts = urlsplit(urljoin(here, address.strip()))
        home = urlsplit(self.home)
        if parts.scheme == "data" or parts.netloc != home.netloc:
            return None
        path = unquote(parts.path)
        if not path.startswith(home.path):
            return path, ""  # above the site's own folder: never a file of it
        path = posixpath.normpath("/" + path.removeprefix(home.path))[1:] + (
            "/" if path.endswith(("/", "/.")) else ""
        )
        if path in {"", "/"} or path.endswith("/"):
            path = path.lstrip("/") + "index.html"
        return path, unquote(parts.fragment)


def problems(site: Path) -> list[str]:
    """What is wrong with the site in this folder: page, line, what, what to do."""
    built = Site(Path(site))
    if not built.pages:
        return [f"{site} holds no pages: run `make site`"]
    found = []
    for page in built.pages.values():
        for check in PAGE_CHECKS:
            found += [f"{page.uri}:{line}: {text}" for line, text in check(page, built)]
    for check in SITE_CHECKS:
        found += check(built)
    return found


Found = Iterator[tuple[int, str]]


def html(page: Page, site: Site) -> Found:
    """Valid HTML: elements nest and close, ids are unique, references to ids hold."""
    yield from page.tree.problems
    seen: dict[str, int] = {}
    for element in page.tree.elements:
        name = element.attributes.get("id")
        if name is not None and name in seen:
            yield element.line, f"id {name!r} is taken since line {seen[name]}"
        elif name is not None:
            seen[name] = element.line
    for element in page.tree.elements:
        for attribute in ("for", "aria-labelledby", "aria-describedby", "headers"):
            for name in element.attributes.get(attribute, "").split():
                if name not in seen:
                    yield element.line, f"{attribute}={name!r} names no element"
        tabindex = element.attributes.get("tabindex", "0")
        if not re.fullmatch(r"-?\d+", tabindex):
            yield element.line, f"tabindex={tabindex!r} is not a number"
    if not page.by_name["html"] or not page.by_name["html"][0].attributes.get("lang"):
        yield 1, "<html> has no lang: say which language the page is in"


def headings(page: Page, site: Site) -> Found:
    """One h1, and no level skipped on the way down."""
    if page.redirects:
        return
    found = [e for e in page.tree.elements if re.fullmatch("h[1-6]", e.name)]
    titles = [heading for heading in found if heading.name == "h1"]
    if len(titles) != 1:
        line = titles[1].line if titles else 1
        yield line, f"{len(titles)} h1 headings: a page has exactly one, its title"
    level = 0
    for heading in found:
        if int(heading.name[1]) > level + 1:
            yield (
                heading.line,
                f"heading {heading.text!r} is an {heading.name}, "
                f"{f'right after an h{level}' if level else 'the first on the page'}: "
                f"make it an h{level + 1}",
            )
        level = int(heading.name[1])
        if not heading.text.rstrip("¶ "):
            yield heading.line, f"an empty {heading.name}: delete it"


def images(page: Page, site: Site) -> Found:
    """Every image says what is to be seen, and how much room it takes."""
    for image in page.by_name["img"]:
        name = image.attributes.get("src", "")
        if "alt" not in image.attributes:
            yield image.line, f"image {name} has no alt text: say what is to be seen"
        elif not image.attributes["alt"] and _in(image, "article"):
            yield (
                image.line,
                f"image {name} has an empty alt text in the page's content",
            )
        for side in ("width", "height"):
            if not re.fullmatch(r"[1-9]\d*", image.attributes.get(side, "")):
                yield image.line, f"image {name} has no {side}: the page will jump"


def inline(page: Page, site: Site) -> Found:
    """No inline style and no handler, which the page's policy would block."""
    for element in page.tree.elements:
        for attribute, value in element.attributes.items():
            what = f"<{element.name} {attribute}=...>"
            if attribute == "style" or re.fullmatch("on[a-z]+", attribute):
                yield element.line, f"{what} is blocked by the policy: use a class"
            elif re.match(r"\s*javascript:", value, re.IGNORECASE):
                yield element.line, f"{what} is a script"


# What a page whose cells run may do beyond the others.
LIVE_SOURCES = {"script-src": "'wasm-unsafe-eval'", "worker-src": "blob:"}


def policy(page: Page, site: Site) -> Found:
    """A policy before all that it governs, without holes, that lets the page work."""
    metas = [
        meta
        for meta in page.by_name["meta"]
        if meta.attributes.get("http-equiv", "").lower() == "content-security-policy"
    ]
    if len(metas) != 1:
        yield 1, f"{len(metas)} Content-Security-Policies: a page has exactly one"
        return
    directives = {}
    for directive in metas[0].attributes.get("content", "").split(";"):
        name, _, sources = directive.strip().partition(" ")
        directives[name] = sources.split()
    if directives.get("default-src") != ["'none'"]:
        yield metas[0].line, "the policy's default-src is not 'none'"
    is_live = any("data-live" in element.attributes for element in page.tree.elements)
    for name, sources in directives.items():
        for source in sources:
            if is_live and LIVE_SOURCES.get(name) == source:
                continue
            if not re.fullmatch(r"'none'|'self'|data:|'sha256-[\w+/]+=*'", source):
                yield metas[0].line, f"the policy's {name} allows {source}"
    order = {element: at for at, element in enumerate(page.tree.elements)}
    for kind in ("script", "style"):
        allowed = directives.get(f"{kind}-src", [])
        for element in page.by_name[kind]:
            if order[element] < order[metas[0]]:
                yield element.line, f"<{kind}> comes before the policy"
            if kind == "script" and (
                "src" in element.attributes
                or element.attributes.get("type", "").lower() not in SCRIPTS
            ):
                continue
            digest = hashlib.sha256(element.raw_text.encode()).digest()
            if f"'sha256-{base64.b64encode(digest).decode()}'" not in allowed:
                yield element.line, f"the policy lacks the hash of this inline <{kind}>"


def links(page: Page, site: Site) -> Found:
    """Every address within the site leads somewhere; nothing foreign is fetched."""
    for element, address, fetched in page.addresses():
        target = site.target(page.uri, address)
        if target is None:
            if fetched and not address.startswith("data:"):
                yield (
                    element.line,
                    f"<{element.name}> fetches {address} from elsewhere: keep a copy "
                    "in docs/assets",
                )
            continue
        if page.uri == MISSING_PAGE and not re.match(r"/|#|https?:", address):
            yield (
                element.line,
                f"{address} is relative, but this page is served for any address: "
                "begin it with /",
            )
        path, fragment = target
        if path not in site.files:
            yield element.line, f"<{element.name}> points at {address}: no such file"
        elif fragment and path in site.pages:
            known = site.pages[path].ids
            if fragment not in known and fragment not in {"top", "__search"}:
                yield (
                    element.line,
                    f"<{element.name}> points at {address}: {path} has no such id",
                )


def description(page: Page, site: Site) -> Found:
    """A page says what it is in one sentence: search results show it."""
    if page.is_content and not page.meta("description"):
        yield 1, "no description: give the page's front matter a `description:`"


PAGE_CHECKS = (html, headings, images, inline, policy, links, description)


def _in(element: Element, name: str) -> bool:
    return any(above.name == name for above in element.above())


def titles(site: Site) -> Iterator[str]:
    """No two pages share a title or a description."""
    for what, read in (
        ("title", lambda page: page.by_name["title"] and page.by_name["title"][0].text),
        ("description", lambda page: page.meta("description")),
    ):
        first: dict[str, str] = {}
        for page in site.pages.values():
            said = page.is_content and read(page)
            if said and first.setdefault(said, page.uri) != page.uri:
                yield f"{page.uri}: the {what} {said!r} is that of {first[said]} too"
            if not said and what == "title" and page.is_content:
                yield f"{page.uri}: no title"


def stylesheets(site: Site) -> Iterator[str]:
    """What a stylesheet fetches is there, and not from elsewhere."""
    for uri in sorted(site.files):
        if not uri.endswith(".css"):
            continue
        text = (site.root / uri).read_text("utf-8")
        for match in CSS_ADDRESS.finditer(re.sub(r"(?s)/\*.*?\*/", "", text)):
            address = match[1] or match[2]
            target = site.target(uri, address)
            if target is None:
                if not address.startswith("data:"):
                    yield f"{uri}: fetches {address} from elsewhere: keep a copy"
            elif target[0] not in site.files:
                yield f"{uri}: fetches {address}: no such file"


def orphans(site: Site) -> Iterator[str]:
    """Every page can be reached from the home page by links."""
    reached, waiting = set(), ["index.html"]
    while waiting:
        uri = waiting.pop()
        if uri in reached or uri not in site.pages:
            continue
        reached.add(uri)
        for element, address, _ in site.pages[uri].addresses():
            if element.name == "a" and (target := site.target(uri, address)):
                waiting.append(target[0])
    for uri, page in site.pages.items():
        if page.is_content and uri not in reached:
            yield f"{uri}: nothing leads here from the home page: link to it"


def unused_notebooks(site: Site) -> Iterator[str]:
    """The text of a step page leads to every notebook."""
    linked = set()
    for uri, page in site.pages.items():
        if uri.startswith("steps/"):
            for element, address, _ in page.addresses():
                if element.name == "a" and _in(element, "article"):
                    linked.add((site.target(uri, address) or [""])[0])
    for uri in site.pages:
        unlinked = uri.startswith("notebooks/") and uri not in linked
        if unlinked and site.pages[uri].is_content:
            yield f"{uri}: no step page links to this notebook in its text"


def search_index(site: Site) -> Iterator[str]:
    """The search knows the headings of notebooks, not their code, and stays small."""
    if INDEX not in site.files:
        yield f"{INDEX}: there is no search index"
        return
    content = (site.root / INDEX).read_bytes()
    if len(content) > INDEX_BYTES:
        yield (
            f"{INDEX}: {len(content):,} bytes, more than {INDEX_BYTES:,}: exclude what "
            "nobody searches for (data-search-exclude)"
        )
    entries = json.loads(content)["docs"]
    found = {entry["location"]: _plain(entry["text"]) for entry in entries}
    for uri, page in site.pages.items():
        if not uri.startswith("notebooks/") or not page.is_content:
            continue
        location = uri.removesuffix("index.html")
        for name in ("h2", "h3"):
            for heading in page.by_name[name]:
                anchor = heading.attributes.get("id", "")
                if f"{location}#{anchor}" not in found:
                    where = f"{uri}:{heading.line}"
                    yield f"{where}: {INDEX} lacks heading {heading.text!r}"
        text = " ".join(t for at, t in found.items() if at.startswith(location))
        for code in page.by_name["pre"]:
            cell = any("cell" in above.classes for above in code.above())
            if cell and len(code.text) > 20 and code.text in text:
                yield f"{uri}:{code.line}: {INDEX} holds this cell's code or output"


def _plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


SITE_CHECKS = (titles, stylesheets, orphans, unused_notebooks, search_index)


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site")
    print("\n".join(wrong) or "The built site is sound.")
    sys.exit(bool(wrong))
