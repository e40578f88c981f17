"""Somebody searches: for a concept by another name, and from a page that is missing."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("words", "concept"),
    [("AUROC", "ROC AUC"), ("AUPRC", "PR AUC"), ("embargo", "Split gap")],
)
def test_a_concept_is_found_by_its_aliases(page, address, words, concept):
    page.goto(address)
    page.get_by_label("Search", exact=True).first.click()
    page.keyboard.type(words)
    results = page.locator(".md-search-result__link")
    expect(results.filter(has_text=concept).first).to_be_visible()
    results.filter(has_text=concept).first.click()
    page.wait_for_url("**/reference/concepts/**")


def test_a_missing_page_with_a_garbled_address_still_offers_a_search(page, address):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}no/%E0%A4%A")
    expect(page.get_by_role("searchbox", name="Search").last).to_be_visible()
    assert errors == []


def test_a_missing_page_offers_a_search_for_its_name(page, address):
    page.goto(f"{address}steps/recall-metrics/")
    field = page.get_by_role("searchbox", name="Search").last
    expect(field).to_have_value("recall metrics")
    field.press("Enter")
    page.wait_for_url("**/?q=recall+metrics")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
