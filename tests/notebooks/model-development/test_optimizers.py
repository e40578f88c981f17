"""Optimizers step by step against optax in double precision."""

import math

import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("optimizers")

unhurried = settings(deadline=None, max_examples=60)  # a busy core is no failure
seeds = st.integers(0, 2**32 - 1)
D = 4  # one shape, so that jax compiles each step once
N_STEPS = 20
NAMES = ["sgd", "adagrad", "rmsprop", "adam"]


def problem(seed):
    """A start and a gradient, curved, of any scale, at times zero in a coordinate."""
    rng = np.random.default_rng(seed)
    x0 = rng.normal(size=D) * 10.0 ** rng.integers(-2, 3)
    weight = 10.0 ** rng.uniform(-4, 3, D) * (rng.random(D) < 0.8)
    turn = np.linalg.qr(rng.normal(size=(D, D)))[0] if rng.random() < 0.5 else np.eye(D)
    return x0, lambda x: turn.T @ (weight * np.tanh(turn @ x))


def optax_path(transform, grad, x0):
    """Iterates of an optax optimizer in float64."""
    with jax.enable_x64(True):
        state, x, path = transform.init(np.asarray(x0)), np.asarray(x0), [x0]
        for _ in range(N_STEPS):
            step, state = transform.update(np.asarray(grad(x)), state)
            x = x + np.asarray(step)
            path.append(x)
    return np.array(path)


def pair(name, seed):
    """Our iterates and optax's with the same random parameters."""
    rng = np.random.default_rng(seed)
    lr, eps = 10.0 ** rng.uniform(-3, 0), 10.0 ** rng.uniform(-10, -2)
    x0, grad = problem(seed)
    if name == "sgd":
        beta = float(rng.choice([0, 0.5, 0.9, 0.99]))
        lr /= 1000  # the gradient's scale is up to 1,000
        ours = nb.sgd(grad, x0, lr, N_STEPS, momentum=beta)
        reference = optax.sgd(lr, momentum=beta)
    elif name == "adagrad":
        ours = nb.adagrad(grad, x0, lr, N_STEPS, eps=eps)
        reference = optax.adagrad(lr, initial_accumulator_value=0.0, eps=eps)
    elif name == "rmsprop":
        decay = float(rng.choice([0, 0.5, 0.9, 0.99]))
        ours = nb.rmsprop(grad, x0, lr, N_STEPS, decay=decay, eps=eps)
        reference = optax.rmsprop(lr, decay=decay, eps=eps)  # eps under the root
    else:
        b1, b2 = float(rng.choice([0, 0.9])), float(rng.choice([0.5, 0.99, 0.999]))
        ours = nb.adam(grad, x0, lr, N_STEPS, beta1=b1, beta2=b2, eps=eps)
        reference = optax.adam(lr, b1=b1, b2=b2, eps=eps)
    return ours, optax_path(reference, grad, x0)


@pytest.mark.parametrize("name", NAMES)
@unhurried
@given(seed=seeds)
def test_each_iterate_is_optaxs(name, seed):
    ours, reference = pair(name, seed)
    assert ours.shape == reference.shape == (N_STEPS + 1, D)
    scale = np.abs(reference).max()
    np.testing.assert_allclose(ours, reference, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_optaxs(name):
    x0, grad = np.array([1.0, -2.0, 0.5, 3.0]), lambda x: np.array([1, 10, 0.01, 1]) * x
    reference = {
        "sgd": optax.sgd(0.05),
        "adagrad": optax.adagrad(0.05, initial_accumulator_value=0.0, eps=1e-8),
        "rmsprop": optax.rmsprop(0.05),
        "adam": optax.adam(0.05),
    }[name]
    ours = getattr(nb, name)(grad, x0, 0.05, N_STEPS)
    np.testing.assert_allclose(
        ours, optax_path(reference, grad, x0), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("error")
def test_a_coordinate_without_a_gradient_stays(name):
    kwargs = {} if name == "sgd" else {"eps": 0.0}
    path = getattr(nb, name)(lambda x: np.array([0.0, 1.0]), [5, 5], 0.1, 10, **kwargs)
    assert (path[:, 0] == 5).all() and (np.diff(path[:, 1]) < 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_start_is_kept_and_left_alone(name):
    x0 = np.array([1, 2])
    path = getattr(nb, name)(lambda x: x, x0, 0.1, np.int64(3))
    assert path.dtype == float and path.shape == (4, 2)
    assert path[0].tolist() == [1, 2] and x0.tolist() == [1, 2]
    assert getattr(nb, name)(lambda x: x, x0, 0.1, 0).tolist() == [[1, 2]]


@pytest.mark.parametrize("name", NAMES)
def test_a_stochastic_gradient_is_asked_once_a_step(name):
    asked = []

    def grad(x):
        asked.append(x.copy())
        return np.ones(1)

    path = getattr(nb, name)(grad, [0.0], 0.1, 7)
    np.testing.assert_array_equal(np.array(asked), path[:-1])


def test_adams_first_step_is_the_learning_rate():
    path = nb.adam(lambda x: np.array([1e-3, 5, -1e4]), [0, 0, 0], 0.1, 1)
    np.testing.assert_allclose(path[1], [-0.1, -0.1, 0.1], rtol=1e-4)


BAD = [
    ({"x0": []}, "x0 must be"),
    ({"x0": [[1.0]]}, "x0 must be"),
    ({"x0": [math.nan]}, "x0 must be"),
    ({"lr": 0}, "lr must be"),
    ({"lr": -1}, "lr must be"),
    ({"lr": math.nan}, "lr must be"),
    ({"n_steps": -1}, "n_steps must be"),
    ({"n_steps": 1.5}, "n_steps must be"),
    ({"grad": lambda x: x * math.nan}, "step 1: gradient"),
    ({"grad": lambda x: np.ones(2)}, "step 1: gradient"),
    ({"grad": lambda x: 1.0}, "step 1: gradient"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_arguments_are_named(name, change, message):
    good = {"grad": lambda x: x, "x0": [1.0], "lr": 0.1, "n_steps": 3}
    with pytest.raises(ValueError, match=message):
        getattr(nb, name)(**{**good, **change})


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("sgd", {"momentum": 1.0}, "momentum must be"),
        ("sgd", {"momentum": -0.1}, "momentum must be"),
        ("sgd", {"momentum": math.nan}, "momentum must be"),
        ("adagrad", {"eps": -1e-8}, "eps must be"),
        ("adagrad", {"eps": math.inf}, "eps must be"),
        ("rmsprop", {"decay": 1.0}, "decay must be"),
        ("rmsprop", {"decay": -0.5}, "decay must be"),
        ("rmsprop", {"eps": -1}, "eps must be"),
        ("adam", {"beta1": 1.0}, "betas must be"),
        ("adam", {"beta2": 1.0}, "betas must be"),
        ("adam", {"beta2": math.nan}, "betas must be"),
        ("adam", {"eps": -1}, "eps must be"),
    ],
)
def test_bad_parameters_are_named(name, change, message):
    with pytest.raises(ValueError, match=message):
        getattr(nb, name)(lambda x: x, [1.0], 0.1, 3, **change)
