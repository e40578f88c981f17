"""The mixture test against its integral; the recursion against published levels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import integrate, stats

nb = load_exports("peeking-and-sequential-tests")
msprt = nb.msprt_p_values

unhurried = settings(deadline=None, max_examples=300)
seeds = st.integers(0, 2**32 - 1)
positive = st.floats(1e-3, 1e3)


def mixture_ratio(x, variance, tau2):
    """The likelihood ratio averaged over N(0, tau2) effects, by quadrature."""
    total, n = np.sum(x), len(x)
    precision = n / variance + 1 / tau2
    centre, width = total / variance / precision, precision**-0.5

    def integrand(theta):
        log_ratio = (theta * total - n * theta**2 / 2) / variance
        return math.exp(log_ratio - theta**2 / tau2 / 2)

    ends = centre - 12 * width, centre + 12 * width
    area = integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-12, limit=200)[0]
    return area / math.sqrt(2 * math.pi * tau2)


# Mixture SPRT


@unhurried
@given(seed=seeds, variance=positive, tau2=positive)
def test_p_values_equal_the_running_minimum_of_one_over_the_integral(
    seed, variance, tau2
):
    rng = np.random.default_rng(seed)
    x = rng.normal(rng.normal(), 1, int(rng.integers(1, 8))) * math.sqrt(variance)
    ratios = [mixture_ratio(x[: n + 1], variance, tau2) for n in range(len(x))]
    expected = np.minimum.accumulate(np.minimum(1, 1 / np.array(ratios)))
    assert np.allclose(msprt(x, variance, tau2), expected, rtol=1e-9, atol=0)


@unhurried
@given(seed=seeds, scale=positive)
def test_p_values_do_not_depend_on_the_unit(seed, scale):
    x = np.random.default_rng(seed).standard_normal(50) + 0.5
    scaled = msprt(scale * x, scale**2 * 2.0, scale**2 * 0.1)
    assert np.allclose(scaled, msprt(x, 2.0, 0.1), rtol=1e-9)
    assert np.allclose(msprt(-x, 2.0, 0.1), msprt(x, 2.0, 0.1))


@unhurried
@given(seed=seeds)
def test_batches_of_pairs_give_the_p_values_at_their_ends(seed):
    x = np.random.default_rng(seed).standard_normal((40, 5)) + 0.4
    single, batched = msprt(x.ravel(), 1.0, 0.2), msprt(x.mean(axis=1), 0.2, 0.2)
    assert batched[-1] >= single[-1] * (1 - 1e-9)  # fewer looks
    grown = 1 + 200 * 0.2
    ratio = math.exp(0.2 * x.sum() ** 2 / 2 / grown) / math.sqrt(grown)
    assert batched[-1] <= min(1, 1 / ratio) * (1 + 1e-9)


def test_p_values_by_hand():
    # sqrt(1/2) exp(9/4) and sqrt(1/3) exp(9/6); the second is smaller, so p stays
    first = 1 / (math.sqrt(0.5) * math.exp(2.25))
    assert np.allclose(msprt([3, 0], 1, 1), [first, first])
    assert msprt([0.0], 1, 1).tolist() == [1.0]


def test_p_values_never_rise_and_lie_in_0_to_1():
    p = msprt(np.random.default_rng(0).standard_normal(5_000), 1.0, 0.05)
    assert p.dtype == float and p.shape == (5_000,)
    assert (np.diff(p) <= 0).all() and (p > 0).all() and (p <= 1).all()


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_streams_without_effect_fall_below_alpha_at_most_that_often(alpha):
    noise = np.random.default_rng(1).standard_normal((2_000, 1_000))
    share = np.mean([msprt(x, 1.0, 1.0)[-1] <= alpha for x in noise])
    assert share < alpha + 3 * math.sqrt(alpha * (1 - alpha) / 2_000)
    assert share > alpha / 4  # it is a test, not a constant


def test_a_clear_effect_is_found_and_huge_data_do_not_overflow():
    assert msprt(np.full(100, 1.0), 1.0, 1.0)[-1] < 1e-15
    assert msprt(np.full(1000, 1e150), 1.0, 1.0)[-1] == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1, 1), "not empty"),
        ((1.0, 1, 1), "list"),
        (([[1.0]], 1, 1), "list"),
        (([math.nan], 1, 1), "NaN"),
        (([math.inf], 1, 1), "NaN or infinity"),
        (([1.0], 0, 1), "variance"),
        (([1.0], -1, 1), "variance"),
        (([1.0], math.nan, 1), "variance"),
        (([1.0], 1, 0), "tau2"),
        (([1.0], 1, math.inf), "tau2"),
        (([1.0], 1, None), "tau2"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        msprt(*arguments)


# Recursion


@pytest.mark.parametrize("drift", [-1.0, 0.0, 2.8])
def test_one_look_is_a_z_test(drift):
    expected = stats.norm.sf(1.96 - drift) + stats.norm.cdf(-1.96 - drift)
    assert math.isclose(nb.stopping_probabilities([1.96], drift)[0], expected)


@settings(deadline=None, max_examples=50)
@given(a=st.floats(0.5, 4), b=st.floats(0.5, 4), drift=st.floats(-3, 3))
def test_two_looks_equal_the_bivariate_normal(a, b, drift):
    first, second = nb.stopping_probabilities([a, b], drift)
    mean = [drift / math.sqrt(2), drift]
    joint = stats.multivariate_normal(mean, [[1, 0.5**0.5], [0.5**0.5, 1]])
    stays = joint.cdf([a, b], lower_limit=[-a, -b])
    assert math.isclose(first + second, 1 - stays, abs_tol=1e-6)


@pytest.mark.parametrize(("looks", "level"), [(2, 0.083), (3, 0.107), (5, 0.142)])
def test_repeated_tests_have_the_levels_that_armitage_and_others_tabulate(looks, level):
    got = nb.stopping_probabilities([stats.norm.ppf(0.975)] * looks).sum()
    assert abs(got - level) < 6e-4


@pytest.mark.parametrize("bounds", [[], [1.0, 0.0], [-1.0], [math.nan], [[1.0]], 1.0])
def test_fences_that_are_none_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds"):
        nb.stopping_probabilities(bounds)


def test_a_drift_that_is_none_is_refused():
    with pytest.raises(ValueError, match="drift"):
        nb.stopping_probabilities([2.0], math.nan)
