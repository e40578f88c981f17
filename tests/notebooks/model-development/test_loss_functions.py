"""Losses against scipy and scikit-learn, gradients against central differences."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.special import huber, softmax
from scipy.stats import special_ortho_group
from sklearn.metrics import hinge_loss, log_loss

nb = load_exports("loss-functions")

unhurried = settings(deadline=None, max_examples=200)  # a busy core is no failure
seeds = st.integers(0, 2**32 - 1)
EXACT = {"rtol": 1e-9, "atol": 1e-12}


def slope(loss, x, h):
    return (loss(x + h) - loss(x - h)) / (2 * h)


# huber_loss


@unhurried
@given(seeds)
def test_huber_is_scipys_and_its_gradient_the_slope(seed):
    rng = np.random.default_rng(seed)
    delta = 10.0 ** rng.uniform(-2, 2)
    e = delta * rng.normal(0, 2, tuple(rng.integers(1, 6, rng.integers(1, 4))))
    loss, gradient = nb.huber_loss(e, delta)
    np.testing.assert_allclose(loss, huber(delta, e), **EXACT)
    h = 1e-5 * delta
    measured = slope(lambda x: nb.huber_loss(x, delta)[0], e, h)
    np.testing.assert_allclose(gradient, measured, atol=1e-5 * delta)


def test_huber_at_the_joints_and_far_out():
    loss, gradient = nb.huber_loss([0, 1, -1, 3, -1e9], 1)
    np.testing.assert_allclose(loss, [0, 0.5, 0.5, 2.5, 1e9 - 0.5], **EXACT)
    np.testing.assert_array_equal(gradient, [0, 1, -1, 1, -1])
    assert nb.huber_loss(2.0)[0] == 1.5  # a single number, delta 1
    assert nb.huber_loss(pd.Series([2]), delta=4)[0] == 2.0


@pytest.mark.parametrize(
    ("e", "delta", "message"),
    [
        ([], 1, "finite and not empty"),
        ([1, math.nan], 1, "finite and not empty"),
        ([math.inf], 1, "finite and not empty"),
        ([1], 0, "delta must be"),
        ([1], -1, "delta must be"),
        ([1], math.nan, "delta must be"),
        ([1], math.inf, "delta must be"),
    ],
)
def test_huber_says_what_is_wrong(e, delta, message):
    with pytest.raises(ValueError, match=message):
        nb.huber_loss(e, delta)


# hinge_loss


@unhurried
@given(seeds)
def test_hinge_is_scikit_learns_and_its_gradient_the_slope(seed):
    rng = np.random.default_rng(seed)
    y, s = rng.choice([-1, 1], 40), rng.normal(0, 2, 40)
    loss, gradient = nb.hinge_loss(y, s)
    assert loss.mean() == pytest.approx(
        hinge_loss(y, s, labels=[-1, 1]), rel=1e-9, abs=1e-12
    )
    smooth = np.abs(y * s - 1) > 1e-5
    measured = slope(lambda x: nb.hinge_loss(y, x)[0], s, 1e-6)
    np.testing.assert_allclose(gradient[smooth], measured[smooth], atol=1e-8)


def test_hinge_stops_pulling_at_a_margin_of_one():
    loss, gradient = nb.hinge_loss([1, 1, -1, -1, 1], [1, 0.5, -1, 2, 7])
    np.testing.assert_array_equal(loss, [0, 0.5, 0, 3, 0])
    np.testing.assert_array_equal(gradient, [0, -1, 0, 1, 0])


@pytest.mark.parametrize(
    ("y", "s", "message"),
    [
        ([], [], "one shape, not empty"),
        ([1, -1], [0.5], "one shape"),
        ([0, 1], [0.5, 0.5], "-1 or 1"),
        ([math.nan], [0.5], "-1 or 1"),
        ([1], [math.nan], "margin must be finite"),
        ([1], [-math.inf], "margin must be finite"),
    ],
)
def test_hinge_says_what_is_wrong(y, s, message):
    with pytest.raises(ValueError, match=message):
        nb.hinge_loss(y, s)


# contrastive_loss


@unhurried
@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), min_size=1, max_size=20),
    st.floats(0.01, 100),
)
def test_contrastive_loss_pair_by_pair(pairs, margin):
    distance, same = zip(*pairs, strict=True)
    right = [d * d / 2 if s else max(0.0, margin - d) ** 2 / 2 for d, s in pairs]
    np.testing.assert_allclose(
        nb.contrastive_loss(distance, same, margin), right, **EXACT
    )


@unhurried
@given(seeds)
def test_the_contrastive_slope_pulls_same_pairs_and_pushes_near_ones(seed):
    rng = np.random.default_rng(seed)
    d, same = rng.uniform(0.1, 3, 30), rng.integers(0, 2, 30)
    measured = slope(lambda x: nb.contrastive_loss(x, same, 1.5), d, 1e-6)
    right = np.where(same, d, -np.maximum(0, 1.5 - d))
    np.testing.assert_allclose(measured, right, atol=1e-5)


def test_contrastive_loss_by_hand():
    found = nb.contrastive_loss([0, 0, 0.5, 0.5, 2, 2], [1, 0, 1, 0, 1, 0])
    np.testing.assert_allclose(found, [0, 0.5, 0.125, 0.125, 2, 0])
    assert nb.contrastive_loss(3.0, True) == 4.5


@pytest.mark.parametrize(
    ("d", "same", "margin", "message"),
    [
        ([], [], 1, "one shape, not empty"),
        ([1, 2], [1], 1, "one shape"),
        ([-0.1], [1], 1, "at least 0"),
        ([math.nan], [1], 1, "finite"),
        ([math.inf], [0], 1, "finite"),
        ([1], [2], 1, "0 or 1"),
        ([1], [math.nan], 1, "0 or 1"),
        ([1], [1], 0, "margin must be"),
        ([1], [1], math.inf, "margin must be"),
    ],
)
def test_contrastive_loss_says_what_is_wrong(d, same, margin, message):
    with pytest.raises(ValueError, match=message):
        nb.contrastive_loss(d, same, margin)


# info_nce_loss


def batch(seed, n=None):
    rng = np.random.default_rng(seed)
    n, d = n or int(rng.integers(2, 30)), int(rng.integers(1, 8))
    return rng.normal(size=(2, n, d)), 10.0 ** rng.uniform(-1.5, 1)


@unhurried
@given(seeds)
def test_info_nce_is_the_log_loss_of_finding_the_own_key(seed):
    (q, k), tau = batch(seed)
    unit = [z / np.linalg.norm(z, axis=1, keepdims=True) for z in (q, k)]
    p = softmax(unit[0] @ unit[1].T / tau, axis=1)
    found = nb.info_nce_loss(q, k, tau)
    assert type(found) is float
    # scikit-learn clips, so compare where no probability is beyond its limit
    if p.min() > 1e-12:
        right = log_loss(np.arange(len(p)), p, labels=np.arange(len(p)))
        assert found == pytest.approx(right, rel=1e-9, abs=1e-12)
    assert found == pytest.approx(-np.log(np.diag(p)).mean(), rel=1e-9, abs=1e-12)


@unhurried
@given(seeds)
def test_info_nce_depends_on_directions_only(seed):
    (q, k), tau = batch(seed)
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.1, 10, (2, len(q), 1))
    order, base = rng.permutation(len(q)), nb.info_nce_loss(q, k, tau)
    scaled = nb.info_nce_loss(q * lengths[0], k * lengths[1], tau)
    assert scaled == pytest.approx(base, rel=1e-9, abs=1e-12)
    assert nb.info_nce_loss(q[order], k[order], tau) == pytest.approx(base, abs=1e-9)
    if q.shape[1] > 1:
        turn = special_ortho_group.rvs(q.shape[1], random_state=seed)
        assert nb.info_nce_loss(q @ turn, k @ turn, tau) == pytest.approx(
            base, abs=1e-8
        )


@pytest.mark.parametrize("n", [1, 2, 10])
def test_info_nce_of_equal_rows_is_the_log_of_the_batch(n):
    rows = np.tile([3.0, -4.0], (n, 1))
    assert nb.info_nce_loss(rows, 2 * rows, 0.07) == pytest.approx(math.log(n))


def test_info_nce_by_hand_and_at_a_tiny_temperature():
    q = [[1, 0], [0, 1]]
    assert nb.info_nce_loss(q, q, 1.0) == pytest.approx(math.log(1 + math.exp(-1)))
    assert nb.info_nce_loss(q, q, 1e-5) == 0.0
    assert nb.info_nce_loss(q, q[::-1], 1e-3) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("q", "k", "tau", "message"),
    [
        ([], [], 1, "one shape"),
        ([1.0, 2.0], [1.0, 2.0], 1, "one shape"),
        ([[1.0]], [[1.0], [2.0]], 1, "one shape"),
        ([[math.nan]], [[1.0]], 1, "must be finite"),
        ([[1.0]], [[math.inf]], 1, "must be finite"),
        ([[0.0]], [[1.0]], 1, "length 0"),
        ([[1.0]], [[0.0]], 1, "length 0"),
        ([[1.0]], [[1.0]], 0, "temperature must be"),
        ([[1.0]], [[1.0]], -1, "temperature must be"),
        ([[1.0]], [[1.0]], math.nan, "temperature must be"),
    ],
)
def test_info_nce_says_what_is_wrong(q, k, tau, message):
    with pytest.raises(ValueError, match=message):
        nb.info_nce_loss(q, k, tau)
