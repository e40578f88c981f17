"""The server's book-keeping, and the stable rate against roots of the recurrence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("async-sgd")


@settings(max_examples=300)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_the_server_equals_a_loop_that_counts_by_hand(turns, seed):
    rng = np.random.default_rng(seed)
    server = nb.ParameterServer(np.zeros(3), 0.1)
    weights, log = np.zeros(3), []
    read = dict.fromkeys(range(4), 0)
    for version, worker in enumerate(turns):
        gradient = rng.normal(size=3)
        log.append((worker, version - read[worker]))
        weights = weights - 0.1 * gradient
        got, read[worker] = server.push(worker, gradient, read[worker])
        assert (got == weights).all() and read[worker] == version + 1
    assert server.state()[:2] == (len(turns), log)
    assert (server.pull()[0] == weights).all()


def test_a_pulled_weight_does_not_change_later():
    server = nb.ParameterServer([1.0, 2.0], 0.5)
    pulled, version = server.pull()
    server.push("a", [1.0, 1.0], version)
    assert pulled.tolist() == [1.0, 2.0]
    assert server.pull()[0].tolist() == [0.5, 1.5]


def test_nothing_moves_after_the_last_version():
    server = nb.ParameterServer([1.0], 1.0)
    server.stop_at(1)
    assert server.push("a", [1.0], 0) == (None, 1)
    assert server.push("b", [1.0], 0) == (None, 1)
    assert server.state()[1] == [("a", 0)] and server.state()[2].tolist() == [0.0]


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        nb.ParameterServer([0.0], rate)


@pytest.mark.parametrize(
    ("gradient", "read", "message"),
    [
        ([1.0], 1, "never given out"),
        ([1.0], -1, "never given out"),
        ([1.0, 2.0], 0, "shape"),
        ([np.nan], 0, "NaN"),
        ([np.inf], 0, "NaN"),
    ],
)
def test_a_bad_push_is_refused_and_changes_nothing(gradient, read, message):
    server = nb.ParameterServer([0.0], 0.1)
    with pytest.raises(ValueError, match=message):
        server.push("a", gradient, read)
    assert server.state()[:2] == (0, [])


def largest_root(rate, curvature, staleness):
    """Modulus of the largest root of z^(s + 1) - z^s + rate * curvature."""
    polynomial = np.zeros(staleness + 2)
    polynomial[:2] = 1, -1
    polynomial[-1] += rate * curvature
    return np.abs(np.roots(polynomial)).max()


@settings(max_examples=200, deadline=None)
@given(curvature=st.floats(1e-6, 1e6), staleness=st.integers(0, 60))
def test_a_root_leaves_the_unit_circle_at_the_limit(curvature, staleness):
    limit = nb.largest_stable_rate(curvature, staleness)
    assert largest_root(limit, curvature, staleness) == pytest.approx(1, abs=1e-9)
    assert largest_root(0.99 * limit, curvature, staleness) < 1
    assert largest_root(1.01 * limit, curvature, staleness) > 1


@pytest.mark.parametrize(("staleness", "limit"), [(0, 2.0), (1, 1.0)])
def test_known_limits(staleness, limit):
    assert nb.largest_stable_rate(1.0, staleness) == pytest.approx(limit, abs=1e-15)


@pytest.mark.parametrize("curvature", [0, -1.0, np.nan, np.inf, "1", None])
def test_a_curvature_that_is_none_is_refused(curvature):
    with pytest.raises(ValueError, match="curvature"):
        nb.largest_stable_rate(curvature, 1)


@pytest.mark.parametrize("staleness", [-1, 1.5, np.nan, None])
def test_a_staleness_that_is_none_is_refused(staleness):
    with pytest.raises(ValueError, match="staleness"):
        nb.largest_stable_rate(1.0, staleness)
