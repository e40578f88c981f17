"""The functions of the notebook classification-metrics against scikit-learn."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from notebook_files import load_exports
from sklearn import metrics

nb = load_exports("classification-metrics")

SCORES = [nb.roc_auc, nb.average_precision, nb.log_loss, nb.normalized_cross_entropy]
DECISIONS = [nb.confusion_counts, nb.precision_recall_f1]
ALL = DECISIONS + SCORES


def close(value, expected):
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)


def random_labels_and_scores(seed):
    """Both classes, a base rate from 1 in 60 to 59 in 60, often tied scores."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    y = np.zeros(n, dtype=int)
    y[: rng.integers(1, n)] = 1
    rng.shuffle(y)
    scores = rng.random(n)
    if seed % 3:
        scores = scores.round(int(rng.integers(0, 3)))
    return y, scores


# -- Decisions


@settings(deadline=None)
@given(
    hnp.arrays(int, st.integers(1, 40), elements=st.integers(0, 1)).flatmap(
        lambda y: st.tuples(
            st.just(y), hnp.arrays(int, len(y), elements=st.integers(0, 1))
        )
    )
)
def test_decision_metrics_equal_scikit_learn(pair):
    y_true, y_pred = pair
    tn, fp, fn, tp = metrics.confusion_matrix(y_true, y_pred, labels=[0, 1]).ravel()
    assert nb.confusion_counts(y_true, y_pred) == (tp, fp, fn, tn)
    expected = metrics.precision_recall_fscore_support(
        y_true, y_pred, average="binary", zero_division=0
    )[:3]
    assert np.allclose(nb.precision_recall_f1(y_true, y_pred), expected, atol=1e-12)


def test_undefined_ratios_are_zero():
    assert nb.precision_recall_f1([1, 1], [0, 0]) == (0.0, 0.0, 0.0)
    assert nb.precision_recall_f1([0, 0], [1, 1]) == (0.0, 0.0, 0.0)
    assert nb.precision_recall_f1([0, 0], [0, 0]) == (0.0, 0.0, 0.0)


def test_counts_are_python_ints_and_ratios_python_floats():
    assert [type(v) for v in nb.confusion_counts([0, 1], [1, 1])] == [int] * 4
    assert [type(v) for v in nb.precision_recall_f1([0, 1], [1, 1])] == [float] * 3
    for function in SCORES:
        assert type(function([0, 1], [0.25, 0.5])) is float


# -- Order


@pytest.mark.parametrize("seed", range(300))
def test_order_metrics_equal_scikit_learn(seed):
    y, scores = random_labels_and_scores(seed)
    assert close(nb.roc_auc(y, scores), metrics.roc_auc_score(y, scores))
    assert close(
        nb.average_precision(y, scores), metrics.average_precision_score(y, scores)
    )


@pytest.mark.parametrize("seed", range(30))
def test_roc_auc_is_the_share_of_pairs_in_order_with_ties_as_half(seed):
    y, scores = random_labels_and_scores(seed)
    pairs = list(itertools.product(scores[y == 1], scores[y == 0]))
    wins = sum((bad > good) + (bad == good) / 2 for bad, good in pairs)
    assert close(nb.roc_auc(y, scores), wins / len(pairs))


@pytest.mark.parametrize("seed", range(1, 30))
def test_tied_scores_give_the_same_value_in_any_order_of_the_rows(seed):
    y, scores = random_labels_and_scores(seed)
    shuffled = np.random.default_rng(seed).permutation(len(y))
    for function in SCORES[:2]:
        assert close(function(y, scores), function(y[shuffled], scores[shuffled]))


def test_all_scores_tied_is_chance():
    y = [0, 1, 0, 0, 1]
    assert nb.roc_auc(y, [3.0] * 5) == 0.5
    assert close(nb.average_precision(y, [3.0] * 5), 0.4)


def test_order_metrics_keep_scores_apart_that_differ_in_the_last_bit():
    scores = [0.5, np.nextafter(0.5, 1), np.nextafter(0.5, 0)]
    y = [1, 0, 1]
    assert nb.roc_auc(y, scores) == 0.0
    assert close(nb.average_precision(y, scores), (1 / 2 + 2 / 3) / 2)


def test_order_metrics_take_any_finite_scale():
    y = [0, 1, 1, 0]
    for scores in ([-1.7e308, 5, 1.7e308, -900], [-3, -1, -2, -4], [10, 30, 20, 5]):
        assert nb.roc_auc(y, scores) == nb.average_precision(y, scores) == 1.0


def test_one_class_is_an_error_for_roc_auc():
    for labels in ([1, 1], [0, 0]):
        with pytest.raises(ValueError, match="one class"):
            nb.roc_auc(labels, [0.1, 0.9])


def test_average_precision_of_one_class_is_as_in_scikit_learn():
    for labels in ([1, 1, 1], [0, 0, 0]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = metrics.average_precision_score(labels, [0.2, 0.9, 0.2])
        assert nb.average_precision(labels, [0.2, 0.9, 0.2]) == expected


# -- Probabilities


@pytest.mark.parametrize("seed", range(300))
def test_log_loss_equals_scikit_learn(seed):
    y, p = random_labels_and_scores(seed)  # rounded ones hold exact 0 and 1
    assert close(nb.log_loss(y, p), metrics.log_loss(y, p, labels=[0, 1]))


@pytest.mark.parametrize(
    "p", [0.0, 1.0, 5e-324, 1e-17, 1e-300, 1 - 2**-53, 2.0**-52, 2.0**-53]
)
def test_log_loss_clips_certain_forecasts_as_scikit_learn_does(p):
    for labels in ([0, 1], [1, 0]):
        for forecast in ([p, 0.3], [0.3, p]):
            expected = metrics.log_loss(labels, forecast)
            assert close(nb.log_loss(labels, forecast), expected)


def test_log_loss_is_in_nats_and_needs_one_class_only():
    assert close(nb.log_loss([1, 1, 1], [0.5, 0.5, 0.5]), math.log(2))
    assert close(nb.log_loss([0], [0.25]), -math.log(0.75))
    assert 36 < nb.log_loss([1], [0]) < 36.1


@pytest.mark.parametrize("seed", range(100))
def test_normalized_cross_entropy_is_log_loss_over_that_of_the_base_rate(seed):
    y, p = random_labels_and_scores(seed)
    constant = metrics.log_loss(y, np.full(len(y), y.mean()), labels=[0, 1])
    expected = metrics.log_loss(y, p, labels=[0, 1]) / constant
    assert close(nb.normalized_cross_entropy(y, p), expected)


@pytest.mark.parametrize("positives", [1, 3, 500, 999])
def test_forecasting_the_base_rate_scores_one(positives):
    y = np.arange(1000) < positives
    p = np.full(1000, positives / 1000)
    assert close(nb.normalized_cross_entropy(y, p), 1.0)


def test_one_class_is_an_error_for_normalized_cross_entropy():
    for labels in ([1, 1], [0, 0]):
        with pytest.raises(ValueError, match="one class"):
            nb.normalized_cross_entropy(labels, [0.1, 0.9])


@pytest.mark.parametrize("function", SCORES[2:])
@pytest.mark.parametrize("p", [[0.5, 1.0000001], [-1e-9, 0.5], [2, 0]])
def test_probabilities_outside_zero_to_one_are_refused(function, p):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        function([0, 1], p)


# -- Inputs that every function must take or refuse


@pytest.mark.parametrize("function", ALL)
def test_lists_tuples_bools_floats_and_series_mean_the_same(function):
    y, other = [0, 1, 1, 0, 1], [0, 1, 0, 1, 1]
    expected = function(np.array(y), np.array(other))
    for kind in (list, tuple, lambda v: np.array(v, bool), pd.Series):
        assert function(kind(y), kind(other)) == expected
    assert function(np.array(y, float), np.array(other, np.float32)) == expected
    shuffled_index = pd.Series(y, index=[4, 3, 2, 1, 0])
    assert function(shuffled_index, pd.Series(other)) == expected


@pytest.mark.parametrize("function", ALL)
def test_inputs_are_left_as_they_were(function):
    y, other = np.array([1, 0, 1, 0]), np.array([1.0, 1.0, 0.0, 0.0])
    function(y, other)
    assert y.tolist() == [1, 0, 1, 0] and other.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("function", ALL)
def test_empty_input_is_refused(function):
    with pytest.raises(ValueError, match="empty"):
        function([], [])


@pytest.mark.parametrize("function", ALL)
def test_lengths_that_differ_are_refused(function):
    for other in ([0, 1], [0, 1, 1, 0]):
        with pytest.raises(ValueError, match="lengths differ"):
            function([0, 1, 1], other)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(
    "labels", [[0, 2, 1], [-1, 1, 1], [0, 1, math.nan], [0, 0.5, 1], ["0", "1", "1"]]
)
def test_labels_other_than_zero_and_one_are_refused(function, labels):
    with pytest.raises(ValueError, match="y_true must hold nothing but 0 and 1"):
        function(labels, [0, 1, 1])


@pytest.mark.parametrize("function", DECISIONS)
@pytest.mark.parametrize("y_pred", [[0, 0.7, 1], [0, 1, math.nan], [0, 1, 2]])
def test_decisions_other_than_zero_and_one_are_refused(function, y_pred):
    with pytest.raises(ValueError, match="y_pred must hold nothing but 0 and 1"):
        function([0, 1, 1], y_pred)


@pytest.mark.parametrize("function", SCORES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None])
def test_scores_that_are_not_finite_are_refused(function, bad):
    with pytest.raises(ValueError, match="finite"):
        function([0, 1, 1], [0.1, bad, 0.3])


@pytest.mark.parametrize("function", ALL)
def test_two_dimensional_input_is_refused(function):
    column = np.array([[0], [1], [1]])
    with pytest.raises(ValueError, match="1-D"):
        function(column, column)
    with pytest.raises(ValueError, match="1-D|lengths differ"):
        function(column.ravel(), column)


# -- The helper that both curves are drawn from


@pytest.mark.parametrize("seed", range(100))
def test_counts_by_threshold_are_those_of_flagging_from_each_score_up(seed):
    y, scores = random_labels_and_scores(seed)
    thresholds, tp, fp = nb.counts_by_threshold(y, scores)
    assert thresholds.tolist() == sorted(set(scores.tolist()), reverse=True)
    for threshold, *counts in zip(thresholds, tp, fp, strict=True):
        expected = nb.confusion_counts(y, scores >= threshold)[:2]
        assert tuple(counts) == expected
