"""Embeddings: gradients by finite differences, the optimum in theory, fair walks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import sparse, stats
from scipy.special import log_expit

nb = load_exports("learned-embeddings")


def rng(seed=0):
    return np.random.default_rng(seed)


# sgns_gradients


def loss_by_definition(u, v):
    """Equation 4 of Mikolov et al. (2013), negated: one number for each example."""
    score = np.einsum("id,ijd->ij", u, v)
    return -log_expit(score[:, 0]) - log_expit(-score[:, 1:]).sum(axis=1)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 999))
def test_gradients_are_those_of_the_loss(n, k, d, seed):
    u, v = rng(seed).normal(size=(n, d)), rng(seed + 1).normal(size=(n, 1 + k, d))
    loss, by_center, factor = nb.sgns_gradients(u, v)
    np.testing.assert_allclose(loss, loss_by_definition(u, v), rtol=1e-9)
    eps = 1e-6
    for j in range(d):
        shift = eps * np.eye(d)[j]
        rise = loss_by_definition(u + shift, v) - loss_by_definition(u - shift, v)
        np.testing.assert_allclose(by_center[:, j], rise / (2 * eps), atol=1e-7)
        for i in range(1 + k):
            up, down = v.copy(), v.copy()
            up[:, i] += shift
            down[:, i] -= shift
            rise = loss_by_definition(u, up) - loss_by_definition(u, down)
            by_context = factor[:, i] * u[:, j]
            np.testing.assert_allclose(by_context, rise / (2 * eps), atol=1e-7)


@pytest.mark.filterwarnings("error")
def test_large_scores_give_finite_losses():
    u, v = np.array([[1000.0]]), np.array([[[-1.0], [1.0]]])
    loss, by_center, _ = nb.sgns_gradients(u, v)
    assert loss == pytest.approx([2000]) and by_center[0, 0] == pytest.approx(2)


@pytest.mark.parametrize(
    ("u", "v", "message"),
    [
        (np.ones(3), np.ones((1, 2, 3)), "do not fit"),
        (np.ones((1, 3)), np.ones((1, 3)), "do not fit"),
        (np.ones((2, 3)), np.ones((1, 2, 3)), "do not fit"),
        (np.ones((1, 3)), np.ones((1, 2, 2)), "do not fit"),
        (np.ones((1, 3)), np.ones((1, 1, 3)), "do not fit"),
        (np.full((1, 3), math.nan), np.ones((1, 2, 3)), "NaN or infinity"),
        (np.ones((1, 3)), np.full((1, 2, 3), math.inf), "NaN or infinity"),
    ],
)
def test_gradients_refuse_what_does_not_fit(u, v, message):
    with pytest.raises(ValueError, match=message):
        nb.sgns_gradients(u, v)


# noise_list, add_up


def test_noise_follows_the_count_to_the_power_three_quarters():
    contexts = np.repeat(np.arange(5), [1, 16, 81, 256, 0]).astype(np.intp)
    drawn = np.bincount(nb.noise_list(contexts, 6), minlength=6)
    np.testing.assert_allclose(
        drawn[:4] / drawn.sum(), np.array([1, 8, 27, 64]) / 100, rtol=1e-3
    )
    assert drawn[4:].tolist() == [0, 0]


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 6), st.integers(0, 999))
def test_add_up_equals_a_loop(n, k, n_items, seed):
    items = rng(seed).integers(n_items, size=(n, k))
    weights, vectors = rng(seed).normal(size=(n, k)), rng(seed).normal(size=(n, 3))
    expected = np.zeros((n_items, 3))
    for i in range(n):
        for j in range(k):
            expected[items[i, j]] += weights[i, j] * vectors[i]
    summed = nb.add_up(items, weights, vectors, n_items)
    np.testing.assert_allclose(summed, expected, atol=1e-12)


# skip_gram


def test_skip_gram_reaches_the_shifted_mutual_information():
    """With as many dimensions as items, Levy and Goldberg's optimum is reachable."""
    joint = rng(1).dirichlet(np.full(16, 2.0)).reshape(4, 4)
    cells = rng(2).choice(16, size=60_000, p=joint.ravel())
    centers, contexts = cells // 4, cells % 4
    u, v = nb.skip_gram(centers, contexts, 4, 4, 12, rng(3), negatives=3, rate=0.05)
    counts = np.bincount(cells, minlength=16).reshape(4, 4)
    noise = counts.sum(axis=0) ** 0.75
    pmi = np.log(counts / np.outer(counts.sum(axis=1), noise / noise.sum()))
    np.testing.assert_allclose(u @ v.T, pmi - np.log(3), atol=0.15)


def test_skip_gram_depends_on_its_generator_alone_and_keeps_the_shapes():
    pairs = rng().integers(7, size=(2, 500))
    first, again = (nb.skip_gram(*pairs, 9, 3, 2, rng(4)) for _ in range(2))
    assert [table.shape for table in first] == [(9, 3), (9, 3)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], nb.skip_gram(*pairs, 9, 3, 2, rng(5))[0])
    assert not first[1][7:].any()  # never a context: their table stays as it began


def test_skip_gram_reads_one_pair():
    assert np.isfinite(nb.skip_gram([0], [1], 2, 2, 1, rng())[0]).all()


@pytest.mark.parametrize(
    ("centers", "contexts", "message"),
    [
        ([], [], "non-empty list of items below 3"),
        ([0, 3], [1, 1], "items below 3"),
        ([0, -1], [1, 1], "items below 3"),
        ([0, 1], [1], "must match exactly"),
    ],
)
def test_skip_gram_refuses_pairs_that_are_none(centers, contexts, message):
    with pytest.raises(ValueError, match=message):
        nb.skip_gram(centers, contexts, 3, 2, 1, rng())


# random_walks


def graph(n, density, seed):
    edges = rng(seed).random((n, n)) < density
    edges[np.arange(n), (np.arange(n) + 1) % n] = True  # a way out of every node
    return sparse.csr_matrix(edges.astype(float))


@settings(deadline=None, max_examples=200)
@given(st.integers(2, 12), st.floats(0, 1), st.integers(0, 8), st.integers(0, 999))
def test_walks_follow_edges(n, density, n_steps, seed):
    edges = graph(n, density, seed)
    starts = rng(seed).integers(n, size=20)
    path = nb.random_walks(edges, starts, n_steps, rng(seed))
    assert path.shape == (20, n_steps + 1)
    np.testing.assert_array_equal(path[:, 0], starts)
    dense = edges.toarray()
    assert all(dense[path[:, i], path[:, i + 1]].all() for i in range(n_steps))


def test_every_edge_is_taken_equally_often():
    edges = graph(8, 0.4, 5)
    for node in range(8):
        path = nb.random_walks(edges, np.full(8000, node), 1, rng(node))
        ways = edges[node].indices
        taken = np.bincount(path[:, 1].astype(np.intp), minlength=8)[ways]
        assert taken.sum() == 8000 and stats.chisquare(taken).pvalue > 1e-4


def test_walks_refuse_dead_ends_and_tables():
    dead_end = sparse.csr_matrix(np.array([[0, 1.0], [0, 0]]))
    with pytest.raises(ValueError, match="without a way out"):
        nb.random_walks(dead_end, [0], 2, rng())
    with pytest.raises(ValueError, match=r"must be square, got \(2, 3\)"):
        nb.random_walks(sparse.csr_matrix((2, 3)), [0], 1, rng())
