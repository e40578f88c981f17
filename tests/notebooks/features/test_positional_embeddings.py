"""Sinusoidal and rotary positions against their formulas, by other means."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("positional-embeddings")

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
seeds = st.integers(0, 2**32 - 1)
halves = st.integers(1, 16)


def by_loops(n_positions, d_model):
    """The formula of the paper, one cell at a time."""
    rows = []
    for position in range(n_positions):
        row = []
        for column in range(d_model):
            angle = position / math.pow(10000, 2 * (column // 2) / d_model)
            row.append(math.cos(angle) if column % 2 else math.sin(angle))
        rows.append(row)
    return np.array(rows)


def by_complex_numbers(x, positions, base):
    """Rotary positions as products with complex numbers of length 1."""
    d = x.shape[1]
    pairs = x[:, ::2] + 1j * x[:, 1::2]
    turns = np.exp(1j * np.outer(positions, base ** (-np.arange(0, d, 2) / d)))
    turned = pairs * turns
    out = np.empty(x.shape)
    out[:, ::2], out[:, 1::2] = turned.real, turned.imag
    return out


def by_matrices(x, positions, base):
    """Rotary positions as a block-diagonal matrix for each row."""
    n, d = x.shape
    out = np.zeros((n, d))
    for row in range(n):
        matrix = np.zeros((d, d))
        for i in range(d // 2):
            angle = positions[row] * base ** (-2 * i / d)
            c, s = math.cos(angle), math.sin(angle)
            matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, -s], [s, c]]
        out[row] = matrix @ x[row]
    return out


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 60), st.integers(1, 40))
def test_sinusoids_equal_the_formula(n_positions, d_model):
    ours = nb.sinusoidal_positions(n_positions, d_model)
    assert ours.shape == (n_positions, d_model)
    np.testing.assert_allclose(ours, by_loops(n_positions, d_model), **CLOSE)


def test_sinusoids_by_hand():
    ours = nb.sinusoidal_positions(2, 4)
    hand = [[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]
    np.testing.assert_allclose(ours, hand, rtol=1e-12)


@settings(deadline=None, max_examples=100)
@given(halves, st.integers(0, 50))
def test_products_of_sinusoids_depend_on_the_distance_alone(half, distance):
    table = nb.sinusoidal_positions(120, 2 * half)
    products = (table[distance:] * table[: len(table) - distance]).sum(axis=1)
    np.testing.assert_allclose(products, products[0], **CLOSE)


@settings(deadline=None, max_examples=300)
@given(
    seeds,
    st.integers(1, 12),
    halves,
    st.sampled_from([10000.0, 500000.0, 2.0, 1.0, 0.5]),
)
def test_rotation_equals_complex_numbers_and_matrices(seed, n, half, base):
    rng = np.random.default_rng(seed)
    x = rng.normal(scale=10, size=(n, 2 * half))
    positions = rng.uniform(-200, 2000, n)
    ours = nb.apply_rotary(x, positions, base)
    np.testing.assert_allclose(ours, by_complex_numbers(x, positions, base), **CLOSE)
    np.testing.assert_allclose(ours, by_matrices(x, positions, base), **CLOSE)


@settings(deadline=None, max_examples=200)
@given(seeds, halves, st.integers(-500, 500), st.integers(0, 500))
def test_rotary_scores_depend_on_the_distance_alone(seed, half, shift, distance):
    rng = np.random.default_rng(seed)
    query, key = rng.normal(size=(2, 1, 2 * half))

    def score(start):
        turned = nb.apply_rotary(query, [start + distance])
        return (turned @ nb.apply_rotary(key, [start]).T).item()

    assert score(shift) == pytest.approx(score(0), rel=1e-9, abs=1e-9)


def test_rotation_keeps_lengths_and_position_zero_changes_nothing():
    x = np.random.default_rng(0).normal(size=(7, 10))
    turned = nb.apply_rotary(x, np.arange(7))
    lengths = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), lengths, rtol=1e-12)
    assert (nb.apply_rotary(x, np.zeros(7)) == x).all()


def test_rotations_add_up_and_undo_each_other():
    x = np.random.default_rng(1).normal(size=(5, 6))
    one, two = np.arange(5.0), np.array([3.0, -7, 0.5, 100, 2])
    np.testing.assert_allclose(
        nb.apply_rotary(nb.apply_rotary(x, one), two), nb.apply_rotary(x, one + two)
    )
    np.testing.assert_allclose(nb.apply_rotary(nb.apply_rotary(x, two), -two), x)


def test_the_first_pair_turns_by_the_position_and_pairs_are_neighbours():
    turned = nb.apply_rotary([[1.0, 0.0, 0.0, 1.0]], [np.pi / 2], base=1.0)
    np.testing.assert_allclose(turned, [[0, 1, -1, 0]], atol=1e-12)


def test_the_input_is_left_alone_and_lists_and_frames_will_do():
    x = np.ones((2, 4))
    expected = nb.apply_rotary(x, [1, 2])
    assert (x == 1).all()
    for form in (np.ndarray.tolist, pd.DataFrame, lambda a: a.astype(np.float32)):
        np.testing.assert_allclose(nb.apply_rotary(form(x), (1, 2)), expected)
    integers = nb.apply_rotary(np.ones((2, 4), dtype=np.int32), np.array([1, 2]))
    np.testing.assert_allclose(integers, expected)
    assert expected.shape == (2, 4) and expected.dtype == float


@pytest.mark.parametrize("value", [0, -1, 2.5, np.nan, np.inf, None, "4"])
def test_sizes_that_are_no_counts_are_refused(value):
    with pytest.raises(ValueError, match="n_positions must be a whole number >= 1"):
        nb.sinusoidal_positions(value, 4)
    with pytest.raises(ValueError, match="d_model must be a whole number >= 1"):
        nb.sinusoidal_positions(4, value)


@pytest.mark.parametrize(
    ("x", "positions", "message"),
    [
        (np.ones((2, 3)), [0, 1], "even d, got shape"),
        (np.ones(4), [0], "even d, got shape"),
        (np.ones((0, 4)), [], "even d, got shape"),
        (np.ones((2, 0)), [0, 1], "even d, got shape"),
        (np.ones((2, 2, 2)), [0, 1], "even d, got shape"),
        (np.ones((2, 4)), [0, 1, 2], "2 rows but positions of shape"),
        (np.ones((2, 4)), [[0], [1]], "2 rows but positions of shape"),
        (np.ones((2, 4)), 1, "2 rows but positions of shape"),
        ([[1.0, np.nan]], [0], "NaN or infinity"),
        ([[1.0, np.inf]], [0], "NaN or infinity"),
        ([[1.0, 2.0]], [np.nan], "NaN or infinity"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(x, positions, message):
    with pytest.raises(ValueError, match=message):
        nb.apply_rotary(x, positions)


@pytest.mark.parametrize("base", [0, -10000.0, np.nan, np.inf])
def test_a_base_that_is_not_positive_is_refused(base):
    with pytest.raises(ValueError, match="base must be"):
        nb.apply_rotary([[1.0, 2.0]], [1], base)
