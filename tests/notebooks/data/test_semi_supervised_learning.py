"""Semi-supervised learning: pseudo-labels and spreading against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from notebook_files import load_exports
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

nb = load_exports("semi-supervised-learning")

SCORES = hnp.arrays(
    float,
    st.tuples(st.integers(0, 20), st.integers(1, 6)),
    elements=st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6)),
)


@settings(deadline=None, max_examples=300)
@given(SCORES, st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6)))
def test_pseudo_labels_are_the_rows_above_the_threshold(scores, threshold):
    rows, classes = nb.pseudo_labels(scores, threshold)
    expected = [
        (i, row.index(max(row)))
        for i, row in enumerate(scores.tolist())
        if max(row) > threshold
    ]
    assert list(zip(rows.tolist(), classes.tolist(), strict=True)) == expected


class Fixed(ClassifierMixin, BaseEstimator):
    """Gives each row the probabilities that are its features."""

    def fit(self, X, y):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return X


def test_pseudo_labels_agree_with_scikit_learns_first_round():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        p = rng.dirichlet(np.ones(4), size=30)
        y = np.full(30, -1)
        y[:4] = np.arange(4)
        threshold = float(rng.uniform(0.3, 0.9))
        model = SelfTrainingClassifier(Fixed(), threshold=threshold, max_iter=1)
        model.fit(p, y)
        rows, classes = nb.pseudo_labels(p[4:], threshold)
        assert np.flatnonzero(model.labeled_iter_ == 1).tolist() == (rows + 4).tolist()
        assert model.transduction_[rows + 4].tolist() == classes.tolist()


@pytest.mark.parametrize(
    ("scores", "threshold", "message"),
    [
        ([0.2, 0.8], 0.5, "at least one column"),
        (np.empty((3, 0)), 0.5, "at least one column"),
        ([], 0.5, "at least one column"),
        ([[0.5, math.nan]], 0.5, "finite"),
        ([[0.5, math.inf]], 0.5, "finite"),
        ([[0.5, 0.5]], math.nan, "finite"),
    ],
)
def test_pseudo_labels_say_what_is_wrong(scores, threshold, message):
    with pytest.raises(ValueError, match=message):
        nb.pseudo_labels(scores, threshold)


def random_graph(rng, n):
    """A symmetric weighted graph without loops in which every row has an edge."""
    weights = rng.random((n, n)) * (rng.random((n, n)) < 0.3)
    weights = weights + weights.T
    np.fill_diagonal(weights, 0)
    ring = np.arange(n)
    weights[ring, (ring + 1) % n] = weights[(ring + 1) % n, ring] = 1
    return weights


def random_labels(rng, n, n_classes):
    """Classes, each of which has a row, and -1 for most rows."""
    y = np.full(n, -1)
    rows = rng.permutation(n)[: n_classes + int(rng.integers(0, n - n_classes))]
    y[rows] = np.resize(np.arange(n_classes), len(rows))
    return y


def one_hot(y, n_classes):
    return (y[:, None] == np.arange(n_classes)).astype(float)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(6, 30), st.integers(2, 5))
def test_spreading_agrees_with_scikit_learn(seed, n, n_classes):
    rng = np.random.default_rng(seed)
    graph, y = random_graph(rng, n), random_labels(rng, n, n_classes)
    alpha = float(rng.uniform(0.05, 0.9))
    model = LabelSpreading(
        kernel=lambda a, b: graph, alpha=alpha, max_iter=10_000, tol=1e-14
    )
    model.fit(np.zeros((n, 1)), y)
    scores = nb.label_spreading(graph, one_hot(y, n_classes), alpha)
    shares = scores / scores.sum(axis=1, keepdims=True)
    assert shares == pytest.approx(model.label_distributions_, abs=1e-9)


def test_spreading_is_the_limit_of_its_iteration():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 20))
        graph, alpha = random_graph(rng, n), float(rng.uniform(0.1, 0.9))
        y = rng.normal(size=(n, 3))
        degree = graph.sum(axis=1)
        step = graph / np.sqrt(np.outer(degree, degree))
        state = y
        for _ in range(400):
            state = alpha * step @ state + (1 - alpha) * y
        assert nb.label_spreading(graph, y, alpha) == pytest.approx(state, abs=1e-9)


def test_a_part_without_labels_gets_no_scores():
    graph = np.zeros((4, 4))
    graph[0, 1] = graph[1, 0] = graph[2, 3] = graph[3, 2] = 1
    scores = nb.label_spreading(graph, [[1, 0], [0, 0], [0, 0], [0, 0]], 0.5)
    # Two rows: f0 = (1 - a) + a f1 and f1 = a f0, so f0 = 1 / (1 + a).
    assert scores == pytest.approx(np.array([[2 / 3, 0], [1 / 3, 0], [0, 0], [0, 0]]))


PAIR = [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("adjacency", "labels", "alpha", "message"),
    [
        ([[0, 1]], [[1]], 0.5, "square"),
        ([0, 1], [[1]], 0.5, "square"),
        ([[0, math.nan], [math.nan, 0]], [[1], [0]], 0.5, "finite and >= 0"),
        ([[0, math.inf], [math.inf, 0]], [[1], [0]], 0.5, "finite and >= 0"),
        ([[0, -1], [-1, 0]], [[1], [0]], 0.5, "finite and >= 0"),
        ([[0, 1], [2, 0]], [[1], [0]], 0.5, "symmetric"),
        ([[1, 1], [1, 0]], [[1], [0]], 0.5, "diagonal"),
        (PAIR, [[1]], 0.5, "one row per row"),
        (PAIR, [1, 0], 0.5, "one row per row"),
        (PAIR, [[1], [math.nan]], 0.5, "one_hot must be finite"),
        (PAIR, [[1], [0]], 0, "alpha between 0 and 1"),
        (PAIR, [[1], [0]], 1, "alpha between 0 and 1"),
        (PAIR, [[1], [0]], math.nan, "alpha between 0 and 1"),
        (np.zeros((2, 2)), [[1], [0]], 0.5, "every row needs an edge"),
    ],
)
def test_spreading_says_what_is_wrong(adjacency, labels, alpha, message):
    with pytest.raises(ValueError, match=message):
        nb.label_spreading(adjacency, labels, alpha)
