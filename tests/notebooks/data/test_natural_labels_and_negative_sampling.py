"""The correction after negative downsampling: Bayes' rule, exact fractions, a model."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

nb = load_exports("natural-labels-and-negative-sampling")
correct = nb.correct_downsampled_probability

unhurried = settings(deadline=None, max_examples=300)
probabilities = st.floats(0, 1)
rates = st.floats(1e-9, 1)


@unhurried
@given(probabilities, rates)
def test_it_equals_the_published_formula_in_exact_arithmetic(p, rate):
    p_exact, rate_exact = Fraction(p), Fraction(rate)
    expected = p_exact / (p_exact + (1 - p_exact) / rate_exact)
    assert correct(p, rate) == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


@unhurried
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=50), rates)
def test_it_shifts_the_log_odds_by_the_log_of_the_rate(log_odds, rate):
    p = expit(np.array(log_odds))
    expected = expit(logit(p) + np.log(rate))
    np.testing.assert_allclose(correct(p, rate), expected, rtol=1e-9, atol=1e-15)


@unhurried
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 1000))
def test_it_takes_counts_of_the_sample_back_to_counts_of_the_population(pos, neg, keep):
    sampled = pos / (pos + neg)  # after one negative in `keep` was kept
    assert correct(sampled, 1 / keep) == pytest.approx(pos / (pos + neg * keep))


@unhurried
@given(st.lists(probabilities, min_size=2, max_size=30), rates)
def test_it_keeps_the_order_and_never_raises_a_probability(p, rate):
    p = np.sort(p)
    corrected = correct(p, rate)
    assert (np.diff(corrected) >= 0).all()
    assert (corrected <= p * (1 + 1e-12)).all() and (corrected >= 0).all()


@unhurried
@given(probabilities, rates, rates)
def test_two_rounds_of_downsampling_are_one_with_the_product(p, first, second):
    twice = correct(correct(p, second), first)
    assert twice == pytest.approx(correct(p, first * second), rel=1e-9, abs=1e-300)


def test_certainty_and_a_rate_of_one_change_nothing():
    p = np.linspace(0, 1, 101)
    np.testing.assert_allclose(correct(p, 1), p, rtol=1e-15)
    assert correct(0, 0.01) == 0.0 and correct(1, 0.01) == 1.0
    assert correct(0.5, 0.1) == pytest.approx(1 / 11)


def test_it_takes_scalars_lists_series_and_tables():
    assert type(correct(0.5, 0.5)) is float
    assert type(correct(np.float32(0.5), np.float64(0.5))) is float
    assert type(correct(1, 1)) is float
    expected = [0.0, 1 / 11, 1.0]
    for p in ([0, 0.5, 1], (0, 0.5, 1), pd.Series([0, 0.5, 1], index=[7, 7, 2])):
        result = correct(p, 0.1)
        assert isinstance(result, np.ndarray)
        np.testing.assert_allclose(result, expected)
    assert correct(np.full((3, 2), 0.5), 0.1).shape == (3, 2)


def test_the_argument_is_left_alone():
    p = np.array([0.2, 0.8])
    correct(p, 0.1)
    assert p.tolist() == [0.2, 0.8]


def test_a_model_of_the_sample_is_right_about_the_population():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200_000, 2))
    p_true = expit(x @ [1.0, -0.5] - 3.5)
    y = rng.random(len(x)) < p_true
    kept = y | (rng.random(len(x)) < 0.1)
    model = LogisticRegression(C=1e6).fit(x[kept], y[kept])
    learned = model.predict_proba(x)[:, 1]
    assert learned.mean() > 4 * y.mean()
    assert correct(learned, 0.1).mean() == pytest.approx(y.mean(), rel=0.05)
    assert np.abs(correct(learned, 0.1) - p_true).mean() < 0.1 * y.mean()


@pytest.mark.parametrize(
    "p", [[], np.array([]), np.empty((0, 3)), pd.Series(dtype=float)]
)
def test_no_probability_is_refused(p):
    with pytest.raises(ValueError, match="p is empty"):
        correct(p, 0.5)


@pytest.mark.parametrize("bad", [-1e-9, 1 + 1e-9, np.nan, np.inf, -np.inf])
def test_what_is_no_probability_is_refused(bad):
    for p in (bad, [0.5, bad]):
        with pytest.raises(ValueError, match=r"p must lie in \[0, 1\], without NaN"):
            correct(p, 0.5)


@pytest.mark.parametrize(
    "rate", [0, -0.1, 1.0001, 10, np.nan, np.inf, [0.1, 0.2], [0.1]]
)
def test_what_is_no_sampling_rate_is_refused(rate):
    with pytest.raises(ValueError, match=r"negative_sampling_rate must be a number in"):
        correct([0.5, 0.5], rate)
