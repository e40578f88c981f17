"""The script that recorded the timings of indexes, and the file it wrote."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import record_ann
from extract_data import DATA


def test_the_committed_file_holds_every_query_of_both_corpora():
    timings = pd.read_csv(DATA / "ann_timings.csv.gz")
    settings = timings.groupby(["vectors", "family", "knob"])["query"].apply(list)
    assert all(queries == list(range(500)) for queries in settings)
    small, large = (settings[n].index.tolist() for n in (10_000, 100_000))
    assert small == large and len(small) == 25
    assert (timings["microseconds"] > 0).all()


def test_queries_are_asked_one_at_a_time_of_each_setting_of_each_corpus(monkeypatch):
    asked = []

    class Index:
        def search(self, query, k, params):
            asked.append((query.tolist(), k, params))

    queries, small, large = (
        np.arange(4.0).reshape(2, 2),
        np.ones((3, 2)),
        np.ones((9, 2)),
    )
    notebook = SimpleNamespace(
        photo_patches=lambda: "photos",
        corpora=lambda photos: (queries, small, large),
        build=lambda vectors: [("Flat", 0, Index(), None), ("IVF", 4, Index(), "p")],
    )
    monkeypatch.setattr(record_ann, "load_exports", lambda slug: notebook)
    ticks = iter(range(0, 10**9, 1_500))
    monkeypatch.setattr(record_ann.time, "perf_counter_ns", lambda: next(ticks))
    table = record_ann.record()
    one_each = [([[0.0, 1.0]], 10), ([[2.0, 3.0]], 10)]
    assert asked == 2 * [(*q, p) for p in (None, "p") for q in one_each]
    assert table["vectors"].tolist() == 4 * [3] + 4 * [9]
    assert table["family"].tolist() == 2 * ["Flat", "Flat", "IVF", "IVF"]
    assert table["knob"].tolist() == 2 * [0, 0, 4, 4]
    assert table["query"].tolist() == 4 * [0, 1]
    assert (table["microseconds"] == 1.5).all()


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_ann.main()
