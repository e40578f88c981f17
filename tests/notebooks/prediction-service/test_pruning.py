"""Masks, smaller networks and the forward pass, against plain definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import sparse

nb = load_exports("pruning")

seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0, 0.99)
unhurried = settings(max_examples=200, deadline=None)


def random_layers(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, size=rng.integers(2, 5))
    return [
        (
            rng.normal(size=(a, b)).astype(np.float32),
            rng.normal(size=b).astype(np.float32),
        )
        for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]


@unhurried
@given(seeds, shares)
def test_masks_zero_exactly_the_smallest_weights(seed, share):
    layers = random_layers(seed)
    masks = nb.magnitude_masks(layers, share)
    kept = np.concatenate([mask.ravel() for mask, _ in masks]) == 1
    size = np.concatenate([np.abs(w).ravel() for w, _ in layers])
    assert (~kept).sum() == round(share * size.size)
    assert size[kept].min(initial=np.inf) >= size[~kept].max(initial=0)
    for (mask, offset_mask), (weights, offsets) in zip(masks, layers, strict=True):
        assert mask.shape == weights.shape and offset_mask.shape == offsets.shape
        assert (offset_mask == 1).all()


def test_equal_weights_are_cut_to_the_share_all_the_same():
    layers = [(np.ones((10, 10)), np.zeros(10))]
    ((mask, _),) = nb.magnitude_masks(layers, 0.3)
    assert mask.sum() == 70


@unhurried
@given(seeds, shares)
def test_removing_units_equals_silencing_them(seed, share):
    layers = random_layers(seed)
    small = nb.without_units(layers, share)
    silenced = [(w.copy(), b.copy()) for w, b in layers]
    for i in range(len(layers) - 1):
        # The units of a layer are judged when those before it are gone already.
        (w_in, _), (w_out, _) = silenced[i : i + 2]
        worth = np.linalg.norm(w_in, axis=0) * np.linalg.norm(w_out, axis=1)
        n_kept = max(1, round((1 - share) * worth.size))
        assert small[i][1].size == n_kept
        silenced[i + 1][0][np.argsort(-worth, kind="stable")[n_kept:]] = 0
    x = np.random.default_rng(seed).normal(size=(4, layers[0][0].shape[0]))
    np.testing.assert_allclose(nb.forward(small, x), nb.forward(silenced, x), atol=1e-5)


def test_the_forward_pass_by_hand_dense_and_sparse():
    layers = [
        (np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([0.5, 0.0])),
        (np.array([[2.0], [3.0]]), np.array([-1.0])),
    ]
    x = np.array([[1.0, 1.0], [-2.0, 0.0]])
    # Hidden: (1.5, 1) and (-1.5, 2), of which ReLU leaves (0, 2).
    right = [[2 * 1.5 + 3 * 1 - 1], [3 * 2 - 1]]
    assert nb.forward(layers, x).tolist() == right
    stored = [(sparse.csc_array(w), b) for w, b in layers]
    assert nb.forward(stored, x).tolist() == right


@pytest.mark.parametrize("share", [-0.1, 1.0, 2, np.nan])
@pytest.mark.parametrize("prune", [nb.magnitude_masks, nb.without_units])
def test_a_share_that_is_none_is_refused(prune, share):
    with pytest.raises(ValueError, match="share must lie in"):
        prune(random_layers(0), share)
