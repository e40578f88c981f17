"""Somebody who runs the cells of a notebook page in their browser."""

from __future__ import annotations

import re

from notebook_files import notebook_paths, read_notebook
from playwright.sync_api import Page, expect

SECONDS = 300  # for one notebook, on a machine that does other things too
OVER = re.compile("Done|failed|other ways")


def live_notebooks():
    """The notebooks that promise to run in the browser."""
    return [
        path
        for path in notebook_paths()
        if read_notebook(path).metadata.site.runtime == "browser"
    ]


class Reader:
    """Somebody at a notebook page, and what their browser reports."""

    def __init__(self, page: Page, address: str, slug: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("request", lambda request: self.requests.append(request.url))
        path = next(path for path in notebook_paths() if path.stem == slug)
        page.goto(f"{address}notebooks/{path.parent.name}/{slug}/")
        self.status = page.locator(".live-status")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def wait(self, text: str | re.Pattern = OVER, seconds: float = SECONDS) -> None:
        expect(self.status).to_have_text(text, timeout=1000 * seconds)

    def cell(self, number: int):
        return self.page.locator("section.cell").nth(number - 1)

    def edit(self, number: int, code: str) -> None:
        if self.cell(number).locator(".live-editor").count() == 0:
            self.press(f"Edit cell {number}")
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(code)

    def run(self, code: str) -> str:
        """What the first cell shows after this code was run in it."""
        self.edit(1, code)
        self.page.evaluate("document.querySelector('.live-status').textContent = ''")
        self.page.keyboard.press("Shift+Enter")
        self.wait()
        return self.cell(1).locator(".live-output").inner_text()

    def foreign(self) -> list[str]:
        own = (self.address, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]
