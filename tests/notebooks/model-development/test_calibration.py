"""Calibration measures and calibrators against scikit-learn and scipy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

nb = load_exports("calibration")

EXACT = {"rtol": 1e-9, "atol": 1e-12}
seeds = st.integers(0, 2**32 - 1)
unhurried = settings(deadline=None)  # a busy core is no failure


def random_forecasts(seed):
    """Labels and probabilities of 1 to 300 rows: spread, extreme, rounded or tied."""
    rng = np.random.default_rng(seed)
    p = rng.beta(*rng.choice([0.2, 1.0, 5.0], 2), rng.integers(1, 300))
    if rng.random() < 0.5:
        p = p.round(rng.integers(0, 3))  # ties, exact 0 and 1, values on bin edges
    return rng.integers(0, 2, p.size), p


def random_scores(seed, n_min=1):
    """Scores and labels of n_min to 300 rows, with or without ties."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=rng.integers(n_min, 300)) * 10.0 ** rng.integers(-3, 4)
    if rng.random() < 0.5:
        scores = np.round(scores)
    slope = rng.normal() / (scores.std() or 1.0)
    return scores, (rng.random(scores.size) < expit(slope * scores)).astype(int)


def reference_ece(y_true, p, n_bins, strategy):
    """ECE from scikit-learn's curve, with the bin sizes counted from its own edges."""
    rate, mean_p = calibration_curve(y_true, p, n_bins=n_bins, strategy=strategy)
    edges = np.linspace(0, 1, n_bins + 1)
    if strategy == "quantile":
        edges = np.percentile(p, edges * 100)
    size = np.array(
        [np.sum(np.searchsorted(edges[1:-1], p) == b) for b in range(n_bins)]
    )
    return np.abs(rate - mean_p) @ size[size > 0] / p.size


# Expected calibration error


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@unhurried
@given(seed=seeds, n_bins=st.integers(1, 60))
def test_ece_equals_scikit_learns_calibration_curve(strategy, seed, n_bins):
    y_true, p = random_forecasts(seed)
    y_true[0], y_true[-1] = 0, y_true.size > 1  # scikit-learn wants two classes
    if y_true.size > 1:
        got = nb.expected_calibration_error(y_true, p, n_bins, strategy)
        assert np.isclose(got, reference_ece(y_true, p, n_bins, strategy), **EXACT)


def test_ece_by_hand_uses_ten_bins_of_equal_width():
    y_true, p = [0, 1, 1, 1], [0.12, 0.18, 0.9, 0.7]
    assert np.isclose(nb.expected_calibration_error(y_true, p), (0.7 + 0.1 + 0.3) / 4)


def test_a_probability_on_an_edge_belongs_to_the_lower_bin():
    # 0.5 shares a bin with 0.1, not with 0.9
    y_true, p = [1, 0, 1], [0.5, 0.1, 0.9]
    assert np.isclose(nb.expected_calibration_error(y_true, p, 2), (0.4 + 0.1) / 3)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize(
    ("y_true", "p", "expected"),
    [
        ([1], [1.0], 0.0),
        ([0], [1], 1.0),
        ([0, 0, 0], [0.0, 0.0, 0.0], 0.0),
        ([1, 1, 1], [0.25, 0.25, 0.25], 0.75),
        ([True, False], [1.0, 0.0], 0.0),
    ],
)
def test_ece_of_one_class_one_row_and_ties(strategy, y_true, p, expected):
    got = nb.expected_calibration_error(y_true, p, 10, strategy)
    assert type(got) is float
    assert np.isclose(got, expected)


@unhurried
@given(seed=seeds)
def test_ece_with_a_million_bins_judges_each_value_alone(seed):
    y_true, p = random_forecasts(seed)
    p = p.round(2)
    expected = pd.Series(y_true - p).groupby(p).sum().abs().sum() / p.size
    assert np.isclose(nb.expected_calibration_error(y_true, p, 10**6), expected)


def test_series_with_another_index_are_read_by_position():
    y_true, p = random_forecasts(7)
    series = pd.Series(y_true, index=range(5, 5 + p.size)), pd.Series(p)
    assert nb.expected_calibration_error(*series) == nb.expected_calibration_error(
        y_true.tolist(), p.tolist()
    )


# Brier decomposition


@unhurried
@given(seed=seeds, n_bins=st.integers(1, 60))
def test_brier_parts_add_up_to_the_brier_score_of_the_binned_forecasts(seed, n_bins):
    y_true, p = random_forecasts(seed)
    bin_of = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], p)
    binned = pd.Series(p).groupby(bin_of).transform("mean").clip(0, 1)
    reliability, resolution, uncertainty = nb.brier_decomposition(y_true, p, n_bins)
    expected = brier_score_loss(y_true, binned, pos_label=1)
    assert np.isclose(reliability - resolution + uncertainty, expected, **EXACT)


@unhurried
@given(seed=seeds)
def test_brier_parts_equal_those_of_scikit_learns_curve(seed):
    y_true, p = random_forecasts(seed)
    y_true[0], y_true[-1] = 0, 1
    rate, mean_p = calibration_curve(y_true, p, n_bins=10)
    bin_of = np.searchsorted(np.linspace(0, 1, 11)[1:-1], p)
    weight = np.unique(bin_of, return_counts=True)[1] / p.size
    base = y_true.mean()
    expected = (
        weight @ (mean_p - rate) ** 2,
        weight @ (rate - base) ** 2,
        base * (1 - base),
    )
    parts = nb.brier_decomposition(y_true, p)
    assert [type(part) for part in parts] == [float, float, float]
    assert np.allclose(parts, expected, **EXACT)


def test_a_constant_forecast_at_the_base_rate_has_only_uncertainty():
    parts = nb.brier_decomposition([0, 1, 1, 1], [0.75] * 4)
    assert np.allclose(parts, (0, 0, 0.1875))


def test_a_perfect_forecast_resolves_all_uncertainty():
    parts = nb.brier_decomposition([0, 1, 1, 1], [0, 1, 1, 1])
    assert np.allclose(parts, (0, 0.1875, 0.1875))


# Platt scaling


def reference_platt(scores, y_true, at):
    """Unpenalised logistic regression; standardised, so that its Newton converges."""
    center, scale = scores.mean(), scores.std() or 1.0
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12)
    model.fit(((scores - center) / scale)[:, None], y_true)
    return model.predict_proba(((at - center) / scale)[:, None])[:, 1]


@pytest.mark.filterwarnings("ignore")  # of the reference, which stops at its rounding
@unhurried
@given(seed=seeds)
def test_platt_equals_unpenalised_logistic_regression(seed):
    scores, y_true = random_scores(seed, n_min=30)
    positive, negative = scores[y_true == 1], scores[y_true == 0]
    if not (positive.size and negative.size):
        return
    if positive.min() >= negative.max() or positive.max() <= negative.min():
        return  # separable: no maximum, tested below
    at = np.linspace(scores.min() - 1, scores.max() + 1, 50)
    got = nb.fit_platt(scores, y_true)(at)
    assert np.allclose(got, reference_platt(scores, y_true, at), rtol=0, atol=1e-9)


@unhurried
@given(seed=seeds)
def test_platt_solves_the_likelihood_equations(seed):
    # At the maximum the residuals sum to 0 and are orthogonal to the scores: exact.
    scores, y_true = random_scores(seed, n_min=2)
    if y_true.min() < y_true.max():
        residual = nb.fit_platt(scores, y_true)(scores) - y_true
        spread = (scores - scores.mean()) / (scores.std() or 1.0)
        assert abs(residual.mean()) < 1e-9
        assert abs((residual * spread).mean()) < 1e-9


def test_platt_leaves_a_calibrated_model_alone():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=200_000)
    y_true = rng.random(log_odds.size) < expit(log_odds)
    at = np.linspace(-3, 3, 20)
    assert np.allclose(nb.fit_platt(log_odds, y_true)(at), expit(at), atol=0.01)


def test_platt_does_not_care_about_the_unit_of_the_scores():
    scores, y_true = random_scores(3, n_min=200)
    plain = nb.fit_platt(scores, y_true)(scores)
    moved = nb.fit_platt(1e6 * scores + 1e8, y_true)(1e6 * scores + 1e8)
    assert np.allclose(plain, moved, atol=1e-6)


@pytest.mark.parametrize("flip", [1, -1])
def test_platt_of_separable_scores_is_a_steep_step(flip):
    scores = flip * np.array([-3.0, -2.0, 2.0, 3.0])
    fitted = nb.fit_platt(scores, [0, 0, 1, 1])(scores)
    assert np.isfinite(fitted).all()
    assert np.allclose(fitted, [0, 0, 1, 1], atol=1e-6)


def test_platt_of_constant_scores_is_the_base_rate():
    curve = nb.fit_platt([2, 2, 2, 2], [0, 1, 1, 1])
    assert np.allclose(curve([2.0]), 0.75)


def test_platt_converges_where_plain_newton_diverges():
    places, negatives, positives = [-7.049, -2.478, -2.432], [0, 3, 1], [622, 630, 4]
    scores = np.repeat(places * 2, negatives + positives)
    y_true = np.repeat([0, 1], [sum(negatives), sum(positives)])
    residual = nb.fit_platt(scores, y_true)(scores) - y_true
    assert abs(residual.mean()) < 1e-9 and abs((residual * scores).mean()) < 1e-9


def test_platt_needs_both_classes():
    with pytest.raises(ValueError, match="one class"):
        nb.fit_platt([1.0, 2.0], [1, 1])


# Isotonic regression


@unhurried
@given(seed=seeds)
def test_isotonic_equals_scikit_learn_with_ties_between_and_outside(seed):
    scores, y_true = random_scores(seed)
    reference = IsotonicRegression(out_of_bounds="clip").fit(scores, y_true)
    at = np.concatenate(
        [scores, np.linspace(scores.min() - 1, scores.max() + 1, 101), [-1e9, 1e9]]
    )
    got = nb.fit_isotonic(scores, y_true)(at)
    assert np.allclose(got, reference.predict(at), **EXACT)


@unhurried
@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 1)), min_size=1, max_size=12
    )
)
def test_isotonic_equals_scikit_learn_on_few_tied_rows(rows):
    scores, y_true = np.array(rows, dtype=float).T
    at = np.linspace(-4, 4, 33)
    reference = IsotonicRegression(out_of_bounds="clip").fit(scores, y_true)
    got = nb.fit_isotonic(scores.tolist(), y_true.tolist())(at)
    assert np.allclose(got, reference.predict(at), **EXACT)


def test_isotonic_by_hand():
    # 1 before 0 is a violation: the two pool to one half. Then interpolate and clip.
    curve = nb.fit_isotonic([1, 2, 3, 4], [0, 1, 0, 1])
    assert np.allclose(
        curve([0, 1, 1.5, 2, 2.5, 3, 4, 9]), [0, 0, 0.25, *[0.5] * 3, 1, 1]
    )


@pytest.mark.parametrize("label", [0, 1])
def test_isotonic_of_one_class_is_constant(label):
    curve = nb.fit_isotonic([3.0, 1.0, 2.0], [label] * 3)
    assert (curve([-5.0, 1.5, 7.0]) == label).all()


def test_isotonic_of_a_falling_relation_is_the_base_rate():
    curve = nb.fit_isotonic([1, 2, 3, 4], [1, 1, 0, 0])
    assert np.allclose(curve([0.0, 2.5, 9.0]), 0.5)


@pytest.mark.parametrize("fit", [nb.fit_platt, nb.fit_isotonic])
def test_calibrators_keep_the_shape_of_what_they_are_asked(fit):
    curve = fit([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1])
    assert np.shape(curve(1.5)) == ()
    assert curve([[0.5, 1.0], [2.0, 9.0]]).shape == (2, 2)
    assert curve([]).shape == (0,)


# Temperature scaling


def random_logits(seed):
    """Logits of 20 to 200 rows, over- or underconfident by a random factor."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(rng.integers(20, 200), rng.integers(2, 12)))
    chosen = [rng.choice(row.size, p=row) for row in softmax(logits, axis=1)]
    return logits * np.exp(rng.normal()), np.array(chosen)


def log_loss(logits, y_true, temperature):
    log_p = log_softmax(logits / temperature, axis=1)
    return -log_p[np.arange(len(y_true)), y_true].mean()


@unhurried
@given(seed=seeds)
def test_temperature_equals_scipys_minimum_of_the_log_loss(seed):
    logits, y_true = random_logits(seed)
    got = nb.fit_temperature(logits, y_true)
    reference = minimize_scalar(
        lambda log_t: log_loss(logits, y_true, np.exp(log_t)),
        bounds=(np.log(1e-2), np.log(1e3)),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert type(got) is float
    # A minimum is flat: scipy finds its value to 1e-12 and its place to about 1e-8.
    assert log_loss(logits, y_true, got) <= reference.fun + 1e-12
    if got < 20 * np.abs(logits).max():
        assert np.isclose(got, np.exp(reference.x), rtol=1e-6)


@unhurried
@given(seed=seeds)
def test_temperature_solves_its_equation(seed):
    # At the minimum the mean logit of the label equals its mean expectation: exact.
    logits, y_true = random_logits(seed)
    temperature = nb.fit_temperature(logits, y_true)
    if temperature < 100 * np.abs(logits).max():
        expected = (softmax(logits / temperature, axis=1) * logits).sum(axis=1).mean()
        label = logits[np.arange(len(y_true)), y_true].mean()
        assert np.isclose(expected, label, rtol=0, atol=1e-9 * np.abs(logits).max())


@unhurried
@given(seed=seeds, factor=st.floats(1e-3, 1e3))
def test_temperature_scales_with_the_logits(seed, factor):
    logits, y_true = random_logits(seed)
    plain = nb.fit_temperature(logits, y_true)
    assert np.isclose(nb.fit_temperature(factor * logits, y_true), factor * plain)


def test_temperature_ignores_a_shift_of_a_row():
    logits, y_true = random_logits(1)
    shift = np.arange(len(logits))[:, None]
    got = nb.fit_temperature(logits + shift, y_true)
    assert np.isclose(got, nb.fit_temperature(logits, y_true))


@pytest.mark.parametrize("logits", [[[5.0, 0.0], [0.0, 3.0]], [[1e9, 0.0], [0.0, 1.0]]])
def test_temperature_of_logits_that_are_always_right_makes_them_certain(logits):
    temperature = nb.fit_temperature(logits, [0, 1])
    assert temperature > 0
    assert np.allclose(softmax(np.array(logits) / temperature, axis=1), np.eye(2))


def test_temperature_of_logits_that_are_always_wrong_makes_them_uniform():
    logits = np.array([[5.0, 0.0], [0.0, 3.0]])
    temperature = nb.fit_temperature(logits, [1, 0])
    assert np.allclose(softmax(logits / temperature, axis=1), 0.5, atol=1e-5)


@pytest.mark.parametrize("logits", [[[0, 0, 0]], [[7.0, 7.0], [2.0, 2.0]], [[3.0]]])
def test_temperature_of_equal_logits_is_one(logits):
    assert nb.fit_temperature(logits, [0] * len(logits)) == 1.0


def test_temperature_of_huge_logits_does_not_overflow():
    logits, y_true = random_logits(2)
    got = nb.fit_temperature(logits * 1e200, y_true)
    assert np.isclose(got, nb.fit_temperature(logits, y_true) * 1e200)


# Bad input


BAD_LABELS = [
    ([], [], "empty"),
    ([0, 1, 1], [0.5, 0.5], "3 labels for 2"),
    ([0, 2], [0.5, 0.5], "0 to 1"),
    ([-1, 1], [0.5, 0.5], "0 to 1"),
    ([0, 0.5], [0.5, 0.5], "0 to 1"),
    ([0, np.nan], [0.5, 0.5], "NaN"),
    ([0, None], [0.5, 0.5], "NaN"),
    ([0, 1], [0.5, np.nan], "NaN"),
    ([0, 1], [0.5, np.inf], "infinity"),
    ([[0, 1]], [0.5, 0.5], "1-D"),
    ([0, 1], [[0.5, 0.5]], "1-D"),
    (0, 0.5, "1-D"),
    (["no", "yes"], [0.5, 0.5], "could not convert"),
]


@pytest.mark.parametrize(("y_true", "p", "message"), BAD_LABELS)
@pytest.mark.parametrize(
    "call",
    [
        nb.expected_calibration_error,
        nb.brier_decomposition,
        lambda y_true, p: nb.fit_platt(p, y_true),
        lambda y_true, p: nb.fit_isotonic(p, y_true),
    ],
    ids=["ece", "brier", "platt", "isotonic"],
)
def test_bad_labels_and_scores_are_refused(call, y_true, p, message):
    with pytest.raises(ValueError, match=message):
        call(y_true, p)


@pytest.mark.parametrize(
    "measure", [nb.expected_calibration_error, nb.brier_decomposition]
)
@pytest.mark.parametrize("p", [[0.5, 1.01], [-0.01, 0.5]])
def test_probabilities_outside_0_and_1_are_refused(measure, p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        measure([0, 1], p)


@pytest.mark.parametrize(
    "measure", [nb.expected_calibration_error, nb.brier_decomposition]
)
@pytest.mark.parametrize("n_bins", [0, -1, 2.5, np.nan, np.inf, "10", None])
def test_a_number_of_bins_that_is_none_is_refused(measure, n_bins):
    with pytest.raises(ValueError, match="n_bins"):
        measure([0, 1], [0.5, 0.5], n_bins)


@pytest.mark.parametrize("strategy", ["Uniform", "", None, "kmeans"])
def test_an_unknown_strategy_is_refused(strategy):
    with pytest.raises(ValueError, match="strategy"):
        nb.expected_calibration_error([0, 1], [0.5, 0.5], 10, strategy)


@pytest.mark.parametrize(
    ("logits", "y_true", "message"),
    [
        ([], [], "2-D"),
        ([0.5, 0.5], [0, 1], "2-D"),
        ([[0.5, 0.5]], [], "empty"),
        (np.empty((0, 3)), [], "empty"),
        ([[0.5, np.nan]], [0], "NaN"),
        ([[0.5, -np.inf]], [0], "infinity"),
        ([[0.5, 0.5]], [0, 1], "2 labels for 1"),
        ([[0.5, 0.5]], [2], "0 to 1"),
        ([[0.5, 0.5, 0.5]], [-1], "0 to 2"),
        ([[0.5, 0.5]], [0.5], "whole numbers"),
    ],
)
def test_bad_logits_are_refused(logits, y_true, message):
    with pytest.raises(ValueError, match=message):
        nb.fit_temperature(logits, y_true)
