"""SMOTE against imbalanced-learn, focal loss against optax and scikit-learn."""

import math

import jax
import numpy as np
import optax
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTE
from notebook_files import load_exports
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.metrics import log_loss

nb = load_exports("class-imbalance")

unhurried = settings(deadline=None, max_examples=200)  # a busy core is no failure
seeds = st.integers(0, 2**32 - 1)


class Draws(np.random.RandomState):
    """imbalanced-learn's source of chance, fed by a Generator."""

    def __init__(self, generator):
        super().__init__(0)
        self.generator = generator

    def randint(self, low, high, size):
        return self.generator.integers(low, high, size=size)

    def uniform(self, size):
        return self.generator.random(size)


def minority(seed):
    """Points without equal distances, k and a number of new ones."""
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, 40), rng.integers(1, 6)
    x = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-3, 4)
    return x, int(rng.integers(1, n)), int(rng.integers(1, 60))


# smote


@unhurried
@given(seeds)
def test_smote_equals_imbalanced_learn_on_the_same_draws(seed):
    x, k, n_new = minority(seed)
    common = np.full((len(x) + n_new, x.shape[1]), 1e6)
    rows, labels = np.vstack([common, x]), np.repeat([0, 1], [len(common), len(x)])
    reference = SMOTE(
        k_neighbors=k, random_state=Draws(np.random.default_rng(seed))
    ).fit_resample(rows, labels)[0][len(rows) :]
    ours = nb.smote(x, n_new, k, np.random.default_rng(seed))
    np.testing.assert_allclose(ours, reference, rtol=1e-9, atol=1e-12)


def lies_between(point, a, b):
    """Whether a point is on the segment from a to b."""
    way = b - a
    length = way @ way
    place = (point - a) @ way / length if length else 0.0
    return -1e-9 <= place <= 1 + 1e-9 and np.allclose(point, a + place * way, atol=1e-9)


@unhurried
@given(seeds)
def test_each_new_point_lies_on_the_way_to_one_of_the_k_nearest(seed):
    x, k, n_new = minority(seed)
    distance = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1)[:, :k]
    for point in nb.smote(x, n_new, k, np.random.default_rng(seed)):
        assert any(
            lies_between(point, x[i], x[j]) for i in range(len(x)) for j in nearest[i]
        )


def test_starts_neighbours_and_places_are_drawn_uniformly():
    x = np.array([[0.0], [1.0], [3.0]])  # one neighbour each: 1, 0 and 1
    new = nb.smote(x, 30_000, 1, np.random.default_rng(1))[:, 0]
    assert new.min() >= 0 and new.max() <= 3
    assert (new > 1).mean() == pytest.approx(1 / 3, abs=0.01)
    assert new[new <= 1].mean() == pytest.approx(0.5, abs=0.01)
    assert new[new > 1].mean() == pytest.approx(2.0, abs=0.02)


def test_a_point_with_a_twin_is_never_its_own_neighbour():
    x = np.array([[0.0, 0.0], [0.0, 0.0], [5.0, 0.0]])
    new = nb.smote(x, 200, 1, np.random.default_rng(0))
    assert (new[:, 1] == 0).all()
    assert ((new[:, 0] == 0).any()) and ((new[:, 0] > 0).any())


def test_smote_takes_tables_and_may_be_asked_for_nothing():
    table = pd.DataFrame({"a": [1, 2, 4], "b": [0, 1, 0]})
    assert nb.smote(table, 0, 1, np.random.default_rng(0)).shape == (0, 2)
    assert nb.smote(table, np.int64(4), 2, np.random.default_rng(0)).shape == (4, 2)
    assert table.equals(pd.DataFrame({"a": [1, 2, 4], "b": [0, 1, 0]}))


@pytest.mark.parametrize(
    ("x", "n_new", "k", "message"),
    [
        ([], 1, 1, "at least 2 rows"),
        ([[1.0]], 1, 1, "at least 2 rows"),
        ([1.0, 2.0], 1, 1, "at least 2 rows"),
        (np.empty((3, 0)), 1, 1, "1 column"),
        ([[1.0], [math.nan]], 1, 1, "finite"),
        ([[1.0], [math.inf]], 1, 1, "finite"),
        ([[1.0], [2.0]], -1, 1, "n_new must be a whole number of at least 0"),
        ([[1.0], [2.0]], 1.5, 1, "n_new must be a whole number of at least 0"),
        ([[1.0], [2.0]], 1, 0, "k must be a whole number from 1 to 1"),
        ([[1.0], [2.0]], 1, 2, "k must be a whole number from 1 to 1"),
        ([[1.0], [2.0], [3.0]], 1, 1.0, "k must be a whole number from 1 to 2"),
    ],
)
def test_smote_says_what_is_wrong(x, n_new, k, message):
    with pytest.raises(ValueError, match=message):
        nb.smote(x, n_new, k, np.random.default_rng(0))


# focal_loss


@unhurried
@given(seeds)
def test_focal_loss_equals_optax(seed):
    rng = np.random.default_rng(seed)
    logits, y = rng.normal(0, 4, 50), rng.integers(0, 2, 50)  # one shape compiles once
    gamma, n = float(rng.choice([0.5, 1, 2, 5])), int(rng.integers(1, 51))
    with jax.enable_x64(True):
        each = optax.sigmoid_focal_loss(logits, y * 1.0, gamma=gamma)
    reference = np.mean(np.asarray(each)[:n])
    ours = nb.focal_loss(y[:n], expit(logits[:n]), gamma)
    assert type(ours) is float
    assert ours == pytest.approx(float(reference), rel=1e-9)


@unhurried
@given(seeds)
def test_gamma_zero_is_the_log_loss(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 30)
    p = rng.uniform(0.001, 0.999, 30)
    reference = log_loss(y, p, labels=[0, 1])
    assert nb.focal_loss(y, p, gamma=0) == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize("pi", [0.02, 0.2, 0.5, 0.9])
def test_the_minimiser_is_not_the_probability_but_can_be_mapped_back(pi):
    y = np.array([1, 0])

    def expected(q):
        return pi * nb.focal_loss(y[:1], [q]) + (1 - pi) * nb.focal_loss(y[1:], [q])

    q = minimize_scalar(expected, bounds=(0, 1), options={"xatol": 1e-10}).x

    def slope(q):
        return (1 - q) ** 2 / q - 2 * (1 - q) * np.log(q)

    assert slope(1 - q) / (slope(q) + slope(1 - q)) == pytest.approx(pi, abs=1e-5)
    assert pi == 0.5 or abs(q - 0.5) < abs(pi - 0.5) - 0.01


@pytest.mark.filterwarnings("error")
def test_focal_loss_at_certainty():
    assert nb.focal_loss([1, 0], [1, 0]) == 0.0
    assert nb.focal_loss([1, 0], [1, 0], gamma=0) == 0.0
    assert nb.focal_loss([1, 1], [0.0, 1.0]) == math.inf
    assert nb.focal_loss([True], [0.5]) == pytest.approx(0.25 * math.log(2))
    assert nb.focal_loss(pd.Series([1]), pd.Series([0.9])) == pytest.approx(
        0.01 * -math.log(0.9)
    )


@pytest.mark.parametrize(
    ("y", "p", "gamma", "message"),
    [
        ([], [], 2, "one length, at least 1"),
        ([1, 0], [0.5], 2, "one length"),
        ([[1]], [[0.5]], 2, "one length"),
        ([2], [0.5], 2, "0 or 1"),
        ([math.nan], [0.5], 2, "0 or 1"),
        ([1], [1.1], 2, "between 0 and 1"),
        ([1], [-0.1], 2, "between 0 and 1"),
        ([1], [math.nan], 2, "between 0 and 1"),
        ([1], [0.5], -1, "gamma must be finite"),
        ([1], [0.5], math.nan, "gamma must be finite"),
        ([1], [0.5], math.inf, "gamma must be finite"),
    ],
)
def test_focal_loss_says_what_is_wrong(y, p, gamma, message):
    with pytest.raises(ValueError, match=message):
        nb.focal_loss(y, p, gamma)
