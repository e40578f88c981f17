"""The built site has none of the faults that check_site knows, and it knows them."""

import json

import check_site
import content_security_policy
import pytest
from html_tree import Tree

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="description" content="About {title}.">
<link rel="stylesheet" href="{home}assets/site.css">
<script>var home = "{home}"</script>
</head>
<body>
<nav><a href="{home}">Home</a><a href="{home}steps/data/">Data</a></nav>
<article>
<h1 id="title">{title}</h1>
<h2 id="part">Part</h2>
<p>Text <img src="{home}assets/a.svg" alt="A curve" width="4" height="3"></p>
{more}
</article>
<label for="box">Box</label><input id="box" type="checkbox">
</body>
</html>
"""
CELL = '<div class="cell"><pre>model.fit(features, target)</pre></div>'


def page(title, home, more=""):
    html = PAGE.format(title=title, home=home, more=more)
    return content_security_policy.add_policy(html)


@pytest.fixture
def tiny(tmp_path):
    """A site of four pages without fault."""
    files = {
        "index.html": page("Home", "./"),
        "404.html": page("Nothing here", "/"),
        "steps/data/index.html": page(
            "Data", "../../", '<a href="../../notebooks/data/leak/#part">Leak</a>'
        ),
        "notebooks/data/leak/index.html": page(
            "Leak", "../../../", f'<a href="../leak.ipynb" download>Take</a>{CELL}'
        ),
        "notebooks/data/leak.ipynb": "{}",
        "assets/a.svg": "<svg/>",
        "assets/site.css": 'a { background: url("a.svg") }',
        "search/search_index.json": json.dumps(
            {
                "docs": [
                    {"location": "notebooks/data/leak/", "title": "", "text": ""},
                    {"location": "notebooks/data/leak/#part", "title": "", "text": ""},
                ]
            }
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def edit(site, name, old, new):
    text = (site / name).read_text("utf-8")
    assert old in text
    (site / name).write_text(text.replace(old, new, 1), "utf-8")


def test_the_built_site_has_no_faults(site):
    assert "\n".join(check_site.problems(site)) == ""


def test_a_sound_site_has_no_faults(tiny):
    assert check_site.problems(tiny) == []


def test_a_folder_without_pages_is_no_site(tmp_path):
    assert "run `make site`" in check_site.problems(tmp_path)[0]


STEP = "steps/data/index.html"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # Links, anchors and files.
        ("leak/#part", "leek/", "points at ../../notebooks/data/leek/: no such file"),
        ("leak/#part", "leak/#past", "notebooks/data/leak/index.html has no such id"),
        ("leak/#part", "leak", "no such file"),
        ('alt="A curve"', 'alt="A" srcset="a.svg, b.svg 2x"', "points at b.svg"),
        ("assets/a.svg", "assets/b.svg", "<img> points at ../../assets/b.svg"),
        ("assets/site.css", "assets/b.css", "<link> points at ../../assets/b.css"),
        (
            "<article>",
            '<script src="a.js"></script><article>',
            "<script> points at a.js",
        ),
        ("<article>", '<a href="/elsewhere/">x</a><article>', "no such file"),
        # Nothing foreign is fetched.
        ("../../assets/a.svg", "https://example.org/a.svg", "from elsewhere"),
        ("../../assets/a.svg", "//example.org/a.svg", "from elsewhere"),
        ("../../assets/site.css", "https://example.org/a.css", "from elsewhere"),
        (
            "<article>",
            '<iframe src="https://example.org/"></iframe><article>',
            "<iframe> fetches https://example.org/ from elsewhere",
        ),
        (
            "<article>",
            '<form action="https://example.org/"></form><article>',
            "<form> fetches",
        ),
        (
            "<title>",
            '<link rel="preconnect" href="https://example.org"><title>',
            "<link> fetches",
        ),
        # Valid HTML.
        ("<!doctype html>", "", "no <!doctype html>"),
        ("</article>", "</div></article>", "</div> closes nothing"),
        ("</article>", "<div></article>", "comes before the </div>"),
        ("</body>\n</html>", "", "<body> is never closed"),
        ('id="part"', 'id="title"', "id 'title' is taken since line"),
        ('id="part"', 'id="part" id="two"', "<h2> has an attribute twice"),
        ("Text <img", "<div>Text</div><img", "<div> may not stand in <p>"),
        (
            "</article>",
            "<ul><p>a</p></ul></article>",
            "<p> may not stand right in <ul>",
        ),
        ("</article>", "<tr></tr></article>", "<tr> may not stand in <article>"),
        ("</article>", "<div/></article>", "is not closed by its slash"),
        ("<article>", '<article align="left">', "<article align> is obsolete"),
        ("<article>", "<center></center><article>", "<center> is obsolete"),
        (">Leak<", '><a href="#part">x</a><', "<a> may not stand in <a>"),
        ('for="box"', 'for="fox"', "for='fox' names no element"),
        ("<article>", '<article tabindex="">', "tabindex='' is not a number"),
        ('<html lang="en">', "<html>", "has no lang"),
        # Headings.
        ("<h2", "<h1>Two</h1><h2", "2 h1 headings"),
        ('<h1 id="title">Data</h1>', "", "0 h1 headings"),
        ("</article>", "<h4>Deep</h4></article>", "'Deep' is an h4, right after an h2"),
        ("<h1", "<h2>Early</h2><h1", "the first on the page: make it an h1"),
        (">Part<", "><", "an empty h2"),
        # Images.
        ('alt="A curve"', "", "has no alt text"),
        ('alt="A curve"', 'alt=""', "has an empty alt text"),
        ('width="4"', "", "has no width"),
        ('height="3"', 'height="auto"', "has no height"),
        # Nothing inline that the policy would block.
        (
            "<article>",
            '<article style="color: red">',
            "<article style=...> is blocked",
        ),
        ("<article>", '<article onclick="go()">', "<article onclick=...> is blocked"),
        ("../../notebooks/data/leak/", "javascript:go()", "<a href=...> is a script"),
        # The policy.
        ('"Content-Security-Policy"', '"x"', "0 Content-Security-Policies"),
        ("default-src 'none'", "default-src 'self'", "default-src is not 'none'"),
        ("script-src 'self'", "script-src 'unsafe-inline'", "allows 'unsafe-inline'"),
        ("script-src 'self'", "script-src 'wasm-unsafe-eval'", "allows 'wasm-unsafe"),
        ("worker-src 'self'", "worker-src blob:", "worker-src allows blob:"),
        ("img-src 'self'", "img-src https:", "the policy's img-src allows https:"),
        ("var home", "var homes", "lacks the hash of this inline <script>"),
        ("<title>", "<style>a {}</style><title>", "hash of this inline <style>"),
        ("<meta charset", "<script></script><meta charset", "comes before the policy"),
        # What search results show.
        ('content="About Data."', 'content=""', "no description"),
        ("About Data.", "About Home.", "is that of index.html too"),
        ("<title>Data", "<title>Home", "the title 'Home' is that of index.html too"),
        ("<title>Data", "<title>", "no title"),
        # A notebook that no text leads to.
        ("../../notebooks/data/leak/#part", "#part", "no step page links to this"),
    ],
)
def test_a_fault_in_a_page_is_found(tiny, old, new, message):
    edit(tiny, STEP, old, new)
    assert message in "\n".join(check_site.problems(tiny))


def test_a_fault_names_page_and_line(tiny):
    edit(tiny, STEP, "leak/#part", "leek/")
    line = (tiny / STEP).read_text().split("leek/")[0].count("\n") + 1
    assert check_site.problems(tiny)[0].startswith(f"{STEP}:{line}: ")


def test_a_link_to_elsewhere_is_nothing_fetched(tiny):
    edit(tiny, STEP, "leak/#part", 'leak/">x</a><a href="https://example.org/')
    assert check_site.problems(tiny) == []


@pytest.mark.parametrize("name", ["notebooks/data/leak.ipynb", "assets/a.svg"])
def test_a_file_that_is_not_there_is_missed(tiny, name):
    (tiny / name).unlink()
    assert "no such file" in "\n".join(check_site.problems(tiny))


def test_the_page_for_missing_pages_has_absolute_links(tiny):
    edit(tiny, "404.html", "/assets/a.svg", "assets/a.svg")
    assert "assets/a.svg is relative" in "\n".join(check_site.problems(tiny))


def test_absolute_links_are_those_of_the_address_the_site_is_published_at(tiny):
    canonical = '<link rel="canonical" href="https://example.org/repo/"><title>'
    edit(tiny, "index.html", "<title>", canonical)
    assert "404.html" in "\n".join(check_site.problems(tiny))
    missing = tiny / "404.html"
    text = missing.read_text().replace('"/', '"/repo/')
    text = text.replace('var home = "/repo/"', 'var home = "/"')  # keep its hash
    missing.write_text(text)
    assert check_site.problems(tiny) == []


def test_a_page_that_nothing_leads_to_is_an_orphan(tiny):
    (tiny / "lost").mkdir()
    (tiny / "lost/index.html").write_text(page("Lost", "../"))
    assert check_site.problems(tiny) == [
        "lost/index.html: nothing leads here from the home page: link to it"
    ]


@pytest.mark.parametrize(
    ("css", "message"),
    [
        ("a { background: url(b.svg) }", "fetches b.svg: no such file"),
        ("@import 'https://example.org/a.css';", "from elsewhere"),
        ("@font-face { src: url('//example.org/f.woff2') }", "from elsewhere"),
    ],
)
def test_what_a_stylesheet_fetches_is_there(tiny, css, message):
    (tiny / "assets/site.css").write_text(css)
    assert message in "\n".join(check_site.problems(tiny))


def test_what_a_stylesheet_only_talks_of_is_not_fetched(tiny):
    (tiny / "assets/site.css").write_text("/* url(b.svg) */ a { color: red }")
    assert check_site.problems(tiny) == []


def index(site, **entry):
    path = site / check_site.INDEX
    content = json.loads(path.read_text())
    content["docs"][1] |= entry
    path.write_text(json.dumps(content))


def test_the_search_index_knows_the_headings_of_notebooks(tiny):
    index(tiny, location="notebooks/data/leak/#other")
    assert "lacks heading 'Part'" in check_site.problems(tiny)[0]


def test_the_search_index_holds_no_code(tiny):
    index(tiny, text="<pre>model.fit(features,\n target)</pre>")
    assert "holds this cell's code" in check_site.problems(tiny)[0]


def test_the_search_index_stays_small(tiny):
    index(tiny, text="x" * 2_000_000)
    assert "more than 2,000,000" in check_site.problems(tiny)[0]


def test_a_site_has_a_search_index(tiny):
    (tiny / check_site.INDEX).unlink()
    assert "there is no search index" in check_site.problems(tiny)[0]


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br>b</p>",
        "<svg><path d='M0'/><a><title>x</title></a></svg>",
        "<math><mtable frame='solid'></mtable></math>",
        "<p>a &lt; b</p><!-- <div> -->",
        "<table><thead><tr><th>a</th></tr></thead><tbody></tbody></table>",
        "<details><summary>a</summary><p>b</p></details>",
        "<dl><dt>a</dt><dd><p>b</p></dd></dl>",
    ],
)
def test_valid_html_is_not_blamed(html):
    assert Tree(f"<!doctype html><body>{html}</body>").problems == []


def test_an_element_knows_its_text_and_what_it_stands_in():
    tree = Tree("<!doctype html><div><p>a <b>b</b>\n c</p>d</div>")
    paragraph = tree.elements[1]
    assert (paragraph.text, paragraph.raw_text) == ("a b c", "a b\n c")
    assert [above.name for above in tree.elements[2].above()] == ["p", "div"]
