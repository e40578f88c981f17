"""MinHash against exact Jaccard and datasketch; margins against slow loops."""

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("scaling-data-collection")

EXACT = {"rtol": 1e-9, "atol": 1e-12}
seeds = st.integers(0, 2**32 - 1)
unhurried = settings(deadline=None)  # a busy core is no failure


def two_sets(seed):
    """Two sets of 1 to 200 strings that share some, and their Jaccard similarity."""
    rng = np.random.default_rng(seed)
    only_a, only_b, common = rng.integers(0, 70, 3)
    a = [f"a{i}-{seed}" for i in range(only_a)]
    b = [f"b{i}-{seed}" for i in range(only_b)]
    both = [f"c{i}-{seed}" for i in range(max(common, 1))]
    a, b = set(a + both), set(b + both)
    return a, b, len(a & b) / len(a | b)


# MinHash


@settings(deadline=None, max_examples=200)
@given(seed=seeds)
def test_estimates_stay_within_the_noise_of_exact_jaccard(seed):
    a, b, exact = two_sets(seed)
    n = 512
    one, other = (nb.minhash_signature(s, n, seed % 1000) for s in (a, b))
    noise = np.sqrt(exact * (1 - exact) / n)
    assert abs(np.mean(one == other) - exact) <= 5 * noise + 1 / n


def test_estimates_are_unbiased_and_as_noisy_as_datasketch():
    ours, theirs = [], []
    for seed in range(150):
        a, b, exact = two_sets(seed)
        pair = [nb.minhash_signature(s, 128, seed) for s in (a, b)]
        ours.append(np.mean(pair[0] == pair[1]) - exact)
        reference = [MinHash(num_perm=128, seed=seed + 1) for _ in range(2)]
        for sketch, shingles in zip(reference, (a, b), strict=True):
            sketch.update_batch([s.encode() for s in shingles])
        theirs.append(reference[0].jaccard(reference[1]) - exact)
    standard_error = np.std(ours) / np.sqrt(len(ours))
    assert abs(np.mean(ours)) < 4 * standard_error
    assert 0.75 < np.std(ours) / np.std(theirs) < 1.33


@unhurried
@given(
    a=st.sets(st.text(max_size=4), min_size=1, max_size=20),
    b=st.sets(st.text(max_size=4), min_size=1, max_size=20),
    seed=st.integers(0, 1000),
)
def test_the_signature_of_a_union_is_the_smaller_of_each_entry(a, b, seed):
    one, other, both = (nb.minhash_signature(s, 16, seed) for s in (a, b, a | b))
    assert (both == np.minimum(one, other)).all()


def test_order_and_repetition_do_not_matter():
    one = nb.minhash_signature(["x", "y", "z", "x"], 64, 3)
    assert (one == nb.minhash_signature(iter(["z", "y", "x"]), 64, 3)).all()
    assert one.shape == (64,) and np.issubdtype(one.dtype, np.integer)


def test_the_seed_chooses_the_hash_functions():
    shingles = {"a", "b", "c"}
    one, same, other = (nb.minhash_signature(shingles, 32, s) for s in (1, 1, 2))
    assert (one == same).all() and (one != other).all()


def test_longer_signatures_differ_in_every_entry():
    assert len(set(nb.minhash_signature({"a"}, 1000, 0).tolist())) == 1000


@pytest.mark.parametrize(
    ("shingles", "n_hashes", "seed", "message"),
    [
        ([], 8, 0, "no shingles"),
        (set(), 8, 0, "no shingles"),
        ("abc", 8, 0, "one string"),
        ({"a"}, 0, 0, "n_hashes"),
        ({"a"}, 2.5, 0, "n_hashes"),
        ({"a"}, True, 0, "n_hashes"),
        ({"a"}, 8, -1, "seed"),
        ({"a"}, 8, None, "seed"),
    ],
)
def test_bad_sets_and_counts_are_refused(shingles, n_hashes, seed, message):
    with pytest.raises(ValueError, match=message):
        nb.minhash_signature(shingles, n_hashes, seed)


# Margin


def slow_margin(source, target, k):
    """The formula, pair by pair."""
    cosine = np.array(
        [[x @ y / np.sqrt(x @ x) / np.sqrt(y @ y) for y in target] for x in source]
    )
    scores = np.empty_like(cosine)
    for i in range(len(source)):
        for j in range(len(target)):
            row = sorted(cosine[i], reverse=True)[:k]
            column = sorted(cosine[:, j], reverse=True)[:k]
            neighbours = sum(row) / len(row) / 2 + sum(column) / len(column) / 2
            scores[i, j] = cosine[i, j] / neighbours
    return scores


@settings(deadline=None, max_examples=200)
@given(seed=seeds, k=st.integers(1, 12))
def test_margins_equal_the_formula_also_for_k_beyond_the_rows(seed, k):
    rng = np.random.default_rng(seed)
    n, m, d = rng.integers(1, 9, 3)
    centre = rng.uniform(1, 3, d)  # embeddings share a direction
    source = (rng.normal(size=(n, d)) * 0.5 + centre) * 10.0 ** rng.integers(-3, 4)
    target = rng.normal(size=(m, d)) * 0.5 + centre
    if rng.random() < 0.3:
        target[0] = source[0]
    expected = slow_margin(source, target, k)
    got = nb.margin_scores(source, target, k)
    assert np.allclose(got, expected, **EXACT)


def test_swapping_the_sides_transposes_the_scores():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, (6, 4)), rng.normal(1, 1, (9, 4))
    assert np.allclose(nb.margin_scores(a, b, 3), nb.margin_scores(b, a, 3).T, **EXACT)


def test_one_pair_has_margin_one():
    assert np.isclose(nb.margin_scores([[3.0, 4.0]], [[1.0, 0.0]], 4), 1.0).all()


def test_margins_by_hand():
    # cosines [[1, 0.6], [0.6, 1]], the nearest on both sides is at 1
    vectors = [[1.0, 0.0], [0.6, 0.8]]
    assert np.allclose(nb.margin_scores(vectors, vectors, 1), [[1, 0.6], [0.6, 1]])
    assert np.allclose(
        nb.margin_scores(vectors, vectors, 2), [[1.25, 0.75], [0.75, 1.25]]
    )


def test_the_length_of_a_vector_does_not_matter():
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, (5, 3)), rng.normal(1, 1, (4, 3))
    plain = nb.margin_scores(a, b, 2)
    assert np.allclose(nb.margin_scores(a * 1e200, b * 1e-200, 2), plain, **EXACT)


@pytest.mark.parametrize(
    ("source", "target", "k", "message"),
    [
        ([], [[1.0]], 1, "2-D"),
        ([1.0, 2.0], [[1.0, 2.0]], 1, "2-D"),
        (np.empty((0, 2)), [[1.0, 2.0]], 1, "empty"),
        ([[1.0, np.nan]], [[1.0, 2.0]], 1, "NaN"),
        ([[1.0, 2.0]], [[np.inf, 2.0]], 1, "infinity"),
        ([[0.0, 0.0]], [[1.0, 2.0]], 1, "zero row"),
        ([[1.0, 2.0]], [[1.0, 2.0, 3.0]], 1, "dimensions"),
        ([[1.0, 0.0]], [[0.0, 1.0]], 1, "mean cosine of 0"),
        ([[1.0]], [[1.0]], 0, "k must"),
        ([[1.0]], [[1.0]], 1.5, "k must"),
        ([[1.0]], [[1.0]], True, "k must"),
        ([[1.0]], [[1.0]], None, "k must"),
    ],
)
def test_bad_embeddings_are_refused(source, target, k, message):
    with pytest.raises(ValueError, match=message):
        nb.margin_scores(source, target, k)
