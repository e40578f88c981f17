"""Active learning: selection rules against sorting, brute force and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from notebook_files import load_exports
from sklearn.metrics import pairwise_distances, pairwise_distances_argmin_min

nb = load_exports("active-learning")

SCORES = hnp.arrays(
    float,
    st.tuples(st.integers(1, 20), st.integers(2, 40)),
    elements=st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6)),
)


@settings(deadline=None, max_examples=300)
@given(SCORES)
def test_doubts_agree_with_a_full_sort(scores):
    ordered = np.array([sorted(row) for row in scores.tolist()])
    assert nb.least_confidence(scores) == pytest.approx(-ordered[:, -1], abs=1e-9)
    margin = ordered[:, -1] - ordered[:, -2]
    assert nb.smallest_margin(scores) == pytest.approx(-margin, abs=1e-9)


def test_margins_of_many_classes_agree_with_a_full_sort():
    scores = np.random.default_rng(0).normal(size=(200, 300))
    ordered = np.sort(scores, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    assert nb.smallest_margin(scores) == pytest.approx(-margin, abs=1e-12)


@settings(deadline=None, max_examples=200)
@given(hnp.arrays(float, (12, 1), elements=st.floats(0, 1)))
def test_with_two_classes_both_doubts_give_one_order(p):
    scores = np.hstack([p, 1 - p])
    doubt, margin = nb.least_confidence(scores), nb.smallest_margin(scores)
    assert margin == pytest.approx(2 * doubt + 1, abs=1e-9)


def test_a_tie_between_the_best_two_is_the_greatest_doubt():
    doubt = nb.smallest_margin([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2]])
    assert doubt == pytest.approx([0, -0.2])
    assert nb.least_confidence([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2]]).argmax() == 0


@pytest.mark.parametrize("rule", ["least_confidence", "smallest_margin"])
@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([], "at least one row and two columns"),
        (np.empty((0, 3)), "at least one row and two columns"),
        ([0.2, 0.8], "at least one row and two columns"),
        ([[1.0]], "at least one row and two columns"),
        ([[0.5, math.nan]], "finite"),
        ([[0.5, math.inf]], "finite"),
    ],
)
def test_doubts_refuse_bad_scores(rule, scores, message):
    with pytest.raises(ValueError, match=message):
        getattr(nb, rule)(scores)


def brute_force(points, labelled, rows, n):
    """The farthest row by scikit-learn's distances, one at a time from the start."""
    taken, left = list(labelled), list(rows)
    for _ in range(n):
        _, nearest = pairwise_distances_argmin_min(points[left], points[taken])
        taken.append(left.pop(int(nearest.argmax())))
    return taken[len(labelled) :]


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10_000), st.integers(3, 40), st.integers(1, 4), st.booleans())
def test_farthest_first_agrees_with_brute_force(seed, n_points, n_columns, on_a_grid):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_points, n_columns))
    if on_a_grid:  # ties and duplicates, with distances that are exact
        points = rng.integers(0, 3, size=(n_points, 1)).astype(float)
    order = rng.permutation(n_points)
    n_labelled = int(rng.integers(1, n_points))
    labelled, rows = order[:n_labelled], order[n_labelled:]
    n = int(rng.integers(1, len(rows) + 1))
    distance = pairwise_distances(points)
    chosen = nb.farthest_first(distance, labelled, rows, n)
    assert chosen.tolist() == brute_force(points, labelled, rows, n)


def test_farthest_first_is_within_twice_the_best_radius():
    # Gonzalez's guarantee, against all sets of centres that contain the labelled row.
    from itertools import combinations

    for seed in range(100):
        points = np.random.default_rng(seed).normal(size=(9, 2))
        distance = pairwise_distances(points)
        chosen = nb.farthest_first(distance, np.array([0]), np.arange(1, 9), 2)
        radius = distance[:, [0, *chosen]].min(axis=1).max()
        best = min(
            distance[:, [0, *pair]].min(axis=1).max()
            for pair in combinations(range(1, 9), 2)
        )
        assert radius <= 2 * best + 1e-12


def test_farthest_first_takes_each_row_once_even_among_copies():
    distance = np.zeros((6, 6))
    chosen = nb.farthest_first(distance, np.array([0]), np.arange(1, 6), 5)
    assert chosen.tolist() == [1, 2, 3, 4, 5]


SQUARE = np.ones((4, 4)) - np.eye(4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 4)), [0], [1], 1), "square"),
        ((np.ones(4), [0], [1], 1), "square"),
        ((SQUARE, [], [1], 1), "must not be empty"),
        ((SQUARE, [0], [], 1), "must not be empty"),
        ((SQUARE, [0], [1, 2], 3), "whole number from 1 to 2"),
        ((SQUARE, [0], [1, 2], 0), "whole number from 1 to 2"),
        ((SQUARE, [0], [1, 2], 1.0), "whole number from 1 to 2"),
        ((SQUARE * math.nan, [0], [1, 2], 1), "finite and >= 0"),
        ((SQUARE + math.inf, [0], [1, 2], 1), "finite and >= 0"),
        ((-SQUARE, [0], [1, 2], 1), "finite and >= 0"),
    ],
)
def test_farthest_first_says_what_is_wrong(arguments, message):
    distance, labelled, rows, n = arguments
    with pytest.raises(ValueError, match=message):
        nb.farthest_first(
            distance, np.array(labelled, np.intp), np.array(rows, np.intp), n
        )
