"""Somebody reads without a network, from a folder or from what the browser kept."""

import zipfile

import offline_copy
import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory):
    """Where the copy was unpacked."""
    place = tmp_path_factory.mktemp("copy")
    with zipfile.ZipFile(site / offline_copy.NAME) as archive:
        archive.extractall(place)
    return place / "ml-system-design"


@pytest.fixture
def errors(page):
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    # The theme asks for the sitemap, which no browser lets a page in a folder read.
    page.on(
        "console",
        lambda message: (
            found.append(message.text)
            if message.type == "error"
            and "sitemap.xml" not in message.text
            and "sitemap.xml" not in message.location["url"]
            else None
        ),
    )
    return found


def test_the_copy_is_read_and_searched_from_its_folder(page, folder, errors):
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="Metrics").first.click()
    page.wait_for_url("**/steps/metrics/index.html")
    figure = page.locator("img.only-light").first
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_js_property("complete", True)
    page.get_by_label("Search", exact=True).first.click()
    page.keyboard.type("AUROC")
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url("**/index.html*")
    expect(page.locator("h1").first).to_be_visible()
    assert errors == []


def test_the_quiz_of_the_copy_works(page, folder, errors):
    page.goto((folder / "steps/metrics/index.html").as_uri())
    page.locator(".questions input").first.check()
    page.get_by_role("button", name="Check").first.click()
    expect(page.locator(".quiz-verdict").first).not_to_be_empty()
    assert errors == []


def test_kept_pages_open_without_a_network(new_context, address):
    context = new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Keep the pages in this browser").click()
    status = page.locator(".keep-offline [role=status]")
    expect(status).to_contain_text("All pages are kept", timeout=60_000)
    context.set_offline(True)
    page.goto(f"{address}steps/data/")
    expect(page.locator("h1")).to_have_text("Data collection and preparation¶")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.page-facts')).display")
        == "flex"
    )


def test_keeping_fails_with_a_sentence(new_context, address):
    context = new_context()
    page = context.new_page()
    page.goto(address)
    context.set_offline(True)
    page.get_by_role("button", name="Keep the pages in this browser").click()
    status = page.locator(".keep-offline [role=status]")
    expect(status).to_contain_text("Not all pages could be kept")
