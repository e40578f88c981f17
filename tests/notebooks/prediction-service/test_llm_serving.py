"""Cache sizes by brute force, rounds of speculation by simulation and enumeration."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("llm-serving")

unhurried = settings(deadline=None)  # a busy core is no failure
sizes = st.integers(1, 6)


# The cache


@unhurried
@given(n=st.integers(0, 6), layers=sizes, heads=sizes, dim=sizes, bits=sizes)
def test_cache_equals_the_bytes_of_arrays_that_hold_it(n, layers, heads, dim, bits):
    held = [np.empty((layers, n, heads, dim)) for _ in ("keys", "values")]
    expected = sum(array.size for array in held) * bits / 8
    assert nb.kv_cache_bytes(n, layers, heads, dim, bits) == expected


def test_cache_of_published_models():
    # Llama 3 8B: 128 KiB a token; 70B: 80 layers of 8 heads, 320 KiB
    assert nb.kv_cache_bytes(1, 32, 8, 128) == 128 * 1024
    assert nb.kv_cache_bytes(1, 80, 8, 128) == 320 * 1024
    assert nb.kv_cache_bytes(8192, 32, 8, 128) == 2**30


def test_cache_does_not_overflow_32_bits():
    arguments = [np.int32(x) for x in (1_000_000, 126, 8, 128)]
    assert nb.kv_cache_bytes(*arguments) == 1_000_000 * 126 * 8 * 128 * 4


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("bad", [-1, 1.5, np.nan, np.inf, "8", None])
def test_cache_refuses_what_is_no_count(place, bad):
    arguments = [10, 32, 8, 128, 16]
    arguments[place] = bad
    with pytest.raises(ValueError, match="whole number"):
        nb.kv_cache_bytes(*arguments)


@pytest.mark.parametrize("place", range(1, 5))
def test_cache_refuses_a_model_without_layers_or_heads(place):
    arguments = [10, 32, 8, 128, 16]
    arguments[place] = 0
    with pytest.raises(ValueError, match=">= 1"):
        nb.kv_cache_bytes(*arguments)


# Tokens of a round


@unhurried
@given(numerator=st.integers(0, 50), k=st.integers(0, 10))
def test_tokens_equal_the_sum_over_all_patterns_of_acceptance(numerator, k):
    a = Fraction(numerator, 50)
    expected = Fraction(0)
    for pattern in itertools.product([0, 1], repeat=k):
        chance = Fraction(1)
        for accepted in pattern:
            chance *= a if accepted else 1 - a
        run = (*pattern, 0).index(0)  # accepted before the first rejection
        expected += chance * (run + 1)
    assert np.isclose(nb.speculative_tokens(float(a), k), float(expected), rtol=1e-12)


@unhurried
@given(a=st.floats(0, 0.999), k=st.integers(0, 60))
def test_tokens_equal_the_closed_form(a, k):
    expected = (1 - a ** (k + 1)) / (1 - a)
    assert np.isclose(nb.speculative_tokens(a, k), expected, rtol=1e-9)


def test_tokens_at_the_ends():
    assert nb.speculative_tokens(0.0, 7) == 1.0
    assert nb.speculative_tokens(1.0, 7) == 8.0
    assert nb.speculative_tokens(0.3, 0) == 1.0
    assert type(nb.speculative_tokens(1, 3)) is float


def test_tokens_of_an_array_are_those_of_its_items():
    a = np.linspace(0, 1, 11)
    got = nb.speculative_tokens(a, 5)
    assert np.allclose(got, [nb.speculative_tokens(float(x), 5) for x in a])


def test_speedup_by_hand():
    # 1 + 0.5 + 0.25 tokens in the time of 1 + 2 * 0.25 large steps
    assert np.isclose(nb.speculative_speedup(0.5, 2, 0.25), 1.75 / 1.5)
    assert nb.speculative_speedup(0.4, 0, 0.9) == 1.0


@unhurried
@given(a=st.floats(0, 1), k=st.integers(1, 30), c=st.floats(0, 2))
def test_no_speedup_unless_more_is_accepted_than_the_draft_costs(a, k, c):
    # Leviathan et al.: some k pays if and only if a > c
    if a <= c:
        assert nb.speculative_speedup(a, k, c) <= 1 + 1e-12
    elif a > c + 1e-9:  # nearer, 1 + a and 1 + c round to the same
        assert nb.speculative_speedup(a, 1, c) > 1


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan, [], [0.5, 2.0]])
def test_acceptance_is_a_probability(bad):
    with pytest.raises(ValueError, match="acceptance"):
        nb.speculative_tokens(bad, 4)


@pytest.mark.parametrize("bad", [-1, 2.5, np.nan, "4", None])
def test_k_is_a_count(bad):
    with pytest.raises(ValueError, match="k must be"):
        nb.speculative_tokens(0.5, bad)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "1", None])
def test_draft_cost_is_a_finite_number(bad):
    with pytest.raises(ValueError, match="draft_cost"):
        nb.speculative_speedup(0.5, 4, bad)
