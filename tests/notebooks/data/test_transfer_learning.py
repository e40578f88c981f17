"""Adam, step by step against optax, on random problems and at its edges."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from notebook_files import load_exports

nb = load_exports("transfer-learning")

N_STEPS = 7


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def loss(params, batch):
    return sum(
        jnp.sum(jnp.cos(leaf * batch.sum()) + 0.1 * (leaf - batch[0]) ** 4)
        for leaf in jax.tree.leaves(params)
    )


GRADIENT = jax.jit(jax.grad(loss))
# Compiled once for each form of the tree, so that hundreds of problems are quick.
ADAM = jax.jit(lambda *problem: nb.adam(GRADIENT, *problem))


def problem(shapes, rng):
    """A tree of parameters of many magnitudes, and batches."""
    params = [
        (jnp.asarray(rng.normal(size=shape) * 10.0 ** rng.integers(-3, 2)), jnp.ones(2))
        for shape in shapes
    ]
    return params, rng.normal(size=(N_STEPS, 3))


def by_optax(gradient, params, batches, rate, **options):
    optimiser = optax.adam(rate, **options)

    @jax.jit
    def step(params, state, batch):
        updates, state = optimiser.update(gradient(params, batch), state, params)
        return optax.apply_updates(params, updates), state

    state = optimiser.init(params)
    for batch in batches:
        params, state = step(params, state, batch)
    return params


def same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rate", [1e-6, 1e-3, 0.1, 3.0])
@pytest.mark.parametrize("shapes", [[()], [(1,), (2, 3)], [(3,), (), (2, 2)]])
def test_adam_agrees_with_optax(shapes, rate):
    rng = np.random.default_rng(len(shapes))
    optimiser = optax.adam(rate)

    @jax.jit
    def reference(params, batches):
        def step(state, batch):
            params, state = state
            g = GRADIENT(params, batch)
            updates, state = optimiser.update(g, state, params)
            return (optax.apply_updates(params, updates), state), None

        start = params, optimiser.init(params)
        return jax.lax.scan(step, start, batches)[0][0]

    for _ in range(40):
        params, batches = problem(shapes, rng)
        rates = jax.tree.map(lambda _: rate, params)
        same(ADAM(params, batches, rates), reference(params, batches))


@pytest.mark.parametrize(
    "constants", [(0.0, 0.0, 1.0), (0.5, 0.9, 1e-3), (0.99, 0.9999, 1e-8)]
)
def test_adam_passes_its_constants_on(constants):
    beta1, beta2, epsilon = constants
    params, batches = problem([(2, 3)], np.random.default_rng(0))
    rates = jax.tree.map(lambda _: 0.1, params)
    options = {"b1": beta1, "b2": beta2, "eps": epsilon}
    same(
        nb.adam(GRADIENT, params, batches, rates, *constants),
        by_optax(GRADIENT, params, batches, 0.1, **options),
    )


@pytest.mark.parametrize("seed", range(2))
def test_a_rate_of_zero_freezes_one_part_and_leaves_the_others_alone(seed):
    params, batches = problem([(2, 3), (3,)], np.random.default_rng(seed))

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
    params, batches = problem([(2,), (3,)], np.random.default_rng(0))
    with pytest.raises(ValueError, match="rates must be a tree like params"):
        nb.adam(GRADIENT, params, batches, rates)
