"""Agreement against scikit-learn and statsmodels, Dawid-Skene against crowd-kit."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

nb = load_exports("human-annotation")

EXACT = {"rel": 1e-9, "abs": 1e-9, "nan_ok": True}
unhurried = settings(deadline=None)  # a busy core is no failure


# cohen_kappa


def quietly(function, *arguments):
    """The reference's value, without its warning where kappa is undefined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(*arguments))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_cohen_kappa_is_that_of_scikit_learn(pairs):
    a, b = zip(*pairs, strict=True)
    kappa = nb.cohen_kappa(a, b)
    assert type(kappa) is float
    assert kappa == pytest.approx(quietly(cohen_kappa_score, a, b), **EXACT)


@pytest.mark.parametrize(
    ("a", "b", "kappa"),
    [
        (["x", "y"], ["x", "y"], 1.0),
        (["x", "y"], ["y", "x"], -1.0),
        ([True, False, True], pd.Series([True, True, True], index=[5, 5, 5]), 0.0),
        ([0, 0], [1, 1], 0.0),
        ([1, 2], [1.0, 2.0], 1.0),
        ([2**40, 1], [2**40, 1], 1.0),
    ],
)
def test_cohen_kappa_of_labels_of_any_kind(a, b, kappa):
    assert nb.cohen_kappa(a, b) == pytest.approx(kappa, abs=1e-12)


@pytest.mark.filterwarnings("error")
def test_cohen_kappa_is_undefined_when_all_labels_are_the_same():
    assert math.isnan(nb.cohen_kappa([1, 1, 1], [1, 1, 1]))
    assert math.isnan(nb.cohen_kappa(["a"], ["a"]))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([], [], "empty"),
        ([1, 2], [1], "same length"),
        ([1], [1, 2], "same length"),
        ([[1, 2]], [[1, 2]], "same length"),
        (1, 1, "same length"),
        ([1, math.nan], [1, 2], "missing or infinite"),
        ([1, 2], [1, None], "missing or infinite"),
        ([1, math.inf], [1, 2], "missing or infinite"),
        ([1, 2], [1, -math.inf], "missing or infinite"),
    ],
)
def test_cohen_kappa_says_what_is_wrong(a, b, message):
    with pytest.raises(ValueError, match=message):
        nb.cohen_kappa(a, b)


# fleiss_kappa


def random_counts(seed):
    """Counts of 1 to 60 items, 1 to 6 classes and 2 to 30 raters, some one-sided."""
    rng = np.random.default_rng(seed)
    n_items, n_classes = rng.integers(1, 60), rng.integers(1, 7)
    share = rng.dirichlet(np.full(n_classes, rng.choice([0.1, 1.0, 10.0])))
    return rng.multinomial(rng.integers(2, 31), share, size=n_items)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("seed", range(300))
def test_fleiss_kappa_is_that_of_statsmodels(seed):
    counts = random_counts(seed)
    kappa = nb.fleiss_kappa(counts)
    assert type(kappa) is float
    assert kappa == pytest.approx(fleiss_kappa(counts), **EXACT)


def test_fleiss_kappa_of_a_worked_example():
    # 10 items and 14 raters, from the tests of statsmodels
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0]]
    counts += [[2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2]]
    counts += [[6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]
    assert nb.fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_at_its_ends():
    assert nb.fleiss_kappa([[3, 0], [0, 3]]) == 1.0
    assert nb.fleiss_kappa([[1, 1], [1, 1]]) == -1.0
    assert math.isnan(nb.fleiss_kappa([[5, 0], [5, 0]]))
    assert math.isnan(nb.fleiss_kappa([[2]]))


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], "table"),
        ([[]], "table"),
        ([1, 2], "table"),
        (np.zeros((2, 2, 2)), "table"),
        ([[1, math.nan], [1, 1]], "whole numbers"),
        ([[1, math.inf], [1, 1]], "whole numbers"),
        ([[3, -1], [1, 1]], "whole numbers"),
        ([[0.5, 1.5], [1, 1]], "whole numbers"),
        ([[1, 1], [1, 2]], "same number of raters"),
        ([[1, 0], [0, 1]], "at least 2"),
        ([[0, 0], [0, 0]], "at least 2"),
    ],
)
def test_fleiss_kappa_says_what_is_wrong(counts, message):
    with pytest.raises(ValueError, match=message):
        nb.fleiss_kappa(counts)


# krippendorff_alpha


def alpha_by_pairs(counts, distance):
    """Alpha from its definition, pair of labels by pair of labels."""
    units = [np.repeat(np.arange(len(row)), row) for row in counts if sum(row) > 1]
    labels = np.concatenate(units)
    observed = sum(
        distance[unit[:, None], unit].sum() / (len(unit) - 1) for unit in units
    ) / len(labels)
    expected = distance[labels[:, None], labels].sum()
    expected /= len(labels) * (len(labels) - 1)
    return 1 - observed / expected if expected else math.nan


@unhurried
@given(st.integers(0, 2**32 - 1))
def test_alpha_is_one_minus_observed_over_expected_disagreement(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, (rng.integers(1, 12), rng.integers(2, 5)))
    counts[0] += 1
    distance = rng.random((counts.shape[1], counts.shape[1]))
    distance = np.triu(distance, 1) + np.triu(distance, 1).T
    alpha = nb.krippendorff_alpha(counts, distance)
    assert type(alpha) is float
    assert alpha == pytest.approx(alpha_by_pairs(counts, distance), **EXACT)


def test_alpha_is_fleiss_kappa_but_for_the_size_of_the_sample():
    for seed in range(50):
        counts = random_counts(seed)
        kappa = nb.fleiss_kappa(counts)
        alpha = nb.krippendorff_alpha(counts, 1 - np.eye(counts.shape[1]))
        expected = 1 - (1 - kappa) * (1 - 1 / counts.sum())
        assert alpha == pytest.approx(expected, **EXACT)


def test_alpha_ignores_items_with_one_label_and_refuses_a_table_of_them():
    distance = 1 - np.eye(2)
    counts = np.array([[2, 1], [0, 3], [3, 0]])
    more = np.vstack([counts, [[1, 0], [0, 1], [0, 0]]])
    assert nb.krippendorff_alpha(more, distance) == nb.krippendorff_alpha(
        counts, distance
    )
    assert math.isnan(nb.krippendorff_alpha([[2, 0], [3, 0]], distance))
    with pytest.raises(ValueError, match="no item has two labels"):
        nb.krippendorff_alpha([[1, 0], [0, 1]], distance)


# dawid_skene


def random_labels(seed):
    """Labels of raters who differ, with holes; every item and rater has a label."""
    rng = np.random.default_rng(seed)
    n_items, n_raters = rng.integers(2, 40), rng.integers(2, 9)
    n_classes = int(rng.integers(2, 5))
    truth = rng.integers(n_classes, size=n_items)
    skill = rng.random(n_raters)
    noise = rng.integers(n_classes, size=(n_items, n_raters))
    right = rng.random((n_items, n_raters)) < skill
    labels = np.where(right, truth[:, None], noise)
    labels[rng.random(labels.shape) < rng.choice([0, 0.3])] = -1
    labels[np.arange(n_items), rng.integers(n_raters, size=n_items)] = truth
    labels[rng.integers(n_items, size=n_raters), np.arange(n_raters)] = 0
    return labels, n_classes


def crowd_kit(labels, n_classes, n_iter):
    """Posteriors and confusion of crowd-kit, in the order of our arrays."""
    task, worker = np.nonzero(labels >= 0)
    table = pd.DataFrame(
        {"task": task, "worker": worker, "label": labels[task, worker]}
    )
    model = DawidSkene(n_iter=n_iter, tol=-np.inf).fit(table)
    classes = range(n_classes)
    posteriors = model.probas_.reindex(
        index=range(len(labels)), columns=classes, fill_value=0.0
    )
    errors = model.errors_.unstack("label").reindex(index=range(labels.shape[1]))
    confusion = np.zeros((labels.shape[1], n_classes, n_classes))
    for truth, answer in errors.columns:
        confusion[:, truth, answer] = errors[truth, answer].fillna(0)
    return posteriors.to_numpy(), confusion


@pytest.mark.filterwarnings("ignore:The (inplace|copy) keyword")  # of crowd-kit
@pytest.mark.parametrize("seed", range(200))
def test_dawid_skene_is_that_of_crowd_kit(seed):
    labels, n_classes = random_labels(seed)
    n_iter = 50 if seed < 10 else 1 + seed % 7
    posteriors, confusion = nb.dawid_skene(labels, n_classes, n_iter)
    expected, expected_confusion = crowd_kit(labels, n_classes, n_iter)
    assert posteriors.shape == (len(labels), n_classes)
    np.testing.assert_allclose(posteriors, expected, atol=2e-9)
    seen = np.unique(labels[labels >= 0])  # crowd-kit knows no other class
    np.testing.assert_allclose(
        confusion[:, seen], expected_confusion[:, seen], atol=2e-9
    )


@unhurried
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_dawid_skene_returns_probabilities(seed, n_iter):
    labels, n_classes = random_labels(seed)
    posteriors, confusion = nb.dawid_skene(labels, n_classes, n_iter)
    assert confusion.shape == (labels.shape[1], n_classes, n_classes)
    for table in (posteriors, confusion):
        assert ((table >= 0) & (table <= 1)).all()
        np.testing.assert_allclose(table.sum(axis=-1), 1, atol=1e-12)


def test_dawid_skene_runs_fifty_rounds_unless_told():
    labels, n_classes = random_labels(3)
    for ours, told in zip(
        nb.dawid_skene(labels, n_classes),
        nb.dawid_skene(labels, n_classes, 50),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, told)


def test_dawid_skene_finds_the_rater_who_says_the_opposite():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=200)
    labels = np.where(rng.random((200, 5)) < 0.9, truth[:, None], 1 - truth[:, None])
    labels[:, 4] = 1 - truth
    posteriors, confusion = nb.dawid_skene(labels, 2)
    assert (posteriors.argmax(axis=1) == truth).mean() > 0.99
    assert confusion[4, [0, 1], [1, 0]].min() > 0.99


@pytest.mark.parametrize("seed", range(20))
def test_items_without_labels_do_not_count(seed):
    labels, n_classes = random_labels(seed)
    holes = np.vstack([labels, np.full((5, labels.shape[1]), -1)])
    expected, confusion = nb.dawid_skene(labels, n_classes, 2)
    posteriors, same = nb.dawid_skene(holes, n_classes, 2)
    np.testing.assert_allclose(posteriors[: len(labels)], expected, atol=1e-12)
    np.testing.assert_allclose(same, confusion, atol=1e-12)


def test_dawid_skene_on_items_raters_and_classes_without_labels():
    labels = np.array([[0, 0, -1], [1, 1, -1], [-1, -1, -1], [0, 1, -1]])
    posteriors, confusion = nb.dawid_skene(labels, 3)
    rest, _ = nb.dawid_skene(np.delete(labels, 2, axis=0), 3)
    np.testing.assert_allclose(np.delete(posteriors, 2, axis=0), rest, atol=1e-12)
    np.testing.assert_allclose(posteriors[2, :2], rest[:, :2].mean(axis=0), atol=1e-6)
    assert (posteriors[:, 2] == 0).all()
    np.testing.assert_allclose(confusion[2], 1 / 3)


@pytest.mark.filterwarnings("error")
def test_dawid_skene_survives_many_raters_and_one_class():
    posteriors, _ = nb.dawid_skene(np.tile([[0], [1]], (3, 2000)), 2)
    np.testing.assert_allclose(posteriors, np.tile(np.eye(2), (3, 1)), atol=1e-9)
    rng = np.random.default_rng(0)  # products of chances far below the smallest float
    noisy = np.where(rng.random((6, 9000)) < 0.6, [[0], [1]] * 3, [[1], [0]] * 3)
    posteriors, _ = nb.dawid_skene(noisy, 2)
    np.testing.assert_allclose(posteriors, np.tile(np.eye(2), (3, 1)), atol=1e-9)
    posteriors, confusion = nb.dawid_skene([[0, -1], [0, 0]], 1)
    assert (posteriors == 1).all() and (confusion == 1).all()


@pytest.mark.parametrize(
    ("labels", "n_classes", "n_iter", "message"),
    [
        ([], 2, 5, "table"),
        ([[]], 2, 5, "table"),
        ([0, 1], 2, 5, "table"),
        ([[0, 2]], 2, 5, "from -1 to 1"),
        ([[0, -2]], 2, 5, "from -1 to 1"),
        ([[0.5, 1]], 2, 5, "from -1 to 1"),
        ([[math.nan, 1]], 2, 5, "from -1 to 1"),
        ([[math.inf, 1]], 2, 5, "from -1 to 1"),
        ([["a", "b"]], 2, 5, "from -1 to 1"),
        ([[-1, -1]], 2, 5, "all missing"),
        ([[0, 1]], 0, 5, "n_classes must be a whole number of at least 1"),
        ([[0, 1]], 2.0, 5, "n_classes must be a whole number of at least 1"),
        ([[0, 1]], 2, 0, "n_iter must be a whole number of at least 1"),
        ([[0, 1]], 2, None, "n_iter must be a whole number of at least 1"),
    ],
)
def test_dawid_skene_says_what_is_wrong(labels, n_classes, n_iter, message):
    with pytest.raises(ValueError, match=message):
        nb.dawid_skene(labels, n_classes, n_iter)
