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


def test_the_clock_of_a_tab_behind_another_one_goes_on(interview):
    interview.clock.install()
    interview.reload()
    begin(interview)
    for _ in range(3):
        interview.clock.fast_forward(60_000)  # such a tab is woken once a minute
    assert clock(interview) in {"3:00", "2:59"}
    interview.clock.fast_forward(3_600_000)  # the laptop slept
    assert clock(interview).startswith("1:5")


def test_the_interviewer_asks_and_then_follows_up(interview, address):
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
    bank = interview.request.get(f"{address}assets/practice/interview.json").json()
    mine = {
        q["prompt"]: q["follow_ups"]
        for q in bank["questions"]
        if q["step"] == "problem-formulation" and q["product"] in {"fraud", "any"}
    }
    for prompt, follow_up in zip(texts[::2], texts[1::2], strict=True):
        assert follow_up in mine[prompt]
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


def test_the_summary_is_printed_without_its_buttons(interview):
    interview.add_init_script("window.print = () => { window.printed = true }")
    interview.reload()
    interview.get_by_label("Scenario").select_option("card-fraud")
    begin(interview)
    interview.get_by_label("Your notes").fill("Goal: fewer chargebacks")
    interview.get_by_role("button", name="Stop the interview").click()
    interview.get_by_role("button", name="Print").click()
    assert interview.evaluate("window.printed")
    interview.emulate_media(media="print")
    expect(interview.get_by_text("Goal: fewer chargebacks")).to_be_visible()
    expect(interview.locator(".interview tbody tr")).to_have_count(9)
    expect(interview.get_by_role("button", name="Begin anew")).to_be_hidden()


def test_an_interview_that_was_stopped_can_go_on(interview):
    begin(interview)
    interview.get_by_role("button", name="Done with this step").click()
    interview.get_by_role("button", name="Next step").click()
    interview.get_by_role("button", name="Stop the interview").click()
    expect(interview.locator(".interview h2")).to_contain_text("summary")
    interview.reload()
    interview.get_by_role("button", name="Go on").click()
    interview.get_by_role("button", name="Back to the interview").click()
    expect(interview.locator(".interview h2")).to_have_text("2. Metrics")


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


STATE = {
    "scenario": "card-fraud",
    "step": 0,
    "phase": "answer",
    "seed": 1,
    "seconds": [0] * 9,
    "notes": [""] * 9,
    "asked": [0] * 9,
    "scores": [None] * 9,
    "facts": [],
}


def test_a_state_that_can_be_read_is_offered(page, address):
    kept = json.dumps(json.dumps(STATE))
    page.add_init_script(f"localStorage.setItem('interview', {kept})")
    page.goto(f"{address}practice/interview/")
    expect(page.get_by_text("You left an interview")).to_be_visible()


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
        json.dumps(STATE | {"facts": 5}),
        json.dumps(STATE | {"asked": [-1] * 9}),
        json.dumps(STATE | {"scores": [{"said": [0], "level": {}}] * 9}),
        json.dumps(STATE | {"stopped": "map"}),
    ],
)
def test_a_malformed_state_is_ignored(page, address, state):
    page.add_init_script(f"localStorage.setItem('interview', {json.dumps(state)})")
    page.goto(f"{address}practice/interview/")
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    expect(page.get_by_text("You left an interview")).to_have_count(0)


def test_without_storage_it_says_so_and_goes_on(page, address, no_storage):
    page.add_init_script(no_storage)
    page.goto(f"{address}practice/interview/")
    begin(page)
    page.get_by_label("Your notes").fill("kept in memory")
    page.get_by_role("button", name="Done with this step").click()
    if "getItem" not in no_storage:
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
