"""Offline evaluation: the paired bootstrap against scipy and against theory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats

nb = load_exports("offline-evaluation")


@settings(deadline=None, max_examples=200)
@given(
    n_rows=st.integers(2, 60),
    n_resamples=st.integers(1, 40),
    confidence=st.floats(0.01, 0.999),
    ties=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_it_is_the_percentile_bootstrap_of_scipy(
    n_rows, n_resamples, confidence, ties, seed
):
    rng = np.random.default_rng(seed)
    a, b = rng.gamma(2, size=(2, n_rows))
    if ties:
        a, b = np.round(a), np.round(b)
    found = nb.paired_bootstrap(
        a, b, n_resamples, np.random.default_rng(seed), confidence
    )
    expected = stats.bootstrap(
        (a - b,),
        np.mean,
        n_resamples=n_resamples,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    assert found == pytest.approx(((a - b).mean(), *expected), abs=1e-9)
    assert all(type(value) is float for value in found)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_covers_the_truth_as_often_as_it_says(confidence):
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(600):
        a, b = rng.normal([[0.3], [0.0]], 1.0, (2, 80)) + rng.normal(size=80)
        _, low, high = nb.paired_bootstrap(a, b, 200, rng, confidence)
        covered += low <= 0.3 <= high
    assert abs(covered / 600 - confidence) < 0.05


def test_errors_that_both_models_share_do_not_widen_it():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 300))
    shared = 100 * rng.normal(size=300)
    alone = nb.paired_bootstrap(a, b, 500, np.random.default_rng(3))
    together = nb.paired_bootstrap(
        a + shared, b + shared, 500, np.random.default_rng(3)
    )
    assert together == pytest.approx(alone, abs=1e-9)


def test_one_row_and_equal_models_have_no_width():
    rng = np.random.default_rng(0)
    assert nb.paired_bootstrap([3.0], [1.0], 10, rng) == (2.0, 2.0, 2.0)
    assert nb.paired_bootstrap([1.0, 2.0], [1.0, 2.0], 10, rng) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("a", "b", "n_resamples", "confidence", "match"),
    [
        ([], [], 10, 0.95, "not empty"),
        ([1.0], [1.0, 2.0], 10, 0.95, "same length"),
        ([[1.0, 2.0]], [[1.0, 2.0]], 10, 0.95, "two lists"),
        ([1.0, np.nan], [1.0, 2.0], 10, 0.95, "finite"),
        ([1.0, 2.0], [1.0, np.inf], 10, 0.95, "finite"),
        ([1.0, 2.0], [1.0, 2.0], 0, 0.95, "n_resamples"),
        ([1.0, 2.0], [1.0, 2.0], 2.5, 0.95, "n_resamples"),
        ([1.0, 2.0], [1.0, 2.0], np.nan, 0.95, "n_resamples"),
        ([1.0, 2.0], [1.0, 2.0], 10, 0.0, "confidence"),
        ([1.0, 2.0], [1.0, 2.0], 10, 1.0, "confidence"),
        ([1.0, 2.0], [1.0, 2.0], 10, np.nan, "confidence"),
    ],
)
def test_bad_input_is_refused(a, b, n_resamples, confidence, match):
    with pytest.raises(ValueError, match=match):
        nb.paired_bootstrap(a, b, n_resamples, np.random.default_rng(0), confidence)
