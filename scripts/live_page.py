"""What a notebook page gets so that its cells run in the reader's browser."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path

import live_runtime
from figures import DARK
from site_content import Notebook, relative_url

FIRST_CELL = '<section class="cell"'
_MARK = " data-live="
_UNAVAILABLE = (
    '<p class="live-note" data-search-exclude>Running the cells here is not available '
    "in this build of the site: the Python for it could not be fetched. Download the "
    "notebook to run it.</p>"
)
_CONTROLS = """\
<link rel="stylesheet" href="{style}">
<div class="live-bar" data-search-exclude role="group" aria-label="Run this notebook"\
 data-live="{config}"></div>
<details class="live-notes" data-search-exclude>
<summary>These cells run in your browser</summary>
<p>With JavaScript on, press Run: there is nothing to install, and nothing leaves your
browser. The first press loads {megabytes} MB, which your browser keeps: Python {python}
with {packages},
compiled to WebAssembly. It differs from the Python on your machine in three ways:</p>
<ul>
<li>NumPy's default integer has 32 bits and overflows without a warning: ask for
<code>dtype=np.int64</code> where numbers grow.</li>
<li><code>np.linalg.inv</code>, <code>solve</code> and <code>cholesky</code> return NaN
where they would raise, and division by zero or a logarithm of zero does not warn.</li>
<li>There are no threads, no processes and no network.</li>
</ul>
</details>
<script type="module" src="{script}"></script>
"""


def add_controls(html: str, notebook: Notebook) -> str:
    """A notebook page's HTML with the controls before its first code cell.

    A notebook with another runtime than `browser` keeps its HTML.
    """
    if notebook.facts.get("runtime") != "browser":
        return html
    controls = _controls(notebook) if is_available() else _UNAVAILABLE
    return html.replace(FIRST_CELL, controls + FIRST_CELL, 1)


def is_available() -> bool:
    """Whether the whole runtime is there to be published."""
    return not live_runtime.missing(live_runtime.cache_folder())


def is_live(html: str) -> bool:
    """Whether a page has the controls that run its cells."""
    return _MARK in html


def _controls(notebook: Notebook) -> str:
    folder, uri = live_runtime.cache_folder(), notebook.uri
    lock = live_runtime.read_lock(folder)
    imported = live_runtime.imported(notebook.executed)
    packages = live_runtime.closure(lock, imported)
    size = sum(part.size for part in live_runtime.parts(folder, packages).values())
    config = {
        "worker": relative_url("assets/live/worker.js", uri),
        "offline": relative_url("offline.js", uri),
        "style": relative_url("notebooks/matplotlibrc", uri),
        "data": relative_url("notebooks/data/", uri),
        "notebook": f"../{notebook.path.name}",
        "folder": str(Path(uri).parent),
        "packages": packages,
        "dark": DARK,
    }
    versions = [f"{name} {lock['packages'][name]['version']}" for name in imported]
    return _CONTROLS.format(
        style=relative_url("assets/live/live.css", uri),
        script=relative_url("assets/live/page.js", uri),
        config=escape(json.dumps(config, separators=(",", ":"))),
        megabytes=round(size / 1e6),
        python=lock["info"]["python"],
        packages=", ".join(versions) or "its standard library",
    )


def publish_runtime(notebooks: Iterable[Notebook], site: Path) -> None:
    """Puts the runtime into the site, with the packages that live notebooks import."""
    if not is_available():
        return
    packages = {
        package: None
        for notebook in notebooks
        if notebook.facts.get("runtime") == "browser"
        for package in live_runtime.imported(notebook.executed)
    }
    target = site / "assets" / "pyodide"
    live_runtime.publish(live_runtime.cache_folder(), packages, target)
