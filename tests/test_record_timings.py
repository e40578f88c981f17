"""The script that recorded the timings, and the file it wrote."""

import itertools

import numpy as np
import pandas as pd
import pytest
import record_timings
from extract_data import DATA


def test_the_committed_file_holds_the_calls_that_the_script_asks_for():
    timings = pd.read_csv(DATA / "latency.csv.gz")
    calls = timings.groupby(["width", "batch"])["call"].apply(list).to_dict()
    assert calls == {
        (width, batch): list(range(n)) for width, batch, n in record_timings.WORKLOADS
    }
    assert (timings["microseconds"] > 0).all()


def test_each_call_gets_its_own_time_by_the_clock(monkeypatch):
    ticks = itertools.accumulate([0, 5_000, 700, 33], initial=10)
    next(ticks)
    monkeypatch.setattr(record_timings.time, "perf_counter_ns", lambda: next(ticks))
    table = record_timings.record([(8, 2, 3)])
    assert table["microseconds"].tolist() == [5.0, 0.7, 0.0]
    assert table["call"].tolist() == [0, 1, 2]
    assert (table[["width", "batch"]] == [8, 2]).all().all()


def test_the_timed_network_is_the_one_described():
    model = record_timings.layers(16, np.random.default_rng(0))
    assert [weights.shape for weights, _ in model] == [(64, 16), (16, 16), (16, 10)]
    assert all(part.dtype == np.float32 for layer in model for part in layer)
    images = np.random.default_rng(1).random((5, 64), dtype=np.float32)
    hidden = images.astype(float)
    for weights, bias in model[:-1]:
        hidden = np.maximum(np.einsum("ni,io->no", hidden, weights) + bias, 0)
    weights, bias = model[-1]
    scores = np.einsum("ni,io->no", hidden, weights) + bias
    assert record_timings.predict(model, images).tolist() == list(scores.argmax(axis=1))


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_timings.main()
