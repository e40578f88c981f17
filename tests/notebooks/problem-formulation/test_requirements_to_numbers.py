"""Peak load against exact fractions, the slowest of n calls against numpy and scipy."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats

nb = load_exports("requirements-to-numbers")

EXACT = {"rel": 1e-9, "abs": 1e-12}
amounts = st.floats(0, 1e9)
samples = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 2.0]), min_size=1)
fanouts = st.integers(1, 5000)
levels = st.floats(0, 1)


# peak_qps


@settings(deadline=None)
@given(users=amounts, requests=amounts, ratio=st.floats(1, 1e3))
def test_peak_qps_equals_exact_arithmetic(users, requests, ratio):
    exact = Fraction(users) * Fraction(requests) * Fraction(ratio) / (24 * 60 * 60)
    qps = nb.peak_qps(users, requests, ratio)
    assert type(qps) is float
    assert qps == pytest.approx(float(exact), **EXACT)


def test_peak_qps_of_one_request_a_second_and_of_the_page():
    assert nb.peak_qps(86_400, 1, 1) == 1.0
    assert nb.peak_qps(86_400, 1) == 3.0  # three times the mean unless told
    assert nb.peak_qps(10_000_000, 10, 3) == pytest.approx(3472.2222222, rel=1e-9)
    assert nb.peak_qps(0, 10) == nb.peak_qps(10, 0) == 0.0


def test_peak_qps_is_the_busiest_bucket_of_a_log():
    rng = np.random.default_rng(0)
    for _ in range(200):
        users, hours = int(rng.integers(1, 50)), rng.integers(0, 1000, 24)
        hours[rng.integers(24)] += 1
        ratio = hours.max() / hours.mean()
        busiest = hours.max() / 3600
        requests = hours.sum() / users
        assert nb.peak_qps(users, requests, ratio) == pytest.approx(busiest, **EXACT)


@pytest.mark.parametrize("form", [list, np.array, pd.Series])
def test_peak_qps_broadcasts_arrays(form):
    rng = np.random.default_rng(1)
    users, requests = rng.integers(0, 10**9, (2, 300)).astype(float)
    got = nb.peak_qps(form(users), form(requests), 2.5)
    want = [nb.peak_qps(u, r, 2.5) for u, r in zip(users, requests, strict=True)]
    assert isinstance(got, np.ndarray)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert nb.peak_qps(users[:, None], requests[:5], [[1.5]]).shape == (300, 5)


def test_peak_qps_does_not_overflow_integers():
    got = nb.peak_qps(np.int32(2_000_000_000), np.int32(100), np.int32(2))
    assert got == pytest.approx(2e9 * 100 * 2 / 86_400, rel=1e-12)


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, [], [1, math.nan], None, "x"])
@pytest.mark.parametrize(
    ("place", "name"),
    list(enumerate(["daily_users", "requests_per_user", "peak_to_mean"])),
)
def test_peak_qps_names_the_argument_that_is_wrong(place, name, bad):
    arguments = [1e6, 10, 3.0]
    arguments[place] = bad
    match = "could not convert" if bad == "x" else f"{name} must be finite"
    with pytest.raises(ValueError, match=match):
        nb.peak_qps(*arguments)


@pytest.mark.parametrize("ratio", [0, 0.5, 0.999, [2, 0.9]])
def test_a_peak_below_the_mean_is_refused(ratio):
    with pytest.raises(ValueError, match="peak_to_mean must be finite and >= 1"):
        nb.peak_qps(1e6, 10, ratio)


# fanout_latency_quantile


def exactly(values, fanout, q):
    """The definition in fractions; None where a tie is closer than floats can tell."""
    ordered, n = sorted(values), len(values)
    powers = [Fraction(rank, n) ** fanout for rank in range(1, n + 1)]
    if any(
        abs(power - Fraction(q)) < Fraction(q) * Fraction(1, 10**9) for power in powers
    ):
        return None
    return next(v for v, power in zip(ordered, powers, strict=True) if power >= q)


@settings(deadline=None, max_examples=300)
@given(values=samples, fanout=st.integers(1, 60), q=levels)
def test_the_slowest_call_equals_the_definition_in_fractions(values, fanout, q):
    want = exactly(values, fanout, q)
    got = nb.fanout_latency_quantile(values, fanout, q)
    assert type(got) is float and got in values
    assert want is None or got == want


@settings(deadline=None)
@given(values=samples, fanout=fanouts, q=levels)
def test_the_slowest_call_equals_numpys_quantile_at_the_root_of_q(values, fanout, q):
    level, n = q ** (1 / fanout), len(values)
    if abs(level * n - round(level * n)) < 1e-9 * n:
        return  # on a step of the CDF, where rounding decides; tested below
    want = np.quantile(values, level, method="inverted_cdf")
    assert nb.fanout_latency_quantile(values, fanout, q) == want


def test_on_a_step_of_the_cdf_the_sample_that_reaches_q_is_taken():
    for n in (1, 2, 5, 10, 100):
        values = np.arange(1.0, n + 1)
        for fanout in (1, 2, 3, 7):
            for rank in range(1, n + 1):
                q = float(Fraction(rank, n) ** fanout)
                assert nb.fanout_latency_quantile(values, fanout, q) == rank


def test_a_simulated_page_agrees_with_the_formula():
    rng = np.random.default_rng(2)
    single = rng.exponential(10, 200_000)
    for fanout in (2, 10, 40):
        pages = rng.exponential(10, (20_000, fanout)).max(axis=1)
        for q in (0.1, 0.5, 0.95):
            want = stats.expon(scale=10).ppf(q ** (1 / fanout))
            assert nb.fanout_latency_quantile(single, fanout, q) == pytest.approx(
                want, rel=0.04
            )
            assert np.quantile(pages, q) == pytest.approx(want, rel=0.04)


@settings(deadline=None)
@given(values=samples, fanout=fanouts, q=levels)
def test_more_calls_or_a_higher_quantile_are_never_faster(values, fanout, q):
    here = nb.fanout_latency_quantile(values, fanout, q)
    assert here <= nb.fanout_latency_quantile(values, fanout + 1, q)
    assert here <= nb.fanout_latency_quantile(values, fanout, (q + 1) / 2)
    assert nb.fanout_latency_quantile(values, 1, 0) == min(values)
    assert nb.fanout_latency_quantile(values, fanout, 1) == max(values)


def test_too_few_samples_give_their_maximum_as_the_notebook_says():
    values = np.random.default_rng(3).exponential(size=1000)
    assert nb.fanout_latency_quantile(values, 100, 0.99) == values.max()
    values = np.random.default_rng(3).exponential(size=20_000)
    assert nb.fanout_latency_quantile(values, 100, 0.99) < values.max()


@pytest.mark.parametrize("form", [list, tuple, np.array, pd.Series])
def test_any_sequence_a_huge_fanout_and_numpy_numbers_give_python_floats(form):
    values = form([3, 1, 2])
    assert nb.fanout_latency_quantile(values, 10**12, 0.5) == 3.0
    got = nb.fanout_latency_quantile(values, np.int32(1), np.float64(0.5))
    assert type(got) is float and got == 2.0
    assert list(values) == [3, 1, 2]  # the caller's data are not sorted in place


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1, 0.5), "must be a non-empty list"),
        (([[1, 2]], 1, 0.5), "must be a non-empty list"),
        ((3.0, 1, 0.5), "must be a non-empty list"),
        (([1, math.nan], 1, 0.5), "holds NaN or infinity"),
        (([1, math.inf], 1, 0.5), "holds NaN or infinity"),
        *(
            (([1, 2], fanout, 0.5), "fanout must be a whole number >= 1")
            for fanout in (0, -2, 1.5, math.nan, math.inf, None, "3")
        ),
        *(
            (([1, 2], 1, q), r"q must be in \[0, 1\]")
            for q in (-0.1, 1.1, 99, math.nan, math.inf, None, "0.5")
        ),
    ],
)
def test_the_slowest_call_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.fanout_latency_quantile(*arguments)
