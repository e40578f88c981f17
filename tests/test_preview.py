"""A preview shows pages at once, with the values of the last build."""

import json

import preview
import pytest
from evidence import Evidence
from figures import Figure
from notebook_files import notebook_paths


@pytest.fixture
def recorded():
    path = notebook_paths()[0]
    figure = Figure("<svg/>", "Two lines.", "draw")
    return {
        path.stem: Evidence(path, {"a": [1, 0.5]}, {"a": "fit"}, {"f": figure}, True)
    }


def test_a_preview_knows_what_the_last_build_found(recorded, tmp_path):
    preview.keep(recorded, tmp_path / "evidence.json")
    found = preview.recall(tmp_path / "evidence.json")
    assert {slug: found[slug] for slug in recorded} == recorded


def test_a_notebook_that_no_build_has_seen_is_known_without_results(recorded, tmp_path):
    found = preview.recall(tmp_path / "none.json")
    assert found.keys() == {path.stem for path in notebook_paths()}
    assert not any(one.executed or one.results for one in found.values())
    preview.keep(recorded, tmp_path / "evidence.json")
    found = preview.recall(tmp_path / "evidence.json")
    assert [slug for slug, one in found.items() if one.executed] == list(recorded)


def test_a_notebook_that_is_gone_is_forgotten(recorded, tmp_path):
    path = notebook_paths()[0].with_name("gone.ipynb")
    preview.keep({"gone": Evidence(path)}, tmp_path / "evidence.json")
    assert "gone" not in preview.recall(tmp_path / "evidence.json")


def test_a_stand_in_says_what_the_notebook_is_about():
    path = notebook_paths()[0]
    notebook = json.loads(path.read_text("utf-8"))
    text = preview.stand_in(path)
    assert notebook["cells"][0]["source"][0].strip() in text
    assert notebook["metadata"]["site"]["summary"] in text
    assert "make serve" in text
