"""Regression metrics against scikit-learn and scipy.special.huber."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import special
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_pinball_loss,
    mean_squared_error,
)

nb = load_exports("regression-metrics")

EXACT = {"rel": 1e-9, "abs": 1e-12}
values = st.floats(-1e6, 1e6, allow_subnormal=False)
pairs = st.lists(st.tuples(values, values), min_size=1, max_size=30)
observed = values.filter(lambda y: abs(y) > 1e-6)
percentage_pairs = st.lists(st.tuples(observed, values), min_size=1, max_size=30)
levels = st.floats(0, 1)
deltas = st.floats(1e-3, 1e6)

METRICS = {
    "mse": nb.mse,
    "mae": nb.mae,
    "huber": lambda y_true, y_pred: nb.huber(y_true, y_pred, 2.0),
    "pinball": lambda y_true, y_pred: nb.pinball(y_true, y_pred, 0.3),
    "mape": nb.mape,
}
each_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def columns(rows):
    y_true, y_pred = zip(*rows, strict=True)
    return np.array(y_true), np.array(y_pred)


@settings(max_examples=300, deadline=None)
@given(pairs)
def test_squared_and_absolute_error_equal_scikit_learn(rows):
    y_true, y_pred = columns(rows)
    want = mean_squared_error(y_true, y_pred), mean_absolute_error(y_true, y_pred)
    got = nb.mse(y_true, y_pred), nb.mae(y_true, y_pred)
    assert got == pytest.approx(want, **EXACT)


@settings(max_examples=300, deadline=None)
@given(pairs, deltas)
def test_huber_equals_scipy(rows, delta):
    y_true, y_pred = columns(rows)
    want = special.huber(delta, y_true - y_pred).mean()
    assert nb.huber(y_true, y_pred, delta) == pytest.approx(want, **EXACT)


@settings(max_examples=300, deadline=None)
@given(pairs, levels)
def test_pinball_equals_scikit_learn(rows, alpha):
    y_true, y_pred = columns(rows)
    want = mean_pinball_loss(y_true, y_pred, alpha=alpha)
    assert nb.pinball(y_true, y_pred, alpha) == pytest.approx(want, **EXACT)


@settings(max_examples=300, deadline=None)
@given(percentage_pairs)
def test_percentage_error_equals_scikit_learn_where_nothing_is_zero(rows):
    y_true, y_pred = columns(rows)
    want = mean_absolute_percentage_error(y_true, y_pred)
    assert nb.mape(y_true, y_pred) == pytest.approx(want, **EXACT)


@pytest.mark.parametrize("seed", range(20))
def test_all_equal_the_references_on_heavy_tails_and_ties(seed):
    rng = np.random.default_rng(seed)
    y_true = rng.standard_cauchy(500).round(1) + 1e-3
    y_pred = np.where(rng.random(500) < 0.2, y_true, rng.normal(size=500))
    delta, alpha = rng.uniform(0.01, 5), rng.random()
    got = [
        nb.mse(y_true, y_pred),
        nb.mae(y_true, y_pred),
        nb.huber(y_true, y_pred, delta),
        nb.pinball(y_true, y_pred, alpha),
        nb.mape(y_true, y_pred),
    ]
    want = [
        mean_squared_error(y_true, y_pred),
        mean_absolute_error(y_true, y_pred),
        special.huber(delta, y_true - y_pred).mean(),
        mean_pinball_loss(y_true, y_pred, alpha=alpha),
        mean_absolute_percentage_error(y_true, y_pred),
    ]
    assert got == pytest.approx(want, **EXACT)


def test_values_by_hand():
    y_true, y_pred = [1, 2, -4], [2, 2, 0]
    assert nb.mse(y_true, y_pred) == pytest.approx(17 / 3)
    assert nb.mae(y_true, y_pred) == pytest.approx(5 / 3)
    assert nb.huber(y_true, y_pred) == pytest.approx((0.5 + 0 + 3.5) / 3)
    assert nb.huber(y_true, y_pred, delta=2) == pytest.approx((0.5 + 0 + 6) / 3)
    assert nb.pinball(y_true, y_pred, 0.9) == pytest.approx((0.1 + 0 + 0.4) / 3)
    assert nb.pinball(y_pred, y_true, 0.9) == pytest.approx((0.9 + 0 + 3.6) / 3)
    assert nb.mape(y_true, y_pred) == pytest.approx((1 + 0 + 1) / 3)


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_pinball_at_one_half_is_half_the_absolute_error(rows):
    y_true, y_pred = columns(rows)
    half = nb.mae(y_true, y_pred) / 2
    assert nb.pinball(y_true, y_pred, 0.5) == pytest.approx(half, **EXACT)


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_huber_runs_from_absolute_to_squared_error(rows):
    y_true, y_pred = columns(rows)
    wide, narrow = 1e7, 1e-3
    half_squared = nb.mse(y_true, y_pred) / 2
    assert nb.huber(y_true, y_pred, wide) == pytest.approx(half_squared, **EXACT)
    scaled = nb.huber(y_true, y_pred, narrow) / narrow
    assert abs(scaled - nb.mae(y_true, y_pred)) <= narrow / 2 + 1e-9 * (1 + scaled)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=25), st.integers(0, 20))
def test_the_best_constant_is_the_mean_the_median_the_quantile(whole, twentieth):
    y = np.array(whole, dtype=float)
    tried = np.unique(y)

    def lowest(metric):
        return min(metric(y, np.full(y.size, c)) for c in tried)

    def at(metric, constant):
        return metric(y, np.full(y.size, constant))

    alpha = twentieth / 20

    def pinball(y_true, y_pred):
        return nb.pinball(y_true, y_pred, alpha)

    # In exact arithmetic, since alpha * n may lie just beside a whole number.
    below = next(c for c in tried if Fraction(int((y <= c).sum()), y.size) >= alpha)
    order = np.sort(y)
    reached = np.cumsum(1 / order)
    weighted = order[np.searchsorted(reached, reached[-1] / 2 * (1 - 1e-12))]

    assert at(nb.mse, y.mean()) <= lowest(nb.mse) + 1e-9
    assert at(nb.mae, np.median(y)) <= lowest(nb.mae) + 1e-9
    assert at(nb.mape, weighted) <= lowest(nb.mape) + 1e-9
    if alpha > 0:
        assert at(pinball, below) <= lowest(pinball) + 1e-9


@each_metric
@pytest.mark.parametrize("form", [list, tuple, np.array, pd.Series])
def test_any_sequence_gives_a_python_float(metric, form):
    value = metric(form([1, 2, 3]), form([3, 2, 1]))
    assert type(value) is float
    assert value > 0


@each_metric
def test_a_perfect_forecast_costs_nothing(metric):
    assert metric([-3, 1, 1e9], [-3, 1, 1e9]) == 0


@each_metric
def test_a_table_is_aligned_by_position_not_by_its_index(metric):
    y_true, y_pred = pd.Series([1.0, 2.0], [0, 1]), pd.Series([1.0, 2.0], [1, 0])
    assert metric(y_true, y_pred) == 0


@each_metric
@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([], [], "not empty"),
        (3.0, 3.0, "must be 1-D"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "must be 1-D"),
        ([1, 2], [1], "shapes differ"),
        ([1, 2], 1, "shapes differ"),
        ([1, 2], [[1], [2]], "shapes differ"),
        ([1, np.nan], [1, 2], "finite"),
        ([1, 2], [np.nan, 2], "finite"),
        ([np.inf, 2], [1, 2], "finite"),
        ([1, 2], [1, -np.inf], "finite"),
        ([1, None], [1, 2], "finite"),
    ],
)
def test_bad_input_is_refused(metric, y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        metric(y_true, y_pred)


@pytest.mark.parametrize("delta", [0, -1, np.nan, np.inf])
def test_huber_refuses_a_delta_that_is_no_distance(delta):
    with pytest.raises(ValueError, match="delta must be a finite number > 0"):
        nb.huber([1, 2], [1, 2], delta)


@pytest.mark.parametrize("alpha", [-0.01, 1.01, 90, np.nan, np.inf])
def test_pinball_refuses_a_level_outside_0_to_1(alpha):
    with pytest.raises(ValueError, match=r"alpha must lie in \[0, 1\]"):
        nb.pinball([1, 2], [1, 2], alpha)


@pytest.mark.parametrize("y_true", [[0, 1], [-0.0, 1], [0.0, 0.0]])
def test_percentage_error_refuses_an_observed_zero(y_true):
    with pytest.raises(ValueError, match="MAPE is undefined"):
        nb.mape(y_true, [1, 1])
