"""The estimators against plain sums, statsmodels and all logs of a small world."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from statsmodels.stats.weightstats import DescrStatsW

nb = load_exports("off-policy-evaluation")
unhurried = settings(max_examples=300, deadline=None)
EXACT = {"rtol": 1e-9, "atol": 1e-9}

rows = st.lists(
    st.tuples(
        st.floats(-5, 5),  # reward
        st.floats(0.01, 1),  # logging propensity
        st.floats(0.001, 1),  # target propensity
        st.floats(-5, 5),  # the model's value of the action
        st.floats(-5, 5),  # ... and of the target
    ),
    min_size=1,
    max_size=30,
)


@unhurried
@given(rows)
def test_all_three_equal_plain_sums(rows):
    r, p, t, q_logged, q_target = zip(*rows, strict=True)
    n = len(rows)
    by_ips = math.fsum(b / a * x for x, a, b, *_ in rows) / n
    by_dr = math.fsum(v + b / a * (x - q) for x, a, b, q, v in rows) / n
    assert np.isclose(nb.ips(r, p, t), by_ips, **EXACT)
    assert np.isclose(nb.doubly_robust(r, p, t, q_logged, q_target), by_dr, **EXACT)
    weights = np.divide(t, p)
    assert np.isclose(nb.snips(r, p, t), DescrStatsW(r, weights=weights).mean, **EXACT)


# Every log of two rows that a world with two contexts and three actions can give, with
# its probability: an expectation without sampling.

CONTEXT = np.array([0.3, 0.7])
RATE = np.array([[0.2, 0.5, 0.9], [0.6, 0.1, 0.4]])
LOGGER = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
TARGET = np.array([[0.1, 0.1, 0.8], [0.9, 0.1, 0.0]])
VALUE = float(CONTEXT @ (TARGET * RATE).sum(axis=1))
ROWS = list(itertools.product(range(2), range(3), (0, 1)))


def chance(x, a, r, logger=LOGGER):
    return CONTEXT[x] * logger[x, a] * (RATE[x, a] if r else 1 - RATE[x, a])


def expectation(estimator, logger=LOGGER):
    """Of estimator(x, a, r) over all logs of two rows."""
    total = 0.0
    for log in itertools.product(ROWS, repeat=2):
        probability = math.prod(chance(*row, logger) for row in log)
        if probability > 0:
            total += probability * estimator(*np.transpose(log))
    return total


def test_the_logs_are_all_the_logs():
    assert expectation(lambda x, a, r: 1.0) == pytest.approx(1)


def test_ips_is_unbiased_over_all_logs():
    got = expectation(lambda x, a, r: nb.ips(r, LOGGER[x, a], TARGET[x, a]))
    assert got == pytest.approx(VALUE, abs=1e-12)


def test_ips_loses_exactly_what_the_logger_never_shows():
    logger = np.array([[0.6, 0.4, 0.0], [0.1, 0.2, 0.7]])
    lost = CONTEXT[0] * TARGET[0, 2] * RATE[0, 2]

    def estimator(x, a, r):
        return nb.ips(r, logger[x, a], TARGET[x, a])

    assert expectation(estimator, logger) == pytest.approx(VALUE - lost, abs=1e-12)


def by_dr(model, propensity):
    def estimator(x, a, r):
        q_target = (TARGET * model).sum(axis=1)[x]
        return nb.doubly_robust(
            r, propensity[x, a], TARGET[x, a], model[x, a], q_target
        )

    return estimator


@pytest.mark.parametrize("seed", range(5))
def test_dr_is_unbiased_with_any_model_if_the_propensities_are_right(seed):
    model = np.random.default_rng(seed).normal(size=RATE.shape)
    assert expectation(by_dr(model, LOGGER)) == pytest.approx(VALUE, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_dr_is_unbiased_with_any_propensities_if_the_model_is_right(seed):
    wrong = np.random.default_rng(seed).uniform(0.05, 1, LOGGER.shape)
    assert expectation(by_dr(RATE, wrong)) == pytest.approx(VALUE, abs=1e-12)


def test_dr_is_biased_when_both_are_wrong():
    wrong = np.full(LOGGER.shape, 0.9)
    assert abs(expectation(by_dr(RATE + 0.3, wrong)) - VALUE) > 0.01


def test_with_the_logging_policy_as_target_all_are_the_mean_of_the_log():
    r, p = np.array([0.0, 1.0, 1.0, 0.0, 3.0]), np.array([0.2, 0.9, 0.5, 1.0, 0.01])
    assert nb.ips(r, p, p) == nb.snips(r, p, p) == pytest.approx(1.0)
    assert nb.doubly_robust(r, p, p, np.full(5, 2.0), np.full(5, 2.0)) == 1.0


@unhurried
@given(rows, st.floats(-100, 100))
def test_snips_and_dr_move_with_a_constant_and_snips_stays_in_range(rows, constant):
    r, p, t, q_logged, q_target = map(np.array, zip(*rows, strict=True))
    moved = nb.snips(r + constant, p, t)
    assert np.isclose(moved, nb.snips(r, p, t) + constant, rtol=1e-9, atol=1e-7)
    assert r.min() - 1e-9 <= nb.snips(r, p, t) <= r.max() + 1e-9
    shifted = nb.doubly_robust(r + constant, p, t, q_logged + constant, q_target)
    assert np.isclose(shifted, nb.doubly_robust(r, p, t, q_logged, q_target), atol=1e-6)


def test_each_returns_a_python_float_and_takes_lists():
    assert (
        type(nb.ips([1], [0.5], [0.25])) is float and nb.ips([1], [0.5], [0.25]) == 0.5
    )
    assert type(nb.snips([1, 0], [0.5, 0.5], [0.2, 0.6])) is float
    assert nb.snips([1, 0], [0.5, 0.5], [0.2, 0.6]) == pytest.approx(0.25)
    assert type(nb.doubly_robust([1], [0.5], [0.25], [0.4], [0.3])) is float
    assert nb.doubly_robust([1], [0.5], [0.25], [0.4], [0.3]) == pytest.approx(0.6)


BAD = [
    ([], [], [], "rewards must be 1-D and not empty"),
    ([1, 0], [0.5], [0.5, 0.5], "differ in length"),
    ([1], [0.5], [0.5, 0.5], "differ in length"),
    ([[1]], [0.5], [0.5], "rewards must be 1-D"),
    ([np.nan], [0.5], [0.5], "rewards holds NaN"),
    ([1], [np.nan], [0.5], "logging_propensity holds NaN"),
    ([1], [0.5], [np.inf], "target_propensity holds NaN or infinity"),
    ([1], [0.0], [0.5], "logging_propensity must lie"),
    ([1], [-0.1], [0.5], "logging_propensity must lie"),
    ([1], [1.1], [0.5], "logging_propensity must lie"),
    ([1], [0.5], [-0.1], "target_propensity must lie"),
    ([1], [0.5], [1.1], "target_propensity must lie"),
]


@pytest.mark.parametrize(("r", "p", "t", "message"), BAD)
@pytest.mark.parametrize(
    "estimator",
    [nb.ips, nb.snips, lambda r, p, t: nb.doubly_robust(r, p, t, [0.1], [0.1])],
    ids=["ips", "snips", "dr"],
)
def test_bad_input_is_refused(estimator, r, p, t, message):
    with pytest.raises(ValueError, match=message):
        estimator(r, p, t)


def test_snips_without_any_overlap_is_refused():
    with pytest.raises(ValueError, match="none of the actions"):
        nb.snips([1, 0], [0.5, 0.5], [0.0, 0.0])
    assert nb.ips([1, 0], [0.5, 0.5], [0.0, 0.0]) == 0.0


@pytest.mark.parametrize("column", ["q_logged", "q_target"])
def test_dr_refuses_a_bad_model(column):
    model = {"q_logged": [0.1], "q_target": [0.1]}
    for bad, message in [([np.nan], f"{column} holds NaN"), ([0.1, 0.2], "differ")]:
        with pytest.raises(ValueError, match=message):
            nb.doubly_robust([1], [0.5], [0.5], **{**model, column: bad})
