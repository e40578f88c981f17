"""bbse_weights of drift-correction against the truth that it must find again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import linalg

nb = load_exports("drift-correction")


def shifted_classes(seed):
    """A classifier's confusion on old rows, old and new class shares."""
    rng = np.random.default_rng(seed)
    n_classes = int(rng.integers(1, 9))
    errors = rng.dirichlet(np.ones(n_classes), n_classes).T
    given_class = 0.6 * np.eye(n_classes) + 0.4 * errors  # P(predict i | class j)
    old, new = rng.dirichlet(np.ones(n_classes) * 3, 2)
    return given_class, old, new


@given(st.integers(0, 10**6))
def test_weights_are_the_ratio_of_the_class_shares(seed):
    given_class, old, new = shifted_classes(seed)
    weights = nb.bbse_weights(given_class * old, given_class @ new)
    assert weights == pytest.approx(new / old, rel=1e-9, abs=1e-9)
    assert weights @ old == pytest.approx(1.0, abs=1e-9)


@given(st.integers(0, 10**6))
def test_weights_solve_the_system_for_any_shares(seed):
    given_class, old, _ = shifted_classes(seed)
    shares = np.random.default_rng(seed + 1).dirichlet(np.ones(len(old)))
    weights = nb.bbse_weights(given_class * old, shares)
    expected = linalg.inv(given_class * old) @ shares
    assert weights == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(
    st.floats(0.55, 0.99), st.floats(0.01, 0.45), st.floats(0, 1), st.floats(0.1, 0.9)
)
def test_two_classes_give_the_estimator_of_rogan_and_gladen(tpr, fpr, flagged, old):
    confusion = [[(1 - old) * (1 - fpr), old * (1 - tpr)], [(1 - old) * fpr, old * tpr]]
    new = old * nb.bbse_weights(confusion, [1 - flagged, flagged])[1]
    assert new == pytest.approx((flagged - fpr) / (tpr - fpr), abs=1e-9)


def test_no_shift_gives_ones_and_lists_are_taken():
    assert nb.bbse_weights([[0.4, 0.1], [0.1, 0.4]], [0.5, 0.5]) == pytest.approx(
        [1, 1]
    )
    assert nb.bbse_weights([[1]], [1]).tolist() == [1.0]


def test_negative_weights_are_not_hidden():
    assert nb.bbse_weights([[0.4, 0.1], [0.1, 0.4]], [1.0, 0.0])[1] < 0


def test_inputs_are_left_as_they_were():
    confusion, shares = np.array([[0.4, 0.1], [0.1, 0.4]]), np.array([0.7, 0.3])
    nb.bbse_weights(confusion, shares)
    assert confusion.tolist() == [[0.4, 0.1], [0.1, 0.4]]
    assert shares.tolist() == [0.7, 0.3]


GOOD, SHARES = [[0.4, 0.1], [0.1, 0.4]], [0.5, 0.5]


@pytest.mark.parametrize(
    ("confusion", "shares", "message"),
    [
        ([], [], "square"),
        ([[]], [], "square"),
        ([0.5, 0.5], SHARES, "square"),
        ([[0.5, 0.3, 0.2]], [1.0], "square"),
        (GOOD, [1.0], "shares for 2 classes"),
        (GOOD, [0.2, 0.3, 0.5], "shares for 2 classes"),
        (GOOD, 0.5, "shares for 2 classes"),
        (GOOD, [float("nan"), 1.0], "shares: need probabilities"),
        (GOOD, [-0.1, 1.1], "shares: need probabilities"),
        (GOOD, [0.5, 0.6], "shares: sums to"),
        ([[0.4, float("nan")], [0.1, 0.4]], SHARES, "confusion: need probabilities"),
        ([[1.2, -0.2], [0.0, 0.0]], SHARES, "confusion: need probabilities"),
        ([[40, 10], [10, 40]], SHARES, "confusion: need probabilities"),
        ([[0.4, 0.1], [0.1, 0.3]], SHARES, "confusion: sums to"),
        ([[0.25, 0.25], [0.25, 0.25]], SHARES, "singular"),
        ([[0.5, 0.5], [0.0, 0.0]], SHARES, "singular"),
    ],
)
def test_bad_input_is_refused(confusion, shares, message):
    with pytest.raises(ValueError, match=message):
        nb.bbse_weights(confusion, shares)
