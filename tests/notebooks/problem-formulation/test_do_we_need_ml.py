"""Yearly value and break-even volume against exact rational arithmetic."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("do-we-need-ml")

requests = st.floats(0, 1e12)
money = st.floats(0, 1e6)
gains = st.floats(-1, 1)
EXACT = {"rel": 1e-9, "abs": 1e-9}


def exact_value(n, value, gain, fixed, cost):
    n, value, gain, fixed, cost = map(Fraction, (n, value, gain, fixed, cost))
    return n * (value * gain - cost) - fixed


@given(n=requests, value=money, gain=gains, fixed=money, cost=money)
def test_yearly_value_equals_exact_arithmetic(n, value, gain, fixed, cost):
    # Cancellation between what is earned and spent limits what a float can say.
    size = n * (value * abs(gain) + cost) + fixed
    got = nb.expected_annual_value(n, value, gain, fixed, cost)
    want = float(exact_value(n, value, gain, fixed, cost))
    assert type(got) is float
    assert got == pytest.approx(want, rel=1e-9, abs=1e-12 * size + 1e-300)


@given(value=money, gain=gains, fixed=money, cost=money)
def test_break_even_equals_exact_arithmetic(value, gain, fixed, cost):
    margin = Fraction(value) * Fraction(gain) - Fraction(cost)
    assume(
        abs(margin) > 1e-6 * (Fraction(value) * abs(Fraction(gain)) + Fraction(cost))
    )
    assume(margin <= 0 or margin > 1e-200)
    got = nb.break_even_volume(value, gain, fixed, cost)
    assert type(got) is float
    if margin <= 0:
        assert got == inf
    else:
        assert got == pytest.approx(float(Fraction(fixed) / margin), rel=1e-9)


def test_value_is_zero_at_break_even_and_rises_with_traffic():
    rng = np.random.default_rng(0)
    for _ in range(500):
        value, gain = rng.uniform(0.01, 10), rng.uniform(0.01, 1)
        fixed, cost = rng.uniform(1, 1e6), value * gain * rng.uniform(0, 0.99)
        volume = nb.break_even_volume(value, gain, fixed, cost)
        at, more, less = (
            nb.expected_annual_value(f * volume, value, gain, fixed, cost)
            for f in (1, 1.1, 0.9)
        )
        assert at == pytest.approx(0, abs=1e-9 * fixed)
        assert less < 0 < more


def test_a_worked_case():
    terms = 0.5, 0.1, 20_000, 0.01
    assert nb.break_even_volume(*terms) == pytest.approx(500_000, **EXACT)
    assert nb.expected_annual_value(1e6, *terms) == pytest.approx(20_000, **EXACT)
    assert nb.expected_annual_value(0, *terms) == pytest.approx(-20_000, **EXACT)


@pytest.mark.parametrize(
    ("value", "gain", "cost"),
    [(1.0, 0.1, 0.2), (1.0, 0.25, 0.25), (1.0, -0.1, 0.0), (0.0, 0.5, 0.0)],
)
@pytest.mark.parametrize("fixed", [0.0, 1000.0])
def test_a_request_that_earns_no_more_than_it_costs_never_pays(
    value, gain, cost, fixed
):
    assert nb.break_even_volume(value, gain, fixed, cost) == inf


def test_without_a_fixed_cost_the_first_request_pays():
    assert nb.break_even_volume(1.0, 0.5, 0.0, 0.1) == 0.0


@pytest.mark.parametrize(
    "form", [float, np.float64, np.float32, lambda x: Fraction(x), int]
)
def test_any_real_number_gives_a_float(form):
    assert type(nb.expected_annual_value(*map(form, (4, 2, 1, 1, 1)))) is float
    assert nb.break_even_volume(*map(form, (2, 1, 3, 1))) == 3.0


NAMES = [
    "requests_per_year",
    "value_per_correct",
    "accuracy_gain",
    "fixed_cost",
    "cost_per_request",
]
GOOD = dict(zip(NAMES, (1000.0, 1.0, 0.1, 10.0, 0.01), strict=True))


def functions(name):
    """Calls of each function that takes the argument `name`, as name: wrong value."""
    yield lambda bad: nb.expected_annual_value(**{**GOOD, name: bad})
    if name != "requests_per_year":
        others = {key: GOOD[key] for key in NAMES[1:]}
        yield lambda bad: nb.break_even_volume(**{**others, name: bad})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "bad", [nan, inf, -inf, None, "5", True, [1.0], np.array([1.0]), 1j]
)
def test_what_is_no_finite_number_is_refused(name, bad):
    for call in functions(name):
        with pytest.raises(ValueError, match=f"{name} must be a finite number"):
            call(bad)


@pytest.mark.parametrize(
    ("name", "bad", "bounds"),
    [
        ("requests_per_year", -1, r"\[0, inf\]"),
        ("value_per_correct", -0.1, r"\[0, inf\]"),
        ("accuracy_gain", 1.01, r"\[-1, 1\]"),
        ("accuracy_gain", -1.01, r"\[-1, 1\]"),
        ("fixed_cost", -1e-9, r"\[0, inf\]"),
        ("cost_per_request", -0.01, r"\[0, inf\]"),
    ],
)
def test_a_value_out_of_range_is_refused(name, bad, bounds):
    for call in functions(name):
        with pytest.raises(ValueError, match=f"{name} must be in {bounds}"):
            call(bad)
