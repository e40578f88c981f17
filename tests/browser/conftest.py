"""One Chromium, one server of the built site, and what a visit to a page shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import browser
import page_kinds
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
# Runs in the page before all else: what the policy blocked, how far things jumped.
WATCH = """
window.seen = { violations: [], shift: 0 };
document.addEventListener("securitypolicyviolation", (event) =>
  seen.violations.push(`${event.effectiveDirective} blocks ${event.blockedURI}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) seen.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


# Scoped to a module, not to the session: while Playwright runs, no other test of this
# process can start an event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            instance = browser.launch(playwright)
        except browser.NoBrowser as error:
            pytest.fail(str(error), pytrace=False)
        yield instance
        instance.close()


@pytest.fixture(scope="module")
def new_context(chromium) -> Callable[..., BrowserContext]:
    """A reader who has never been here, at a desk unless told otherwise."""

    def new_context(**options) -> BrowserContext:
        context = chromium.new_context(**({"viewport": DESK} | options))
        if options.get("java_script_enabled", True):
            context.add_init_script(WATCH)
        return context

    return new_context


@pytest.fixture
def context(new_context) -> Iterator[BrowserContext]:
    """Such a reader, for one test."""
    context = new_context()
    yield context
    context.close()


@pytest.fixture
def page(context) -> Page:
    """A page of that reader's."""
    return context.new_page()


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    """Where the built site is served: at the path that it was built for, mostly "/"."""
    home = (site / "index.html").read_text("utf-8")
    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', home)
    with browser.serve(site, urlsplit(canonical[1]).path if canonical else "/") as url:
        yield url


@pytest.fixture(scope="session")
def repo_address(site) -> Iterator[str]:
    """Where the built site is served in a folder of a host, as a fork's is."""
    with browser.serve(site, "/repo/") as url:
        yield url


@dataclass
class Visit:
    """What a reader's browser reports of one page."""

    address: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    width: int = 0
    wide: list[str] = field(default_factory=list)
    shown: dict[str, list[str]] = field(default_factory=dict)  # by colour scheme
    figures: int = 0

    def foreign(self, origin: str) -> list[str]:
        """The requests that left the site."""
        own = (origin, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


# Folded parts are opened: they must fit too.
MEASURE = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const scrolls = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(box).overflowX)) return true;
  };
  return {
    width: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll("article *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e))
      .slice(0, 5).map((e) => e.outerHTML.slice(0, 120)),
  };
}"""
FIGURES = """() => [...document.querySelectorAll("img.only-light, img.only-dark")]
  .filter((image) => image.getClientRects().length)
  .map((image) => image.getAttribute("src").replace(/(\\.dark)?\\.svg$/, "") + " " +
    (image.classList.contains("only-dark") ? "dark" : "light"))"""


@pytest.fixture(scope="module")
def visit(new_context) -> Callable[[str, list[str]], list[Visit]]:
    """Opens pages at phone width, in both colour schemes, and says what is seen."""

    def visit(address: str, uris: list[str]) -> list[Visit]:
        context = new_context(viewport=PHONE)
        seen = [_visit(context, address, uri) for uri in uris]
        context.close()
        return seen

    return visit


# Pages without the theme's script, such as those of these tests, have no scheme.
SCHEME = """(name) => [undefined, name].includes(document.body.dataset.mdColorScheme)"""


def _visit(context: BrowserContext, address: str, uri: str) -> Visit:
    seen = Visit(uri)
    page = context.new_page()
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))

    def console(message):
        # That this page's own address is missing is what 404.html is for.
        own = message.location["url"] == address + uri and "404" in message.text
        if message.type in {"error", "warning"} and not own:
            seen.errors.append(message.text)

    page.on("console", console)
    page.goto(address + uri)
    seen.violations = page.evaluate("seen.violations")
    measured = page.evaluate(MEASURE)
    seen.width, seen.wide = measured["width"], measured["wide"]
    for scheme, name in (("dark", "slate"), ("light", "default")):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(SCHEME, arg=name, timeout=2000)
        seen.shown[scheme] = page.evaluate(FIGURES)
    seen.figures = page.locator("img.only-light").count()
    page.close()
    return seen


FAIL = "throw new DOMException('', 'QuotaExceededError')"
NO_STORAGE = {
    "full": f"Storage.prototype.setItem = () => {{ {FAIL} }}",
    "unreadable": f"Storage.prototype.getItem = () => {{ {FAIL} }}",
    "disabled": f"Object.defineProperty(self, 'localStorage', {{ get() {{ {FAIL} }}}})",
}


@pytest.fixture(params=NO_STORAGE)
def no_storage(request) -> str:
    """A script after which a page's storage is full, or cannot be read, or is off."""
    return NO_STORAGE[request.param]


@pytest.fixture(scope="session")
def uris(site) -> list[str]:
    """The address of each page within the site; that of the missing page is made up."""
    pages = sorted(path.parent for path in site.rglob("index.html"))
    uris = [path.relative_to(site).as_posix() + "/" for path in pages]
    return ["" if uri == "./" else uri for uri in uris] + ["no/such/page/"]


@pytest.fixture(scope="session")
def kinds(site) -> dict[str, str]:
    """The address of one page of each kind, the largest where there are several."""
    return page_kinds.addresses(site)


@pytest.fixture(scope="module")
def live(site, repo_address):
    """Where the site is served whose notebook pages can run."""
    if not (site / "assets/pyodide/pyodide-lock.json").exists():
        pytest.fail(
            "this site's notebooks cannot run in the page: the Python for it was not "
            "fetched. Connect to the network and run `make site`",
            pytrace=False,
        )
    return repo_address
