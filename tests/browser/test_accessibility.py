"""axe finds no violation on one page of each kind, light and dark, wide and narrow."""

from importlib.resources import files

import pytest
from page_kinds import KINDS

# A notebook has thousands of coloured words of code. One of each colour is enough.
ONE_OF_EACH = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("code span[class]"))
    if (seen.has(word.className)) word.replaceWith(...word.childNodes);
    else seen.add(word.className);
}"""
RUN = """async () => {
  const result = await axe.run(document, { resultTypes: ["violations"] });
  return result.violations.map((violation) => ({
    rule: violation.id,
    help: violation.help,
    nodes: violation.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + "\\n      " +
      n.failureSummary.split("\\n").slice(1).join(" ").slice(0, 300)),
    count: violation.nodes.length,
  }));
}"""


@pytest.fixture(scope="module")
def violations():
    """Says what axe-core finds on a page."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def violations(page):
        page.evaluate(ONE_OF_EACH)
        page.evaluate(axe)
        return [describe(violation) for violation in page.evaluate(RUN)]

    return violations


def describe(violation):
    nodes = "\n    ".join(violation["nodes"])
    count = violation["count"]
    return f"{violation['rule']}: {violation['help']} ({count} times)\n    {nodes}"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_no_violation(page, address, kinds, violations, kind, scheme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address + kinds[kind])
    expected = {"light": "default", "dark": "slate"}[scheme]
    assert page.get_attribute("body", "data-md-color-scheme") == expected
    assert "\n".join(violations(page)) == ""


def test_every_kind_of_page_is_tried(kinds):
    assert list(kinds) == KINDS
    assert len(set(kinds.values())) == len(KINDS)


def test_a_violation_is_seen(page, violations):
    page.set_content("<html lang=en><title>a</title><main><h1>a</h1><img src=a></main>")
    assert violations(page)[0].startswith("image-alt: ")
