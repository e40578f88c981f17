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


def test_an_explorer_of_the_copy_works(page, folder, errors):
    page.goto((folder / "steps/metrics/index.html").as_uri())
    explorer = page.locator('.explorer[data-explorer="threshold"]')
    explorer.scroll_into_view_if_needed()
    numbers = explorer.locator(".explorer-numbers")
    expect(numbers).to_contain_text("precision")
    before = numbers.inner_text()
    explorer.get_by_role("slider").first.press("ArrowRight")
    assert numbers.inner_text() != before
    expect(explorer.locator("canvas")).to_have_count(1)
    assert errors == []


def test_cards_of_the_copy_are_reviewed(page, folder, errors):
    page.goto((folder / "practice/cards/index.html").as_uri())
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_role("button", name="Good: ").click()
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_role("link", name="Where the page explains it").click()
    page.wait_for_url("**/index.html#*")
    expect(page.locator("h1").first).to_be_visible()
    assert errors == []


def test_an_interview_of_the_copy_is_taken(page, folder, errors):
    page.goto((folder / "practice/interview/index.html").as_uri())
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Stop the interview").click()
    page.locator(".interview ul a").first.click()
    page.wait_for_url("**/index.html*")
    expect(page.locator("h1").first).to_be_visible()
    assert errors == []


def test_the_copy_does_not_offer_to_be_kept(page, folder):
    page.goto((folder / "index.html").as_uri())
    expect(page.get_by_role("link", name="one file")).to_have_count(0)
    expect(page.get_by_role("button", name="Keep the pages")).to_have_count(0)


def test_the_site_can_be_installed(page, address):
    page.goto(address)
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["url"] == f"{address}manifest.webmanifest"
    assert manifest["errors"] == []
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A reader who is incognito, as a test is, installs nothing.
    faults = {error["errorId"] for error in found} - {"in-incognito"}
    assert faults == set()


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
