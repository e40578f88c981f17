"""Pages as they come out of a printer."""

import re

import pytest
from playwright.sync_api import expect


def printed_pages(page):
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_the_cheat_sheet_is_two_pages(page, address):
    page.goto(f"{address}practice/cheat-sheet/")
    assert page.locator(".cheat-sheet section").count() == 10
    assert printed_pages(page) == 2


@pytest.mark.parametrize("uri", ["steps/metrics/", "practice/questions/"])
def test_what_only_works_on_a_screen_is_not_printed(page, address, uri):
    page.goto(address + uri)
    page.emulate_media(media="print")
    for selector in (".md-header", ".md-sidebar", ".quiz-bar", ".concept-filter"):
        for element in page.locator(selector).all():
            expect(element).to_be_hidden()


def test_what_is_folded_is_printed(page, address):
    page.goto(f"{address}practice/questions/")
    point = page.locator(".bank-question li").first
    assert (
        point.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})") is False
    )
    page.emulate_media(media="print")
    assert (
        point.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})") is True
    )
