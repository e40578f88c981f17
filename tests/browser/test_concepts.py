"""Somebody looks up a term: in the concept index, and on a page where it is used."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def term(page, address):
    page.goto(f"{address}steps/metrics/")
    found = page.locator('a.term[href$="#roc-auc"]')
    # What starts as the reader comes near must not move it from under the pointer.
    found.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    return found


def definition(term):
    return term.locator("xpath=following-sibling::*[1]")


def test_a_definition_shows_while_its_term_is_pointed_at(term):
    expect(definition(term)).to_be_hidden()
    term.hover()
    expect(definition(term)).to_be_visible()
    expect(definition(term)).to_be_in_viewport(ratio=1)


def test_a_definition_shows_by_keyboard_and_escape_hides_it(page, term):
    term.focus()
    expect(definition(term)).to_be_visible()
    page.keyboard.press("Escape")
    expect(definition(term)).to_be_hidden()


def test_a_pointer_can_go_to_the_definition_and_escape_hides_it(page, term):
    term.hover()
    definition(term).hover()
    expect(definition(term)).to_be_visible()
    page.keyboard.press("Escape")
    expect(definition(term)).to_be_hidden()
    page.mouse.move(0, 0)
    term.hover()
    expect(definition(term)).to_be_visible()


def test_on_a_phone_a_tap_defines_and_a_second_one_follows(new_context, address):
    context = new_context(viewport={"width": 320, "height": 640}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}steps/metrics/")
    term = page.locator('a.term[href$="#roc-auc"]')
    term.tap()
    expect(definition(term)).to_be_visible()
    expect(definition(term)).to_be_in_viewport(ratio=1)
    assert "/steps/metrics/" in page.url
    term.tap()
    page.wait_for_url("**/reference/concepts/#roc-auc")


def test_the_index_narrows_to_what_is_typed(page, address):
    page.goto(f"{address}reference/concepts/")
    everything = page.locator(".concept").count()
    page.get_by_label("Filter").fill("AUROC")
    expect(page.locator(".concept:visible")).to_have_count(1)
    expect(page.get_by_role("heading", name="ROC AUC")).to_be_visible()
    expect(page.locator(".glossary h2:visible")).to_have_text(["R"])
    expect(page.locator(".concept-filter [role=status]")).to_have_text(
        f"1 of {everything} terms"
    )
    page.get_by_label("Filter").fill("no such term")
    expect(page.locator(".concept:visible")).to_have_count(0)
    page.goto(f"{address}reference/concepts/#precision")
    expect(page.locator(".concept:visible")).to_have_count(everything)


def test_without_javascript_every_term_is_there(new_context, address):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}reference/concepts/#roc-auc")
    expect(page.get_by_role("heading", name="ROC AUC")).to_be_in_viewport()
