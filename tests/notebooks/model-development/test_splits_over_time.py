"""Splits over time: forward folds agree with scikit-learn's, day by day."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.model_selection import TimeSeriesSplit

nb = load_exports("splits-over-time")


@settings(deadline=None, max_examples=300)
@given(
    first=st.integers(-400, 400),
    n_folds=st.integers(1, 6),
    test_days=st.integers(1, 9),
    gap=st.integers(0, 8),
    spare=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_folds_are_those_of_scikit_learn_over_days(
    first, n_folds, test_days, gap, spare, seed
):
    rng = np.random.default_rng(seed)
    n_days = n_folds * test_days + gap + spare
    calendar = first + np.arange(n_days)
    days = rng.permutation(np.repeat(calendar, rng.integers(1, 4, n_days)))
    folds = nb.forward_folds(days, n_folds, test_days, gap=gap)
    if n_folds == 1:  # scikit-learn wants two at least
        two = TimeSeriesSplit(2, test_size=test_days, gap=gap)
        earlier = np.r_[first - test_days + np.arange(test_days), calendar]
        expected = [
            (earlier[train][earlier[train] >= first], earlier[test])
            for train, test in list(two.split(earlier))[1:]
        ]
    else:
        splitter = TimeSeriesSplit(n_folds, test_size=test_days, gap=gap)
        expected = [(calendar[a], calendar[b]) for a, b in splitter.split(calendar)]
    assert len(folds) == n_folds == len(expected)
    for (train, test), (train_days, test_of) in zip(folds, expected, strict=True):
        assert train.dtype == test.dtype == bool
        assert (train == np.isin(days, train_days)).all()
        assert (test == np.isin(days, test_of)).all()


def test_days_without_rows_still_count():
    days = np.array([0, 1, 2, 9, 10, 19])
    (train, test), (later_train, later_test) = nb.forward_folds(days, 2, 5, gap=2)
    assert days[test].tolist() == [10]
    assert days[train].tolist() == [0, 1, 2]
    assert days[later_test].tolist() == [19]
    assert days[later_train].tolist() == [0, 1, 2, 9, 10]


@pytest.mark.parametrize(
    ("days", "arguments", "match"),
    [
        ([], (1, 1), "at least one"),
        ([0.0, 1.0, 2.0], (1, 1), "whole numbers"),
        ([0, 1, float("nan")], (1, 1), "whole numbers"),
        ([[0, 1], [2, 3]], (1, 1), "list of whole numbers"),
        (["a", "b"], (1, 1), "whole numbers"),
        (range(10), (0, 1), "1 or more"),
        (range(10), (1, 0), "1 or more"),
        (range(10), (1, 1, -1), "gap 0 or more"),
        (range(10), (2, 5), "no day is left"),
        (range(10), (2, 4, 2), "no day is left"),
    ],
)
def test_bad_input_is_refused(days, arguments, match):
    with pytest.raises(ValueError, match=match):
        nb.forward_folds(days, *arguments)
