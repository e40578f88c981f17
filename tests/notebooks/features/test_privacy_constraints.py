"""Privacy: k-anonymity against pandas, Laplace noise against scipy and its promise."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats

nb = load_exports("privacy-constraints")


def rng(seed=0):
    return np.random.default_rng(seed)


# is_k_anonymous

VALUES = {
    "age": st.integers(0, 2),
    "sex": st.sampled_from(["f", "m", None, "*"]),
    "city": st.sampled_from(["x", "y"]),
}
tables = st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=40)
columns = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3, unique=True)


@settings(deadline=None, max_examples=300)
@given(tables, columns, st.integers(1, 8))
def test_k_anonymity_equals_the_smallest_group_of_pandas(rows, quasi, k):
    smallest = pd.DataFrame(rows).groupby(quasi, dropna=False).size().min()
    answer = nb.is_k_anonymous(rows, quasi, k)
    assert type(answer) is bool
    assert answer == (smallest >= k)
    assert nb.is_k_anonymous(iter(rows), tuple(quasi), np.int64(k)) == answer


def test_only_quasi_identifiers_count():
    rows = [{"age": "30-39", "secret": number} for number in range(4)]
    assert nb.is_k_anonymous(rows, ["age"], 4)
    assert not nb.is_k_anonymous(rows, ["age"], 5)
    assert not nb.is_k_anonymous(rows, ["age", "secret"], 2)
    assert nb.is_k_anonymous(rows, ["age", "secret"], 1)


def test_values_of_different_types_are_different():
    rows = [{"age": "1"}, {"age": "1"}, {"age": 1}]
    assert not nb.is_k_anonymous(rows, ["age"], 2)


@pytest.mark.parametrize(
    ("rows", "quasi", "k", "message"),
    [
        ([], ["age"], 1, "rows is empty"),
        ([{"age": 1}], [], 1, "non-empty list of column names"),
        ([{"age": 1}], "age", 1, "non-empty list of column names"),
        ([{"age": 1}], ["age"], 0, "k must be a whole number of at least 1, got 0"),
        ([{"age": 1}], ["age"], -1, "k must be a whole number"),
        ([{"age": 1}], ["age"], 1.5, "k must be a whole number"),
        ([{"age": 1}], ["age"], math.nan, "k must be a whole number"),
        ([{"age": 1}], ["age"], True, "k must be a whole number"),
        ([{"age": 1}], ["age"], "2", "k must be a whole number"),
        ([{"age": 1}, {"sex": "f"}], ["age"], 1, "row 1 has no value for 'age'"),
        ([{"age": 1}, {"age": math.nan}], ["age"], 1, "row 1 has no value for 'age'"),
        ([{"age": 1}], ["sex"], 1, "row 0 has no value for 'sex'"),
    ],
)
def test_k_anonymity_says_what_is_wrong(rows, quasi, k, message):
    with pytest.raises(ValueError, match=message):
        nb.is_k_anonymous(rows, quasi, k)


# laplace_mechanism


@pytest.mark.parametrize(
    ("value", "sensitivity", "epsilon"),
    [(0, 1, 1.0), (362, 1, 0.1), (41.65, 0.01, 3), (-5.0, 20, 0.5), (1e6, 1e-3, 10)],
)
def test_noise_is_laplace_of_scale_sensitivity_over_epsilon(
    value, sensitivity, epsilon
):
    generator = rng(1)
    draws = np.array(
        [
            nb.laplace_mechanism(value, sensitivity, epsilon, generator)
            for _ in range(4000)
        ]
    )
    noise = stats.laplace(loc=value, scale=sensitivity / epsilon)
    assert stats.kstest(draws, noise.cdf).pvalue > 1e-4
    scaled = np.abs(draws - value).mean() * epsilon / sensitivity
    assert abs(scaled - 1) < 5 / math.sqrt(4000)


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 2.0])
def test_one_person_moves_the_odds_by_e_to_the_epsilon_at_most(epsilon):
    draws = np.array(
        [
            [nb.laplace_mechanism(count, 1, epsilon, generator) for _ in range(40_000)]
            for count, generator in [(7, rng(2)), (8, rng(3))]
        ]
    )
    edges = np.array([-np.inf, 5, 6, 7, 7.5, 8, 9, 10, np.inf])
    share = np.array([np.histogram(d, edges)[0] for d in draws]) / draws.shape[1]
    odds = np.abs(np.log(share[0] / share[1]))
    error = np.sqrt((1 / share).sum(axis=0) / draws.shape[1])
    assert (odds < epsilon + 5 * error).all()
    assert odds[0] > 0.8 * epsilon and odds[-1] > 0.8 * epsilon  # and no less


@settings(deadline=None, max_examples=200)
@given(
    st.floats(-1e9, 1e9),
    st.floats(1e-6, 1e6),
    st.floats(1e-3, 1e3),
    st.integers(0, 999),
)
def test_a_draw_is_one_float_that_depends_on_the_generator_alone(v, delta, eps, seed):
    first, again = (nb.laplace_mechanism(v, delta, eps, rng(seed)) for _ in range(2))
    assert type(first) is float and math.isfinite(first)
    assert first == again
    assert first == pytest.approx(v + rng(seed).laplace(0, delta / eps), rel=1e-9)


def test_integers_of_numpy_are_numbers_too():
    drawn = nb.laplace_mechanism(np.int64(5), np.int32(1), np.float32(0.5), rng())
    assert type(drawn) is float


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="true_value must be finite"):
        nb.laplace_mechanism(bad, 1, 1, rng())


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_sensitivity_and_epsilon_must_be_positive(bad):
    with pytest.raises(ValueError, match="sensitivity must be finite and above 0"):
        nb.laplace_mechanism(1, bad, 1, rng())
    with pytest.raises(ValueError, match="epsilon must be finite and above 0"):
        nb.laplace_mechanism(1, 1, bad, rng())


def test_noise_without_bounds_is_refused():
    with pytest.raises(ValueError, match="overflows"):
        nb.laplace_mechanism(1, 1e10, 5e-324, rng())
