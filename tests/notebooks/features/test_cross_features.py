"""Cross features: the factorisation machine by its definition, windows by a loop."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import sparse

nb = load_exports("cross-features")


def rng(seed=0):
    return np.random.default_rng(seed)


# fm_score


def fm_by_definition(row, bias, weights, vectors):
    """Equation 1 of Rendle (2010): a double sum over pairs of columns."""
    pairs = combinations(range(len(row)), 2)
    crosses = sum(vectors[j] @ vectors[k] * row[j] * row[k] for j, k in pairs)
    return bias + weights @ row + crosses


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 4), st.integers(0, 9999))
def test_score_is_the_sum_over_all_pairs(n, d, rank, seed):
    x = rng(seed).normal(size=(n, d)) * (rng(seed + 1).random((n, d)) < 0.6)
    bias, weights = rng(seed).normal(), rng(seed).normal(size=d)
    vectors = rng(seed + 2).normal(size=(d, rank))
    expected = [fm_by_definition(row, bias, weights, vectors) for row in x]
    for rows in (x, x.tolist(), sparse.csr_matrix(x), sparse.coo_matrix(x)):
        score = nb.fm_score(rows, bias, weights, vectors)
        assert score.shape == (n,)
        np.testing.assert_allclose(score, expected, rtol=1e-9, atol=1e-9)


def test_rank_zero_is_the_linear_model():
    x, weights = rng().normal(size=(6, 4)), rng(1).normal(size=4)
    score = nb.fm_score(x, 0.5, weights, np.empty((4, 0)))
    np.testing.assert_allclose(score, 0.5 + x @ weights, rtol=1e-12)


def test_one_hot_ids_give_biased_matrix_factorisation():
    user, item = rng(1).normal(size=(3, 2)), rng(2).normal(size=(4, 2))
    weights, vectors = rng(3).normal(size=7), np.vstack([user, item])
    rows = np.hstack([np.repeat(np.eye(3), 4, axis=0), np.tile(np.eye(4), (3, 1))])
    expected = 1.0 + weights[:3, None] + weights[3:] + user @ item.T
    score = nb.fm_score(rows, 1.0, weights, vectors).reshape(3, 4)
    np.testing.assert_allclose(score, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("bias", "weights", "vectors", "message"),
    [
        (0.0, np.ones(2), np.ones((3, 1)), "3 columns, weights"),
        (0.0, np.ones(3), np.ones((2, 1)), "3 columns, weights"),
        (0.0, np.ones(2), np.ones((2, 1)), "3 columns, weights"),
        (0.0, np.ones(3), np.ones(3), "3 columns, weights"),
        (math.nan, np.ones(3), np.ones((3, 1)), "NaN or infinite"),
        (0.0, np.array([1, 2, math.inf]), np.ones((3, 1)), "NaN or infinite"),
        (0.0, np.ones(3), np.full((3, 1), math.nan), "NaN or infinite"),
    ],
)
def test_score_refuses_parameters_that_do_not_fit(bias, weights, vectors, message):
    with pytest.raises(ValueError, match=message):
        nb.fm_score(np.ones((2, 3)), bias, weights, vectors)


# window_counts


def counts_by_loop(day, key, event, n_days, include_today):
    end = 1 if include_today else 0
    rows = range(len(day))
    window = [
        [
            j
            for j in rows
            if key[j] == key[i] and day[i] + end - n_days <= day[j] < day[i] + end
        ]
        for i in rows
    ]
    return [sum(event[j] for j in w) for w in window], [len(w) for w in window]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from("abc"), st.integers(0, 1)),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 15),
    st.booleans(),
)
def test_windows_equal_a_loop(rows, n_days, include_today):
    day, key, event = zip(*rows, strict=True)
    counted = nb.window_counts(day, key, event, n_days, include_today)
    expected = counts_by_loop(day, key, event, n_days, include_today)
    np.testing.assert_array_equal(counted, expected)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_nothing_from_the_day_on_reaches_a_window(n_days, seed):
    day, key = rng(seed).integers(8, size=60), rng(seed).integers(3, size=60)
    event = rng(seed).integers(2, size=60)
    later = np.where(day >= 4, 1 - event, event)
    before = [nb.window_counts(day, key, e, n_days)[0] for e in (event, later)]
    np.testing.assert_array_equal(*(b[day <= 4] for b in before))


def test_keys_may_be_any_labels_and_order_does_not_matter():
    day, event = rng(1).integers(9, size=50), rng(2).integers(2, size=50)
    labels = pd.Series(rng(3).choice(["x y", "z"], 50), index=range(100, 150))
    shuffled = rng(4).permutation(50)
    events, rows = nb.window_counts(day, labels, event, 3)
    again = nb.window_counts(
        day[shuffled], labels.to_numpy()[shuffled], event[shuffled], 3
    )
    np.testing.assert_array_equal(again, [events[shuffled], rows[shuffled]])
    numbers = nb.window_counts(day, labels == "z", event, 3)
    np.testing.assert_array_equal(numbers, [events, rows])


@pytest.mark.parametrize(
    ("day", "key", "event", "n_days", "message"),
    [
        ([], [], [], 1, "equally long and not empty"),
        ([0, 1], ["a"], [0, 1], 1, "equally long and not empty"),
        ([0, 1], ["a", "b"], [0], 1, "equally long and not empty"),
        ([-1, 1], ["a", "b"], [0, 1], 1, "nothing may be missing"),
        ([0, 1], ["a", "b"], [0, 1], 0, "n_days at 1"),
        ([0, 1], ["a", None], [0, 1], 1, "nothing may be missing"),
        ([0, 1], ["a", "b"], [0, math.nan], 1, "nothing may be missing"),
    ],
)
def test_windows_refuse_bad_logs(day, key, event, n_days, message):
    with pytest.raises(ValueError, match=message):
        nb.window_counts(day, key, event, n_days)
