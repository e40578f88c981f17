"""A page costs little, does not jump, and fetches figures only where they are seen."""

import pytest
from exemptions import remaining
from page_kinds import KINDS

LIMIT = 150_000  # bytes of content, compressed, all in all
WHOLE = {"width": 1280, "height": 30_000}  # as good as reading to the end


def fetched(new_context, url, **options):
    """Address to bytes of all that a reader who comes here first is sent."""
    context = new_context(**options)
    page = context.new_page()
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(url, wait_until="networkidle")
    sizes = {request.url: request.sizes() for request in finished}
    context.close()
    return {url: size["responseBodySize"] for url, size in sizes.items()}


def test_a_step_page_read_to_its_end_costs_at_most_150_kb(new_context, address, uris):
    faults = {}
    for uri in uris:
        if uri.startswith("steps/"):
            sizes = fetched(new_context, address + uri, viewport=WHOLE)
            if (total := sum(sizes.values())) > LIMIT:
                most = sorted(sizes.items(), key=lambda item: -item[1])[:4]
                faults[uri] = f"{uri}: {total:,} bytes, most of them {most}"
    assert "\n".join(remaining("weight", faults)) == ""


def test_figures_are_fetched_where_they_are_seen_and_in_one_version(
    new_context, page, address, kinds
):
    urls = fetched(new_context, address + kinds["notebook"])
    figures = [url for url in urls if "/figures/" in url]
    assert not [url for url in figures if url.endswith(".dark.svg")]

    page.goto(address + kinds["notebook"])
    assert len(figures) < page.locator("img.only-light").count()


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "missing"])
def test_a_page_does_not_jump_while_it_loads_and_scrolls(
    page, address, kinds, kind, width
):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + kinds[kind])
    for _ in range(12):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(60)
    assert page.evaluate("seen.shift") < 0.02


def test_a_jump_is_seen(page):
    page.set_content("<p id=a>above</p><p>" + "below " * 500)
    page.wait_for_timeout(600)
    page.evaluate("document.getElementById('a').style.height = '400px'")
    page.wait_for_timeout(200)
    assert page.evaluate("seen.shift") > 0.02
