"""The thin factors against Eckart and Young's theorem and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.decomposition import TruncatedSVD

nb = load_exports("low-rank-factorization")

seeds = st.integers(0, 2**32 - 1)
unhurried = settings(max_examples=200, deadline=None)


def random_case(seed):
    """A matrix with singular values that differ, a rank, and rows of inputs."""
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 12, size=2)
    weights = rng.normal(size=(m, n)) * 10.0 ** rng.integers(-3, 4)
    rank = int(rng.integers(1, min(m, n) + 1))
    inputs = rng.normal(size=(int(rng.integers(rank, 30)), m))
    return weights, rank, inputs * rng.lognormal(0, 2, size=m)


@unhurried
@given(seeds)
def test_what_is_missing_is_what_was_dropped(seed):
    weights, rank, _ = random_case(seed)
    a, b = nb.low_rank(weights, rank)
    assert a.shape == (len(weights), rank) and b.shape == (rank, weights.shape[1])
    dropped = np.linalg.svd(weights, compute_uv=False)[rank:]
    missing = np.linalg.norm(weights - a @ b)
    scale = np.linalg.norm(weights)
    assert np.isclose(
        missing, np.sqrt(np.sum(dropped**2)), rtol=1e-9, atol=1e-9 * scale
    )


@unhurried
@given(seeds)
def test_the_product_with_inputs_is_the_nearest_of_that_rank(seed):
    weights, rank, inputs = random_case(seed)
    a, b = nb.low_rank(weights, rank, inputs)
    product = inputs @ weights
    u, s, vt = np.linalg.svd(product, full_matrices=False)
    nearest = (u[:, :rank] * s[:rank]) @ vt[:rank]
    np.testing.assert_allclose(
        inputs @ a @ b, nearest, rtol=0, atol=1e-8 * np.linalg.norm(product)
    )


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_scikit_learn_s_truncated_svd(seed):
    weights = np.random.default_rng(seed).normal(size=(30, 12))
    theirs = TruncatedSVD(5, algorithm="arpack", random_state=0)
    wanted = theirs.inverse_transform(theirs.fit_transform(weights))
    a, b = nb.low_rank(weights, 5)
    np.testing.assert_allclose(a @ b, wanted, rtol=1e-9, atol=1e-9)


def test_full_rank_gives_the_matrix_back_and_identity_inputs_change_nothing():
    weights = np.random.default_rng(0).normal(size=(5, 3))
    a, b = nb.low_rank(weights, 3)
    np.testing.assert_allclose(a @ b, weights, rtol=1e-9, atol=1e-12)
    for rank in (1, 2):
        plain, seen = (
            np.matmul(*nb.low_rank(weights, rank, x)) for x in (None, np.eye(5))
        )
        np.testing.assert_allclose(seen, plain, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], 1), "finite matrix"),
        ((np.empty((0, 3)), 1), "finite matrix"),
        (([[1.0, np.nan]], 1), "finite matrix"),
        ((np.eye(3), 0), "rank must lie in 1 .. 3"),
        ((np.eye(3), 4), "rank must lie in 1 .. 3"),
        ((np.eye(3), 1.5), "rank must lie in 1 .. 3"),
        ((np.eye(3), 1, np.eye(2)), "do not fit"),
        ((np.eye(3), 1, np.ones(3)), "do not fit"),
        ((np.eye(3), 1, np.full((4, 3), np.inf)), "infinity"),
        ((np.eye(3), 2, np.ones((1, 3))), "cannot give rank 2"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.low_rank(*arguments)
