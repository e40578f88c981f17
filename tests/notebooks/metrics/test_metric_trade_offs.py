"""The Pareto front of metric-trade-offs against its definition, pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.optimize import linprog

nb = load_exports("metric-trade-offs")

# Few different values, so that ties and equal rows are common.
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(-3, 3), min_size=width, max_size=width),
        min_size=1,
        max_size=30,
    )
)


def dominates(a, b):
    pairs = list(zip(a, b, strict=True))
    return all(x >= y for x, y in pairs) and any(x > y for x, y in pairs)


@settings(deadline=None, max_examples=400)
@given(tables)
def test_a_row_is_optimal_when_no_other_dominates_it(rows):
    expected = [not any(dominates(other, row) for other in rows) for row in rows]
    mask = nb.pareto_optimal(rows)
    assert mask.dtype == bool and mask.tolist() == expected


@settings(deadline=None, max_examples=200)
@given(tables, st.randoms(use_true_random=False))
def test_the_front_depends_neither_on_the_order_of_rows_nor_on_scale(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    values = np.array(rows, dtype=float)
    mask = nb.pareto_optimal(values)
    assert (nb.pareto_optimal(values[order]) == mask[order]).all()
    assert (nb.pareto_optimal(np.exp(values)) == mask).all()
    assert mask.any()


def test_what_positive_weights_pick_is_on_the_front():
    rng = np.random.default_rng(0)
    for _ in range(300):
        values = rng.normal(size=(20, 3))
        weights = rng.uniform(0.01, 1, size=3)
        assert nb.pareto_optimal(values)[np.argmax(values @ weights)]


def test_a_point_in_a_dent_is_optimal_although_no_weights_pick_it():
    values = np.array([[0.0, 3.0], [1.0, 1.2], [3.0, 0.0]])
    assert nb.pareto_optimal(values).all()
    # Weights w >= 0 summing to 1 with w . (row 1 - other) >= 0 for both others.
    differences = values[[0, 2]] - values[1]
    found = linprog([0, 0], A_ub=differences, b_ub=[0, 0], A_eq=[[1, 1]], b_eq=[1])
    assert not found.success


def test_equal_rows_and_single_rows_are_optimal():
    assert nb.pareto_optimal([[1, 2], [1, 2], [0, 2]]).tolist() == [True, True, False]
    assert nb.pareto_optimal([[-5.0]]).tolist() == [True]


@pytest.mark.parametrize("values", [[], [[]], np.empty((0, 2)), [1, 2], [[[1]]], 3])
def test_what_is_no_table_is_refused(values):
    with pytest.raises(ValueError, match="must be a non-empty table"):
        nb.pareto_optimal(values)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="NaN or infinity"):
        nb.pareto_optimal([[1, 2], [bad, 0]])
