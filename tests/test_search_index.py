"""The search index keeps every section, and its size below a limit."""

import json

import pytest
from search_index import slim

WORDS = (
    "<p>Some <em>words</em> of &lt;prose&gt;.</p> <ul> <li>One</li> <li>Two</li> </ul>"
)


@pytest.fixture
def index(tmp_path):
    def write(*texts):
        path = tmp_path / "search_index.json"
        entries = [
            {"location": f"page/#{number}", "title": f"Title {number}", "text": text}
            for number, text in enumerate(texts)
        ]
        path.write_text(json.dumps({"config": {"lang": ["en"]}, "docs": entries}))
        return path

    return write


def texts(path):
    return [entry["text"] for entry in json.loads(path.read_text("utf-8"))["docs"]]


def test_text_becomes_plain_paragraphs(index):
    path = index(WORDS, "Bare <code>text</code>", "")
    slim(path)
    assert texts(path) == [
        "<p>Some words of &lt;prose&gt;.</p><p>One</p><p>Two</p>",
        "<p>Bare text</p>",
        "",
    ]


def test_the_rest_of_the_index_stays(index):
    path = index(WORDS)
    slim(path)
    after = json.loads(path.read_text("utf-8"))
    assert after["config"] == {"lang": ["en"]}
    assert after["docs"][0]["location"] == "page/#0"
    assert after["docs"][0]["title"] == "Title 0"


def test_what_fits_is_whole(index):
    path = index("<p>" + "word " * 100 + "end</p>")
    slim(path, limit=1000)
    assert texts(path)[0].endswith("word end</p>")


@pytest.mark.parametrize("limit", [700, 1000, 2000, 4000])
def test_the_longest_sections_are_cut_first(index, limit):
    path = index("<p>Short é one.</p>", *["<p>" + "wörd " * 300 + "</p>"] * 3)
    slim(path, limit)
    assert limit * 0.9 < path.stat().st_size <= limit
    short, *long = texts(path)
    assert short == "<p>Short é one.</p>"
    assert len(set(long)) == 1
    assert set(long[0][3:-4].split(" ")) == {"wörd"}, "cut within a word"


def test_headings_stay_when_nothing_else_fits(index):
    path = index(WORDS, WORDS)
    slim(path, limit=10)
    assert texts(path) == ["", ""]
