"""Exact Shapley values against the mean over all orders, and against their axioms."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("feature-importance")


def subsets(n):
    return [frozenset(c) for k in range(n + 1) for c in combinations(range(n), k)]


def over_all_orders(worths, n):
    total, orders = np.zeros(n), list(permutations(range(n)))
    for order in orders:
        for k, player in enumerate(order):
            before = frozenset(order[:k])
            total[player] += worths[before | {player}] - worths[before]
    return total / len(orders)


@st.composite
def games(draw, largest=6):
    n = draw(st.integers(1, largest))
    numbers = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e4, 1e4))
    worths = draw(st.lists(numbers, min_size=2**n, max_size=2**n))
    return dict(zip(subsets(n), worths, strict=True)), n


@settings(deadline=None, max_examples=300)
@given(games())
def test_shapley_values_are_the_mean_over_all_orders(game):
    worths, n = game
    phi = nb.exact_shapley(worths.__getitem__, n)
    assert isinstance(phi, np.ndarray) and phi.shape == (n,)
    assert phi == pytest.approx(over_all_orders(worths, n), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(games())
def test_values_sum_to_what_all_players_add(game):
    worths, n = game
    gain = worths[frozenset(range(n))] - worths[frozenset()]
    total = nb.exact_shapley(worths.__getitem__, n).sum()
    assert total == pytest.approx(gain, rel=1e-9, abs=1e-7)


@settings(deadline=None, max_examples=200)
@given(games(largest=5))
def test_a_player_who_adds_nothing_gets_nothing(game):
    worths, n = game
    phi = nb.exact_shapley(lambda s: worths[s - {n}], n + 1)
    alone = nb.exact_shapley(worths.__getitem__, n)
    assert phi == pytest.approx([*alone, 0], rel=1e-9, abs=1e-7)


def test_independent_players_get_what_they_bring():
    brings = np.random.default_rng(0).normal(size=12)
    phi = nb.exact_shapley(lambda s: 5 + sum(brings[i] for i in s), 12)
    assert phi == pytest.approx(brings, abs=1e-9)


def test_equal_players_share_equally_in_a_larger_game():
    phi = nb.exact_shapley(lambda s: len(s) ** 2, 10)
    assert phi == pytest.approx(np.full(10, 10.0), abs=1e-9)


def test_each_subset_is_asked_for_once_and_as_a_frozenset_of_indices():
    asked = []

    def value(subset):
        asked.append(subset)
        return 0

    nb.exact_shapley(value, np.int64(6))
    assert len(asked) == len(set(asked)) == 64
    assert all(type(subset) is frozenset for subset in asked)
    assert {type(player) for subset in asked for player in subset} == {int}


def test_one_player_gets_the_difference():
    assert nb.exact_shapley(lambda s: 3.0 + 4 * len(s), 1).tolist() == [4.0]


@pytest.mark.parametrize("n", [0, -1, 21, 2.0, 2.5, math.nan, None, "3", [3]])
def test_a_number_of_players_that_is_no_small_count_is_refused(n):
    with pytest.raises(ValueError, match="n_players must be a whole number 1 to 20"):
        nb.exact_shapley(len, n)


@pytest.mark.parametrize("worth", [math.nan, math.inf, -math.inf, [1.0, 2.0]])
def test_a_value_that_is_no_finite_number_is_refused_and_named(worth):
    with pytest.raises(ValueError, match=r"value of \(0, 2\) is no finite number"):
        nb.exact_shapley(lambda s: worth if s == {0, 2} else 1.0, 3)
