"""Changing the base rate: against weighted scikit-learn, Bayes' rule, brute force."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.metrics import precision_recall_curve, precision_score, roc_curve

nb = load_exports("metrics-under-imbalance")

EXACT = {"rel": 1e-9, "abs": 1e-12}
rates = st.floats(1e-6, 1 - 1e-6)
probabilities = st.floats(0, 1)
costs = st.floats(1e-3, 1e3)
OUTSIDE = [-0.1, 0, 1, 1.5, np.nan, np.inf, -np.inf]


def labels_and_scores(seed):
    """Labels of both classes and scores with ties in every other sample."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([[0, 1], rng.integers(0, 2, rng.integers(1, 80))])
    score = rng.normal(y, 1)
    return y, np.round(score) if seed % 2 else score


def weights(y, base_rate):
    """Weights that give labels y the base rate."""
    return np.where(y == 1, base_rate / y.sum(), (1 - base_rate) / (y == 0).sum())


@pytest.mark.parametrize("seed", range(200))
def test_precision_equals_weighted_scikit_learn(seed):
    rng = np.random.default_rng(1000 + seed)
    y, score = labels_and_scores(seed)
    flagged, base_rate = score >= rng.normal(), 10 ** rng.uniform(-4, -0.01)
    want = precision_score(
        y, flagged, sample_weight=weights(y, base_rate), zero_division=0.0
    )
    recall, fall_out = flagged[y == 1].mean(), flagged[y == 0].mean()
    got = nb.precision_at_base_rate(recall, fall_out, base_rate)
    assert float(got) == pytest.approx(want, **EXACT)


@pytest.mark.parametrize("seed", range(100))
def test_precision_along_a_curve_equals_weighted_scikit_learn(seed):
    y, score = labels_and_scores(seed)
    base_rate = 10 ** np.random.default_rng(seed).uniform(-4, -0.01)
    fall_out, recall, _ = roc_curve(y, score, drop_intermediate=False)
    want, _, _ = precision_recall_curve(
        y, score, sample_weight=weights(y, base_rate), drop_intermediate=False
    )
    got = nb.precision_at_base_rate(recall[1:], fall_out[1:], base_rate)
    assert got[::-1] == pytest.approx(want[:-1], **EXACT)


def test_nothing_flagged_has_precision_zero():
    assert nb.precision_at_base_rate(0, 0, 0.3) == 0
    assert nb.precision_at_base_rate([0, 1], [0, 0], 0.3).tolist() == [0, 1]
    assert nb.precision_at_base_rate(0, 0.5, 0.3) == 0


def test_a_random_flag_has_the_base_rate_as_precision():
    shares = np.linspace(0.01, 1, 20)
    got = nb.precision_at_base_rate(shares, shares, 0.07)
    assert got == pytest.approx(np.full(20, 0.07), **EXACT)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 999), st.integers(1, 999))
def test_a_moved_probability_is_bayes_rule(hits, misses, old, new):
    """A score's positives and negatives per class, in exact fractions."""
    if hits + misses == 0:
        return
    from_rate, to_rate, p = Fraction(old, 1000), Fraction(new, 1000), Fraction(hits)
    p /= hits + misses
    # P(score | class) up to a common factor, which Bayes' rule cancels.
    if_positive, if_negative = p / from_rate, (1 - p) / (1 - from_rate)
    positive, negative = if_positive * to_rate, if_negative * (1 - to_rate)
    want = float(positive / (positive + negative))
    got = nb.at_base_rate(float(p), float(from_rate), float(to_rate))
    assert float(got) == pytest.approx(want, **EXACT)


@settings(max_examples=200, deadline=None)
@given(st.lists(probabilities, min_size=1, max_size=20), rates, rates)
def test_moving_there_and_back_changes_nothing_and_keeps_the_order(p, a, b):
    p = np.array(p).round(6)
    moved = nb.at_base_rate(p, a, b)
    assert ((moved >= 0) & (moved <= 1)).all()
    assert (np.diff(moved[np.argsort(p)]) >= 0).all()
    assert nb.at_base_rate(p, a, a) == pytest.approx(p, **EXACT)
    if 0.01 < a < 0.99 and 0.01 < b < 0.99:
        assert nb.at_base_rate(moved, b, a) == pytest.approx(p, rel=1e-9, abs=1e-9)


def test_the_base_rate_itself_moves_to_the_new_one_and_certainty_stays():
    assert nb.at_base_rate([0.2, 0, 1], 0.2, 0.001).tolist() == pytest.approx(
        [0.001, 0, 1], **EXACT
    )


@settings(max_examples=200, deadline=None)
@given(costs, costs, rates, rates, st.integers(0, 10**6))
def test_no_other_set_of_flags_is_cheaper_than_the_threshold(fp, fn, old, new, seed):
    """Scores with known class shares: flag exactly those whose flag costs less."""
    p = np.random.default_rng(seed).random(30)
    threshold = nb.cost_threshold(fp, fn, old, new)
    if_positive, if_negative = p / old, (1 - p) / (1 - old)
    miss, false_alarm = fn * new * if_positive, fp * (1 - new) * if_negative
    clear = abs(miss - false_alarm) > 1e-9 * (miss + false_alarm)
    assert ((p >= threshold) == (miss >= false_alarm))[clear].all()


def test_without_a_change_the_threshold_is_the_ratio_of_costs():
    assert nb.cost_threshold(1, 9, 0.05, 0.05) == pytest.approx(0.1, **EXACT)
    assert nb.cost_threshold(20, 500, 0.3, 0.3) == pytest.approx(20 / 520, **EXACT)


def test_rarer_positives_raise_the_threshold():
    thresholds = [nb.cost_threshold(1, 30, 0.05, rate) for rate in (0.5, 0.05, 0.001)]
    assert thresholds[0] < thresholds[1] < thresholds[2]
    assert all(type(value) is float for value in thresholds)


@pytest.mark.parametrize("rate", OUTSIDE)
def test_a_base_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(ValueError, match="base_rate must lie between 0 and 1"):
        nb.precision_at_base_rate(0.5, 0.1, rate)
    for move in (
        lambda *r: nb.at_base_rate(0.5, *r),
        lambda *r: nb.cost_threshold(1, 1, *r),
    ):
        with pytest.raises(ValueError, match="must lie between 0 and 1"):
            move(rate, 0.5)
        with pytest.raises(ValueError, match="must lie between 0 and 1"):
            move(0.5, rate)


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan, np.inf, [0.5, np.nan]])
def test_shares_and_probabilities_outside_0_to_1_are_refused(share):
    with pytest.raises(ValueError, match=r"recall must lie in \[0, 1\]"):
        nb.precision_at_base_rate(share, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"fall_out must lie in \[0, 1\]"):
        nb.precision_at_base_rate(0.5, share, 0.5)
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\]"):
        nb.at_base_rate(share, 0.5, 0.5)


def test_shares_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        nb.precision_at_base_rate([0.1, 0.2], [0.1, 0.2, 0.3], 0.5)


@pytest.mark.parametrize("cost", [0, -1, np.nan, np.inf])
def test_a_cost_that_is_no_cost_is_refused(cost):
    with pytest.raises(ValueError, match="cost_fp must be a finite number > 0"):
        nb.cost_threshold(cost, 1, 0.5, 0.5)
    with pytest.raises(ValueError, match="cost_fn must be a finite number > 0"):
        nb.cost_threshold(1, cost, 0.5, 0.5)
