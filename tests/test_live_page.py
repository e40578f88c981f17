"""Pages of notebooks that run in the browser get the controls, and others do not."""

import json
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import content_security_policy
import live_page
import live_runtime
import nbformat
import pytest
from site_content import Notebook

HTML = '<h1>T</h1><section class="cell" id="cell-a"></section><section class="cell">'


def notebook(runtime):
    cells = [nbformat.v4.new_code_cell("import numpy as np")]
    metadata = {"site": {"runtime": runtime}}
    executed = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return Notebook(Path("notebooks/metrics/a.ipynb"), executed, None)


PIN = sha256(b"numpy").hexdigest()


@pytest.fixture
def runtime(monkeypatch, tmp_path):
    """A complete runtime of one package."""
    (tmp_path / "numpy.whl").write_bytes(b"numpy")
    lock = {"info": {"python": "3.12.7"}, "packages": {"numpy": {"version": "2.0.2"}}}
    monkeypatch.setattr(live_runtime, "missing", lambda folder: {})
    monkeypatch.setattr(live_runtime, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(live_runtime, "read_lock", lambda folder: lock)
    monkeypatch.setattr(live_runtime, "closure", lambda lock, names: list(names))
    monkeypatch.setattr(live_runtime, "pinned", lambda *_: {"numpy.whl": {PIN}})


class Config(HTMLParser):
    """Reads what a page tells its script."""

    def handle_starttag(self, tag, attrs):
        if "data-live" in dict(attrs):
            self.value = json.loads(dict(attrs)["data-live"])


def test_the_controls_stand_before_the_first_cell_and_know_where_things_are(runtime):
    html = live_page.add_controls(HTML, notebook("browser"))
    assert html.index("<h1>") < html.index("live-bar") < html.index('id="cell-a"')
    assert html.count("live-bar") == 1
    parser = Config()
    parser.feed(html)
    config = parser.value
    assert config["packages"] == ["numpy"]
    assert config["folder"] == "notebooks/metrics"
    assert config["worker"] == "../../../assets/live/worker.js"
    assert config["data"] == "../../data/"
    assert config["notebook"] == "../a.ipynb"
    assert "numpy 2.0.2" in html


def test_a_notebook_for_the_reader_s_own_machine_keeps_its_page(runtime):
    assert live_page.add_controls(HTML, notebook("local")) == HTML


def test_a_build_without_the_runtime_says_so(monkeypatch):
    monkeypatch.setattr(live_runtime, "missing", lambda folder: {"pyodide.mjs": set()})
    html = live_page.add_controls(HTML, notebook("browser"))
    assert "not available" in html
    assert not live_page.is_live(html)


def test_only_live_pages_may_compile_webassembly(runtime):
    head = '<meta charset="utf-8">'
    page = head + live_page.add_controls(HTML, notebook("browser"))
    assert live_page.is_live(page)
    assert not live_page.is_live(head + HTML)
    policy = content_security_policy.add_policy(page, live=True)
    assert "'wasm-unsafe-eval'" in policy
    assert "worker-src 'self' blob:" in policy
    assert "'unsafe-eval'" not in policy
    assert "wasm" not in content_security_policy.add_policy(head + HTML)
