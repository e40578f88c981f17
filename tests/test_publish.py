"""What the published site has besides its pages: pictures, lists, a feed, a copy."""

import io
import json
import posixpath
import re
import zipfile
from xml.etree import ElementTree

import change_feed
import numpy as np
import offline_copy
import pytest
import social_cards
from PIL import Image

CHANGES = """# Changes

## 2026-11-30: Second & last { #second }

A [page](../steps/metrics.md) is new.

## 2026-11-23: First { #first }

The beginning.
"""
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_a_feed_has_an_entry_for_each_change():
    feed = ElementTree.fromstring(
        change_feed.render(CHANGES, "Site", "https://example.org/changes/").encode()
    )
    entries = feed.findall("a:entry", ATOM)
    assert [e.find("a:title", ATOM).text for e in entries] == ["Second & last", "First"]
    assert entries[0].find("a:id", ATOM).text == "https://example.org/changes/#second"
    assert entries[0].find("a:updated", ATOM).text == "2026-11-30T00:00:00Z"
    assert entries[0].find("a:content", ATOM).text == "<p>A page is new.</p>"
    assert feed.find("a:updated", ATOM).text == "2026-11-30T00:00:00Z"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (": First { #first }", "", "not of the form"),
        ("2026-11-23", "yesterday", "isoformat"),
        ("2026-11-23", "2026-12-24", "not in order"),
    ],
)
def test_a_change_that_is_not_dated_is_refused(old, new, message):
    with pytest.raises(ValueError, match=message):
        change_feed.render(CHANGES.replace(old, new), "Site", "")


def test_a_picture_has_the_size_that_sites_ask_for_and_shows_its_words(tmp_path):
    long = "A very long title of a page that goes on and on " * 3
    picture = Image.open(io.BytesIO(social_cards.card(long, "Text. " * 99, "Site")))
    assert picture.size == (1200, 630)
    pixels = np.asarray(picture.convert("RGB"), dtype=np.int64)
    assert (pixels[80:400, 80:].sum(axis=2) < 300).sum() > 5000
    assert (pixels[30:, 1185:] == 255).all()  # the margin


def test_a_picture_is_drawn_once(tmp_path, monkeypatch):
    where = {"target": tmp_path / "a.png", "kept": tmp_path / "kept"}
    social_cards.write("Title", "Text.", "Site", **where)
    first = where["target"].read_bytes()
    monkeypatch.setattr(social_cards, "card", None)
    social_cards.write("Title", "Text.", "Site", **where)
    assert where["target"].read_bytes() == first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<a href="../x/">', '<a href="../x/index.html">'),
        ('<a href="../x/#a">', '<a href="../x/index.html#a">'),
        ('<a href="./">', '<a href="./index.html">'),
        ('<a href="../..">', '<a href="../../index.html">'),
        ('<a href="..">', '<a href="../index.html">'),
        ('<a href="#a">', '<a href="#a">'),
        ('<a href="https://a.org/b/">', '<a href="https://a.org/b/">'),
        ('<link href="../a.css">', '<link href="../a.css">'),
        ('<meta http-equiv="Content-Security-Policy" content="x">', ""),
        ('<script type="module" src="../assets/live/page.js"></script>', ""),
        (
            '<script type="module" src="../assets/practice/cards.js"></script>',
            '<script src="../assets/folder-modules.js" defer></script>'
            '<script src="../assets/folder.js" data-module="assets/practice/cards.js"'
            " defer></script>",
        ),
        ('<div class="way online-only"><p>a</p></div>', ""),
    ],
)
def test_links_of_the_copy_name_files(old, new):
    assert offline_copy.page(old) == new


def test_the_search_of_the_copy_finds_files():
    docs = [{"location": "x/#a"}, {"location": "x/"}, {"location": ""}]
    script = offline_copy.search_index(json.dumps({"docs": docs}))
    found = json.loads(script.removeprefix("var __index = "))["docs"]
    places = [entry["location"] for entry in found]
    assert places == ["x/index.html#a", "x/index.html", "index.html"]


def test_the_copy_is_packed_anew_when_a_file_changed_and_only_then(
    tmp_path, monkeypatch
):
    site, kept = tmp_path / "site", tmp_path / "kept"
    site.mkdir()
    file, copy = site / "index.html", site / offline_copy.NAME

    def page_of_the_copy():
        offline_copy.write(site, kept)
        with zipfile.ZipFile(copy) as archive:
            return archive.read("ml-system-design/index.html").decode()

    file.write_text("one")
    assert page_of_the_copy() == "one"
    file.write_text("two")
    assert page_of_the_copy() == "two"
    assert len(list(kept.iterdir())) == 1
    monkeypatch.setattr(offline_copy, "pack", None)
    assert page_of_the_copy() == "two"


def test_every_link_of_the_built_copy_leads_to_a_file(site):
    with zipfile.ZipFile(site / offline_copy.NAME) as archive:
        names = set(archive.namelist())
        pages = {
            name: archive.read(name).decode()
            for name in names
            # The page for missing pages is a server's.
            if name.endswith(".html") and not name.endswith("/404.html")
        }
    assert len(pages) > 100
    missing = set()
    for page, html in pages.items():
        links = set(re.findall(r'\s(?:href|src)="((?![a-z]+:|#)[^"#?]+)', html))
        for link in links:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
            if target not in names:
                missing.add(target)
    assert missing == set()


def test_the_list_for_programs_names_every_page(site):
    listed = (site / "llms.txt").read_text("utf-8")
    pages = {
        path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")
    }
    linked = re.findall(r"\]\(([^)]*)\)", listed)
    # The home page is the list's own title.
    unlisted = {
        page
        for page in pages - {"."}
        if not any(address.endswith(f"{page}/") for address in linked)
    }
    assert unlisted == set()


def canonical(html):
    """The address at which a page says that it is published; "" when it does not."""
    found = re.search(r'<link rel="canonical" href="([^"]+)"', html)
    return found[1] if found else ""


def test_every_page_has_a_picture_and_a_place_in_the_map_of_the_site(site):
    pages = {
        path.parent.relative_to(site).as_posix(): path.read_text("utf-8")
        for path in site.rglob("index.html")
        if 'http-equiv="refresh"' not in path.read_text("utf-8")
    }
    base = canonical(pages["."])
    for name, html in pages.items():
        picture = f"assets/social/{'index' if name == '.' else name}.png"
        assert Image.open(site / picture).size == social_cards.SIZE
        if base:
            assert f'<meta property="og:image" content="{base}{picture}">' in html
        assert re.search(r'<meta property="og:description" content="\S', html)
    listed = re.findall("<loc>([^<]+)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    # A map needs the address at which the site is published.
    assert set(listed) == {
        address for address in map(canonical, pages.values()) if base
    }


# What a page loads beyond the theme's, by what it has.
USED = {
    "assets/quiz.js": 'class="questions"',
    "assets/explorers/main.js": '<figure class="explorer"',
    "assets/terms.js": 'class="term"',
    "assets/concepts.js": 'class="glossary"',
    "assets/practice/bank.js": 'class="bank"',
    "assets/practice/cards.js": 'class="cards"',
    "assets/practice/interview.js": 'class="interview"',
    "assets/keep-offline.js": 'class="keep-offline"',
}


def test_what_is_for_some_pages_is_loaded_only_there(site):
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        loaded = re.findall(r'<script[^>]*\ssrc="[^"]*?(assets/[^"]+)"', html)
        for script, sign in USED.items():
            if script == "assets/terms.js" and script in loaded:
                continue  # on every page of a step, though some may use no term
            assert (script in loaded) == (sign in html), (path, script)


def test_the_offline_list_holds_what_pages_need_and_no_runtime(site):
    kept = json.loads((site / "offline.json").read_text("utf-8"))
    files = set(kept["files"])
    assert {
        "",
        "steps/metrics/",
        "assets/site.css",
        "search/search_index.json",
    } <= files
    assert not [name for name in files if "pyodide" in name or name.endswith(".zip")]
    assert 1e6 < kept["bytes"] < 100e6
