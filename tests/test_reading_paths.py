"""Reading paths name pages that exist, and sum the minutes that the pages state."""

from types import SimpleNamespace

import pytest
from reading_paths import read_paths
from yaml_source import SourceError

PAGES = {
    "steps/a.md": SimpleNamespace(meta={"minutes": 20}),
    "steps/b.md": SimpleNamespace(meta={"minutes": 15}),
    "steps/c.md": SimpleNamespace(meta={}),
}


HOME = """\
---
title: Home
paths:
  - title: T
    text: Why.
    parts:
      First: [steps/a.md]
      Then: [steps/a.md, steps/b.md]
---

# Home
"""


def test_minutes_are_summed_from_the_pages():
    (found,) = read_paths(HOME, "index.md", PAGES)
    assert [part.minutes for part in found.parts] == [20, 35]
    assert found.minutes == 55
    assert found.parts[1].pages == [PAGES["steps/a.md"], PAGES["steps/b.md"]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps/b", "steps/bb", "8: no page 'steps/bb.md'; did you mean steps/b.md"),
        ("steps/b", "steps/c", "8: steps/c.md does not say how long it takes"),
        ("    text: Why.\n", "", "4: 'text' is a required property: add it"),
        ("    text:", "    words:", "5: unknown key `words`: use title, text, parts"),
        ("[steps/a.md]", "steps/a.md", "7: First 'steps/a.md' must be a list of pages"),
        ("[steps/a.md]", "[1]", "7: First 1 must be text"),
        ("title: T", "title: T: U", "4: not valid YAML: mapping values"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old, new, message):
    assert old in HOME
    with pytest.raises(SourceError) as caught:
        read_paths(HOME.replace(old, new, 1), "index.md", PAGES)
    assert f"index.md:{message}" in str(caught.value)
