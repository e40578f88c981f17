"""Availability and M/M/c waits: other derivations, simulation, published values."""

import heapq
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import integrate, optimize, stats

nb = load_exports("request-path-simulation")

PROBABILITY = st.floats(0, 1)


# serial_availability


@settings(deadline=None)
@given(st.lists(PROBABILITY, min_size=1, max_size=30))
def test_series_is_the_product_in_exact_arithmetic(availabilities):
    exact = math.prod(map(Fraction, availabilities))
    value = nb.serial_availability(availabilities)
    assert type(value) is float
    assert value == pytest.approx(float(exact), rel=1e-12, abs=1e-300)


def test_series_is_the_share_of_states_in_which_all_are_up():
    generator = np.random.default_rng(1)
    for _ in range(200):
        a = generator.random(generator.integers(1, 8))
        states = np.indices([2] * len(a)).reshape(len(a), -1).T
        probability = np.where(states == 1, a, 1 - a).prod(axis=1)
        up = probability[states.all(axis=1)].sum()
        assert nb.serial_availability(a) == pytest.approx(up, rel=1e-9)


@pytest.mark.parametrize(
    ("availabilities", "value"),
    [
        ([1, 1, 1], 1.0),
        ([0.5], 0.5),
        ((0.9, 0.0), 0.0),
        (np.array([0.99] * 2, dtype=np.float64), 0.9801),
        ([True, 0.5], 0.5),
    ],
)
def test_series_of_known_parts(availabilities, value):
    assert nb.serial_availability(availabilities) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("bad", [[], 0.9, [[0.9, 0.9]], np.array([])])
def test_series_needs_a_list_of_parts(bad):
    with pytest.raises(ValueError, match="a list of at least one number"):
        nb.serial_availability(bad)


@pytest.mark.parametrize("bad", [-0.1, 1.0001, 99.9, math.nan, math.inf])
def test_series_refuses_what_is_no_probability(bad):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        nb.serial_availability([0.9, bad])


# mmc_wait_quantile: three other ways to the same number


def delayed_exactly(arrival_rate, service_rate, servers):
    """Erlang C from the stationary probabilities, in exact arithmetic."""
    a = Fraction(arrival_rate) / Fraction(service_rate)
    some_free = sum(a**n / math.factorial(n) for n in range(servers))
    all_busy = a**servers / math.factorial(servers) / (1 - a / servers)
    return all_busy / (some_free + all_busy)


def by_inversion(arrival_rate, service_rate, servers, q):
    """Without Erlang: balance equations, gamma waits, and a root finder."""
    n = np.arange(1, 20_000)
    ratio = arrival_rate / (service_rate * np.minimum(n, servers))
    log_p = np.concatenate([[0], np.cumsum(np.log(ratio))])
    p = np.exp(log_p - log_p.max())
    p = (p / p.sum())[servers:]
    p = p[: np.flatnonzero(p > 1e-18)[-1] + 1] if (p > 1e-18).any() else p[:1]
    capacity = servers * service_rate
    departures = np.arange(1, len(p) + 1)

    def excess(t):
        return p @ stats.gamma.sf(t, departures, scale=1 / capacity) - (1 - q)

    if excess(0) <= 0:
        return 0.0
    high = 1 / (capacity - arrival_rate)
    while excess(high) > 0:
        high *= 2
    return optimize.brentq(excess, 0, high, xtol=1e-15, rtol=1e-12)


@settings(deadline=None, max_examples=300)
@given(
    st.integers(1, 60),
    st.floats(0.02, 0.99),
    st.floats(1e-3, 1e3),
    st.floats(0, 0.9999),
)
def test_wait_follows_from_erlang_c_in_exact_arithmetic(servers, load, mu, q):
    arrival_rate = load * servers * mu
    assume(arrival_rate < servers * mu)
    value = nb.mmc_wait_quantile(arrival_rate, mu, servers, q)
    assert type(value) is float
    delayed = delayed_exactly(arrival_rate, mu, servers)
    spare = Fraction(servers) * Fraction(mu) - Fraction(arrival_rate)
    excess = float(delayed / (1 - Fraction(q)))
    expected = max(0.0, math.log(excess) / float(spare)) if excess > 0 else 0.0
    # ln(x) loses relative precision where x is close to 1, that is close to no wait.
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-11 / float(spare))


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 40), st.floats(0.05, 0.97), st.floats(0, 0.999))
def test_wait_equals_the_numerically_inverted_stationary_law(servers, load, q):
    delayed = float(delayed_exactly(load * servers, 1.0, servers))
    assume(abs(delayed - (1 - q)) > 1e-6)
    value = nb.mmc_wait_quantile(load * servers, 1.0, servers, q)
    expected = by_inversion(load * servers, 1.0, servers, q)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (3, 0.8), (10, 0.7)])
def test_wait_equals_a_simulated_queue(servers, load):
    quantiles = np.array([0.5, 0.9, 0.99])
    runs = []
    for seed in range(12):
        generator = np.random.default_rng(seed)
        arrivals = np.cumsum(generator.exponential(1 / (load * servers), 40_000))
        service = generator.exponential(1, 40_000)
        free, waits = [0.0] * servers, []
        for arrival, needs in zip(arrivals, service, strict=True):
            start = max(arrival, heapq.heappop(free))
            heapq.heappush(free, start + needs)
            waits.append(start - arrival)
        runs.append(np.quantile(waits[4000:], quantiles))
    error = np.std(runs, axis=0, ddof=1) / np.sqrt(12)
    formula = [nb.mmc_wait_quantile(load * servers, 1, servers, q) for q in quantiles]
    assert (abs(np.mean(runs, axis=0) - formula) < 4.5 * error + 1e-9).all()


@pytest.mark.parametrize(
    ("offered", "servers", "delayed"),
    [
        (0.5, 1, 1 / 2),  # C = load for one server
        (1.0, 2, 1 / 3),  # 2 load^2 / (1 + load) for two
        (2.0, 3, 4 / 9),  # the eye clinic of Gross and Harris
        (10.0, 14, 0.174),  # the example of the package pyworkforce
        (123.0, 132, 0.3211),  # from the tests of other implementations
        (12_345.0, 12_421, 0.3812),
    ],
)
def test_share_of_delayed_requests_is_the_published_one(offered, servers, delayed):
    wait = nb.mmc_wait_quantile(offered, 1.0, servers, 0.99)
    share = 0.01 * math.exp(wait * (servers - offered))
    digits = len(str(delayed)) - 2
    assert share == pytest.approx(delayed, abs=max(0.5 * 10**-digits, 1e-9))
    assert nb.mmc_wait_quantile(offered, 1.0, servers, 1 - share - 1e-6) == 0.0
    assert nb.mmc_wait_quantile(offered, 1.0, servers, 1 - share + 1e-6) > 0.0


def test_mean_wait_is_that_of_the_textbook_clinic():
    """Six patients an hour, three doctors, 20 minutes each: Lq = 8/9 by the book."""
    mean, _ = integrate.quad(
        lambda q: nb.mmc_wait_quantile(6, 3, 3, q), 0, 1, points=[5 / 9], limit=500
    )
    assert 6 * mean == pytest.approx(8 / 9, rel=1e-6)


def test_wait_is_in_the_unit_of_the_rates():
    per_second = nb.mmc_wait_quantile(200, 50, 5, 0.99)
    per_minute = nb.mmc_wait_quantile(200 * 60, 50 * 60, 5, 0.99)
    assert per_minute * 60 == pytest.approx(per_second, rel=1e-12)


def test_wait_of_large_pools_does_not_overflow():
    wait = nb.mmc_wait_quantile(9_900.0, 1.0, 10_000, 0.99)
    assert 0 < wait < 0.1
    assert nb.mmc_wait_quantile(5_000.0, 1.0, 10_000, 0.999999) == 0.0


def test_wait_at_the_ends():
    assert nb.mmc_wait_quantile(0, 1.0, 1, 0.999) == 0.0
    assert nb.mmc_wait_quantile(0, 1.0, 1, 1) == 0.0
    assert nb.mmc_wait_quantile(3.0, 1.0, 4, 0) == 0.0
    assert nb.mmc_wait_quantile(3.0, 1.0, 4, 1) == math.inf
    assert nb.mmc_wait_quantile(3, 1, np.int64(4), np.float64(0.9)) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 1, 4, 0.9), "unstable: 4 arrive, 4 can be served"),
        ((5.0, 1.0, 4, 0.9), "unstable"),
        ((1, 0, 4, 0.9), "unstable"),
        ((0, 0, 4, 0.9), "unstable"),
        ((-1, 1, 4, 0.9), "arrival_rate must be finite and not negative"),
        ((math.nan, 1, 4, 0.9), "arrival_rate must be finite"),
        ((math.inf, 1, 4, 0.9), "arrival_rate must be finite"),
        ((1, -1, 4, 0.9), "service_rate must be finite and not negative"),
        ((1, math.nan, 4, 0.9), "service_rate must be finite"),
        ((1, math.inf, 4, 0.9), "service_rate must be finite"),
        ((1, 2, 0, 0.9), "servers must be at least 1"),
        ((1, 2, -3, 0.9), "servers must be at least 1"),
        ((1, 2, 2.5, 0.9), "servers must be a whole number"),
        ((1, 2, math.nan, 0.9), "servers must be a whole number"),
        ((1, 2, 4, -0.01), "q must lie between 0 and 1"),
        ((1, 2, 4, 1.01), "q must lie between 0 and 1"),
        ((1, 2, 4, math.nan), "q must lie between 0 and 1"),
    ],
)
def test_wait_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.mmc_wait_quantile(*arguments)
