"""The script that recorded the ladder's timings, and the file it wrote."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import record_ladder
from extract_data import DATA
from notebook_files import load_exports


def test_the_committed_file_holds_the_runs_of_the_notebook_s_models():
    timings = pd.read_csv(DATA / "ladder_timings.csv.gz")
    assert timings["rung"].unique().tolist() == list(
        load_exports("model-ladder").build_ladder()
    )
    runs = timings.groupby(["kind", "rung"])["run"].apply(list)
    for kind, n in (("fit", record_ladder.FITS), ("call", record_ladder.CALLS)):
        assert all(run == list(range(n)) for run in runs[kind])
    assert (timings["microseconds"] > 0).all()


def test_each_action_gets_its_own_time_by_the_clock(monkeypatch):
    ticks = itertools.accumulate([0, 5_000, 700, 33], initial=10)
    next(ticks)
    monkeypatch.setattr(record_ladder.time, "perf_counter_ns", lambda: next(ticks))
    done = []
    actions = [lambda i=i: done.append(i) for i in range(3)]
    assert record_ladder.times(actions) == [5.0, 0.7, 0.0]
    assert done == [0, 1, 2]


def test_models_train_on_the_past_and_answer_for_one_person_at_a_time(monkeypatch):
    seen = []

    class Model:
        def fit(self, x, y):
            seen.append(("fit", x.tolist(), y.tolist()))

        def predict_proba(self, x):
            seen.append(("call", x.tolist()))

    task = (
        np.arange(5)[:, None],
        np.array([0, 1, 0, 1, 1]),
        np.array([2017] * 3 + [2018] * 2),
    )
    notebook = SimpleNamespace(
        read_task=lambda path: task, build_ladder=lambda: {"a": Model()}
    )
    monkeypatch.setattr(record_ladder, "load_exports", lambda slug: notebook)
    table = record_ladder.record(fits=2, calls=2)
    training = ("fit", [[0], [1], [2]], [0, 1, 0])
    assert seen == [training, training, ("call", [[3]]), ("call", [[4]])]
    assert table["kind"].tolist() == ["fit", "fit", "call", "call"]
    assert table["run"].tolist() == [0, 1, 0, 1]


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_ladder.main()
