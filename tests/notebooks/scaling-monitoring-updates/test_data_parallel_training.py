"""The ring against a plain sum, and the time model against a sum over its rounds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("data-parallel-training")


@jax.jit
def ring(x):
    """All devices' results, (devices, n), for x of one row a device."""

    def one(v):
        return nb.ring_all_reduce(v, "data", len(x))

    return jax.vmap(one, axis_name="data")(x)


@settings(max_examples=200, deadline=None)
@given(
    p=st.sampled_from([1, 2, 3, 8]),  # few shapes, since each is compiled
    n=st.sampled_from([1, 7, 16]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_ring_adds_on_every_device(p, n, seed):
    # Small whole numbers: every order of adding gives the same float.
    x = np.random.default_rng(seed).integers(-1000, 1000, (p, n)).astype(np.float32)
    np.testing.assert_array_equal(ring(x), np.tile(x.sum(axis=0), (p, 1)))


@pytest.mark.parametrize("p", [2, 3, 8])
def test_devices_agree_in_every_bit_where_adding_rounds(p):
    x = np.random.default_rng(p).normal(size=(p, 1001)).astype(np.float32)
    got = np.asarray(ring(x))
    assert (got == got[0]).all()
    np.testing.assert_allclose(got[0], x.sum(axis=0, dtype=np.float64), atol=1e-5)


@pytest.mark.parametrize(("p", "n", "chunk"), [(2, 10, 5), (8, 4810, 602), (5, 3, 1)])
def test_the_ring_sends_two_rounds_less_two_chunks(p, n, chunk):
    def one(v):
        return nb.ring_all_reduce(v, "data", p)

    program = jax.make_jaxpr(one, axis_env=[("data", p)])(jnp.zeros(n))
    sends = [eqn for eqn in program.eqns if eqn.primitive.name == "ppermute"]
    assert [eqn.invars[0].aval.size for eqn in sends] == [chunk] * 2 * (p - 1)
    neighbours = {(k, (k + 1) % p) for k in range(p)}
    assert all(set(eqn.params["perm"]) == neighbours for eqn in sends)


@pytest.mark.parametrize("x", [np.zeros((2, 3, 1)), np.zeros((2, 0))])
def test_the_ring_refuses_what_is_no_vector(x):
    with pytest.raises(ValueError, match="1-D and not empty"):
        ring(x)


@pytest.mark.parametrize("p", [0, -1, 2.0, None])
def test_the_ring_refuses_a_number_of_devices_that_is_none(p):
    with pytest.raises(ValueError, match="n_devices"):
        nb.ring_all_reduce(jnp.zeros(3), "data", p)


def seconds_by_rounds(n_bytes, p, bandwidth, latency, how):
    """The same, one round after another."""
    total = 0.0
    if how == "ring":
        for _ in range(2 * (p - 1)):
            total += latency + n_bytes / p / bandwidth
        return total
    reached = 1
    while reached < p:  # a broadcast doubles who has it; a reduction is its mirror
        total += 2 * (latency + n_bytes / bandwidth)
        reached *= 2
    return total


@settings(max_examples=300)
@given(
    n_bytes=st.floats(0, 1e12),
    p=st.integers(1, 3000),
    bandwidth=st.floats(1e3, 1e12),
    latency=st.floats(0, 1),
    how=st.sampled_from(["ring", "tree"]),
)
def test_seconds_equal_the_sum_over_rounds(n_bytes, p, bandwidth, latency, how):
    got = nb.all_reduce_seconds(n_bytes, p, bandwidth, latency, how)
    wanted = seconds_by_rounds(n_bytes, p, bandwidth, latency, how)
    assert got == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("how", ["ring", "tree"])
def test_one_device_needs_no_time(how):
    assert nb.all_reduce_seconds(1e9, 1, 1e9, 1.0, how) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.nan, 2, 1.0), "finite"),
        ((1.0, 2, np.inf), "finite"),
        (("1", 2, 1.0), "finite"),
        ((-1.0, 2, 1.0), "bandwidth > 0"),
        ((1.0, 2, 0.0), "bandwidth > 0"),
        ((1.0, 2, 1.0, -1e-9), "bandwidth > 0"),
        ((1.0, 0, 1.0), "n_devices"),
        ((1.0, 2.5, 1.0), "n_devices"),
        ((1.0, 2, 1.0, 0.0, "star"), "ring"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.all_reduce_seconds(*arguments)
