"""Tests, CUPED and Benjamini-Hochberg against statsmodels and scipy."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

nb = load_exports("ab-test-analysis")
z_test = nb.two_proportion_z_test

unhurried = settings(deadline=None, max_examples=300)
seeds = st.integers(0, 2**32 - 1)
arms = st.integers(1, 10**6).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n)),
)


# Two shares


@unhurried
@given(a=arms, b=arms)
def test_z_equals_that_of_statsmodels(a, b):
    assume(0 < a[0] + b[0] < a[1] + b[1])
    difference, z, p = z_test(*a, *b)
    expected = proportions_ztest([b[0], a[0]], [b[1], a[1]])
    assert [type(x) for x in (difference, z, p)] == [float] * 3
    assert math.isclose(difference, b[0] / b[1] - a[0] / a[1], abs_tol=1e-12)
    assert math.isclose(z, expected[0], rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(p, expected[1], rel_tol=1e-9, abs_tol=1e-300)


@unhurried
@given(a=arms, b=arms)
def test_z_squared_is_pearsons_chi_squared(a, b):
    assume(0 < a[0] + b[0] < a[1] + b[1])
    table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]
    chi2, p, *_ = stats.chi2_contingency(table, correction=False)
    _, z, got = z_test(*a, *b)
    assert math.isclose(z * z, chi2, rel_tol=1e-9, abs_tol=1e-9)
    # near z = 0 the p-value of chi-squared keeps only half of the digits
    assert math.isclose(got, p, rel_tol=1e-7, abs_tol=1e-9)


def test_swapped_arms_change_the_sign_only():
    difference, z, p = z_test(30, 100, 45, 120)
    assert z_test(45, 120, 30, 100) == (-difference, -z, p)


@pytest.mark.parametrize("successes", [(0, 0), (5, 9)])
def test_arms_in_which_nobody_or_everybody_succeeds_do_not_differ(successes):
    assert z_test(successes[0], 5, successes[1], 9) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "counts",
    [
        (6, 5, 1, 5),
        (-1, 5, 1, 5),
        (1, 5, 6, 5),
        (0, 0, 1, 5),
        (1, 5, 0, 0),
        (0.5, 5, 1, 5),
        (1, 5.5, 1, 5),
        (math.nan, 5, 1, 5),
        (1, math.inf, 1, 5),
        ("1", 5, 1, 5),
        (None, 5, 1, 5),
    ],
)
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match=r"whole numbers|successes <= n"):
        z_test(*counts)


# CUPED


def random_units(seed):
    """A metric and a covariate with any correlation, scale and offset."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 300))
    x = rng.gamma(0.5, size=n) * 10 ** rng.uniform(-3, 3) + rng.normal(scale=100)
    y = rng.normal() * x + rng.standard_t(3, n) * 10 ** rng.uniform(-3, 3)
    return y, x


@unhurried
@given(seed=seeds)
def test_adjusted_is_the_residual_of_a_regression_plus_the_mean(seed):
    y, x = random_units(seed)
    design = np.column_stack([np.ones(x.size), x - x.mean()])
    expected = OLS(y, design).fit().resid + y.mean()
    got = nb.cuped_adjust(y, x)
    scale = np.abs(y).max()
    assert np.allclose(got, expected, rtol=1e-9, atol=1e-9 * scale)
    assert math.isclose(got.mean(), y.mean(), rel_tol=1e-9, abs_tol=1e-12 * scale)


@unhurried
@given(seed=seeds)
def test_variance_falls_by_the_square_of_the_correlation(seed):
    y, x = random_units(seed)
    left = 1 - np.corrcoef(x, y)[0, 1] ** 2
    got = nb.cuped_adjust(y, x).var() / y.var()
    assert math.isclose(got, left, rel_tol=1e-6, abs_tol=1e-9)


def test_one_arm_at_a_time_leaves_the_difference_of_the_means():
    y, x = random_units(5)
    a, b = y[::2], y[1::2]
    alone = nb.cuped_adjust(b, x[1::2]).mean() - nb.cuped_adjust(a, x[::2]).mean()
    assert math.isclose(alone, b.mean() - a.mean(), rel_tol=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, 1 / 3])
def test_a_constant_covariate_changes_nothing(constant):
    y = np.array([1.0, 2.0, 4.0])
    got = nb.cuped_adjust(y, np.full(3, constant))
    assert got.tolist() == y.tolist()
    assert got is not y


def test_a_covariate_equal_to_the_metric_leaves_the_mean():
    assert np.allclose(nb.cuped_adjust([1, 2, 6], [1, 2, 6]), 3)


@pytest.mark.parametrize(
    ("y", "x", "message"),
    [
        ([], [], "equal length"),
        ([1, 2], [1], "equal length"),
        ([[1, 2]], [[1, 2]], "equal length"),
        (1.0, 2.0, "equal length"),
        ([1, math.nan], [1, 2], "NaN"),
        ([1, 2], [1, math.inf], "NaN or infinity"),
    ],
)
def test_units_without_a_value_are_refused(y, x, message):
    with pytest.raises(ValueError, match=message):
        nb.cuped_adjust(y, x)


# Benjamini-Hochberg


@unhurried
@given(
    p=st.lists(
        st.one_of(st.floats(0, 1), st.floats(0, 0.05), st.sampled_from([0, 0.01, 1])),
        min_size=1,
        max_size=60,
    ),
    alpha=st.floats(0.001, 0.999),
)
def test_rejections_equal_those_of_statsmodels(p, alpha):
    got = nb.benjamini_hochberg(p, alpha)
    assert got.dtype == bool
    assert got.tolist() == multipletests(p, alpha, method="fdr_bh")[0].tolist()


@unhurried
@given(seed=seeds, alpha=st.floats(0.01, 0.3))
def test_rejections_equal_scipys_adjusted_p_values_below_alpha(seed, alpha):
    rng = np.random.default_rng(seed)
    p = rng.beta(0.3, 1, int(rng.integers(1, 80)))
    adjusted = stats.false_discovery_control(p)
    assume(np.abs(adjusted - alpha).min() > 1e-9)
    assert nb.benjamini_hochberg(p, alpha).tolist() == (adjusted <= alpha).tolist()


def test_a_p_value_above_its_own_bar_is_carried_by_a_later_one():
    # bars 0.0167, 0.0333, 0.05: the first fails its own, the third passes
    assert nb.benjamini_hochberg([0.049, 0.02, 0.04]).all()


def test_a_p_value_on_its_bar_is_rejected():
    assert nb.benjamini_hochberg([0.025, 0.9]).tolist() == [True, False]
    assert nb.benjamini_hochberg([0.05]).tolist() == [True]


@pytest.mark.parametrize(
    ("p", "alpha", "message"),
    [
        ([], 0.05, "not empty"),
        (0.5, 0.05, "list"),
        ([[0.5]], 0.05, "list"),
        ([0.5, 1.1], 0.05, "lie in"),
        ([-0.1], 0.05, "lie in"),
        ([math.nan], 0.05, "lie in"),
        ([0.5], 0, "alpha"),
        ([0.5], 1, "alpha"),
        ([0.5], math.nan, "alpha"),
    ],
)
def test_p_values_that_are_none_are_refused(p, alpha, message):
    with pytest.raises(ValueError, match=message):
        nb.benjamini_hochberg(p, alpha)
