"""The gradient check of the debugging notebook against scipy and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.optimize import approx_fprime, check_grad
from scipy.special import expit

nb = load_exports("debugging-training")

unhurried = settings(deadline=None, max_examples=150)  # a busy core is no failure
seeds = st.integers(0, 2**32 - 1)


def problem(seed):
    """A smooth function, its gradient, and a point; of random size and curvature."""
    rng = np.random.default_rng(seed)
    d, n = rng.integers(1, 8), rng.integers(1, 20)
    a, b = rng.normal(size=(n, d)), rng.normal(size=n)
    kind = rng.integers(4)
    functions = [
        (lambda z: np.mean((a @ z - b) ** 2) / 2, lambda z: a.T @ (a @ z - b) / n),
        (
            lambda z: np.mean(np.logaddexp(0, a @ z) - (b > 0) * (a @ z)),
            lambda z: a.T @ (expit(a @ z) - (b > 0)) / n,
        ),
        (lambda z: np.sin(a @ z).sum(), lambda z: a.T @ np.cos(a @ z)),
        (lambda z: np.sum(z**3), lambda z: 3 * z**2),
    ]
    return *functions[kind], rng.normal(size=d)


@unhurried
@given(seed=seeds)
def test_a_right_gradient_passes_here_and_in_scipy(seed):
    f, grad, x = problem(seed)
    error = nb.gradient_check(f, grad, x)
    assert type(error) is float
    assert error < 1e-4
    assert check_grad(f, grad, x) < 1e-5 * max(1, np.linalg.norm(grad(x)))


@unhurried
@given(seed=seeds, factor=st.floats(1.01, 3))
def test_a_gradient_too_large_by_a_factor_is_measured(seed, factor):
    f, grad, x = problem(seed)
    if np.abs(grad(x)).max() > 1e-2:
        error = nb.gradient_check(f, lambda z: factor * grad(z), x)
        assert np.isclose(error, 1 - 1 / factor, atol=1e-3)


@unhurried
@given(seed=seeds)
def test_one_wrong_coordinate_is_found_as_scipy_finds_it(seed):
    f, grad, x = problem(seed)
    i = np.abs(grad(x)).argmax()

    def wrong(z):
        g = np.array(grad(z))
        g[i] = 0
        return g

    if np.abs(grad(x)[i]) > 1e-2:
        assert np.isclose(nb.gradient_check(f, wrong, x), 1)
        assert np.isclose(check_grad(f, wrong, x), abs(grad(x)[i]), rtol=1e-3)


@unhurried
@given(seed=seeds)
def test_the_slope_equals_scipys_difference_quotient(seed):
    f, _, x = problem(seed)
    slopes = [nb.difference_quotient(f, x, (i,), 1e-6)[0] for i in range(x.size)]
    assert np.allclose(slopes, approx_fprime(x, f), rtol=1e-4, atol=1e-5)


def test_a_parabola_has_no_truncation_error():
    slope, rounding = nb.difference_quotient(
        lambda z: z[0] ** 2, np.array([3.0]), 0, 0.5
    )
    assert slope == 6
    assert 0 < rounding < 1e-14


def test_the_worst_coordinate_counts():
    error = nb.gradient_check(
        lambda z: z @ [1, 2, 4], lambda z: np.array([1, 2, 3]), np.zeros(3)
    )
    assert np.isclose(error, 0.25)


def test_a_wrong_sign_is_an_error_of_two():
    assert np.isclose(nb.gradient_check(lambda z: z.sum(), lambda z: -z / z, [2.0]), 2)


def test_rounding_where_the_gradient_is_zero_is_no_error():
    x = np.array([1.0, 1.0])
    f, grad = (lambda z: 5 + np.sum((z - 1) ** 2)), (lambda z: 2 * (z - 1))
    assert nb.gradient_check(f, grad, x) < 1e-4
    assert nb.gradient_check(lambda z: 7.0, np.zeros_like, x) == 0


def test_points_of_any_shape_are_checked_and_left_alone():
    x = np.arange(6.0).reshape(2, 3)
    before = x.copy()
    assert nb.gradient_check(lambda z: np.sum(z**2), lambda z: 2 * z, x) < 1e-6
    assert nb.gradient_check(lambda z: z**2, lambda z: 2 * z, 3.0) < 1e-6
    assert nb.gradient_check(lambda z: np.sum(z**2), lambda z: 2 * z, [1, 2]) < 1e-6
    assert (x == before).all()


def test_functions_that_write_into_their_argument_do_no_harm():
    def f(z):
        z *= 2
        return np.sum(z**2)

    def grad(z):
        z *= 8
        return z

    assert nb.gradient_check(f, grad, [1.0, -2.0]) < 1e-6


def test_a_kink_fails_a_right_gradient():
    relu = lambda z: np.maximum(z, 0).sum()  # noqa: E731
    assert np.isclose(nb.gradient_check(relu, lambda z: (z > 0) * 1.0, [0.0]), 1)


BAD = [
    (dict(x=[]), "empty"),
    (dict(x=[np.nan]), "finite"),
    (dict(x=[np.inf]), "finite"),
    (dict(x=["a"]), "could not convert"),
    (dict(eps=0), "eps"),
    (dict(eps=-1e-6), "eps"),
    (dict(eps=np.nan), "eps"),
    (dict(eps=np.inf), "eps"),
    (dict(eps=[1e-6]), "eps"),
    (dict(x=[1e12]), "rounding"),
    (dict(grad=lambda z: np.ones(3)), "shape"),
    (dict(grad=lambda z: 1.0), "shape"),
    (dict(grad=lambda z: np.full(2, np.nan)), "finite"),
    (dict(f=lambda z: z), "one number"),
    (dict(f=lambda z: np.nan), "not finite"),
    (dict(f=lambda z: np.inf), "not finite"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input_is_refused(change, message):
    good = dict(f=lambda z: np.sum(z), grad=np.ones_like, x=[1.0, 2.0])
    with pytest.raises(ValueError, match=message):
        nb.gradient_check(**good | change)
