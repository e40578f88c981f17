"""The risk-coverage curve against its definition, counted by scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.metrics import accuracy_score

nb = load_exports("human-in-the-loop")

seeds = st.integers(0, 2**32 - 1)
unhurried = settings(deadline=None)  # a busy core is no failure


def random_outcomes(seed):
    """Outcomes and confidences of 1 to 60 rows: any scale, sometimes tied."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 60)
    confidence = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4)
    if rng.random() < 0.5:
        confidence = confidence.round()
    return rng.random(n) < rng.random(), confidence


@unhurried
@given(seed=seeds)
def test_risk_is_one_minus_accuracy_of_the_most_confident(seed):
    correct, confidence = random_outcomes(seed)
    coverage, risk = nb.risk_coverage_curve(correct, confidence)
    rows = sorted(range(len(correct)), key=lambda i: -confidence[i])
    expected = [
        1 - accuracy_score(np.ones(k), correct[rows[:k]])
        for k in range(1, len(rows) + 1)
    ]
    np.testing.assert_allclose(risk, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(coverage * len(rows), range(1, len(rows) + 1))


@unhurried
@given(seed=seeds)
def test_only_the_order_of_confidence_counts(seed):
    correct, confidence = random_outcomes(seed)
    ranks = np.unique(confidence, return_inverse=True)[1]
    for ours, expected in zip(
        nb.risk_coverage_curve(correct.tolist(), confidence.tolist()),
        nb.risk_coverage_curve(correct.astype(int), ranks),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, expected)


def test_equal_confidences_keep_their_order():
    risk = nb.risk_coverage_curve([1, 0, 1, 0], [0.5, 0.5, 0.9, 0.5])[1]
    np.testing.assert_allclose(risk, [0, 0, 1 / 3, 1 / 2])


@pytest.mark.parametrize(
    ("correct", "confidence", "what"),
    [
        ([], [], "empty"),
        ([1, 0], [0.5], "for"),
        ([[1, 0]], [[0.5, 0.1]], "1-D"),
        ([1, 2], [0.5, 0.1], "0 and 1"),
        ([1, np.nan], [0.5, 0.1], "0 and 1"),
        ([1, 0], [0.5, np.nan], "NaN"),
        ([1, 0], [0.5, np.inf], "infinity"),
    ],
)
def test_bad_input_is_refused(correct, confidence, what):
    with pytest.raises(ValueError, match=what):
        nb.risk_coverage_curve(correct, confidence)
