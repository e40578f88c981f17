"""The script that recorded compressed networks, and the file it wrote."""

import itertools

import numpy as np
import pandas as pd
import pytest
import record_compression
from extract_data import DATA
from record_compression import Workload


def test_the_committed_file_holds_the_calls_that_the_script_asks_for():
    timings = pd.read_csv(DATA / "compression_timings.csv.gz")
    runs = timings.groupby(["kind", "layers", "zeros", "batch"])["run"].apply(list)
    wanted = {
        (w.kind, w.layers, w.zeros, w.batch) for w in record_compression.workloads()
    }
    assert set(runs.index) == wanted
    n_runs = record_compression.ROUNDS * record_compression.CALLS
    assert all(run == list(range(n_runs)) for run in runs)
    assert (timings["microseconds"] > 0).all()


def test_each_call_gets_its_own_time_and_the_first_of_a_turn_none(monkeypatch):
    ticks = itertools.accumulate([0, 5_000, 700, 100_000, 33_000, 1_000], initial=10)
    next(ticks)
    monkeypatch.setattr(record_compression.time, "perf_counter_ns", lambda: next(ticks))
    done = []
    calls = {Workload("numpy dense", (4,)): lambda: done.append(1)}
    table = record_compression.record(calls, rounds=2, calls_a_round=2)
    assert table["microseconds"].tolist() == [5.0, 0.7, 33.0, 1.0]
    assert table["run"].tolist() == [0, 1, 2, 3]
    assert len(done) == 6


def test_a_network_has_the_shapes_and_the_zeros_asked_for():
    layers = record_compression.network((300, 100), 0.9, np.random.default_rng(0))
    assert [w.shape for w, _ in layers] == [(784, 300), (300, 100), (100, 10)]
    for weights, _ in layers:
        assert np.mean(weights == 0) == pytest.approx(0.9, abs=0.002)
        kept = np.abs(weights[weights != 0])
        assert weights.dtype == np.float32 and kept.min() > 0


def test_dense_and_sparse_calls_answer_the_same():
    dense, stored = (
        record_compression.call_of(
            Workload(kind, (20, 12), 0.8, 5), np.random.default_rng(0)
        )()
        for kind in ("numpy dense", "scipy sparse")
    )
    np.testing.assert_allclose(stored, dense, rtol=1e-4, atol=1e-5)


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_compression.main()
