"""Out-of-fold target encoding against scikit-learn and against its definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.preprocessing import TargetEncoder

nb = load_exports("categorical-encoding")
encode = nb.out_of_fold_target_encode

rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", ""]),
        st.one_of(st.integers(0, 1), st.floats(-1e3, 1e3)),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({fold for *_, fold in rows}) > 1)


@settings(max_examples=300, deadline=None)
@given(rows, st.sampled_from([0.5, 1.0, 10.0, 300.0]))
def test_each_fold_equals_scikit_learn_fitted_on_the_others(rows, smoothing):
    values, y, folds = (np.array(column) for column in zip(*rows, strict=True))
    ours = encode(values, y, folds, smoothing)
    for fold in set(folds):
        inside = folds == fold
        encoder = TargetEncoder(smooth=smoothing, target_type="continuous")
        encoder.fit(values[~inside, None].astype(object), y[~inside].astype(float))
        theirs = encoder.transform(values[inside, None].astype(object)).ravel()
        np.testing.assert_allclose(ours[inside], theirs, rtol=1e-9, atol=1e-9)


@settings(max_examples=200, deadline=None)
@given(rows)
def test_a_row_does_not_depend_on_the_labels_of_its_own_fold(rows):
    values, y, folds = (np.array(column) for column in zip(*rows, strict=True))
    inside = folds == folds[0]
    changed = np.where(inside, y + 17, y)
    before, after = encode(values, y, folds), encode(values, changed, folds)
    np.testing.assert_array_equal(before[inside], after[inside])


@settings(max_examples=200, deadline=None)
@given(rows)
def test_no_smoothing_gives_plain_means_and_the_prior_for_strangers(rows):
    values, y, folds = zip(*rows, strict=True)
    for i, got in enumerate(encode(values, y, folds, 0)):
        rest = [j for j in range(len(y)) if folds[j] != folds[i]]
        same = [y[j] for j in rest if values[j] == values[i]]
        want = np.mean(same) if same else np.mean([y[j] for j in rest])
        assert got == pytest.approx(want, rel=1e-9, abs=1e-9)


def test_by_hand():
    # The other fold of the first row: a 1, b 0, b 1; mean 2/3; a: (1 + 2 * 2/3) / 3.
    got = encode(["a", "a", "b", "b"], [0, 1, 0, 1], [0, 1, 1, 1], smoothing=2)
    assert got[0] == pytest.approx((1 + 2 * 2 / 3) / 3)
    assert got[1:] == pytest.approx([0, 0, 0])  # the only other row has label 0


def test_ten_is_the_default_smoothing():
    given_ = ["a", "b", "a", "b"], [0, 1, 1, 1], [0, 0, 1, 1]
    np.testing.assert_array_equal(encode(*given_), encode(*given_, smoothing=10.0))


def test_a_missing_category_is_a_category_and_any_sequence_will_do():
    values, y, folds = [None, "a", None, "a", None], [1, 0, 1, 0, 0], [0, 0, 1, 1, 1]
    want = encode(["none", "a", "none", "a", "none"], y, folds)
    for form in (list, tuple, pd.Series, lambda x: np.array(x, dtype=object)):
        np.testing.assert_allclose(encode(form(values), form(y), form(folds)), want)
    np.testing.assert_allclose(encode([np.nan, 1, np.nan, 1, np.nan], y, folds), want)


def test_folds_may_be_named():
    y, values = [0, 1, 1, 0], ["a", "a", "b", "b"]
    named = encode(values, y, ["train", "rest", "train", "rest"])
    np.testing.assert_array_equal(named, encode(values, y, [0, 1, 0, 1]))


@pytest.mark.parametrize(
    ("values", "y", "folds", "message"),
    [
        ([], [], [], "of one length, not empty"),
        (["a"], [1, 0], [0, 1], "of one length, not empty"),
        (["a", "b"], [1, 0], [0, 1, 1], "of one length, not empty"),
        (["a", "b"], [[1], [0]], [0, 1], "of one length, not empty"),
        (["a", "b"], [1, np.nan], [0, 1], "y holds NaN or infinity"),
        (["a", "b"], [np.inf, 1], [0, 1], "y holds NaN or infinity"),
        (["a", "b"], [1, 0], [0, 0], "two or more folds"),
        (["a", "b", "c"], [1, 0, 1], [0, 1, None], "none may be missing"),
        (["a", "b", "c"], [1, 0, 1], [0, 1, np.nan], "none may be missing"),
    ],
)
def test_bad_rows_are_refused(values, y, folds, message):
    with pytest.raises(ValueError, match=message):
        encode(values, y, folds)


@pytest.mark.parametrize("smoothing", [-1, np.nan, np.inf, -0.001])
def test_a_smoothing_that_is_no_count_is_refused(smoothing):
    with pytest.raises(ValueError, match="smoothing must be a finite number >= 0"):
        encode(["a", "b"], [1, 0], [0, 1], smoothing)
