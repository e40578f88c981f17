"""axe finds no violation on one page of each kind, light and dark, wide and narrow."""

from importlib.resources import files

import pytest
from page_kinds import EXPLORERS, KINDS

# A notebook has thousands of coloured words of code. One of each colour is enough.
ONE_OF_EACH = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("code span[class]"))
    if (seen.has(word.className)) word.replaceWith(...word.childNodes);
    else seen.add(word.className);
}"""
RUN = """async (part) => {
  const result = await axe.run(part ?? document, { resultTypes: ["violations"] });
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

    def violations(page, part=None):
        page.evaluate(ONE_OF_EACH)
        page.evaluate(axe)
        return [describe(violation) for violation in page.evaluate(RUN, part)]

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


def answer_a_question(page):
    for details in page.locator("details:has(> .questions) > summary").all():
        details.click()
    for kind in ("choice", "numeric", "order", "diagnose"):
        asked = page.locator(f".questions > li[data-kind={kind}]").first
        if kind in {"choice", "diagnose"}:
            asked.locator("input").first.check()
        if kind == "numeric":
            asked.get_by_label("Your answer").fill("1")
        asked.get_by_role("button", name="Check").click()


def point_at_a_term(page):
    page.locator("a.term").first.focus()


def start_explorers(page):
    for explorer in page.locator(".explorer").all():
        explorer.scroll_into_view_if_needed()
        explorer.locator(".explorer-body > *").first.wait_for()


def reveal_a_card(page):
    page.get_by_role("button", name="Show the answer").click()


def begin_an_interview(page):
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Facts: ask aloud").click()
    page.get_by_role("button", name="The interviewer asks").click()
    page.get_by_label("Your notes").fill("A note")


def score_an_interview(page):
    begin_an_interview(page)
    page.get_by_role("button", name="Done with this step").click()


def finish_an_interview(page):
    begin_an_interview(page)
    page.get_by_role("button", name="Stop the interview").click()


# What a reader did, where, and the part of the page that it changed.
DONE = [
    (answer_a_question, "steps/metrics/", ".md-content"),
    (point_at_a_term, "steps/metrics/", ".md-content"),
    *((start_explorers, uri, ".explorer") for uri in dict.fromkeys(EXPLORERS.values())),
    (reveal_a_card, "practice/cards/", "main"),
    (begin_an_interview, "practice/interview/", "main"),
    (score_an_interview, "practice/interview/", "main"),
    (finish_an_interview, "practice/interview/", "main"),
]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
@pytest.mark.parametrize(("act", "uri", "part"), DONE)
def test_a_page_in_use_has_no_violation(
    page, address, violations, act, uri, part, scheme, width
):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address + uri)
    act(page)
    assert "\n".join(violations(page, part)) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_kind_of_page_is_tried(kinds):
    assert list(kinds) == KINDS
    assert len(set(kinds.values())) == len(KINDS)


def test_a_violation_is_seen(page, violations):
    page.set_content("<html lang=en><title>a</title><main><h1>a</h1><img src=a></main>")
    assert violations(page)[0].startswith("image-alt: ")
