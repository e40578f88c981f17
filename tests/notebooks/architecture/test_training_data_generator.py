"""Look-ups in logs against pandas, and the comparison of features against NumPy."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("training-data-generator")

# Few keys and a coarse grid of times, so that ties and exact hits are common.
logs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=40)
windows = st.sampled_from([0.25, 0.5, 1, 3.25, 10, math.inf])


def columns(log):
    keys, times = zip(*log, strict=True) if log else ((), ())
    return np.array(keys, dtype=np.int64), np.array(times, dtype=float) / 4


def merge_asof(events, queries, window):
    """Positions by pandas; -1 where there is none."""
    left = pd.DataFrame({"key": queries[0], "time": queries[1]})
    right = pd.DataFrame({"key": events[0], "time": events[1]})
    right["position"] = np.arange(len(right))
    merged = pd.merge_asof(
        left.rename_axis("query").reset_index().sort_values("time", kind="stable"),
        right.sort_values("time", kind="stable"),
        on="time",
        by="key",
        tolerance=None if math.isinf(window) else window,
    )
    return merged.sort_values("query")["position"].fillna(-1).to_numpy(dtype=int)


@settings(max_examples=300, deadline=None)
@given(logs, logs, windows)
def test_last_event_agrees_with_merge_asof(events, queries, window):
    events, queries = columns(events), columns(queries)
    got = nb.last_event(*events, *queries, window)
    assert got.dtype == np.int64 and got.shape == queries[0].shape
    assert got.tolist() == merge_asof(events, queries, window).tolist()


@settings(max_examples=300, deadline=None)
@given(logs, logs, windows)
def test_count_before_agrees_with_its_definition(events, queries, window):
    (key, time), queries = columns(events), columns(queries)
    wanted = [
        int(((key == k) & (t - window <= time) & (time < t)).sum())
        for k, t in zip(*queries, strict=True)
    ]
    assert nb.count_before(key, time, *queries, window).tolist() == wanted


def test_count_before_agrees_with_a_rolling_sum_of_pandas():
    rng = np.random.default_rng(0)
    for _ in range(50):
        seconds = np.sort(rng.choice(10_000, size=100, replace=False))
        key = rng.integers(3, size=100)
        one = pd.Series(1.0, index=pd.to_datetime(seconds, unit="s"))
        rolled = one.groupby(key).rolling("500s", closed="left").sum()
        got = nb.count_before(key, seconds, key, seconds, 500)
        by_key = [got[key == k] for k in np.unique(key)]
        assert np.concatenate(by_key).tolist() == rolled.fillna(0).tolist()


def test_look_ups_take_words_as_keys_lists_as_logs_and_empty_logs():
    assert nb.last_event(
        ["a", "b", "a"], [3, 1, 2], ["a", "c"], [3, 9], 5
    ).tolist() == [
        0,
        -1,
    ]
    assert nb.count_before(["a", "a"], [1, 2], ["a"], [2], 1).tolist() == [1]
    assert nb.last_event([], [], [1], [2.0], 1).tolist() == [-1]
    assert nb.count_before([1], [2.0], [], [], 1).tolist() == []


def test_the_later_position_wins_among_events_of_one_time():
    assert nb.last_event([7, 7, 7], [1, 1, 1], [7], [1], 1).tolist() == [2]


@pytest.mark.parametrize("look_up", [nb.last_event, nb.count_before])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1.0], [1], [1.0], 1), r"key and time differ: \(2,\), \(1,\)"),
        (([1], [1.0], [1], [1.0, 2.0], 1), r"key and time differ: \(1,\), \(2,\)"),
        ((1, 1.0, [1], [1.0], 1), "key and time differ"),
        (([1], [math.nan], [1], [1.0], 1), "time holds NaN or infinity"),
        (([1], [1.0], [1], [math.inf], 1), "time holds NaN or infinity"),
        (([1], [1.0], [1], [1.0], 0), "window must be positive, got 0"),
        (([1], [1.0], [1], [1.0], -1), "window must be positive"),
        (([1], [1.0], [1], [1.0], math.nan), "window must be positive"),
    ],
)
def test_look_ups_refuse_a_bad_log_or_window(look_up, arguments, message):
    with pytest.raises(ValueError, match=message):
        look_up(*arguments)


def test_mismatch_share_agrees_with_isclose():
    rng = np.random.default_rng(1)
    for _ in range(300):
        n = rng.integers(1, 30)
        served = pd.DataFrame(rng.choice([0, 1e-9, 1, -5, 1e6, np.nan], (n, 3)))
        noise = rng.choice([0, 1e-9, 1e-3], (n, 3)) * served.abs().clip(lower=1)
        rebuilt = served + noise
        rebuilt = rebuilt.mask(rng.random((n, 3)) < 0.1, rng.choice([np.nan, 2]))
        size = served.abs().clip(lower=1).fillna(1)
        same = np.isclose(rebuilt / size, served / size, rtol=0, atol=1e-6)
        wanted = 1 - (same | (served.isna() & rebuilt.isna())).mean()
        shuffled = rebuilt.sample(frac=1, random_state=0)[[2, 0, 1]]
        got = nb.mismatch_share(served, shuffled)
        assert got.index.tolist() == [0, 1, 2]
        assert got.to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-12)


def test_mismatch_share_knows_infinity_and_tolerance():
    served = pd.DataFrame({"a": [np.inf, np.inf, 1.0, 100.0]})
    rebuilt = pd.DataFrame({"a": [np.inf, 1.0, 1.05, 106.0]})
    assert nb.mismatch_share(served, rebuilt)["a"] == 0.75
    assert nb.mismatch_share(served, rebuilt, 0.1)["a"] == 0.25
    assert nb.mismatch_share(served, rebuilt, 0)["a"] == 0.75


ONE = pd.DataFrame({"a": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("served", "rebuilt", "tolerance", "message"),
    [
        (ONE.iloc[:0], ONE.iloc[:0], 0, "served has no rows"),
        (ONE, ONE.iloc[:1], 0, "hold different requests"),
        (ONE.iloc[:1], ONE, 0, "hold different requests"),
        (ONE, ONE.set_axis([0, 2]), 0, "hold different requests"),
        (ONE.set_axis([0, 0]), ONE, 0, "a request id occurs twice"),
        (ONE, ONE.set_axis([0, 0]), 0, "a request id occurs twice"),
        (ONE, ONE.rename(columns={"a": "b"}), 0, "different columns"),
        (ONE, ONE.assign(b=1), 0, "different columns"),
        (ONE, ONE, -1, "tolerance must not be negative"),
        (ONE, ONE, math.nan, "tolerance must not be negative"),
    ],
)
def test_mismatch_share_refuses_what_cannot_be_compared(
    served, rebuilt, tolerance, message
):
    with pytest.raises(ValueError, match=message):
        nb.mismatch_share(served, rebuilt, tolerance)
