"""Missing values: the masks hit their share, and Rubin's rules against plain sums."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.impute import KNNImputer
from sklearn.neighbors import KNeighborsRegressor

nb = load_exports("missing-values")


class Fixed:
    """Stands in for a generator whose uniform numbers are known."""

    def __init__(self, uniform):
        self.uniform = uniform

    def random(self, size):
        assert size == len(self.uniform)
        return self.uniform


def chances(driver, share, strength):
    """The chance of a blank for each value, by halving an interval 200 times."""
    z = [strength * (v - statistics.fmean(driver)) for v in driver]
    spread = statistics.pstdev(driver)
    z = [v / spread for v in z] if spread else [0.0] * len(z)

    def at(cut):
        return [0.5 * (1 + math.tanh((v + cut) / 2)) for v in z]

    low, high = -1e3 - max(map(abs, z)), 1e3 + max(map(abs, z))
    for _ in range(200):
        middle = (low + high) / 2
        if statistics.fmean(at(middle)) < share:
            low = middle
        else:
            high = middle
    return np.array(at(low))


DRIVERS = st.lists(st.integers(-50, 50), min_size=2, max_size=40).filter(
    lambda values: len(set(values)) > 1
)


@settings(deadline=None, max_examples=400)
@given(DRIVERS, st.floats(0.02, 0.98), st.floats(-8, 8), st.integers(0, 2**32))
def test_a_mask_follows_the_logistic_chances_with_the_share_asked_for(
    driver, share, strength, seed
):
    uniform = np.random.default_rng(seed).random(len(driver))
    expected = chances(driver, share, strength)
    assert expected.mean() == pytest.approx(share, abs=1e-9)
    mask = nb.missing_mask(driver, share, strength, Fixed(uniform))
    clear = abs(uniform - expected) > 1e-9
    assert mask.dtype == bool
    assert (mask == (uniform < expected))[clear].all()
    assert nb.missing_mask(driver, share, strength, Fixed(expected - 1e-9)).all()
    assert not nb.missing_mask(driver, share, strength, Fixed(expected + 1e-9)).any()


@settings(deadline=None, max_examples=100)
@given(DRIVERS, st.floats(0.02, 0.98), st.floats(0.1, 60), st.integers(0, 2**32))
def test_a_larger_driver_is_missing_at_least_as_often(driver, share, strength, seed):
    u = np.random.default_rng(seed).random()
    mask = nb.missing_mask(driver, share, strength, Fixed(np.full(len(driver), u)))
    ordered = mask[np.argsort(driver, kind="stable")]
    assert (np.diff(ordered.astype(np.int64)) >= 0).all()


def test_strength_zero_ignores_the_driver_even_when_it_is_constant():
    rng = np.random.default_rng(0)
    mask = nb.missing_mask(np.full(50_000, 7.0), 0.3, 0, rng)
    assert mask.mean() == pytest.approx(0.3, abs=5 * math.sqrt(0.21 / 50_000))


@pytest.mark.parametrize(
    ("driver", "share", "strength", "message"),
    [
        ([], 0.4, 1, "non-empty"),
        ([[1.0, 2.0]], 0.4, 1, "non-empty"),
        ([1, math.nan], 0.4, 1, "finite"),
        ([1, math.inf], 0.4, 1, "finite"),
        ([1, 2], 0, 1, r"share must be in \(0, 1\)"),
        ([1, 2], 1, 1, r"share must be in \(0, 1\)"),
        ([1, 2], math.nan, 1, r"share must be in \(0, 1\)"),
        ([1, 2], 0.4, math.inf, "strength finite"),
        ([1, 2], 0.4, math.nan, "strength finite"),
        ([3, 3, 3], 0.4, 1, "constant driver"),
        ([0.1, 0.1, 0.1], 0.4, 1, "constant driver"),
    ],
)
def test_a_mask_says_what_is_wrong(driver, share, strength, message):
    with pytest.raises(ValueError, match=message):
        nb.missing_mask(driver, share, strength, np.random.default_rng(0))


TABLES = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)), min_size=2, max_size=30
)


@settings(deadline=None, max_examples=400)
@given(TABLES)
def test_pooling_follows_rubins_rules(tables):
    estimates, variances = zip(*tables, strict=True)
    m = len(tables)
    within = statistics.fmean(variances)
    between = statistics.variance(estimates)
    total = within + between + between / m
    estimate, error, freedom = nb.pool_estimates(estimates, variances)
    assert estimate == pytest.approx(statistics.fmean(estimates), rel=1e-9, abs=1e-6)
    assert error == pytest.approx(math.sqrt(total), rel=1e-9)
    if between > 1e-6 * within:
        increase = (between + between / m) / within
        expected = (m - 1) * (1 + 1 / increase) ** 2
        assert freedom == pytest.approx(expected, rel=1e-6)
    assert freedom >= m - 1


def test_tables_that_agree_add_no_variance():
    assert nb.pool_estimates([2, 2, 2], [4, 4, 4]) == (2.0, 2.0, math.inf)


@pytest.mark.parametrize(
    ("estimates", "variances", "message"),
    [
        ([], [], "two or more"),
        ([1], [1], "two or more"),
        ([1, 2], [1], "two or more"),
        ([[1, 2]], [[1, 2]], "two or more"),
        ([1, math.nan], [1, 1], "finite"),
        ([1, 2], [1, math.inf], "finite"),
        ([1, 2], [1, 0], "positive"),
        ([1, 2], [1, -1], "positive"),
    ],
)
def test_pooling_says_what_is_wrong(estimates, variances, message):
    with pytest.raises(ValueError, match=message):
        nb.pool_estimates(estimates, variances)


def test_knn_imputation_of_one_column_is_a_knn_regression_on_the_others():
    """What the notebook says before it uses the regression for its speed."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        table = rng.normal(size=(80, 4))
        gone = rng.random(80) < 0.4
        table[gone, 0] = np.nan
        line = KNeighborsRegressor(15).fit(table[~gone, 1:], table[~gone, 0])
        imputed = KNNImputer(n_neighbors=15).fit_transform(table)[gone, 0]
        assert imputed == pytest.approx(line.predict(table[gone, 1:]), abs=1e-9)
