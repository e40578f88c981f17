"""Product quantization against FAISS and brute force; the recipe of the indexes."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("ann-libraries")
unhurried = settings(deadline=None, max_examples=200)
seeds = st.integers(0, 2**32 - 1)


def draw(seed):
    """(vectors, query, codebooks) of random shapes that fit."""
    rng = np.random.default_rng(seed)
    m, c, width = rng.integers(1, 6), rng.integers(1, 20), rng.integers(1, 4)
    vectors = rng.normal(size=(rng.integers(1, 15), m * width))
    return vectors, rng.normal(size=m * width), rng.normal(size=(m, c, width))


@unhurried
@given(seed=seeds)
def test_codes_are_those_of_the_nearest_pieces(seed):
    vectors, _, books = draw(seed)
    m, c, width = books.shape
    codes = nb.pq_encode(vectors, books)
    assert codes.shape == (len(vectors), m) and codes.dtype == np.uint8
    for i, vector in enumerate(vectors):
        for j in range(m):
            piece = vector[j * width : (j + 1) * width]
            gaps = [np.linalg.norm(piece - books[j, k]) for k in range(c)]
            assert np.isclose(gaps[codes[i, j]], min(gaps), rtol=1e-9)


@unhurried
@given(seed=seeds)
def test_distances_are_those_to_the_decoded_vectors(seed):
    vectors, query, books = draw(seed)
    codes = nb.pq_encode(vectors, books)
    decoded = books[np.arange(len(books)), codes].reshape(len(vectors), -1)
    expected = ((decoded - query) ** 2).sum(axis=1)
    got = nb.pq_distances(query, codes, books)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("m", [1, 2, 4, 8])
def test_codes_and_distances_equal_faiss(m):
    vectors = np.random.default_rng(m).normal(size=(400, 8)).astype(np.float32)
    index = faiss.IndexPQ(8, m, 4)
    index.pq.cp.niter = 3
    index.train(vectors)
    books = faiss.vector_to_array(index.pq.centroids).reshape(m, 16, 8 // m)
    ours = nb.pq_encode(vectors, books)
    decoded = books[np.arange(m), ours].reshape(-1, 8)
    theirs = index.pq.decode(index.pq.compute_codes(vectors))
    np.testing.assert_allclose(decoded, theirs, rtol=1e-6)
    index.add(vectors)
    distances, ids = index.search(vectors[:9], 5)
    for query, row, of_faiss in zip(vectors[:9], ids, distances, strict=True):
        got = nb.pq_distances(query, ours[row], books)
        np.testing.assert_allclose(got, of_faiss, rtol=1e-4, atol=1e-5)


def test_equal_distances_take_the_lower_number():
    assert nb.pq_encode([[0.0]], [[[1.0], [-1.0], [1.0]]]).tolist() == [[0]]


@pytest.mark.parametrize(
    ("vectors", "books", "message"),
    [
        ([1.0, 2.0], np.ones((1, 2, 2)), "do not fit"),
        (np.ones((2, 3)), np.ones((1, 2, 2)), "do not fit"),
        (np.ones((2, 2)), np.ones((2, 2)), "do not fit"),
        (np.ones((2, 2)), np.ones((1, 257, 2)), "do not fit"),
        (np.ones((2, 2)), np.ones((1, 0, 2)), "do not fit"),
        (np.ones((0, 2)), np.ones((1, 2, 2)), "do not fit"),
        ([[1.0, np.nan]], np.ones((1, 2, 2)), "NaN"),
        (np.ones((2, 2)), np.full((1, 2, 2), np.inf), "infinity"),
    ],
)
def test_bad_vectors_and_books_are_refused(vectors, books, message):
    with pytest.raises(ValueError, match=message):
        nb.pq_encode(vectors, books)


@pytest.mark.parametrize(
    ("query", "codes", "books"),
    [
        ([[1.0, 2.0]], [[0]], np.ones((1, 2, 2))),
        ([1.0, 2.0], [0], np.ones((1, 2, 2))),
        ([1.0, 2.0], [[0, 0]], np.ones((1, 2, 2))),
        ([1.0], [[0]], np.ones((1, 2, 2))),
        ([1.0, 2.0], [[0]], np.ones((2, 2))),
    ],
)
def test_shapes_that_do_not_fit_are_refused(query, codes, books):
    with pytest.raises(ValueError):
        nb.pq_distances(query, codes, books)


def test_corpora_are_nested_and_hold_no_query():
    rng = np.random.default_rng(0)
    photos = [rng.normal(size=(n, 2)).astype(np.float32) for n in (90_000, 12_000)]
    queries, small, large = nb.corpora(photos)
    assert (len(queries), len(small), len(large)) == (500, 10_000, 100_000)
    assert (large[:10_000] == small).all()
    stored = {row.tobytes() for row in large}
    assert not any(query.tobytes() in stored for query in queries)


def test_every_setting_finds_the_vector_itself_or_something_near():
    # Enough vectors to train the code books without a warning of FAISS.
    vectors = np.random.default_rng(0).normal(size=(10_000, 32)).astype(np.float32)
    built = nb.build(vectors)
    names = [(family, knob) for family, knob, _, _ in built]
    assert len(set(names)) == len(names) == 25
    for family, knob, index, parameters in built:
        _, found = index.search(vectors[:50], 10, params=parameters)
        itself = (found == np.arange(50)[:, None]).any(axis=1).mean()
        least = {"IVF": 0.99, "Flat": 1, "HNSW": 0.8, "ranked again": 0.9}
        assert itself >= least.get(family, 0.3), (family, knob)
