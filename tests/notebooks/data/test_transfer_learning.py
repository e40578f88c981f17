"""Adam, step by step against optax, on random problems and at its edges."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("transfer-learning")

SHAPES = st.lists(st.sampled_from([(), (1,), (3,), (2, 3)]), min_size=1, max_size=3)


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def problem(shapes, seed):
    """A tree of parameters, and the gradient of a loss that differs by batch."""
    rng = np.random.default_rng(seed)
    params = [(jnp.asarray(rng.normal(size=shape)), jnp.ones(2)) for shape in shapes]

    def loss(params, batch):
        return sum(
            jnp.sum(jnp.cos(leaf * batch.sum()) + 0.1 * (leaf - batch[0]) ** 4)
            for leaf in jax.tree.leaves(params)
        )

    return params, jax.grad(loss), rng.normal(size=(int(rng.integers(1, 12)), 3))


def by_optax(gradient, params, batches, rate, **options):
    optimiser = optax.adam(rate, **options)
    state = optimiser.init(params)
    for batch in batches:
        updates, state = optimiser.update(gradient(params, batch), state, params)
        params = optax.apply_updates(params, updates)
    return params


def same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.integers(0, 999), st.floats(1e-6, 3))
def test_adam_agrees_with_optax(shapes, seed, rate):
    params, gradient, batches = problem(shapes, seed)
    rates = jax.tree.map(lambda _: rate, params)
    same(
        nb.adam(gradient, params, batches, rates),
        by_optax(gradient, params, batches, rate),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 999), st.floats(0, 0.99), st.floats(0, 0.9999), st.floats(1e-8, 1)
)
def test_adam_passes_its_constants_on(seed, beta1, beta2, epsilon):
    params, gradient, batches = problem([(2, 3)], seed)
    rates = jax.tree.map(lambda _: 0.1, params)
    same(
        nb.adam(gradient, params, batches, rates, beta1, beta2, epsilon),
        by_optax(gradient, params, batches, 0.1, b1=beta1, b2=beta2, eps=epsilon),
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_rate_of_zero_freezes_one_part_and_leaves_the_others_alone(seed):
    params, _, batches = problem([(2, 3), (3,)], seed)

    def gradient(params, batch):  # each part sees itself alone
        return jax.tree.map(lambda p: jnp.sin(p * batch[0]) + batch[1], params)

    rates = [(0.0, 0.0), (0.1, 0.3)]
    moved = nb.adam(gradient, params, batches, rates)
    same(moved[0], params[0])
    for i, rate in enumerate(rates[1]):
        part = [params[1][i]]
        same([moved[1][i]], by_optax(gradient, part, batches, rate))


def test_the_first_step_has_the_length_of_the_rate_whatever_the_gradient():
    params = jnp.array([1.0, 1.0, 1.0])
    scale = jnp.array([1e-3, -1.0, 1e6])
    moved = nb.adam(lambda p, batch: scale, params, np.zeros((1, 1)), 0.01)
    np.testing.assert_allclose(moved, 1 - 0.01 * np.sign(scale), rtol=1e-6)


def test_no_batch_moves_nothing_and_a_flat_loss_does_not_divide_by_zero():
    params = {"w": jnp.arange(3.0)}
    rates = {"w": 1.0}
    same(nb.adam(lambda p, b: p, params, np.zeros((0, 2)), rates), params)
    flat = nb.adam(lambda p, b: {"w": jnp.zeros(3)}, params, np.zeros((5, 2)), rates)
    same(flat, params)


@pytest.mark.parametrize("rates", [0.1, [0.1], [(0.1, 0.1)], [(0.1,), (0.1, 0.1)]])
def test_adam_refuses_rates_of_another_form(rates):
    params, gradient, batches = problem([(2,), (3,)], 0)
    with pytest.raises(ValueError, match="rates must be a tree like params"):
        nb.adam(gradient, params, batches, rates)
