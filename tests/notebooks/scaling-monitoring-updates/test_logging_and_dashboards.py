"""The quantile of a histogram against a loop over buckets and the values themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("logging-and-dashboards")

counts = st.lists(st.integers(0, 20), min_size=2, max_size=12).filter(any)


def by_hand(q, bounds, cumulative):
    """The rule of PromQL for classic histograms, bucket by bucket."""
    rank, before, low = q * cumulative[-1], 0, 0.0
    for bound, count in zip(bounds, cumulative, strict=True):
        if count >= rank:
            if np.isinf(bound):
                return low
            if count == before:
                return bound
            return low + (bound - low) * (rank - before) / (count - before)
        before, low = count, bound


@settings(max_examples=400, deadline=None)
@given(counts, st.floats(0, 1), st.booleans())
def test_quantile_equals_the_rule(each, q, open_end):
    bounds = np.cumsum(1.0 + np.arange(len(each)))
    if open_end:
        bounds[-1] = np.inf
    cumulative = np.cumsum(each)
    expected = by_hand(q, bounds, cumulative)
    got = nb.histogram_quantile(q, bounds, cumulative)
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(200))
def test_quantile_lies_in_the_bucket_of_the_true_one(seed):
    rng = np.random.default_rng(seed)
    values, bounds = rng.lognormal(3, 1, 501), np.array([2.0, 5, 10, 20, 50, 100, 2000])
    cumulative = [(values <= b).sum() for b in bounds]
    q = rng.random()
    true = np.quantile(values, q, method="inverted_cdf")
    i = np.searchsorted(bounds, true)
    got = nb.histogram_quantile(q, bounds, cumulative)
    assert (bounds[i - 1] if i else 0) <= got <= bounds[i]


def test_a_published_example():
    bounds, cumulative = [0, 0.5, 1, np.inf], [6, 11, 14, 19]  # ClickHouse's manual
    assert nb.histogram_quantile(0.5, bounds, cumulative) == pytest.approx(0.35)
    assert nb.histogram_quantile(0.1, bounds, cumulative) == 0
    assert nb.histogram_quantile(0.99, bounds, cumulative) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (-0.1, [1, 2], [1, 2]),
        (1.1, [1, 2], [1, 2]),
        (np.nan, [1, 2], [1, 2]),
        (0.5, [2, 1], [1, 2]),
        (0.5, [1, 1], [1, 2]),
        (0.5, [1, np.nan], [1, 2]),
        (0.5, [1, 2], [2, 1]),
        (0.5, [1, 2], [-1, 2]),
        (0.5, [1, 2], [0, 0]),
        (0.5, [1, 2], [1, np.nan]),
        (0.5, [1], [1]),
        (0.5, [1, 2, 3], [1, 2]),
        (0.5, [[1, 2]], [[1, 2]]),
    ],
)
def test_bad_input_is_refused(arguments):
    with pytest.raises(ValueError):
        nb.histogram_quantile(*arguments)
