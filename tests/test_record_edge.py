"""The script that recorded the timings of exported networks, and the file it wrote."""

import numpy as np
import pandas as pd
import pytest
import record_edge
from extract_data import DATA


def test_the_committed_file_holds_every_call_of_every_width():
    timings = pd.read_csv(DATA / "edge_timings.csv.gz")
    calls = timings.groupby("hidden")["call"].apply(list)
    assert tuple(calls.index) == record_edge.WIDTHS
    assert all(call == list(range(record_edge.CALLS)) for call in calls)
    assert (timings["microseconds"] > 0).all()


def test_each_call_is_timed_from_the_end_of_the_one_before(monkeypatch):
    ticks = iter(range(0, 10**9, 2_500))
    monkeypatch.setattr(record_edge.time, "perf_counter_ns", lambda: next(ticks))
    table = record_edge.record(widths=(3, 5), calls=4)
    assert table["hidden"].tolist() == [3] * 4 + [5] * 4
    assert table["call"].tolist() == 2 * list(range(4))
    assert np.all(table["microseconds"] == 2.5)


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_edge.main()
