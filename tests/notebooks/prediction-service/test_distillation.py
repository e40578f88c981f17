"""The distillation loss against optax and its gradient in closed form."""

import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.special import softmax

nb = load_exports("distillation")


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def random_scores(seed):
    rng = np.random.default_rng(seed)
    shape = 6, 4  # one shape, so that each function is compiled once
    return rng.normal(0, 10.0 ** rng.integers(-1, 3), size=(2, *shape))


cases = given(st.integers(0, 2**32 - 1), st.floats(0.5, 50))
unhurried = settings(max_examples=200, deadline=None)


@unhurried
@cases
def test_it_is_optax_s_cross_entropy_between_softened_answers(seed, temperature):
    student, teacher = random_scores(seed)
    targets = softmax(teacher / temperature, axis=1)
    theirs = optax.softmax_cross_entropy(student / temperature, targets)
    ours = nb.distillation_loss(student, targets, temperature)
    assert np.isclose(ours, theirs.mean() * temperature**2, rtol=1e-9)


GRADIENT = jax.jit(jax.grad(nb.distillation_loss))


@unhurried
@cases
def test_its_gradient_is_the_temperature_times_the_difference(seed, temperature):
    student, teacher = random_scores(seed)
    targets = softmax(teacher / temperature, axis=1)
    wanted = temperature * (softmax(student / temperature, axis=1) - targets)
    got = len(student) * np.asarray(GRADIENT(student, targets, temperature))
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


def test_labels_at_temperature_one_give_the_log_loss():
    scores = np.log([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    labels = np.eye(3)[[1, 0]]
    wanted = -(np.log(0.5) + np.log(0.1)) / 2
    assert float(nb.distillation_loss(scores, labels, 1.0)) == pytest.approx(wanted)


def test_scores_by_hand():
    layers = [
        (np.array([[1.0, -1.0]]), np.array([0.0, 1.0])),
        (np.array([[2.0], [3.0]]), np.array([-1.0])),
    ]
    # Hidden: (2, -1) and (-3, 4), of which ReLU leaves (2, 0) and (0, 4).
    got = nb.network_scores(layers, np.array([[2.0], [-3.0]]))
    assert np.asarray(got).tolist() == [[3.0], [11.0]]
