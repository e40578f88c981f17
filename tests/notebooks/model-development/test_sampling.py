"""Sampling: chi-squared tests of uniformity, exact probabilities, references."""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats
from sklearn.model_selection import train_test_split

nb = load_exports("sampling")

NOT_A_COUNT = [0, -1, 2.5, math.nan, "3", None]


def rng(seed=0):
    return np.random.default_rng(seed)


def p_value(outcomes, probabilities):
    """Chi-squared p-value of outcomes against a dict outcome -> probability."""
    counts = Counter(outcomes)
    assert set(counts) <= set(probabilities)
    observed = [counts[outcome] for outcome in probabilities]
    expected = np.array(list(probabilities.values())) * sum(observed)
    return stats.chisquare(observed, expected).pvalue


# reservoir_sample


@pytest.mark.parametrize(
    ("n", "k"), [(2, 1), (5, 1), (5, 2), (6, 3), (7, 6), (9, 2), (12, 1)]
)
def test_reservoir_makes_every_set_of_k_equally_likely(n, k):
    sets = list(combinations(range(n), k))
    generator = rng(n * 100 + k)
    drawn = [
        tuple(sorted(nb.reservoir_sample(range(n), k, generator)))
        for _ in range(300 * len(sets))
    ]
    assert p_value(drawn, dict.fromkeys(sets, 1 / len(sets))) > 1e-4


@given(st.lists(st.integers()), st.integers(1, 30), st.integers(0, 99))
def test_reservoir_holds_k_different_rows_or_the_whole_stream_in_order(stream, k, seed):
    sample = nb.reservoir_sample(iter(enumerate(stream)), k, rng(seed))
    assert isinstance(sample, list)
    assert len(sample) == len(set(sample)) == min(k, len(stream))
    assert set(sample) <= set(enumerate(stream))
    if k >= len(stream):
        assert sample == list(enumerate(stream))


def test_reservoir_reads_a_generator_once_and_keeps_any_object():
    read = []

    def stream():
        for i in range(50):
            read.append(i)
            yield {"row": i}

    sample = nb.reservoir_sample(stream(), np.int64(5), rng())
    assert read == list(range(50))
    assert len(sample) == 5 and all(isinstance(item, dict) for item in sample)
    assert nb.reservoir_sample([None, math.nan], 10**12, rng()) == [None, math.nan]
    assert nb.reservoir_sample("", 3, rng()) == []
    assert nb.reservoir_sample((i for i in range(4)), 9, rng()) == [0, 1, 2, 3]


def test_reservoir_depends_on_the_generator_alone():
    first, again = (nb.reservoir_sample(range(999), 9, rng(5)) for _ in range(2))
    assert first == again != nb.reservoir_sample(range(999), 9, rng(6))


@pytest.mark.parametrize("k", NOT_A_COUNT)
@pytest.mark.parametrize("name", ["reservoir_sample", "weighted_reservoir_sample"])
def test_reservoirs_refuse_a_k_that_is_not_a_count(name, k):
    with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
        getattr(nb, name)([("a", 1), ("b", 2)], k, rng())


# weighted_reservoir_sample


def draw_probabilities(weights, k):
    """Exact probability of each ordered draw of k items without replacement."""
    probabilities = {}
    for order in permutations(range(len(weights)), k):
        left, probability = sum(weights), 1.0
        for item in order:
            probability *= weights[item] / left
            left -= weights[item]
        probabilities[order] = probability
    return probabilities


@pytest.mark.parametrize(
    ("weights", "k"),
    [
        ([1, 2, 3, 4], 1),
        ([1, 2, 3, 4], 2),
        ([1, 1, 1, 1, 1], 3),
        ([10, 1, 1], 2),
        ([0.5, 0.25, 4, 2, 1], 2),
        ([1e-9, 3e-9, 2e-9], 2),
        ([2e8, 1e8, 1e8, 4e8], 3),
    ],
)
def test_weighted_reservoir_draws_one_after_another_in_proportion_to_weight(weights, k):
    exact = draw_probabilities(weights, k)
    assert sum(exact.values()) == pytest.approx(1)
    generator = rng(sum(map(int, weights)) + k)
    stream = list(enumerate(weights))
    drawn = [
        tuple(nb.weighted_reservoir_sample(iter(stream), k, generator))
        for _ in range(12_000)
    ]
    assert p_value(drawn, exact) > 1e-4


WEIGHTS = st.lists(st.floats(0, 1e12), max_size=40)


@given(WEIGHTS, st.integers(1, 50), st.integers(0, 99))
def test_weighted_reservoir_takes_each_row_with_a_weight_at_most_once(weights, k, seed):
    sample = nb.weighted_reservoir_sample(iter(enumerate(weights)), k, rng(seed))
    drawable = {item for item, weight in enumerate(weights) if weight > 0}
    assert isinstance(sample, list)
    assert len(sample) == len(set(sample)) == min(k, len(drawable))
    assert set(sample) <= drawable


@given(WEIGHTS, st.integers(0, 99))
def test_a_smaller_weighted_reservoir_is_the_start_of_a_larger_one(weights, seed):
    stream = list(enumerate(weights))
    small, large = (nb.weighted_reservoir_sample(stream, k, rng(seed)) for k in (3, 9))
    assert small == large[:3]


def test_weighted_reservoir_ignores_the_unit_of_the_weights():
    weights = rng(1).exponential(size=200)
    a = nb.weighted_reservoir_sample(enumerate(weights), 20, rng(2))
    b = nb.weighted_reservoir_sample(enumerate(weights * 2.0**40), 20, rng(2))
    assert a == b


def test_weighted_reservoir_keeps_items_that_cannot_be_compared():
    stream = [({"row": i}, np.float32(1)) for i in range(30)]
    assert len(nb.weighted_reservoir_sample(stream, 5, rng())) == 5
    assert nb.weighted_reservoir_sample([], 5, rng()) == []


@pytest.mark.filterwarnings("error")
def test_weighted_reservoir_survives_weights_at_the_ends_of_the_floats():
    stream = [("tiny", np.float64(5e-324)), ("huge", 1e308), ("one", 1)]
    assert nb.weighted_reservoir_sample(stream, 1, rng()) == ["huge"]
    assert len(nb.weighted_reservoir_sample(stream, 3, rng())) == 3
    tied = [({"row": i}, 5e-324) for i in range(9)]  # keys of minus infinity
    assert len(nb.weighted_reservoir_sample(tied, 3, rng())) == 3


@pytest.mark.parametrize("weight", [-1, -1e-9, math.nan, math.inf])
def test_weighted_reservoir_names_the_item_with_a_bad_weight(weight):
    with pytest.raises(ValueError, match="weight of item 1 must be finite and not neg"):
        nb.weighted_reservoir_sample([("a", 1), ("b", weight)], 1, rng())


# stratified_sample


def largest_remainder(strata, n):
    """Rows per stratum in exact arithmetic; ties to the smaller label."""
    sizes = Counter(strata)
    shares = {s: Fraction(n * size, len(strata)) for s, size in sizes.items()}
    quota = {s: math.floor(share) for s, share in shares.items()}
    by_remainder = sorted(shares, key=lambda s: (quota[s] - shares[s], s))
    for s in by_remainder[: n - sum(quota.values())]:
        quota[s] += 1
    return {s: q for s, q in quota.items() if q}


@settings(max_examples=300)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=60), st.data())
def test_strata_get_proportional_shares_with_the_largest_remainders(strata, data):
    n = data.draw(st.integers(1, len(strata)))
    sample = nb.stratified_sample(strata, n, rng(n))
    assert isinstance(sample, np.ndarray) and sample.dtype.kind == "i"
    assert sample.shape == (n,) and (np.diff(sample) > 0).all()
    assert Counter(strata[i] for i in sample) == largest_remainder(strata, n)


def test_stratified_shares_agree_with_scikit_learn():
    generator, compared = rng(3), 0
    while compared < 200:
        strata = generator.integers(0, 4, size=generator.integers(30, 80))
        n = int(generator.integers(5, 20))
        remainders = [n * size % len(strata) for size in Counter(strata).values()]
        if len(set(remainders)) < len(remainders) or min(np.bincount(strata)) < 2:
            continue  # ties, which scikit-learn breaks at random
        kept, _ = train_test_split(strata, train_size=n, stratify=strata)
        sample = nb.stratified_sample(strata, n, generator)
        assert Counter(strata[sample].tolist()) == Counter(kept.tolist())
        compared += 1


def test_rows_are_equally_likely_within_a_stratum():
    strata = ["a", "b", "a", "b", "a", "b", "b", "b", "b"]  # 3 and 6: takes 1 and 2
    a, b = [0, 2, 4], [1, 3, 5, 6, 7, 8]
    sets = [tuple(sorted((i, *pair))) for i in a for pair in combinations(b, 2)]
    generator = rng(4)
    drawn = [
        tuple(nb.stratified_sample(strata, 3, generator).tolist()) for _ in range(9000)
    ]
    assert p_value(drawn, dict.fromkeys(sets, 1 / len(sets))) > 1e-4


@pytest.mark.parametrize(
    "strata",
    [
        ("x", "y", "x", "y"),
        np.array([True, False, True, False]),
        pd.Series([1.5, 2.5, 1.5, 2.5], index=[9, 9, 3, 3]),
        pd.Categorical(["x", "y", "x", "y"], categories=["y", "x", "unused"]),
        [("x", 1), ("y", 1), ("x", 1), ("y", 1)],
        pd.to_datetime(["2013-01-01", "2013-01-02"] * 2),
    ],
)
def test_strata_may_be_labels_of_any_kind(strata):
    sample = nb.stratified_sample(strata, 2, rng())
    assert sorted(sample % 2) == [0, 1]
    assert nb.stratified_sample(strata, np.uint64(4), rng()).tolist() == [0, 1, 2, 3]


def test_shares_do_not_overflow_32_bits():
    strata = np.repeat([0, 1], [100_000, 50_000])
    sample = nb.stratified_sample(strata, np.int32(60_000), rng())
    assert np.bincount(strata[sample]).tolist() == [40_000, 20_000]


@pytest.mark.parametrize("n", [*NOT_A_COUNT, 4])
def test_stratified_sample_refuses_an_impossible_size(n):
    with pytest.raises(ValueError, match="n must be a whole number from 1 to 3"):
        nb.stratified_sample([0, 0, 1], n, rng())


@pytest.mark.parametrize("strata", [[], np.array([]), pd.Series(dtype=object)])
def test_stratified_sample_refuses_no_rows(strata):
    with pytest.raises(ValueError, match="strata is empty"):
        nb.stratified_sample(strata, 1, rng())


@pytest.mark.parametrize("strata", [["a", None], [1.0, math.nan], ["a", math.nan]])
def test_stratified_sample_refuses_missing_labels(strata):
    with pytest.raises(ValueError, match="strata has missing labels"):
        nb.stratified_sample(strata, 1, rng())


# importance_estimate


def test_importance_estimate_is_the_mean_of_the_terms_and_scipys_standard_error():
    generator = rng(6)
    for _ in range(300):
        size = generator.integers(2, 200)
        f = generator.normal(size=size) * 10.0 ** generator.integers(-6, 7)
        p, q = generator.exponential(size=(2, size))
        p *= generator.random(size) < 0.8
        terms = f * p / q
        result = nb.importance_estimate(f.tolist(), p, pd.Series(q))
        assert all(type(value) is float for value in result)
        assert result == pytest.approx((terms.mean(), stats.sem(terms)), rel=1e-9)


def test_importance_estimate_is_plain_and_not_self_normalised():
    assert nb.importance_estimate([1, 1], [2, 2], [1, 1]) == (2.0, 0.0)
    assert nb.importance_estimate([0, 3], [1, 1], [1, 2])[0] == 0.75


def test_importance_estimate_finds_a_tail_that_the_target_never_draws():
    x = rng(7).normal(4, 1, size=20_000)
    estimate, error = nb.importance_estimate(
        x > 4, stats.norm.pdf(x), stats.norm.pdf(x, loc=4)
    )
    assert abs(estimate - stats.norm.sf(4)) < 4 * error < 0.1 * stats.norm.sf(4)


def test_importance_intervals_cover_the_mean_of_a_finite_population():
    generator = rng(8)
    y, q = generator.random(50) < 0.3, generator.random(50) + 0.5
    p, q = np.full(50, 1 / 50), q / q.sum()
    covered = 0
    for _ in range(2000):
        rows = generator.choice(50, 400, p=q)
        estimate, error = nb.importance_estimate(y[rows], p[rows], q[rows])
        covered += abs(estimate - y.mean()) < 1.96 * error
    assert 0.93 < covered / 2000 < 0.97


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [], []), "at least 2 draws, got 0"),
        (([1], [1], [1]), "at least 2 draws, got 1"),
        (([1, 2], [1, 1], [1]), "the same length"),
        (([1, 2], [1, 1, 1], [1, 1]), "the same length"),
        ((1.0, 1.0, 1.0), "one dimension"),
        (([[1, 2]], [[1, 1]], [[1, 1]]), "one dimension"),
        (([1, math.nan], [1, 1], [1, 1]), "finite"),
        (([1, 2], [1, math.nan], [1, 1]), "finite"),
        (([1, 2], [1, 1], [1, math.inf]), "finite"),
        (([1, 2], [1, -0.1], [1, 1]), "target_density must be >= 0"),
        (([1, 2], [1, 1], [1, 0]), "proposal_density > 0"),
        (([1, 2], [1, 1], [1, -1]), "proposal_density > 0"),
    ],
)
def test_importance_estimate_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.importance_estimate(*arguments)
