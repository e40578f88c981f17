"""The label model against its own assumption, exact and simulated."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("weak-supervision")


def independent_votes(rng, n_items, own, other, sign):
    """Votes of functions that are independent given an even class."""
    truth = rng.random(n_items) < 0.5
    is_own = truth[:, None] == (sign > 0)
    chance = np.where(is_own, own, other)
    return truth, (rng.random(chance.shape) < chance) * sign


def every_item(own, other, sign, n_items):
    """A table of votes whose frequencies are the exact probabilities, rounded."""
    rows = []
    for truth in (True, False):
        for fired in itertools.product([0, 1], repeat=len(own)):
            chance = np.where(truth == (sign > 0), own, other)
            weight = np.prod(np.where(fired, chance, 1 - chance)) / 2
            rows += [np.array(fired) * sign] * round(weight * n_items)
    return np.array(rows)


def test_label_model_recovers_exact_covariances():
    own, other = np.array([0.6, 0.5, 0.4, 0.3]), np.array([0.1, 0.2, 0.2, 0.1])
    sign = np.array([1, -1, 1, -1])
    votes = every_item(own, other, sign, 400_000)
    d = nb.fit_label_model(votes)
    np.testing.assert_allclose(d, own - other, atol=2e-3)
    found_own, found_other = nb.vote_chances(votes, d)
    np.testing.assert_allclose(found_own, own, atol=2e-3)
    np.testing.assert_allclose(found_other, other, atol=2e-3)


@pytest.mark.parametrize("seed", range(10))
def test_label_model_finds_accuracies_of_independent_functions(seed):
    rng = np.random.default_rng(seed)
    sign = np.tile([1, -1], 4)
    own, other = rng.uniform(0.3, 0.6, 8), rng.uniform(0.05, 0.2, 8)
    _, votes = independent_votes(rng, 20_000, own, other, sign)
    np.testing.assert_allclose(nb.fit_label_model(votes), own - other, atol=0.06)


def test_a_skipped_pair_does_not_change_what_is_inferred():
    rng = np.random.default_rng(1)
    sign, own, other = np.tile([1, -1], 3), np.full(6, 0.5), np.full(6, 0.2)
    _, votes = independent_votes(rng, 20_000, own, other, sign)
    twice = np.hstack([votes, votes[:, :1]])
    fooled = nb.fit_label_model(twice)
    told = nb.fit_label_model(twice, skip=[(0, 6)])
    assert fooled[0] > 0.5
    np.testing.assert_allclose(told, 0.3, atol=0.06)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32 - 1))
def test_probability_is_bayes_rule_item_by_item(seed):
    rng = np.random.default_rng(seed)
    k = rng.integers(1, 6)
    own, other = rng.uniform(0.05, 0.95, (2, k))
    sign = rng.choice([-1, 1], k)
    votes = np.vstack([sign, (rng.random((9, k)) < 0.5) * sign])
    probability = nb.positive_probability(votes, own, other)
    for row, found in zip(votes, probability, strict=True):
        positive = negative = 1.0
        for j, vote in enumerate(row):
            if_own = own[j] if vote else 1 - own[j]
            if_other = other[j] if vote else 1 - other[j]
            positive *= if_own if sign[j] > 0 else if_other
            negative *= if_other if sign[j] > 0 else if_own
        assert found == pytest.approx(positive / (positive + negative), rel=1e-9)


def test_majority_is_one_half_for_ties_and_silence():
    votes = np.array([[1, 1, -1], [-1, 0, 0], [1, -1, 0], [0, 0, 0]])
    assert nb.majority_probability(votes).tolist() == [1.0, 0.0, 0.5, 0.5]


def test_a_probability_of_one_half_counts_half():
    probability = np.array([0.9, 0.5, 0.2, 0.51])
    truth = np.array([True, True, True, False])
    assert nb.share_right(probability, truth) == (1 + 0.5 + 0 + 0) / 4
