"""quantize and dequantize against ONNX Runtime's operators and the bounds of theory."""

import logging

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from onnx import TensorProto, helper

nb = load_exports("quantization")

seeds = st.integers(0, 2**32 - 1)
unhurried = settings(max_examples=300, deadline=None)


def operator(name, inputs, outputs, **attributes):
    """A function that runs one ONNX operator in ONNX Runtime; types by their names."""
    nodes = [helper.make_node(name, list(inputs), list(outputs), **attributes)]
    ends = [
        [helper.make_tensor_value_info(n, t, None) for n, t in side.items()]
        for side in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, name, *ends)
    opset = helper.make_opsetid("", 21)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return lambda *values: session.run(None, dict(zip(inputs, values, strict=True)))


FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8
dynamic = operator(
    "DynamicQuantizeLinear", {"x": FLOAT}, {"q": UINT8, "s": FLOAT, "z": UINT8}
)
per_tensor = operator(
    "QuantizeLinear", {"x": FLOAT, "s": FLOAT, "z": UINT8}, {"q": UINT8}
)
per_axis = {
    axis: operator(
        "QuantizeLinear", {"x": FLOAT, "s": FLOAT, "z": UINT8}, {"q": UINT8}, axis=axis
    )
    for axis in range(3)
}
back = operator("DequantizeLinear", {"q": UINT8, "s": FLOAT, "z": UINT8}, {"x": FLOAT})


def random_array(seed, n_dims=None):
    """Float32 values of some magnitude, at times of one sign, with ties and zeros."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 8, size=n_dims or rng.integers(1, 4))
    x = rng.normal(rng.normal(0, 2), 1, size=shape) * 10.0 ** rng.integers(-4, 5)
    if rng.random() < 0.3:
        x = np.abs(x)
    if rng.random() < 0.3:
        x = x.round(int(rng.integers(0, 2)))
    if rng.random() < 0.2:
        x[rng.random(x.shape) < 0.5] = 0
    return x.astype(np.float32)


def same_integers(ours, theirs, exact):
    """Equal, but for a step where 32-bit arithmetic rounds a half to the other side.

    exact: what was rounded, in 64 bits.
    """
    differs = ours != theirs
    assert (np.abs(ours.astype(int) - theirs.astype(int)) <= 1).all()
    assert np.allclose(np.abs(exact[differs] % 1), 0.5, atol=1e-4)


@unhurried
@given(seeds)
def test_per_tensor_equals_dynamic_quantize_linear(seed):
    x = random_array(seed)
    q, scale, zero_point = nb.quantize(x)
    theirs, s, z = dynamic(x)
    assert type(scale) is float and type(zero_point) is int and q.dtype == np.uint8
    if x.any():
        assert np.isclose(scale, s, rtol=1e-6)
        at = max(0.0, -float(x.min())) / scale
        same_integers(np.array([zero_point]), np.array([z]), np.array([at]))
    if zero_point == z and x.any():
        same_integers(q, theirs, x.astype(float) / scale)


@unhurried
@given(seeds)
def test_per_tensor_equals_quantize_linear(seed):
    x = random_array(seed)
    q, scale, zero_point = nb.quantize(x)
    (theirs,) = per_tensor(x, np.array(scale, "f4"), np.array(zero_point, "u1"))
    same_integers(q, theirs, x.astype(float) / scale)


@unhurried
@given(seeds, st.integers(0, 2))
def test_per_channel_equals_quantize_linear_along_the_axis(seed, axis):
    x = random_array(seed, n_dims=3)
    q, scale, zero_point = nb.quantize(x, axis=axis)
    scales, zeros = scale.ravel().astype(np.float32), zero_point.ravel().astype("u1")
    (theirs,) = per_axis[axis](x, scales, zeros)
    same_integers(q, theirs, x.astype(float) / scale)


@unhurried
@given(seeds)
def test_dequantize_equals_dequantize_linear(seed):
    q, scale, zero_point = nb.quantize(random_array(seed))
    (theirs,) = back(q, np.array(scale, "f4"), np.array(zero_point, "u1"))
    # The reference multiplies in 32 bits.
    np.testing.assert_allclose(nb.dequantize(q, scale, zero_point), theirs, rtol=1e-6)


@unhurried
@given(seeds, st.integers(1, 16), st.sampled_from([None, 0, 1, -1]))
def test_the_error_is_at_most_half_a_step_and_zero_is_exact(seed, n_bits, axis):
    x = random_array(seed, n_dims=2).astype(float)
    q, scale, zero_point = nb.quantize(x, n_bits, axis)
    x_back = nb.dequantize(q, scale, zero_point)
    assert q.shape == x.shape and q.max() <= 2**n_bits - 1
    assert (np.abs(x_back - x) <= np.asarray(scale) * (0.5 + 1e-9)).all()
    assert (x_back[x == 0] == 0).all()


@unhurried
@given(seeds, st.integers(1, 16))
def test_each_channel_is_quantized_as_if_alone(seed, n_bits):
    x = random_array(seed, n_dims=3)
    q, scale, zero_point = nb.quantize(x, n_bits, axis=1)
    assert scale.shape == zero_point.shape == (1, x.shape[1], 1)
    for i in range(x.shape[1]):
        alone = nb.quantize(x[:, i], n_bits)
        np.testing.assert_array_equal(q[:, i], alone[0])
        assert (scale[0, i, 0], zero_point[0, i, 0]) == alone[1:]


def test_by_hand():
    q, scale, zero_point = nb.quantize([-1.0, 0.0, 0.5, 2.0], n_bits=2)
    assert (q.tolist(), scale, zero_point) == ([0, 1, 1, 3], 1.0, 1)  # half to even
    assert nb.dequantize(q, scale, zero_point).tolist() == [-1, 0, 0, 2]


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0, 1e-300, -1e300])
def test_a_constant_array_comes_back(value):
    x = np.full((2, 3), value)
    for axis in (None, 0, 1):
        np.testing.assert_allclose(nb.dequantize(*nb.quantize(x, 8, axis)), x)


def test_the_largest_floats_do_not_overflow():
    x = np.array([-1.7e308, 0, 1.7e308])
    q, scale, zero_point = nb.quantize(x)
    assert np.isfinite(scale)
    assert (np.abs(nb.dequantize(q, scale, zero_point) - x) <= scale * 0.500001).all()


def test_a_scalar_and_more_bits():
    q, scale, zero_point = nb.quantize(2.5, n_bits=12)
    assert q.dtype == np.uint16 and q.shape == () and q == 4095
    assert nb.dequantize(q, scale, zero_point) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "not empty"),
        (([1.0, np.nan],), "finite"),
        (([1.0, np.inf],), "finite"),
        ((["a"],), "could not convert"),
        (([1.0], 0), "between 1 and 16"),
        (([1.0], 17), "between 1 and 16"),
        (([1.0], 2.5), "whole number"),
        (([1.0], True), "whole number"),
        (([1.0], "8"), "whole number"),
        (([1.0], 8, 1), "axis 1"),
        (([[1.0]], 8, -3), "axis -3"),
        (([[1.0]], 8, "rows"), "axis 'rows'"),
        ((1.0, 8, 0), "axis 0"),
    ],
)
def test_quantize_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.quantize(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1.0, 0), "must not be empty"),
        (([0.5], 1.0, 0), "q must hold whole"),
        (([np.nan], 1.0, 0), "q must hold whole"),
        (([1], 1.0, 0.5), "zero_point must hold whole"),
        (([1], 0.0, 0), "scale must be positive"),
        (([1], -1.0, 0), "scale must be positive"),
        (([1], np.nan, 0), "scale must be positive"),
        (([1, 2, 3], [1.0, 2.0], 0), "do not fit"),
        (([1, 2], [[1.0], [2.0]], 0), "do not fit"),
    ],
)
def test_dequantize_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.dequantize(*arguments)


def random_layers(sizes):
    rng = np.random.default_rng(0)
    return [
        (
            rng.normal(0, a**-0.5, (a, b)).astype(np.float32),
            rng.normal(size=b).astype(np.float32),
        )
        for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]


def test_the_graphs_compute_the_network(monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "disabled", True)
    layers = random_layers((12, 9, 7, 4))
    rows = np.random.default_rng(1).random((50, 12), dtype=np.float32)
    x = rows
    for i, (weights, offsets) in enumerate(layers):
        x = np.einsum("ni,io->no", x, weights) + offsets
        x = np.maximum(x, 0) if i < 2 else x
    in_float = nb.session(nb.float_graph(layers))(rows)
    np.testing.assert_allclose(in_float, x, rtol=1e-4, atol=1e-5)
    for per_channel in (False, True):
        in_8_bits = nb.session(nb.int8_graph(layers, rows, per_channel))(rows)
        assert np.abs(in_8_bits - x).max() < 0.05 * np.ptp(x)
        assert not np.array_equal(in_8_bits, in_float)
