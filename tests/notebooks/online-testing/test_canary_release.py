"""The evidence for a rollback against scipy's likelihoods."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.special import logsumexp
from scipy.stats import binom

nb = load_exports("canary-release")
evidence = nb.rollback_evidence

unhurried = settings(deadline=None, max_examples=300)
counts = st.integers(0, 5_000)
shares = st.floats(1e-4, 1 - 1e-4)
ratios = st.floats(1.001, 100)


@unhurried
@given(canary=counts, control=counts, share=shares, ratio=ratios)
def test_evidence_is_the_ratio_of_two_binomial_likelihoods(
    canary, control, share, ratio
):
    n, worse = canary + control, ratio * share / (1 - share + ratio * share)
    expected = binom.logpmf(canary, n, worse) - binom.logpmf(canary, n, share)
    got = evidence(canary, control, share, ratio)
    assert np.isclose(got, expected, rtol=1e-9, atol=1e-9 * (1 + n))


@unhurried
@given(share=shares, ratio=ratios, n=st.integers(1, 300))
def test_a_healthy_version_plays_a_fair_game(share, ratio, n):
    canary = np.arange(n + 1)
    log_ratio = evidence(canary, n - canary, share, ratio)
    log_mean = logsumexp(binom.logpmf(canary, n, share) + log_ratio)
    assert abs(log_mean) < 1e-9


@unhurried
@given(st.lists(st.tuples(counts, counts, shares), min_size=1, max_size=20), ratios)
def test_periods_add_up_whatever_their_shares(periods, ratio):
    canary, control, share = map(np.array, zip(*periods, strict=True))
    one_by_one = [evidence(*period, ratio) for period in periods]
    assert np.allclose(evidence(canary, control, share, ratio), one_by_one, rtol=1e-12)
    n_equal = canary.sum(), control.sum()
    together = evidence(*n_equal, 0.2, ratio)
    assert np.isclose(evidence(canary, control, 0.2, ratio).sum(), together, rtol=1e-9)


def test_no_errors_say_nothing():
    assert evidence(0, 0, 0.05, 1.5) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((-1, 3, 0.1, 2), "not negative"),
        ((1, np.nan, 0.1, 2), "finite"),
        (([1, np.inf], [1, 1], 0.1, 2), "finite"),
        ((1, 3, 0, 2), "share"),
        ((1, 3, 1, 2), "share"),
        ((1, 3, [0.1, np.nan], 2), "share"),
        ((1, 3, 0.1, 1), "above 1"),
        ((1, 3, 0.1, np.inf), "above 1"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        evidence(*arguments)
