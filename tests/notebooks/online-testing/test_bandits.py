"""UCB1 against its formula in exact order, Thompson against exact probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.integrate import quad
from scipy.stats import beta, chisquare

nb = load_exports("bandits")
unhurried = settings(max_examples=300, deadline=None)

arms = st.lists(
    st.tuples(st.integers(1, 5_000), st.floats(0, 1, allow_nan=False)),
    min_size=1,
    max_size=12,
)


@unhurried
@given(arms, st.integers(0, 100_000))
def test_ucb1_plays_the_arm_whose_bound_no_other_exceeds(arms, extra):
    counts, means = zip(*arms, strict=True)
    t = sum(counts) + extra
    bounds = [m + math.sqrt(2 * math.log(t) / n) for n, m in arms]
    got = nb.ucb1(counts, means, t)
    assert type(got) is int
    assert bounds[got] == pytest.approx(max(bounds), abs=1e-12)


@unhurried
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(2, 50))
def test_of_equal_means_the_least_played_arm_comes_first_also_at_zero(counts, t):
    means = np.where(np.array(counts) > 0, 1.0, np.nan)
    assert nb.ucb1(counts, means, t) == counts.index(min(counts))


def test_ucb1_by_hand():
    # ln 100 = 4.605: bounds 0.5 + 0.429 = 0.929 and 0.2 + 0.678 = 0.878.
    assert nb.ucb1([50, 20], [0.5, 0.2], 100) == 0
    # With 10 plays the second arm's bound is 0.2 + 0.960.
    assert nb.ucb1([50, 10], [0.5, 0.2], 100) == 1


def test_ucb1_breaks_ties_by_order_and_at_the_first_step_there_is_no_bonus():
    assert nb.ucb1([5, 5, 5], [0.3, 0.4, 0.4], 15) == 1
    assert nb.ucb1([1, 1], [0.2, 0.1], 1) == 0


def test_ucb1_explores_every_arm_for_ever():
    counts = np.array([1, 1])
    for t in range(2, 3_000):
        counts[nb.ucb1(counts, [0.9, 0.1], t)] += 1
    assert 5 < counts[1] < 100


def win_probability(arm, successes, failures):
    """P(arm has the highest draw), by numerical integration over its rate."""
    posteriors = [beta(1 + s, 1 + f) for s, f in zip(successes, failures, strict=True)]
    others = [p for i, p in enumerate(posteriors) if i != arm]

    def density(x):
        return posteriors[arm].pdf(x) * math.prod(p.cdf(x) for p in others)

    return quad(density, 0, 1, limit=200)[0]


@pytest.mark.parametrize(
    ("successes", "failures"),
    [
        ([0, 0, 0], [0, 0, 0]),
        ([3, 5], [20, 22]),
        ([1, 0, 7, 2], [4, 9, 12, 2]),
        ([0.5, 2.25], [1.75, 3.0]),
        ([40, 60], [960, 1240]),
    ],
)
def test_thompson_plays_an_arm_as_often_as_it_is_the_best(successes, failures):
    rng = np.random.default_rng(0)
    n = 6_000
    played = [nb.thompson_bernoulli(successes, failures, rng) for _ in range(n)]
    counts = np.bincount(played, minlength=len(successes))
    exact = [win_probability(a, successes, failures) for a in range(len(successes))]
    assert sum(exact) == pytest.approx(1, abs=1e-6)
    assert chisquare(counts, np.array(exact) / sum(exact) * n).pvalue > 1e-3


@unhurried
@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=9),
    st.integers(0, 2**32 - 1),
)
def test_thompson_is_the_argmax_of_one_posterior_draw_an_arm(outcomes, seed):
    successes, failures = np.array(outcomes).T
    got = nb.thompson_bernoulli(successes, failures, np.random.default_rng(seed))
    draws = np.random.default_rng(seed).beta(successes + 1, failures + 1)
    assert type(got) is int and draws[got] == draws.max()


def test_thompson_is_sure_after_many_outcomes():
    rng = np.random.default_rng(1)
    sure = [nb.thompson_bernoulli([900, 100], [100, 900], rng) for _ in range(200)]
    assert set(sure) == {0}


@pytest.mark.parametrize(
    ("counts", "means", "t", "message"),
    [
        ([], [], 1, "counts must hold"),
        ([1, 2], [], 3, "means must hold"),
        ([1, 2], [0.5], 3, "2 counts for 1 means"),
        ([[1, 2]], [[0.5, 0.5]], 3, "counts must hold"),
        ([-1, 2], [0.5, 0.5], 3, "not negative"),
        ([np.nan, 2], [0.5, 0.5], 3, "finite"),
        ([np.inf, 2], [0.5, 0.5], 3, "finite"),
        ([1, 2], [np.nan, 0.5], 3, "means of arms"),
        ([1, 2], [1.01, 0.5], 3, "means of arms"),
        ([1, 2], [0.5, -0.01], 3, "means of arms"),
        ([1, 2], [0.5, 0.5], 0, "t must be at least 1"),
        ([1, 2], [0.5, 0.5], np.nan, "t must be at least 1"),
        ([1, 2], [0.5, 0.5], np.inf, "t must be at least 1"),
        ([1, 2], [0.5, 0.5], None, "t must be at least 1"),
        (["many", 2], [0.5, 0.5], 3, "could not convert"),
    ],
)
def test_ucb1_refuses_bad_input(counts, means, t, message):
    with pytest.raises(ValueError, match=message):
        nb.ucb1(counts, means, t)


@pytest.mark.parametrize(
    ("successes", "failures", "message"),
    [
        ([], [], "successes must hold"),
        ([1], [], "failures must hold"),
        ([1, 2], [1], "2 successes for 1 failures"),
        ([[1]], [[1]], "successes must hold"),
        ([-1, 0], [0, 0], "not negative"),
        ([0, 0], [0, -0.5], "not negative"),
        ([0, np.nan], [0, 0], "finite"),
        ([0, 0], [np.inf, 0], "finite"),
    ],
)
def test_thompson_refuses_bad_input(successes, failures, message):
    with pytest.raises(ValueError, match=message):
        nb.thompson_bernoulli(successes, failures, np.random.default_rng(0))
