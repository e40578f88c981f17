"""The delta interval against statsmodels, other derivations of it, and coverage."""

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.stats._delta_method import NonlinearDeltaCov

ratio_ci = load_exports("online-metrics-from-logs").ratio_metric_delta_ci

EXACT = {"rel": 1e-9, "abs": 1e-12}
Z = NormalDist().inv_cdf(0.975)
units = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(0, 500)), min_size=2, max_size=40
).filter(lambda pairs: any(y for _, y in pairs))
confidences = st.floats(0.01, 0.999)


def standard_error(x, y):
    _, low, high = ratio_ci(x, y)
    return (high - low) / 2 / Z


def random_logs(n_logs=300, seed=0):
    """Totals of users: skewed, correlated, some with nothing in either column."""
    rng = np.random.default_rng(seed)
    for _ in range(n_logs):
        n = int(rng.integers(2, 200))
        y = rng.poisson(rng.gamma(1, 8, n)).astype(float)
        y[0] += 1
        x = rng.binomial(y.astype(int), rng.beta(1, 4, n)) * rng.choice([1.0, 7.3])
        yield x, y


def exact_variance(pairs):
    """Variance of the ratio as Deng et al. (2018) write it, in fractions."""
    n = len(pairs)
    x, y = ([Fraction(v) for v in column] for column in zip(*pairs, strict=True))
    mean_x, mean_y = sum(x) / n, sum(y) / n

    def covariance(a, b, mean_a, mean_b):
        terms = ((i - mean_a) * (j - mean_b) for i, j in zip(a, b, strict=True))
        return sum(terms) / (n - 1)

    var_x, var_y = covariance(x, x, mean_x, mean_x), covariance(y, y, mean_y, mean_y)
    cov = covariance(x, y, mean_x, mean_y)
    ratio = mean_x / mean_y
    return ratio, (var_x - 2 * ratio * cov + ratio**2 * var_y) / mean_y**2 / n


@given(pairs=units, confidence=confidences)
def test_interval_equals_the_textbook_formula_in_exact_fractions(pairs, confidence):
    ratio, variance = exact_variance(pairs)
    x, y = zip(*pairs, strict=True)
    value, low, high = ratio_ci(x, y, confidence)
    margin = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(variance)
    scale = max(abs(v) for v in x) / min(v for v in y if v)  # where rounding lives
    assert value == pytest.approx(float(ratio), rel=1e-9, abs=1e-12 * scale)
    assert high - value == pytest.approx(margin, rel=1e-9, abs=1e-9 * scale)
    assert value - low == pytest.approx(margin, rel=1e-9, abs=1e-9 * scale)


@given(pairs=units, confidence=confidences)
def test_interval_is_that_of_the_delta_method_in_statsmodels(pairs, confidence):
    """A ratio of two means, with the covariance of the means."""
    x, y = np.array(pairs, dtype=float).T
    cov_means = np.cov(x, y) / len(x)
    delta = NonlinearDeltaCov(
        lambda means: means[:1] / means[1:],
        np.array([x.mean(), y.mean()]),
        cov_means,
        deriv=lambda means: np.array([[1 / means[1], -means[0] / means[1] ** 2]]),
    )
    # Where x is nearly a multiple of y, the quadratic form cancels to rounding noise.
    size = np.abs(cov_means).max() * (1 + (x.mean() / y.mean()) ** 2) / y.mean() ** 2
    assume(delta.cov()[0, 0] > 1e-6 * size)
    value, *ends = ratio_ci(x, y, confidence)
    want = [*delta.predicted(), *delta.conf_int(alpha=1 - confidence)[0]]
    tolerance = 1e-9 * max(map(abs, want))  # an end may lie next to 0
    assert [value, *ends] == pytest.approx(want, rel=1e-9, abs=tolerance)


def test_standard_error_is_that_of_a_regression_of_impressions_clustered_by_user():
    """One row an impression on a constant, in statsmodels, whose correction is ours."""
    for x, y in random_logs():
        x, y = x[y > 0], y[y > 0]  # who saw nothing has no rows
        if len(x) < 2:
            continue
        shown = y.astype(np.int64)
        rows, users = np.repeat(x / y, shown), np.repeat(np.arange(len(x)), shown)
        fit = OLS(rows, np.ones(len(rows))).fit(
            cov_type="cluster", cov_kwds={"groups": users}
        )
        want = math.sqrt(fit.cov_params()[0, 0])
        assert standard_error(x, y) == pytest.approx(want, **EXACT)


def test_standard_error_is_that_of_a_regression_weighted_by_the_denominator():
    """One row a user, also those who saw nothing, with White's errors, HC1."""
    for x, y in random_logs():
        rates = np.divide(x, y, out=np.zeros_like(x), where=y > 0)
        fit = WLS(rates, np.ones(len(x)), weights=y).fit(cov_type="HC1")
        want = math.sqrt(fit.cov_params()[0, 0])
        assert standard_error(x, y) == pytest.approx(want, **EXACT)


def test_standard_error_equals_the_infinitesimal_jackknife():
    """The derivative of the ratio in each unit's weight, taken in complex steps."""
    for x, y in random_logs(100, seed=1):
        n, step = len(x), 1e-30
        weights = np.ones((n, n)) + 1j * step * np.eye(n)
        influence = ((weights @ x) / (weights @ y)).imag / step
        variance = np.square(influence).sum() * n / (n - 1)
        assert standard_error(x, y) == pytest.approx(math.sqrt(variance), **EXACT)


def test_with_denominators_of_one_it_is_the_interval_of_a_mean_in_scipy():
    rng = np.random.default_rng(2)
    for _ in range(300):
        x = rng.lognormal(0, 1, rng.integers(2, 60))
        confidence = rng.uniform(0.5, 0.99)
        want = stats.norm.interval(confidence, x.mean(), stats.sem(x))
        value, *ends = ratio_ci(x, np.ones_like(x), confidence)
        assert value == pytest.approx(x.mean(), **EXACT)
        assert ends == pytest.approx(want, **EXACT)


def test_leave_one_out_jackknife_and_scipy_bootstrap_come_close_with_many_units():
    for x, y in [log for log in random_logs(60, seed=3) if len(log[0]) > 120]:
        left = (x.sum() - x) / (y.sum() - y)
        jackknife = math.sqrt((len(x) - 1) * left.var())
        assert standard_error(x, y) == pytest.approx(jackknife, rel=0.06)
    result = stats.bootstrap(
        (x, y),
        lambda x, y, axis: x.sum(axis) / y.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=4000,
        rng=np.random.default_rng(4),
    )
    assert standard_error(x, y) == pytest.approx(result.standard_error, rel=0.1)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
def test_intervals_of_simulated_logs_hold_the_truth_as_often_as_they_promise(
    confidence,
):
    rng, n_logs, n_users = np.random.default_rng(5), 2000, 400
    y = rng.poisson(rng.gamma(2, 3, (n_logs, n_users))) + 1
    rate = rng.beta(1, 9, (n_logs, n_users)) / np.sqrt(y)  # heavy users click less
    x = rng.binomial(y, rate)
    truth = x.sum() / y.sum()
    ends = np.array([ratio_ci(*log, confidence)[1:] for log in zip(x, y, strict=True)])
    inside = ((ends[:, 0] < truth) & (truth < ends[:, 1])).mean()
    noise = math.sqrt(confidence * (1 - confidence) / n_logs)
    assert abs(inside - confidence) < 4 * noise + 0.005


@given(pairs=units, scale=st.sampled_from([1e-6, 0.25, 3.0, 1e6]), seed=st.integers(0))
def test_units_of_measurement_and_order_do_not_matter(pairs, scale, seed):
    x, y = np.array(pairs, dtype=float).T
    order = np.random.default_rng(seed).permutation(len(x))
    base = np.array(ratio_ci(x, y))
    tolerance = 1e-9 * (abs(base).max() + 1e-6)
    assert np.allclose(ratio_ci(x[order], y[order]), base, rtol=1e-9, atol=tolerance)
    longer = np.array(ratio_ci(scale * x, y)) / scale
    assert np.allclose(longer, base, rtol=1e-9, atol=tolerance)
    fewer = np.array(ratio_ci(x, scale * y)) * scale
    assert np.allclose(fewer, base, rtol=1e-9, atol=tolerance)


@given(pairs=units)
def test_intervals_nest_and_a_perfect_proportion_has_no_width(pairs):
    x, y = zip(*pairs, strict=True)
    value, low, high = ratio_ci(x, y, 0.8)
    _, lower, higher = ratio_ci(x, y, 0.95)
    assert lower <= low <= value <= high <= higher
    _, low, high = ratio_ci([0.5 * v for v in y], y)
    assert (low, high) == (0.5, 0.5)


def test_four_times_the_users_halve_the_interval():
    x, y = next(random_logs(1, seed=6))
    want = standard_error(x, y) / 2 * math.sqrt((len(x) - 1) / (len(x) - 0.25))
    assert standard_error(np.tile(x, 4), np.tile(y, 4)) == pytest.approx(want, **EXACT)


@pytest.mark.parametrize("form", [list, tuple, np.array, pd.Series])
def test_any_sequence_gives_python_floats_and_the_value_by_hand(form):
    answer = ratio_ci(form([1, 0, 3]), form([10, 10, 20]))
    assert [type(part) for part in answer] == [float] * 3
    margin = Z * math.sqrt(3) / 40
    assert answer == pytest.approx((0.1, 0.1 - margin, 0.1 + margin), **EXACT)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([], [], "at least 2 units, got 0"),
        ([1], [2], "at least 2 units, got 1"),
        ([1, 2], [1, 2, 3], r"equal length, got \(2,\) and \(3,\)"),
        ([[1, 2]], [[3, 4]], "equal length, got"),
        (1, 2, "equal length, got"),
        ([1, math.nan], [1, 1], "NaN or infinity"),
        ([1, 2], [1, math.nan], "NaN or infinity"),
        ([1, math.inf], [1, 1], "NaN or infinity"),
        ([1, 2], [math.inf, 1], "NaN or infinity"),
        ([1, 2], [3, -1], "must be >= 0, and not all 0"),
        ([1, 2], [0, 0], "must be >= 0, and not all 0"),
    ],
)
def test_bad_units_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        ratio_ci(x, y)


@pytest.mark.parametrize("confidence", [0, 1, -0.1, 95, math.nan, math.inf])
def test_a_confidence_that_is_no_probability_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        ratio_ci([1, 2], [3, 4], confidence)
