"""What a reader can do: search, open, copy, switch colours, with or without a mouse."""

import json
import re

import pytest
from page_kinds import KINDS
from playwright.sync_api import expect


@pytest.fixture
def requests(page):
    """The addresses that the page asked for."""
    seen = []
    page.on("request", lambda request: seen.append(request.url))
    return seen


@pytest.fixture(scope="module")
def title(site):
    """The title of a page to search for, and its address."""
    entries = json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    return next(
        (entry["title"], entry["location"])
        for entry in entries
        if re.fullmatch("steps/[a-z-]+/", entry["location"])
        and re.fullmatch("[A-Za-z ]{8,}", entry["title"])
    )


def indices(requests):
    return [url for url in requests if url.endswith("search_index.json")]


def test_a_page_that_nobody_searches_from_does_not_fetch_the_index(
    page, address, kinds, requests
):
    page.goto(address + kinds["step"])
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    assert indices(requests) == []


@pytest.mark.parametrize("prefix", ["address", "repo_address"])
def test_search_works_by_keyboard_and_fetches_the_index_once(
    page, kinds, title, requests, prefix, request
):
    address = request.getfixturevalue(prefix)
    text, location = title
    page.goto(address + kinds["notebook"])
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Search")).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator(".md-search-result__link").first).to_contain_text(text)
    assert len(indices(requests)) == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(address + location)))


def test_the_search_is_left_with_escape(page, address):
    page.goto(address)
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Search")).not_to_be_focused()


@pytest.mark.parametrize("kind", ["step", "notebook"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_what_is_folded_opens_by_keyboard(page, address, kinds, kind, key):
    page.goto(address + kinds[kind])
    details = page.locator("article details:not([hidden])").first
    expect(details).not_to_have_attribute("open", "")
    details.locator("> summary").focus()
    page.keyboard.press(key)
    expect(details).to_have_attribute("open", "")
    page.keyboard.press(key)
    expect(details).not_to_have_attribute("open", "")


def test_the_copy_button_copies_the_code(page, context, address, kinds):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address + kinds["notebook"])
    code = page.locator(".cell pre > code").first
    code.hover()
    page.get_by_role("button", name="Copy to clipboard").first.click()
    expect(page.get_by_text("Copied to clipboard")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == code.inner_text().strip()


def test_the_colour_scheme_is_chosen_by_mouse_and_kept(page, address, kinds):
    page.emulate_media(color_scheme="light")
    page.goto(address)
    for _ in range(2):  # the system's, light, dark
        page.locator("form[data-md-component=palette] label:visible").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.goto(address + kinds["notebook"])
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_the_colour_scheme_is_chosen_by_keyboard(page, address):
    page.emulate_media(color_scheme="light")
    page.goto(address)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "__palette":
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_the_first_tab_skips_to_the_content(page, address, kinds):
    page.goto(address + kinds["step"])
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    target = skip.get_attribute("href")
    assert page.locator(target).count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_reads_without_javascript(new_context, address, kinds, kind):
    context = new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(address + kinds[kind])
    article = page.locator("article")
    expect(article.locator("h1").first).to_be_visible()
    words = article.inner_text()
    assert len(words) > (10 if kind == "missing" else 300)
    # The scheme needs the script, so the page and its figures are the light ones.
    for version, visible in (("light", True), ("dark", False)):
        for image in article.locator(f"img.only-{version}:not(details img)").all():
            expect(image).to_be_visible(visible=visible)
    for details in article.locator("details").all()[:1]:
        details.locator("> summary").click()
        expect(details.locator("> :not(summary)").first).to_be_visible()
    context.close()


def test_a_bound_value_leads_to_the_cell_that_computed_it(page, address, kinds):
    page.goto(address + kinds["step"])
    link = page.locator("a.evidence").first
    target = link.get_attribute("href")
    link.click()
    page.wait_for_url(re.compile(re.escape(target.split("#")[1]) + "$"))
    expect(page.locator(f"#{target.split('#')[1]}")).to_be_in_viewport()
