"""Offline and online training: FTRL-Proximal agrees with river's, event by event."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from river.optim import FTRLProximal

nb = load_exports("offline-and-online-training")


def events(seed, n_events, n_features):
    """Rows of zero to four different features, and labels."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, min(5, n_features + 1), n_events)
    rows = [rng.permutation(n_features)[:size].tolist() for size in sizes]
    return rows, rng.integers(0, 2, n_events).tolist()


def refreshed(optimizer, w, features):
    """The weights of these features, up to date, in river.

    river computes them when it steps, so step by nothing; and it keeps the old weight
    where the sum of gradients has come back within l1, which Algorithm 1 sets to 0.
    """
    w = optimizer.step(w, dict.fromkeys(features, 0.0))
    return {i: x for i, x in w.items() if abs(optimizer.z[i]) > optimizer.l1}


@settings(deadline=None, max_examples=200)
@given(
    seed=st.integers(0, 10_000),
    n_events=st.integers(1, 60),
    n_features=st.integers(1, 12),
    alpha=st.floats(0.01, 5),
    beta=st.floats(0.1, 5),
    l1=st.sampled_from([0.0, 0.1, 1.0]),
    l2=st.sampled_from([0.0, 0.5]),
)
def test_predictions_are_those_of_river(
    seed, n_events, n_features, alpha, beta, l1, l2
):
    rows, labels = events(seed, n_events, n_features)
    weights, predictions = nb.ftrl_proximal(
        rows, labels, n_features, alpha=alpha, beta=beta, l1=l1, l2=l2
    )
    optimizer, w = FTRLProximal(alpha=alpha, beta=beta, l1=l1, l2=l2), {}
    expected = []
    for row, label in zip(rows, labels, strict=True):
        w = refreshed(optimizer, w, row)
        expected.append(1 / (1 + math.exp(-sum(w.get(i, 0) for i in row))))
        w = optimizer.step(w, dict.fromkeys(row, expected[-1] - label))
    w = refreshed(optimizer, w, range(n_features))
    assert predictions == pytest.approx(expected, rel=1e-9, abs=1e-12)
    last = [w.get(i, 0) for i in range(n_features)]
    assert weights == pytest.approx(last, rel=1e-9, abs=1e-12)


def test_the_first_steps_by_hand():
    weights, predictions = nb.ftrl_proximal([[0], [0]], [1, 1], 2, alpha=0.5)
    # First gradient -0.5: z = -0.5, n = 0.25; weight 0.5 / ((1 + 0.5) / 0.5).
    first = 0.5 / 3
    p = 1 / (1 + math.exp(-first))
    assert predictions == pytest.approx([0.5, p])
    n = 0.25 + (p - 1) ** 2
    z = -0.5 + (p - 1) - (math.sqrt(n) - 0.5) / 0.5 * first
    assert weights == pytest.approx([-z / ((1 + math.sqrt(n)) / 0.5), 0])


def test_a_large_l1_keeps_every_weight_at_zero():
    rows, labels = events(3, 50, 6)
    weights, predictions = nb.ftrl_proximal(rows, labels, 6, l1=100.0)
    assert (weights == 0).all() and (predictions == 0.5).all()


def test_the_future_changes_no_earlier_prediction():
    rows, labels = events(5, 80, 9)
    whole = nb.ftrl_proximal(rows, labels, 9)[1]
    assert (nb.ftrl_proximal(rows[:40], labels[:40], 9)[1] == whole[:40]).all()


def test_no_number_overflows_with_huge_steps():
    rows, labels = [[0]] * 200, [1, 0] * 100
    predictions = nb.ftrl_proximal(rows, labels, 1, alpha=1e6)[1]
    assert np.isfinite(predictions).all()


@pytest.mark.parametrize(
    ("rows", "labels", "options", "match"),
    [
        ([], [], {}, "at least 1"),
        ([[0]], [1, 0], {}, "same length"),
        ([[0]], [2], {}, "0 or 1"),
        ([[0]], [float("nan")], {}, "0 or 1"),
        ([[3]], [1], {}, "index"),
        ([[-1]], [1], {}, "index"),
        ([[0.5]], [1], {}, "index"),
        ([[0]], [1], {"alpha": 0.0}, "alpha and beta"),
        ([[0]], [1], {"beta": math.inf}, "alpha and beta"),
        ([[0]], [1], {"l1": -1.0}, "l1 and l2"),
        ([[0]], [1], {"l2": math.nan}, "l1 and l2"),
    ],
)
def test_bad_input_is_refused(rows, labels, options, match):
    with pytest.raises(ValueError, match=match):
        nb.ftrl_proximal(rows, labels, 3, **options)


@pytest.mark.parametrize("n_features", [0, 2.5, math.inf, math.nan, "3", None])
def test_a_number_of_features_that_is_none_is_refused(n_features):
    with pytest.raises(ValueError, match="n_features"):
        nb.ftrl_proximal([[0]], [1], n_features)
