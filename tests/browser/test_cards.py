"""Somebody reviews cards in the browser."""

import json
import re

import pytest
from playwright.sync_api import expect

COUNT = re.compile(r"(\d+) due, (\d+) new today")


@pytest.fixture
def cards(page, address):
    page.goto(f"{address}practice/cards/")
    expect(page.locator(".card-face")).to_be_visible()
    return page


def counts(page):
    text = page.locator(".cards [role=status]").first.inner_text()
    return tuple(map(int, COUNT.fullmatch(text).groups()))


def test_a_card_is_reviewed_by_keyboard(cards):
    assert counts(cards) == (0, 20)
    first = cards.locator(".card-face").inner_text()
    cards.get_by_role("button", name="Show the answer").press("Enter")
    expect(cards.locator(".card-back")).to_be_visible()
    expect(cards.get_by_role("button", name=re.compile("^Good: "))).to_be_focused()
    cards.keyboard.press("4")
    assert counts(cards) == (0, 19)
    assert cards.locator(".card-face").inner_text() != first


def test_what_was_reviewed_comes_back_when_it_is_due(cards):
    cards.clock.install()
    cards.reload()
    first = cards.locator(".card-face").inner_text()
    cards.get_by_role("button", name="Show the answer").click()
    cards.get_by_role("button", name=re.compile("^Again: ")).click()
    assert counts(cards) == (0, 19)
    cards.clock.fast_forward("10:00")
    cards.reload()
    assert counts(cards) == (1, 19)
    assert cards.locator(".card-face").inner_text() == first


def test_a_step_is_chosen_and_its_cards_link_to_its_pages(cards):
    cards.get_by_label("Step", exact=True).select_option("metrics")
    cards.get_by_role("button", name="Show the answer").click()
    link = cards.get_by_role("link", name="Where the page explains it")
    expect(link).to_have_attribute("href", re.compile(r"/steps/metrics/#"))
    link.click()
    cards.wait_for_url("**/steps/metrics/#*")
    assert cards.evaluate("document.getElementById(location.hash.slice(1)) !== null")


def test_reviews_outlive_a_reload_and_can_be_forgotten(cards):
    cards.get_by_role("button", name="Show the answer").click()
    cards.get_by_role("button", name=re.compile("^Easy: ")).click()
    cards.reload()
    assert counts(cards) == (0, 19)
    cards.on("dialog", lambda dialog: dialog.accept())
    cards.get_by_role("button", name="Forget all reviews").click()
    assert counts(cards) == (0, 20)


def test_two_tabs_keep_each_others_reviews(cards, address):
    other = cards.context.new_page()
    other.goto(f"{address}practice/cards/")
    expect(other.locator(".card-face")).to_be_visible()
    for page in (cards, other):
        page.get_by_role("button", name="Show the answer").click()
        page.get_by_role("button", name=re.compile("^Easy: ")).click()
        # The other tab hears of it a moment later, and goes on to another card.
        expect(other.get_by_text(re.compile("(19|18) new today"))).to_be_visible()
    assert len(json.loads(cards.evaluate("localStorage.getItem('cards')"))) == 2


def test_it_says_when_the_next_card_comes_back_and_shows_it(page, address):
    page.clock.install()
    page.goto(f"{address}practice/cards/")
    for _ in range(20):
        page.get_by_role("button", name="Show the answer").click()
        page.get_by_role("button", name=re.compile("^Good: ")).click()
    face = page.locator(".card-face")
    expect(face).to_contain_text(re.compile(r"Nothing is due\. The next .* \d+ min\."))
    expect(face).to_be_focused()
    page.clock.run_for("11:00")
    expect(page.get_by_role("button", name="Show the answer")).to_be_visible()
    assert counts(page)[0] > 0


NUMBERS = "elapsed_days scheduled_days learning_steps reps lapses difficulty stability"
STATE = {"due": "2026-01-01"} | dict.fromkeys(NUMBERS.split(), 1)


@pytest.mark.parametrize(
    "state",
    [
        *("not json", "[]", "7", '{"ID": {"due": "x"}}', '{"ID": null}'),
        json.dumps({"ID": STATE | {"state": 99}}),
        json.dumps({"ID": STATE | {"state": 2, "stability": 0}}),
        json.dumps({"ID": STATE | {"state": 2, "lapses": "x"}}),
    ],
)
def test_malformed_reviews_are_ignored(page, address, state):
    state = state.replace("ID", "term-roc-auc")
    page.add_init_script(f"localStorage.setItem('cards', {json.dumps(state)})")
    page.goto(f"{address}practice/cards/")
    expect(page.locator(".card-face")).to_be_visible()
    assert counts(page) == (0, 20)


def test_a_review_that_can_be_read_is_due(page, address):
    kept = json.dumps({"term-roc-auc": STATE | {"state": 2}})
    page.add_init_script(f"localStorage.setItem('cards', {json.dumps(kept)})")
    page.goto(f"{address}practice/cards/")
    assert counts(page) == (1, 20)


def test_without_storage_cards_can_still_be_reviewed(page, address, no_storage):
    page.add_init_script(no_storage)
    page.goto(f"{address}practice/cards/")
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_role("button", name=re.compile("^Good: ")).click()
    assert counts(page) == (0, 19)
    expect(page.get_by_text("does not keep reviews")).to_be_visible()


def test_without_javascript_the_deck_is_offered(new_context, address):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}practice/cards/")
    expect(page.get_by_text("Reviewing needs JavaScript")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the deck").click()
    assert download.value.suggested_filename == "ml-system-design.apkg"
