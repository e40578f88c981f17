"""A notebook page runs in the other browser engines too, where a machine has them.

As root on Debian or Ubuntu they are installed; elsewhere those on the PATH are used.
"""

from __future__ import annotations

import re
import shutil
import time

import browser
import pytest
from other_browsers import firefox, webkit

SECONDS = 300
ENGINES = {
    "firefox": (firefox, ("firefox-esr", "firefox"), ("firefox-esr",)),
    "webkit": (webkit, ("WebKitWebDriver",), ("webkit2gtk-driver", "xvfb", "xauth")),
}
SHOWN = """({
  status: document.querySelector(".live-status").textContent,
  states: [...document.querySelectorAll("section.cell")]
    .map((cell) => cell.dataset.liveState),
  errors: [...document.querySelectorAll(".output.error")].map((e) => e.textContent),
})"""
PRESS = """[...document.querySelectorAll(".live-bar button")]
  .find((button) => button.textContent === "Run all").click()"""


def is_there(name: str) -> bool:
    return any(map(shutil.which, ENGINES[name][1]))


@pytest.mark.parametrize(
    "name", [name for name in ENGINES if is_there(name) or browser.can_install()]
)
def test_a_notebook_runs(site, repo_address, name):
    engine, _, packages = ENGINES[name]
    if not is_there(name):
        browser.install(*packages)
    with engine() as page:
        page.goto(f"{repo_address}notebooks/metrics/ranking-metrics/")
        page.evaluate(PRESS)
        deadline = time.monotonic() + SECONDS
        while True:
            shown = page.evaluate(SHOWN)
            over = re.search("Done|failed|other ways", shown["status"])
            if over or time.monotonic() > deadline:
                break
            time.sleep(0.5)
    assert shown["errors"] == []
    assert "Done" in shown["status"]
    assert set(shown["states"]) == {"ok"}
