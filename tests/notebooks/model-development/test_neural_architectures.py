"""Counts against arrays that exist and products that a traced program contains."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("neural-architectures")
size = st.integers(1, 40)


def product_flops(function, *arguments):
    """Two for each multiply-add of the matrix products in the traced function."""
    total = 0
    for equation in jax.make_jaxpr(function)(*arguments).jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            ((contracted, _), _) = equation.params["dimension_numbers"]
            left = equation.invars[0].aval.shape
            depth = math.prod(left[axis] for axis in contracted)
            total += 2 * depth * math.prod(equation.outvars[0].aval.shape)
    return total


def n_numbers(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def dense(n_in, n_out, bias=True):
    return {"w": jnp.zeros((n_in, n_out))} | ({"b": jnp.zeros(n_out)} if bias else {})


def run(layer, x):
    return x @ layer["w"] + layer.get("b", 0)


def heads(x, n):
    return x.reshape(len(x), n, -1).swapaxes(0, 1)


def attend(net, queries, new, kept, n):
    """Attention of `queries` to what is projected now and what was kept."""
    q = heads(run(net["q"], queries), n)
    k = jnp.concatenate([heads(run(net["k"], new), n), kept], axis=1)
    v = jnp.concatenate([heads(run(net["v"], new), n), kept], axis=1)
    weights = jax.nn.softmax(q @ k.swapaxes(1, 2), axis=-1)
    return run(net["mix"], (weights @ v).swapaxes(0, 1).reshape(queries.shape))


def attention_net(width, bias):
    return {name: dense(width, width, bias) for name in ("q", "k", "v", "mix")}


@settings(deadline=None, max_examples=200)
@given(n_in=size, n_out=size, places=size, bias=st.booleans())
def test_a_dense_layer_has_the_numbers_and_products_counted(n_in, n_out, places, bias):
    layer = dense(n_in, n_out, bias)
    flops = product_flops(run, layer, jnp.zeros((places, n_in)))
    count = nb.count_dense(n_in, n_out, places, bias)
    assert count.tolist() == [n_numbers(layer), flops]


@settings(deadline=None, max_examples=100)
@given(
    n_heads=st.sampled_from([1, 2, 4]),
    per_head=st.integers(1, 6),
    queries=st.integers(1, 12),
    new=st.integers(1, 12),
    kept=st.integers(0, 12),
    bias=st.booleans(),
)
def test_attention_has_the_numbers_and_products_counted(
    n_heads, per_head, queries, new, kept, bias
):
    width = n_heads * per_head
    net = attention_net(width, bias)
    arguments = [jnp.zeros((n, width)) for n in (queries, new)]
    old = jnp.zeros((n_heads, kept, per_head))
    flops = product_flops(lambda *a: attend(*a, old, n_heads), net, *arguments)
    count = nb.count_attention(width, queries, new + kept, new, bias)
    assert count.tolist() == [n_numbers(net), flops]


@settings(deadline=None, max_examples=100)
@given(
    width=st.integers(1, 24),
    hidden=size,
    places=st.integers(1, 12),
    kept=st.integers(0, 9),
    memory=st.integers(0, 9),
    bias=st.booleans(),
)
def test_a_block_is_attention_two_dense_layers_and_norms(
    width, hidden, places, kept, memory, bias
):
    names = ["self", "cross"] if memory else ["self"]
    attentions = {name: attention_net(width, bias) for name in names}
    up, down = dense(width, hidden, bias), dense(hidden, width, bias)
    norms = [jnp.zeros(width * (1 + bias)) for _ in range(len(names) + 1)]

    def block(x, old, read):
        x = attend(attentions["self"], x, x, old, 1)
        if memory:
            x = attend(attentions["cross"], x, read, old[:, :0], 1)
        return run(down, run(up, x))

    shapes = (places, width), (1, kept, width), (memory, width)
    flops = product_flops(block, *map(jnp.zeros, shapes))
    seen = places + kept if kept else None
    count = nb.count_block(width, hidden, places, seen, memory, bias)
    assert count.tolist() == [n_numbers([attentions, up, down, norms]), flops]


def test_tables_and_norms_do_no_products():
    assert nb.count_table(30, 7).tolist() == [210, 0]
    assert nb.count_norm(9).tolist() == [18, 0]
    assert nb.count_norm(9, shift=False).tolist() == [9, 0]


def test_writing_with_kept_keys_costs_less_than_reading_again():
    steps = [nb.count_block(64, 256, 1, seen=n)[1] for n in range(1, 101)]
    again = [nb.count_block(64, 256, n)[1] for n in range(1, 101)]
    assert sum(steps) < 0.03 * sum(again)
    assert sum(steps) < nb.count_block(64, 256, 100)[1]  # later places are not read


def test_bert_and_gpt2_add_up_to_what_libraries_list():
    block = 12 * nb.count_block(768, 3072, 128)
    bert = nb.count_table(31_036, 768) + nb.count_norm(768) + block
    assert (bert + nb.count_dense(768, 768))[0] == 109_482_240
    gpt2 = nb.count_table(51_281, 768) + nb.count_norm(768) + block
    assert gpt2[0] == 124_439_808


def test_huge_sizes_stay_exact():
    assert nb.count_dense(10**6, 10**6, 10**6).tolist() == [10**12 + 10**6, 2 * 10**18]


@pytest.mark.parametrize("bad", [0, -1, 2.0, math.nan, math.inf, "3", None])
def test_sizes_that_are_no_counts_are_refused(bad):
    for place in range(3):
        sizes = [4, 4, 4]
        sizes[place] = bad
        with pytest.raises(ValueError, match="sizes must be whole numbers >= 1"):
            nb.count_dense(*sizes)
    with pytest.raises(ValueError, match="sizes must be whole numbers >= 1"):
        nb.count_table(bad, 4)
    with pytest.raises(ValueError, match="sizes must be whole numbers >= 1"):
        nb.count_block(bad, 4, 4)


def test_counts_accept_numpy_integers():
    assert nb.count_dense(np.int64(3), np.int32(2)).tolist() == [8, 12]
