"""Numeric scaling: each scaler against scikit-learn's, on columns full of ties too."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.preprocessing import (
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

nb = load_exports("numeric-scaling")

METHODS = ["raw", "standard", "min-max", "robust", "log", "quantile", "buckets"]
FEW_VALUES = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40)
MANY_VALUES = st.lists(
    st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), min_size=1, max_size=40
)
COLUMNS = st.one_of(FEW_VALUES, MANY_VALUES)


def by_scikit_learn(scaler, train, new):
    fitted = scaler.fit(np.reshape(train, (-1, 1)))
    return fitted.transform(np.reshape(new, (-1, 1)))[:, 0]


@settings(deadline=None, max_examples=300)
@given(COLUMNS, COLUMNS)
@pytest.mark.parametrize(
    ("method", "scaler"),
    [
        ("standard", StandardScaler()),
        ("min-max", MinMaxScaler()),
        ("robust", RobustScaler()),
    ],
)
def test_affine_scalers_agree_with_scikit_learn(method, scaler, train, new):
    ours = nb.fit_scaler(train, method)(new)
    expected = by_scikit_learn(scaler, train, new)
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9)


# With a power of two of steps the reference computes its own quantiles without
# rounding, which would otherwise tear tied values apart.
SIZED = st.sampled_from([2, 3, 5, 9, 17, 33]).flatmap(
    lambda n: st.lists(
        st.one_of(st.integers(-5, 5), st.integers(-(10**6), 10**6)).map(float),
        min_size=n,
        max_size=n,
    )
)


@settings(deadline=None, max_examples=400)
@given(SIZED, COLUMNS)
def test_quantiles_agree_with_scikit_learn(train, new):
    scaler = QuantileTransformer(n_quantiles=len(train))
    ours = nb.fit_scaler(train, "quantile")([*new, *train])
    expected = by_scikit_learn(scaler, train, [*new, *train])
    assert ours == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=300)
@given(COLUMNS, COLUMNS)
def test_log_is_standardised_log1p(train, new):
    train, new = np.abs(train), np.abs(new)
    expected = by_scikit_learn(StandardScaler(), np.log1p(train), np.log1p(new))
    ours = nb.fit_scaler(train, "log")(new)
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=300)
@given(COLUMNS, COLUMNS, st.integers(2, 12))
def test_buckets_follow_the_training_quantiles(train, new, n_bins):
    levels = np.linspace(0, 1, n_bins + 1)[1:-1]
    edges = np.unique(np.quantile(train, levels))
    intervals = [-np.inf, *edges, np.inf]
    codes = pd.cut(new, intervals, right=False, labels=False)
    ours = nb.fit_scaler(train, "buckets", n_bins)(new)
    assert ours.shape == (len(new), len(edges) + 1)
    assert (ours.sum(axis=1) == 1).all() and (ours.argmax(axis=1) == codes).all()


@settings(deadline=None, max_examples=200)
@given(COLUMNS, COLUMNS, st.sampled_from(METHODS[:-1]))
def test_every_scaling_keeps_the_order(train, new, method):
    train, new = np.abs(train), np.sort(np.abs(new))
    scaled = nb.fit_scaler(train, method)(new)
    assert (np.diff(scaled) >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_what_is_learnt_does_not_depend_on_the_batch(method):
    rng = np.random.default_rng(0)
    train, new = rng.lognormal(size=200), rng.lognormal(size=50)
    scale = nb.fit_scaler(train, method)
    apart = np.concatenate([scale(new[:7]), scale(new[7:])])
    assert (apart == scale(new)).all()


@pytest.mark.parametrize("method", ["standard", "min-max", "robust", "log"])
def test_a_column_without_spread_is_only_centred(method):
    scale = nb.fit_scaler([0.1] * 7, method)
    assert scale([0.1]) == pytest.approx([0.0], abs=1e-12)
    assert np.isfinite(scale([5.0])).all() and scale([5.0]) > 1


BAD = [[], [[1.0, 2.0]], 3.0, [1, math.nan], [math.inf, 1]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("values", BAD)
def test_bad_values_are_refused_when_fitted_and_when_applied(method, values):
    with pytest.raises(ValueError, match="non-empty 1-D list of finite"):
        nb.fit_scaler(values, method)
    with pytest.raises(ValueError, match="non-empty 1-D list of finite"):
        nb.fit_scaler([1, 2, 3], method)(values)


def test_log_refuses_negative_numbers_when_fitted_and_when_applied():
    with pytest.raises(ValueError, match="log needs values >= 0"):
        nb.fit_scaler([1, -1], "log")
    with pytest.raises(ValueError, match="log needs values >= 0"):
        nb.fit_scaler([1, 2], "log")([3, -1e-9])


@pytest.mark.parametrize(
    ("method", "n_bins"), [("zscore", 10), ("", 10), (None, 10), ("buckets", 1)]
)
def test_unknown_methods_and_too_few_bins_are_refused(method, n_bins):
    with pytest.raises(ValueError, match="unknown method"):
        nb.fit_scaler([1, 2], method, n_bins)
