"""What tests share: the built site."""

from pathlib import Path

import pytest
from notebook_files import ROOT

SOURCES = ("docs", "notebooks", "overrides", "scripts", "mkdocs.yml")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps a file's tests, which share a browser, with one worker.

    Not those that run a notebook each: they take minutes together, so all workers do.
    """
    for item in items:
        if item.path.name != "test_live_notebooks.py":
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site; a failure, never a skip, when it is not of these sources."""
    built = ROOT / "site" / "404.html"
    if not built.exists():
        pytest.fail("there is no built site: run `make site`", pytrace=False)
    files = [
        path
        for source in SOURCES
        for path in [ROOT / source, *(ROOT / source).rglob("*")]
        if path.is_file() and path.suffix != ".pyc"
    ]
    newest = max(files, key=lambda path: path.stat().st_mtime)
    if newest.stat().st_mtime > built.stat().st_mtime:
        name = newest.relative_to(ROOT)
        pytest.fail(f"{name} is newer than the site: run `make site`", pytrace=False)
    return built.parent
