"""The exported ONNX file against NumPy and scikit-learn."""

import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.special import softmax
from sklearn.neural_network import MLPClassifier

nb = load_exports("edge-budget")


def run(file, pixels):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    (probability,) = session.run(None, {"pixels": np.asarray(pixels, np.uint8)})
    return probability


@settings(deadline=None, max_examples=100)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    n=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_file_computes_what_numpy_does(sizes, n, seed):
    rng = np.random.default_rng(seed)
    layers = [
        (rng.normal(size=size), rng.normal(size=size[1]))
        for size in zip(sizes, sizes[1:], strict=False)
    ]
    pixels = rng.integers(0, 256, (n, sizes[0]))
    x = pixels / 255
    for i, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        x = np.maximum(x, 0) if i < len(layers) - 1 else softmax(x, axis=1)
    weights, biases = zip(*layers, strict=True)
    got = run(nb.to_onnx(list(weights), list(biases)), pixels)
    np.testing.assert_allclose(got, x, atol=1e-5)  # float32 in the file


def test_the_file_predicts_what_scikit_learn_does():
    rng = np.random.default_rng(0)
    pixels, y = rng.integers(0, 256, (200, 12)), rng.integers(0, 3, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((8, 5), max_iter=20, random_state=0).fit(pixels / 255, y)
    got = run(nb.to_onnx(model.coefs_, model.intercepts_), pixels)
    np.testing.assert_allclose(got, model.predict_proba(pixels / 255), atol=1e-5)


def test_the_scale_is_part_of_the_graph():
    weights, biases = [np.array([[1.0, -1.0]])], [np.zeros(2)]
    got = run(nb.to_onnx(weights, biases, scale=0.5), [[2], [0]])
    np.testing.assert_allclose(got, softmax([[1, -1], [0, 0]], axis=1), rtol=1e-6)


def test_the_file_names_its_ends_and_is_little_more_than_the_weights():
    file = nb.to_onnx(
        [np.ones((784, 32)), np.ones((32, 10))], [np.ones(32), np.ones(10)]
    )
    graph = onnx.load_from_string(file).graph
    assert [value.name for value in graph.input] == ["pixels"]
    assert [value.name for value in graph.output] == ["probability"]
    assert len(file) < 4 * (784 * 32 + 32 + 320 + 10) + 1_000


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ([], []),
        ([np.ones((2, 3))], []),
        ([np.ones((2, 3))], [np.ones(2)]),
        ([np.ones((2, 3)), np.ones((2, 2))], [np.ones(3), np.ones(2)]),
    ],
)
def test_layers_that_do_not_fit_are_refused(weights, biases):
    with pytest.raises(ValueError):
        nb.to_onnx(weights, biases)
