"""Nearest neighbours against scikit-learn's exact search, FAISS and theory."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import NearestNeighbors

nb = load_exports("nearest-neighbor-search")
unhurried = settings(deadline=None, max_examples=100)
seeds = st.integers(0, 2**32 - 1)
WORST = dict(rtol=1e-9, atol=1e-9)


def rng(seed):
    return np.random.default_rng(seed)


def corpus(seed, whole=False):
    """(vectors, query), 5 to 60 rows; whole numbers tie often and add up exactly."""
    draw = rng(seed)
    shape = draw.integers(5, 60), draw.integers(1, 8)
    if whole:
        return draw.integers(-2, 3, shape) * 1.0, draw.integers(-2, 3, shape[1]) * 1.0
    return draw.normal(size=shape), draw.normal(size=shape[1])


def by_scikit_learn(vectors, query, k, metric):
    """(distances, indices) of the k nearest."""
    search = NearestNeighbors(n_neighbors=k, algorithm="brute", metric=metric)
    distances, indices = search.fit(vectors).kneighbors([query])
    return distances[0], indices[0]


# Exact search


@unhurried
@given(seed=seeds, k=st.integers(1, 5))
def test_exact_search_equals_scikit_learn(seed, k):
    vectors, query = corpus(seed)
    found, computed = nb.exact_search(vectors, query, k)
    assert found.tolist() == by_scikit_learn(vectors, query, k, "euclidean")[1].tolist()
    assert computed == len(vectors)


@unhurried
@given(seed=seeds)
def test_equal_distances_go_to_the_lower_position(seed):
    vectors, query = corpus(seed, whole=True)
    distances = ((vectors - query) ** 2).sum(axis=1)
    order = np.lexsort((np.arange(len(vectors)), distances))
    found, _ = nb.exact_search(vectors, query, len(vectors))
    assert found.tolist() == order.tolist()


def test_more_neighbours_than_vectors_are_filled_with_minus_one():
    assert nb.exact_search([[3.0], [1.0]], [0.0], 4)[0].tolist() == [1, 0, -1, -1]


# Recall


@unhurried
@given(seed=seeds, k=st.integers(1, 12))
def test_recall_is_the_share_of_true_neighbours_found(seed, k):
    draw = rng(seed)
    found, exact = (
        np.array([draw.permutation(20)[:k] for _ in range(7)]) for _ in "ab"
    )
    shared = [len(np.intersect1d(a, b)) for a, b in zip(found, exact, strict=True)]
    got = nb.recall_at_k_neighbors(found, exact)
    assert type(got) is float
    assert np.isclose(got, np.mean(shared) / k, **WORST)


def test_recall_by_hand():
    recall = nb.recall_at_k_neighbors
    assert recall([[1, 2], [3, 4]], [[2, 1], [4, 5]]) == 0.75
    assert recall([[1, -1]], [[1, -1]]) == 0.5  # a place not filled is no neighbour
    assert recall(np.array([[0]]), np.array([[0]])) == 1.0


@pytest.mark.parametrize(
    ("found", "exact", "message"),
    [
        ([], [], "2-D"),
        ([1, 2], [1, 2], "2-D"),
        (np.empty((0, 3)), np.empty((0, 3)), "empty"),
        ([[1, 2]], [[1, 2], [3, 4]], "found is"),
        ([[1, 2]], [[1, 2, 3]], "found is"),
        ([[1, np.nan]], [[1, 2]], "NaN"),
        ([[1, 1.5]], [[1, 2]], "whole numbers"),
    ],
)
def test_bad_index_arrays_are_refused(found, exact, message):
    with pytest.raises(ValueError, match=message):
        nb.recall_at_k_neighbors(found, exact)


# LSH


@unhurried
@given(seed=seeds, k=st.integers(1, 5), n_bits=st.integers(1, 12))
def test_lsh_ranks_its_candidates_by_cosine(seed, k, n_bits):
    vectors, query = corpus(seed)
    found, computed = nb.lsh_index(vectors, n_bits, 3, rng(seed))(query, k)
    kept = found[found >= 0]
    assert len(kept) == min(k, computed) and len(set(kept.tolist())) == len(kept)
    distances = cosine_distances(vectors, [query])[:, 0]
    assert (np.diff(distances[kept]) >= -1e-12).all()
    # What was compared and not returned is no nearer than what was.
    everything, same = nb.lsh_index(vectors, n_bits, 3, rng(seed))(query, len(vectors))
    assert same == computed == (everything >= 0).sum()
    assert everything[:k][everything[:k] >= 0].tolist() == kept.tolist()


@unhurried
@given(seed=seeds, k=st.integers(1, 5))
def test_lsh_with_all_vectors_in_a_bucket_equals_scikit_learn(seed, k):
    vectors, query = corpus(seed)
    found, computed = nb.lsh_index(vectors, 1, 64, rng(seed))(query, k)
    if computed == len(vectors):
        distances, indices = by_scikit_learn(vectors, query, k, "cosine")
        got = cosine_distances(vectors, [query])[found, 0]
        assert np.allclose(got, distances, **WORST)


def test_lsh_finds_at_the_rate_of_theory():
    # P(found) = 1 - (1 - p^b)^L with p = 1 - angle / pi, for one vector at each angle.
    for angle, n_bits, n_tables in [(0.4, 4, 1), (0.4, 8, 4), (1.2, 3, 6), (2.5, 2, 3)]:
        vectors = [[np.cos(angle), np.sin(angle), 0.0]]
        hits = [
            nb.lsh_index(vectors, n_bits, n_tables, rng(seed))([1.0, 0, 0], 1)[1]
            for seed in range(2000)
        ]
        theory = 1 - (1 - (1 - angle / np.pi) ** n_bits) ** n_tables
        assert abs(np.mean(hits) - theory) < 4 * np.sqrt(theory * (1 - theory) / 2000)


def test_lsh_sees_direction_only_and_finds_the_vector_itself():
    vectors = rng(3).normal(size=(40, 5))
    search = nb.lsh_index(
        vectors * np.arange(1, len(vectors) + 1)[:, None], 9, 1, rng(0)
    )
    for row, vector in enumerate(vectors):
        assert search(vector * 7, 1)[0].tolist() == [row]


def test_a_zero_vector_has_cosine_zero_with_all():
    vectors = [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]
    found, computed = nb.lsh_index(vectors, 1, 200, rng(0))([1.0, 0.1], 3)
    assert computed >= 2 and found[0] == 1
    assert nb.lsh_index(vectors, 2, 2, rng(0))([0.0, 0.0], 1)[0].shape == (1,)


# IVF


@unhurried
@given(seed=seeds, k=st.integers(1, 5), n_lists=st.integers(1, 5))
def test_ivf_that_probes_all_lists_is_exact(seed, k, n_lists):
    vectors, query = corpus(seed)
    search = nb.ivf_index(vectors, n_lists, rng(seed))
    found, computed = search(query, k, n_lists)
    assert found.tolist() == by_scikit_learn(vectors, query, k, "euclidean")[1].tolist()
    assert computed == n_lists + len(vectors)


@unhurried
@given(seed=seeds, n_probe=st.integers(1, 4))
def test_ivf_equals_faiss_with_the_same_centres(seed, n_probe):
    vectors, query = corpus(seed)
    centers, _ = nb.k_means(vectors, 4, rng(seed))
    quantizer = faiss.IndexFlatL2(vectors.shape[1])
    quantizer.add(centers.astype(np.float32))
    index = faiss.IndexIVFFlat(quantizer, vectors.shape[1], 4)
    index.nprobe = n_probe
    index.add(vectors.astype(np.float32))
    distances, ids = index.search(query[None].astype(np.float32), 5)
    found, computed = nb.ivf_index(vectors, 4, rng(seed))(query, 5, n_probe)
    assert found.tolist() == ids[0].tolist()
    sizes = np.sort([index.invlists.list_size(i) for i in range(4)])
    assert sizes[:n_probe].sum() <= computed - 4 <= sizes[-n_probe:].sum()


@unhurried
@given(seed=seeds)
def test_each_vector_belongs_to_its_nearest_centre(seed):
    vectors, _ = corpus(seed, whole=True)
    centers, nearest = nb.k_means(vectors, 5, rng(seed))
    gaps = ((vectors[:, None] - centers) ** 2).sum(axis=2)
    chosen = gaps[np.arange(len(vectors)), nearest]
    assert np.allclose(chosen, gaps.min(axis=1), **WORST)


def test_k_means_finds_blobs_that_are_far_apart():
    blobs = np.repeat([[0.0, 0], [100, 0], [0, 100]], 20, axis=0)
    vectors = blobs + rng(1).normal(size=(60, 2))
    for seed in range(20):
        centers, nearest = nb.k_means(vectors, 3, rng(seed))
        if len(set(nearest[[0, 20, 40]].tolist())) == 3:
            means = [vectors[nearest == i].mean(axis=0) for i in range(3)]
            assert np.allclose(centers, means, **WORST)
            return
    pytest.fail("no start of 20 found the blobs")


def test_ivf_with_more_lists_than_different_vectors_still_finds_them():
    vectors = np.array([[0.0, 0.0]] * 4 + [[5.0, 5.0]] * 4)
    found, _ = nb.ivf_index(vectors, 6, rng(0))([5.0, 5.0], 8, 6)
    assert found.tolist() == [4, 5, 6, 7, 0, 1, 2, 3]


# Trees and graph


@unhurried
@given(seed=seeds, leaf_size=st.integers(1, 9))
def test_leaves_of_a_tree_are_small_and_hold_the_vector_itself(seed, leaf_size):
    vectors, _ = corpus(seed)
    search = nb.rp_forest(vectors, leaf_size, 2, rng(seed))
    for row, vector in enumerate(vectors):
        found, computed = search(vector, 1, 1)
        assert found.tolist() == [row]
        assert computed <= leaf_size + np.ceil(np.log2(len(vectors)))


def test_vectors_that_are_all_equal_make_one_leaf():
    found, computed = nb.rp_forest(np.ones((50, 3)), 5, 1, rng(0))(np.ones(3), 3)
    assert found.tolist() == [0, 1, 2] and computed == 50


@unhurried
@given(seed=seeds, k=st.integers(1, 5))
def test_a_beam_as_wide_as_the_corpus_is_exact(seed, k):
    vectors, query = corpus(seed)
    search = nb.small_world_index(vectors, 3, 4, rng(seed))
    found, computed = search(query, k, len(vectors))
    assert found.tolist() == by_scikit_learn(vectors, query, k, "euclidean")[1].tolist()
    assert computed == len(vectors)  # every vector can be reached


# Bad input

BUILD = {
    "lsh": lambda v, n=3: nb.lsh_index(v, n, 2, rng(0)),
    "lsh tables": lambda v, n=3: nb.lsh_index(v, 2, n, rng(0)),
    "ivf": lambda v, n=3: nb.ivf_index(v, n, rng(0)),
    "forest": lambda v, n=3: nb.rp_forest(v, n, 2, rng(0)),
    "graph": lambda v, n=3: nb.small_world_index(v, n, 5, rng(0)),
}
SEARCH = {
    "lsh": lambda s, q, k: s(q, k),
    "lsh tables": lambda s, q, k: s(q, k),
    "ivf": lambda s, q, k: s(q, k, 2),
    "forest": lambda s, q, k: s(q, k),
    "graph": lambda s, q, k: s(q, k, 5),
}


@pytest.mark.parametrize("name", BUILD)
@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([], "2-D"),
        ([1.0, 2.0], "2-D"),
        (np.empty((0, 3)), "empty"),
        ([[1.0, np.nan]], "NaN"),
        ([[1.0, -np.inf]], "infinite"),
        ([["a", "b"]], "could not convert"),
    ],
)
def test_bad_vectors_are_refused(name, vectors, message):
    with pytest.raises(ValueError, match=message.replace("infinite", "infinity")):
        BUILD[name](vectors)


@pytest.mark.parametrize("name", BUILD)
@pytest.mark.parametrize("n", [0, -1, 1.5, np.nan, "3", None])
def test_a_count_that_is_none_is_refused(name, n):
    with pytest.raises(ValueError, match="must be whole"):
        BUILD[name](np.ones((6, 2)), n)


@pytest.mark.parametrize("name", BUILD)
@pytest.mark.parametrize(
    ("query", "k", "message"),
    [
        ([1.0], 1, "shape"),
        ([[1.0, 2.0]], 1, "shape"),
        ([1.0, np.nan], 1, "NaN"),
        ([1.0, 2.0], 0, "k must be whole"),
        ([1.0, 2.0], 1.5, "k must be whole"),
    ],
)
def test_a_bad_query_is_refused(name, query, k, message):
    search = BUILD[name](rng(0).normal(size=(9, 2)))
    with pytest.raises(ValueError, match=message):
        SEARCH[name](search, query, k)


def test_more_lists_than_vectors_and_more_probes_than_lists_are_refused():
    with pytest.raises(ValueError, match="n_lists"):
        nb.ivf_index(np.ones((3, 2)), 4, rng(0))
    search = nb.ivf_index(np.ones((3, 2)), 2, rng(0))
    for n_probe in (0, 3):
        with pytest.raises(ValueError, match="n_probe"):
            search([1.0, 1.0], 1, n_probe)
