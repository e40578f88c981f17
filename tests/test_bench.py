"""What the measures of scripts/bench.py are computed with."""

from __future__ import annotations

import json
from functools import partial

import bench
import bench_sites
import pytest
import yaml
from bench_measure import Cost, Load
from concepts import load_concepts

NAV = """\
nav:
  - Home: index.md
  - Steps:
      - Metrics:
          - steps/metrics.md
          - Ranking metrics: notebooks/metrics/ranking-metrics.ipynb
  - Reference:
      - reference/bibliography.md
"""
CONCEPTS = """\
step: metrics
terms:
  - id: roc-auc
    name: ROC AUC
    definition: An area.
    anchor: roc-auc
questions:
  - {id: one, kind: numeric, prompt: "id: what?", answer: 1, tolerance: 0, anchor: a,
     explanation: One.}
"""


def page(html=1000, opened=90_000, read=100_000, foreign=0, shift=0.0) -> Load:
    return Load(html, 300, opened, read, 9, foreign, 80.0, shift)


def test_multiplied_nav_holds_each_step_page_and_notebook_as_often_as_asked():
    steps = yaml.safe_load(bench_sites.multiplied_nav(NAV, 3))["nav"][1]["Steps"]
    assert steps[0]["Metrics"] == [
        *("steps/metrics.md", "steps/metrics-2.md", "steps/metrics-3.md"),
        {"Ranking metrics": "notebooks/metrics/ranking-metrics.ipynb"},
        {"Ranking metrics": "notebooks/metrics/ranking-metrics-2.ipynb"},
        {"Ranking metrics": "notebooks/metrics/ranking-metrics-3.ipynb"},
    ]


def test_multiplied_nav_leaves_other_pages_alone():
    nav = yaml.safe_load(bench_sites.multiplied_nav(NAV, 3))["nav"]
    assert [nav[0], nav[2]] == [yaml.safe_load(NAV)["nav"][i] for i in (0, 2)]
    assert bench_sites.multiplied_nav(NAV, 1) == NAV


def test_concepts_of_a_copied_step_are_valid_beside_the_original(tmp_path):
    (tmp_path / "metrics.yml").write_text(CONCEPTS)
    copy = bench_sites.numbered_concepts(CONCEPTS, 2)
    (tmp_path / "metrics-2.yml").write_text(copy)
    first, second = sorted(load_concepts(tmp_path), key=lambda c: c.step)
    assert second.step == "metrics-2"
    assert second.terms[0] == first.terms[0] | {"id": "roc-auc-2"}
    assert second.questions[0]["id"] == "one-2"


def test_a_copied_site_takes_its_outputs_from_the_cache(tmp_path):
    site, cache = tmp_path / "site", tmp_path / "cache"
    for name in ("docs/steps/metrics.md", "notebooks/metrics/ranking-metrics.ipynb"):
        (site / name).parent.mkdir(parents=True)
        (site / name).write_text("as it is")
    (site / "mkdocs.yml").write_text(NAV)
    cache.mkdir()
    (cache / "ranking-metrics.0123.json").write_text("outputs")
    bench_sites.multiply(site, 2, cache)
    kept = site / ".cache" / "notebooks"
    assert (site / "docs/steps/metrics-2.md").read_text() == "as it is"
    assert (site / "notebooks/metrics/ranking-metrics-2.ipynb").exists()
    assert (kept / "ranking-metrics.0123.json").read_text() == "outputs"
    assert (kept / "ranking-metrics-2.0123.json").read_text() == "outputs"


@pytest.mark.parametrize(("page", "copied"), [("{{ questions }}", 1), ("title", 0)])
def test_the_concepts_go_with_a_page_that_asks_about_them(tmp_path, page, copied):
    files = {
        "docs/steps/metrics.md": page,
        "docs/concepts/metrics.yml": CONCEPTS,
        "notebooks/metrics/ranking-metrics.ipynb": "",
        "mkdocs.yml": NAV,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    bench_sites.multiply(tmp_path, 2, tmp_path / "cache")
    assert len(list(tmp_path.glob("docs/concepts/metrics-2.yml"))) == copied


def test_each_change_of_a_notebook_is_another_one_and_in_its_code(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["x = 1\n", "x"]},
    ]
    path.write_text(json.dumps({"cells": cells}))
    seen = set()
    for _ in range(3):
        bench_sites.change_notebook(path)
        prose, code = json.loads(path.read_text())["cells"]
        assert prose == cells[0]
        assert code["source"].startswith("x = 1\nx\n# ")
        seen.add(code["source"])
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("costs", "expected"),
    [((10, 14, 29), 1.0), ((10, 14, 44), 2.0), ((10, 18, 33), 0.5)],
)
def test_growth_compares_what_a_copy_adds_whatever_the_fixed_cost(costs, expected):
    assert bench.growth(costs, (1, 5, 20)) == pytest.approx(expected)


def test_growth_from_nothing_is_not_called_linear():
    assert bench.growth((10, 10, 20), (1, 5, 20)) > bench.NOISE


def test_typical_is_the_median_time_and_the_highest_peak(monkeypatch):
    built = iter([Cost(5, 4, 90), Cost(3, 2, 100), Cost(4, 3, 80)])
    monkeypatch.setattr(bench, "build", lambda tool, label: next(built))
    changes = []
    change = partial(changes.append, "changed")
    assert bench.typical(None, "", change) == Cost(4, 3, 100)
    assert len(changes) == 3


def test_typical_runs_once_what_takes_long(monkeypatch):
    slow = Cost(bench.CHEAP, 1, 1)
    built = iter([slow])
    monkeypatch.setattr(bench, "build", lambda tool, label: next(built))
    assert bench.typical(None, "") == slow


def test_table_aligns_numbers_to_the_right():
    lines = bench.table("Title", "name|value", [["a", 1.25], ["bcdef", 10]])
    assert lines.splitlines() == [
        *("", "Title", "------------"),
        *("name   value", "a       1.25", "bcdef     10"),
    ]


def aims(cold=10.0, again=2.0, time=20, mib=200, index=1e6, **load) -> dict[str, str]:
    """Each aim by its first words, and whether it is met."""
    costs = {
        "cold": {"ours": Cost(cold, 1, 1), "mkdocs-jupyter": Cost(20, 1, 1)},
        "nothing changed": {"ours": Cost(again, 1, 1)},
    }
    loads = {
        "notebook page": {"ours": page(**load), "mkdocs-jupyter": page(html=8000)},
        "step page": {"ours": page(**load)},
    }
    scales = {
        count: bench.Scale(None, cost, index, 1)
        for count, cost in (
            (1, Cost(1, 1, 10)),
            (5, Cost(5, 1, 50)),
            (20, Cost(time, 1, mib)),
        )
    }
    rows = bench.report_aims(costs, loads, scales).splitlines()[4:]
    return {row.split(":")[0].split("  ")[0]: row.split()[-1] for row in rows}


def test_aims_are_met_by_what_meets_them():
    assert set(aims().values()) == {"met"}
    assert len(aims()) == 10


@pytest.mark.parametrize(
    ("measured", "aim"),
    [
        ({"cold": 12.6}, "cold build 1.6 times as fast as mkdocs-jupyter"),
        ({"again": 3.1}, "nothing changed"),
        ({"html": 1001}, "notebook page"),
        ({"opened": 150_001}, "step page, opened"),
        ({"read": 150_001}, "step page, read to its end"),
        ({"shift": 0.001}, "no layout shift"),
        ({"foreign": 1}, "no request to a third party"),
        ({"time": 24}, "time grows at most linearly"),
        ({"mib": 240}, "memory grows at most linearly"),
        ({"index": 2_000_000}, "search index at x20"),
    ],
)
def test_an_aim_that_is_missed_is_the_only_one_called_so(measured, aim):
    assert [name for name, met in aims(**measured).items() if met != "met"] == [aim]


def test_a_copy_keeps_only_the_notebooks_asked_for_and_no_word_of_the_others(tmp_path):
    names = ("ranking-metrics", "detection-map")
    for name in names:
        path = tmp_path / f"notebooks/metrics/{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[one](detection-map.ipynb#x) and [two](ranking-metrics.ipynb)")
    page, concepts, config = (
        tmp_path / name
        for name in ("docs/steps/a.md", "docs/concepts/a.yml", "mkdocs.yml")
    )
    concepts.parent.mkdir(parents=True)
    page.parent.mkdir(parents=True)
    page.write_text("# A\n\nKept {{ ranking-metrics.n }}.\n\n{{ detection-map.n }}")
    concepts.write_text(
        "step: a\nterms:\n  - id: one\n    notebook: detection-map\n  - id: two\n"
        "questions:\n  - id: three\n    figure: detection-map.b\n  - id: four\n"
    )
    config.write_text(
        "nav:\n  - a: detection-map.ipynb\n  - b: ranking-metrics.ipynb\n"
    )
    bench_sites.keep_only({"ranking-metrics"}, tmp_path, tmp_path / "notebooks")
    kept = [path.stem for path in tmp_path.rglob("*.ipynb")]
    assert kept == ["ranking-metrics"]
    text = (tmp_path / "notebooks/metrics/ranking-metrics.ipynb").read_text()
    assert text == "one and [two](ranking-metrics.ipynb)"
    assert page.read_text() == "# A\n\nKept {{ ranking-metrics.n }}.\n\n"
    assert concepts.read_text() == (
        "step: a\nterms:\n  - id: two\nquestions:\n  - id: four\n"
    )
    assert config.read_text() == "nav:\n  - b: ranking-metrics.ipynb\n"
