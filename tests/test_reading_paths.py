"""Reading paths name pages that exist, and sum the minutes that the pages state."""

from types import SimpleNamespace

import pytest
from reading_paths import read_paths

PAGES = {
    "steps/a.md": SimpleNamespace(meta={"minutes": 20}),
    "steps/b.md": SimpleNamespace(meta={"minutes": 15}),
    "steps/c.md": SimpleNamespace(meta={}),
}


def path(*uris):
    parts = {"First": ["steps/a.md"], "Then": list(uris)}
    return [{"title": "T", "text": "Why.", "parts": parts}]


def test_minutes_are_summed_from_the_pages():
    (found,) = read_paths(path("steps/a.md", "steps/b.md"), PAGES)
    assert [part.minutes for part in found.parts] == [20, 35]
    assert found.minutes == 55
    assert found.parts[1].pages == [PAGES["steps/a.md"], PAGES["steps/b.md"]]


def test_a_page_that_is_not_there_is_named_with_a_hint():
    with pytest.raises(ValueError, match="no page 'steps/aa.md'; did you mean steps/"):
        read_paths(path("steps/aa.md"), PAGES)


def test_a_page_without_minutes_is_named():
    with pytest.raises(ValueError, match="steps/c.md has no `minutes`"):
        read_paths(path("steps/c.md"), PAGES)
