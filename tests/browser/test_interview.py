"""Somebody takes a mock interview."""

import json
import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def interview(page, address):
    page.goto(f"{address}practice/interview/")
    page.get_by_label("Scenario").select_option("card-fraud")
    return page


def begin(page):
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".interview h2")).to_have_text("1. Problem formulation")
    assert "null" not in page.locator(".interview").inner_text()


def clock(page):
    return page.locator(".interview-clock").inner_text()


def test_the_clock_runs_and_warns_once_a_minute_before_the_end(interview):
    interview.clock.install()
    interview.reload()
    interview.get_by_label("Scenario").select_option("card-fraud")
    begin(interview)
    assert clock(interview) == "6:00"
    status = interview.locator(".interview [role=status]")
    expect(status).to_be_empty()
    for _ in range(60):
        interview.clock.run_for(5000)
    expect(status).to_have_text("One minute left.")
    for _ in range(13):
        interview.clock.run_for(5000)
    expect(status).to_have_text("The time of this step is over: come to an end.")
    assert clock(interview).endswith("over")


def test_the_interviewer_asks_and_then_follows_up(interview):
    begin(interview)
    asked = interview.locator("[aria-live=polite] li")
    expect(asked).to_have_count(0)
    ask = interview.get_by_role("button", name="The interviewer asks")
    ask.click()
    expect(asked).to_have_count(1)
    while ask.is_visible():
        ask.click()
    assert asked.count() >= 2
    texts = asked.all_inner_texts()
    interview.reload()
    interview.get_by_role("button", name="Go on").click()
    assert asked.all_inner_texts() == texts


def test_facts_are_closed_until_they_are_asked_for(interview):
    begin(interview)
    interview.get_by_text("Facts: ask aloud").click()
    fact = interview.locator("details details").first
    expect(fact.locator("p")).to_be_hidden()
    fact.locator("summary").click()
    expect(fact.locator("p")).to_be_visible()


def test_an_interview_that_was_interrupted_goes_on(interview):
    begin(interview)
    interview.get_by_label("Your notes").fill("Goal: fewer chargebacks\n- 80 ms")
    interview.wait_for_timeout(1500)
    interview.reload()
    expect(
        interview.get_by_text("You left an interview: Stop card fraud")
    ).to_be_visible()
    interview.get_by_role("button", name="Go on").click()
    expect(interview.get_by_label("Your notes")).to_have_value(
        "Goal: fewer chargebacks\n- 80 ms"
    )
    assert clock(interview) < "6:00"


def finish(page, note="A note"):
    for number in range(9):
        page.get_by_label("Your notes").fill(f"{note} {number + 1}")
        page.get_by_role("button", name="Done with this step").click()
        page.get_by_label(re.compile("^strong" if number == 0 else "^good")).check()
        page.locator(".interview [type=checkbox]").first.check()
        page.get_by_role("button", name=re.compile("Next step|To the summary")).click()


def test_the_summary_scores_links_and_exports(interview):
    begin(interview)
    finish(interview)
    assert "null" not in interview.locator(".interview").inner_text()
    rows = interview.locator(".interview tbody tr")
    expect(rows).to_have_count(9)
    expect(rows.first).to_contain_text("strong")
    expect(rows.first).to_contain_text("1 of ")
    reading = interview.locator(".interview ul li")
    expect(reading).to_have_count(8)  # what was strong need not be read again
    for link in reading.locator("a").all():
        assert re.search(r"/steps/", link.get_attribute("href"))
    with interview.expect_download() as download:
        interview.get_by_role("button", name="Export as Markdown").click()
    text = download.value.path().read_text("utf-8")
    assert download.value.suggested_filename == "card-fraud.md"
    assert text.startswith("# Stop card fraud\n")
    assert "## 9. " in text and "A note 9" in text and "| good |" in text


def test_it_is_taken_by_keyboard_alone(interview):
    interview.get_by_role("button", name="Begin").press("Enter")
    expect(interview.locator(".interview h2")).to_be_focused()
    interview.get_by_label("Your notes").press("a")
    interview.get_by_role("button", name="Done with this step").press("Enter")
    interview.get_by_label(re.compile("^weak")).press("Space")
    interview.get_by_role("button", name="Next step").press("Enter")
    expect(interview.locator(".interview h2")).to_have_text("2. Metrics")


def test_a_second_tab_takes_over_and_the_first_one_stops(interview, address):
    begin(interview)
    other = interview.context.new_page()
    other.goto(f"{address}practice/interview/")
    other.get_by_role("button", name="Go on").click()
    expect(interview.get_by_text("goes on in another tab")).to_be_visible()
    other.get_by_label("Your notes").fill("from the second")
    interview.get_by_role("button", name="Go on here").click()
    expect(interview.get_by_label("Your notes")).to_have_value("from the second")
    expect(other.get_by_text("goes on in another tab")).to_be_visible()


@pytest.mark.parametrize(
    "state",
    [
        "not json",
        "7",
        "[]",
        '{"scenario": "gone"}',
        '{"scenario": "card-fraud", "step": 99}',
        '{"scenario": "card-fraud", "step": 0, "phase": "answer", "seed": 1, '
        '"seconds": [1], "notes": [], "asked": [], "scores": []}',
    ],
)
def test_a_malformed_state_is_ignored(page, address, state):
    page.add_init_script(f"localStorage.setItem('interview', {json.dumps(state)})")
    page.goto(f"{address}practice/interview/")
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    expect(page.get_by_text("You left an interview")).to_have_count(0)


@pytest.mark.parametrize("method", ["setItem", "getItem"])
def test_without_storage_it_says_so_and_goes_on(page, address, method):
    page.add_init_script(f"Storage.prototype.{method} = () => {{ throw new Error() }}")
    page.goto(f"{address}practice/interview/")
    begin(page)
    page.get_by_label("Your notes").fill("kept in memory")
    page.get_by_role("button", name="Done with this step").click()
    if method == "setItem":
        expect(page.get_by_role("alert")).to_contain_text(
            "does not keep this interview"
        )
    page.get_by_role("button", name="Back to the notes").click()
    expect(page.get_by_label("Your notes")).to_have_value("kept in memory")


def test_without_javascript_the_minutes_and_the_questions_are_there(
    new_context, address
):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}practice/interview/")
    expect(page.get_by_text("The interview needs JavaScript")).to_be_visible()
    expect(page.locator("article td").first).to_be_visible()
