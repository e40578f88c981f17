"""Successive halving against scikit-learn's schedule and brute force; the expected best
against enumeration."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV

nb = load_exports("hyperparameter-tuning")

# expected_best

LOSSES = st.lists(
    st.one_of(st.integers(-3, 3).map(float), st.floats(-1e3, 1e3)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(LOSSES, st.integers(1, 4))
def test_expected_best_is_the_mean_over_all_draws(losses, n):
    every = [min(draw) for draw in itertools.product(losses, repeat=n)]
    wanted = np.mean(every)
    assert nb.expected_best(losses, n) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(LOSSES, st.integers(1, 60))
def test_more_draws_never_expect_a_worse_best(losses, n):
    fewer, more = nb.expected_best(losses, n), nb.expected_best(losses, n + 1)
    assert more <= fewer + 1e-9 * max(1, abs(fewer))
    assert nb.expected_best(losses, 1) == pytest.approx(np.mean(losses), abs=1e-9)


def test_many_draws_expect_the_smallest_loss():
    assert nb.expected_best([0.4, 0.1, 0.2], 10**6) == pytest.approx(0.1, abs=1e-12)
    assert nb.expected_best([0.7], 3) == 0.7


@pytest.mark.parametrize("losses", [[], [math.nan], [0.1, math.inf]])
def test_expected_best_refuses_losses_that_are_none_or_not_finite(losses):
    with pytest.raises(ValueError, match="finite and at least one"):
        nb.expected_best(losses, 2)


@pytest.mark.parametrize("n", [0, -1, 1.5])
def test_expected_best_refuses_a_number_of_draws_that_is_none(n):
    with pytest.raises(ValueError, match="n must be a whole number"):
        nb.expected_best([0.1], n)


# successive_halving


class Constant(ClassifierMixin, BaseEstimator):
    """Scores by its own setting, whatever the data and the steps."""

    def __init__(self, quality=0.0, steps=1):
        self.quality, self.steps = quality, steps

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return self.quality

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize(
    ("n", "first", "last", "eta"),
    [(54, 18, 162, 3), (10, 1, 9, 3), (7, 2, 20, 2), (16, 5, 40, 4), (5, 3, 3, 2)],
)
def test_rungs_and_winner_agree_with_scikit_learn(n, first, last, eta):
    quality = np.random.default_rng(n).permutation(n) / n
    search = HalvingGridSearchCV(
        Constant(),
        {"quality": quality.tolist()},
        resource="steps",
        min_resources=first,
        max_resources=last,
        factor=eta,
        aggressive_elimination=False,
        cv=2,
    ).fit(np.zeros((8, 1)), [0, 1] * 4)
    rungs = list(zip(search.n_candidates_, search.n_resources_, strict=True))
    winner, made, cost = nb.successive_halving(
        n, lambda alive, steps: -quality[alive], first, last, eta
    )
    # scikit-learn stops when few are left; the race goes on to the last rung.
    assert made[: len(rungs)] == rungs
    assert quality[winner] == search.best_params_["quality"]
    done = [0, *(steps for _, steps in made)]
    assert cost == sum(a * (s - d) for (a, s), d in zip(made, done, strict=False))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 5),
    st.integers(0, 200),
    st.integers(2, 5),
    st.integers(0, 99),
)
def test_losers_of_a_rung_never_come_back(n, first, more, eta, seed):
    losses = np.random.default_rng(seed).integers(0, 5, size=(400, n)).astype(float)
    calls = []

    def evaluate(alive, steps):
        calls.append((alive.copy(), steps))
        return losses[steps, alive]

    winner, rungs, _ = nb.successive_halving(n, evaluate, first, first + more, eta)
    assert rungs == [(len(alive), steps) for alive, steps in calls]
    assert rungs[0] == (n, first) and rungs[-1][1] * eta > first + more
    for (alive, steps), (after, later) in itertools.pairwise(calls):
        best = sorted(alive, key=lambda i: (losses[steps, i], i))
        assert later == steps * eta
        assert after.tolist() == sorted(best[: math.ceil(len(alive) / eta)])
    alive, steps = calls[-1]
    assert winner == min(alive, key=lambda i: (losses[steps, i], i))


def test_a_diverged_setting_loses_to_any_other():
    def evaluate(alive, steps):
        return np.where(alive == 2, 9.0, np.nan)

    assert nb.successive_halving(6, evaluate, 1, 9)[0] == 2


def test_a_late_bloomer_is_lost():
    def evaluate(alive, steps):  # setting 0 is worst at first and best at the end
        return np.where(alive == 0, 1.0 / steps**2, 0.5)

    assert nb.successive_halving(9, evaluate, 1, 9)[0] != 0
    assert nb.successive_halving(9, evaluate, 9, 9)[0] == 0


@pytest.mark.parametrize(
    "arguments", [(0, 1, 9, 3), (5, 0, 9, 3), (5, 10, 9, 3), (5, 1, 9, 1)]
)
def test_an_impossible_race_is_refused(arguments):
    n, first, last, eta = arguments
    with pytest.raises(ValueError, match="need n_configs >= 1"):
        nb.successive_halving(n, lambda a, s: np.zeros(len(a)), first, last, eta)


def test_evaluate_must_return_a_loss_for_each():
    with pytest.raises(ValueError, match="one loss for each index"):
        nb.successive_halving(5, lambda alive, steps: [0.1], 1, 9)
