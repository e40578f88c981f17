"""The burn rates of the notebook against pandas' rolling sums."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("failures-and-alarms")

minutes = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=60
)
slos = st.sampled_from([0.5, 0.9, 0.999])


def counts(pairs):
    """(bad, total), of which many minutes have no request at all."""
    bad = np.array([min(pair) for pair in pairs])
    return bad, np.array([max(pair) for pair in pairs])


def rolling(bad, total, slo, window):
    lost, seen = (
        pd.Series(x, dtype=float).rolling(window, min_periods=1).sum()
        for x in (bad, total)
    )
    return (lost / seen).fillna(0).to_numpy() / (1 - slo)


@settings(max_examples=300, deadline=None)
@given(minutes, slos, st.integers(1, 80))
def test_burn_rate_is_a_rolling_error_rate(pairs, slo, window):
    bad, total = counts(pairs)
    expected = rolling(bad, total, slo, window)
    np.testing.assert_allclose(
        nb.burn_rate(bad, total, slo, window), expected, rtol=1e-9, atol=1e-9
    )


@settings(max_examples=200, deadline=None)
@given(minutes, st.integers(1, 30), st.integers(1, 30), st.floats(0.1, 20))
def test_alert_needs_both_windows(pairs, long, short, threshold):
    bad, total = counts(pairs)
    slow, fast = (rolling(bad, total, 0.9, w) for w in (long, short))
    clear = np.minimum(abs(slow - threshold), abs(fast - threshold)) > 1e-9
    expected = (slow > threshold) & (fast > threshold)
    got = nb.burn_alert(bad, total, 0.9, long, short, threshold)
    assert (got == expected)[clear].all()


def test_steady_errors_at_the_budget_burn_at_one():
    rate = nb.burn_rate(np.ones(100), np.full(100, 1000), 0.999, 60)
    np.testing.assert_allclose(rate, 1)


def test_alert_stops_with_the_short_window():
    bad = np.r_[np.full(60, 50), np.zeros(60)]
    fires = nb.burn_alert(bad, np.full(120, 100), 0.999, 60, 5, 14.4)
    assert fires[59] and fires[63] and not fires[65:].any()


@pytest.mark.parametrize(
    "arguments",
    [
        ([], [], 0.9, 5),
        ([1], [1, 2], 0.9, 5),
        ([[1]], [[1]], 0.9, 5),
        ([2], [1], 0.9, 5),
        ([-1], [1], 0.9, 5),
        ([np.nan], [1], 0.9, 5),
        ([1], [np.inf], 0.9, 5),
        ([1], [1], 1, 5),
        ([1], [1], 0, 5),
        ([1], [1], 0.9, 0),
        ([1], [1], 0.9, 2.5),
        ([1], [1], 0.9, np.nan),
    ],
)
def test_bad_input_is_refused(arguments):
    with pytest.raises(ValueError):
        nb.burn_rate(*arguments)
    with pytest.raises(ValueError):
        nb.burn_alert(*arguments, 5, 1.0)
