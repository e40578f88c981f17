"""The draft against an enumeration of its own, with every coin, and its fairness."""

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("interleaving")
unhurried = settings(max_examples=300, deadline=None)
rankings = st.lists(st.integers(0, 12), min_size=1, max_size=9, unique=True)


class Coins:
    """A generator whose random numbers are written down; it counts those it gave."""

    def __init__(self, numbers):
        self.numbers, self.given = list(numbers), 0

    def random(self):
        self.given += 1
        return self.numbers[self.given - 1]


def outcomes(a, b, k):
    """Each (items, teams) that the draft can give, with its exact probability."""
    total = Counter()
    for faces in itertools.product([0.1, 0.9], repeat=k):
        coins = Coins(faces)
        items, teams = nb.team_draft_interleave(a, b, k, coins)
        # All continuations of the coins that were not thrown give the same list.
        total[tuple(items), tuple(teams)] += Fraction(1, 2**k)
    return total


def by_recursion(a, b, k, items=(), teams=()):
    """The same distribution from the definition: whose turn it is, and their best."""
    left = {
        "a": [i for i in a if i not in items],
        "b": [i for i in b if i not in items],
    }
    if len(items) == k or not (left["a"] or left["b"]):
        return Counter({(items, teams): Fraction(1)})
    lead = teams.count("a") - teams.count("b")
    turns = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    if lead:
        turns = {"b" if lead > 0 else "a": Fraction(1)}
    total = Counter()
    for turn, chance in turns.items():
        team = turn if left[turn] else "ab"["ab".index(turn) - 1]
        after = by_recursion(a, b, k, (*items, left[team][0]), (*teams, team))
        for outcome, probability in after.items():
            total[outcome] += chance * probability
    return total


@settings(max_examples=60, deadline=None)
@given(rankings, rankings, st.integers(1, 7))
def test_every_outcome_has_the_probability_of_the_definition(a, b, k):
    assert outcomes(a, b, k) == by_recursion(a, b, k)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_random_clicks_favour_nobody_whatever_the_rankings(k):
    # At every place the expected credit is exactly zero, so any click rates by place
    # give zero: all pairs of five items up to renaming, all coins.
    a = tuple(range(5))
    for b in itertools.permutations(a):
        credit = [Fraction(0)] * k
        for (_, teams), probability in outcomes(a, b, k).items():
            for place, team in enumerate(teams):
                credit[place] += probability * (1 if team == "a" else -1)
        assert credit == [0] * k


def test_a_ranking_with_the_relevant_item_higher_never_loses():
    a = tuple(range(4))
    ties = 0
    for b, item in itertools.product(itertools.permutations(a), a):
        if b.index(item) >= a.index(item):
            continue
        credit = sum(
            probability * (1 if teams[items.index(item)] == "b" else -1)
            for (items, teams), probability in outcomes(a, b, 4).items()
        )
        assert credit >= 0
        ties += credit == 0
    assert ties == 96 / 24  # the blind cases of the notebook, for one of 24 rankings a


@unhurried
@given(rankings, rankings, st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_the_list_keeps_each_teams_order_and_fills_the_page(a, b, k, seed):
    items, teams = nb.team_draft_interleave(a, b, k, np.random.default_rng(seed))
    assert len(items) == len(teams) == min(k, len(set(a) | set(b)))
    assert len(set(items)) == len(items) and set(teams) <= {"a", "b"}
    for place, (item, team) in enumerate(zip(items, teams, strict=True)):
        ranking = a if team == "a" else b
        assert item == next(i for i in ranking if i not in items[:place])
    fair = min(len(a), len(b), k)  # so far no ranking can have run out
    assert abs(teams[:fair].count("a") - teams[:fair].count("b")) <= 1


@unhurried
@given(rankings, st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_two_equal_rankings_come_out_as_they_are(a, k, seed):
    items, _ = nb.team_draft_interleave(a, list(a), k, np.random.default_rng(seed))
    assert items == a[:k]


@unhurried
@given(rankings, rankings, st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_the_part_that_both_begin_with_comes_first(a, b, k, seed):
    prefix = 0
    while prefix < min(len(a), len(b)) and a[prefix] == b[prefix]:
        prefix += 1
    items, _ = nb.team_draft_interleave(a, b, k, np.random.default_rng(seed))
    assert items[:prefix] == a[: min(prefix, k)]


def test_a_coin_is_thrown_only_when_the_teams_are_even():
    coins = Coins([0.1, 0.9, 0.1])
    items, teams = nb.team_draft_interleave("abcdef", "fedcba", 5, coins)
    assert teams == ["a", "b", "b", "a", "a"] and coins.given == 3
    assert items == ["a", "f", "e", "b", "c"]


def test_text_arrays_and_whole_floats_are_taken():
    rng = np.random.default_rng(0)
    items, teams = nb.team_draft_interleave(np.array([3, 1]), ["x", "y"], 4.0, rng)
    assert set(items) == {3, 1, "x", "y"} and sorted(teams) == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("a", "b", "k", "message"),
    [
        ([], [1], 1, "ranking_a must not be empty"),
        ([1], [], 1, "ranking_b must not be empty"),
        ([1, 1], [2], 1, "ranking_a holds an item twice"),
        ([1], [2, 3, 2], 1, "ranking_b holds an item twice"),
        ([1.0, np.nan], [2], 1, "ranking_a holds NaN"),
        ([1], [2], 0, "k must be a whole number above 0"),
        ([1], [2], -1, "k must be a whole number above 0"),
        ([1], [2], 1.5, "k must be a whole number above 0"),
        ([1], [2], np.nan, "k must be a whole number above 0"),
        ([1], [2], np.inf, "k must be a whole number above 0"),
        ([1], [2], "3", "k must be a whole number above 0"),
        ([1], [2], None, "k must be a whole number above 0"),
    ],
)
def test_bad_input_is_refused(a, b, k, message):
    with pytest.raises(ValueError, match=message):
        nb.team_draft_interleave(a, b, k, np.random.default_rng(0))
