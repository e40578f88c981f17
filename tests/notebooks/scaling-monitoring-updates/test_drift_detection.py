"""The drift detectors of the notebook against scipy, river and direct loops.

river's detectors are the same algorithms with other settings. Its PageHinkley forgets
(alpha < 1), waits for 30 values and looks both ways by default; with alpha=1,
min_instances=1 and mode="up" it is the notebook's definition. Its ADWIN merges old
values into buckets and ignores cuts near the ends; with as many buckets as values,
min_window_length=1 and grace_period=0 it is the notebook's definition up to the first
alarm, after which river starts afresh where the paper keeps the recent part.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from river import drift
from scipy import stats

nb = load_exports("drift-detection")

seeds = range(100)
few_values = st.lists(st.integers(-3, 3), min_size=1, max_size=30)
any_values = st.lists(
    st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=30
)


def samples(seed, low=1):
    """Two samples of random sizes, with ties in every other one."""
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=rng.integers(low, 80)) for _ in range(2))
    return (np.round(a), np.round(b + 0.5)) if seed % 2 else (a, b + 0.5)


# Kolmogorov-Smirnov


@pytest.mark.parametrize("seed", seeds)
def test_ks_equals_scipy(seed):
    a, b = samples(seed)
    reference = stats.ks_2samp(a, b, method="asymp").statistic
    assert nb.ks_statistic(a, b) == pytest.approx(reference, abs=1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero")  # scipy's p-value, n = 1
@given(few_values | any_values, few_values | any_values)
def test_ks_takes_lists_and_does_not_depend_on_order(a, b):
    reference = stats.ks_2samp(a, b, method="asymp").statistic
    assert nb.ks_statistic(a, b) == pytest.approx(reference, abs=1e-12)
    assert nb.ks_statistic(b[::-1], a[::-1]) == nb.ks_statistic(a, b)


def test_ks_runs_from_0_to_1():
    assert nb.ks_statistic([1, 2, 2], [2, 1, 2]) == 0.0
    assert nb.ks_statistic([1], [2, 3]) == 1.0
    assert type(nb.ks_statistic([1], [2])) is float


# Population stability index


def psi_by_loops(expected, actual, n_bins):
    edges = np.quantile(expected, np.linspace(0, 1, n_bins + 1))[1:-1]
    total = 0.0
    for low, high in itertools.pairwise([-np.inf, *edges, np.inf]):
        e, a = (
            max(sum(low <= v < high for v in sample) / len(sample), 1e-4)
            for sample in (expected, actual)
        )
        total += (a - e) * np.log(a / e)
    return total


@pytest.mark.parametrize("seed", seeds)
def test_psi_equals_a_loop_over_the_bins(seed):
    expected, actual = samples(seed)
    n_bins = seed % 20 + 1
    value = nb.population_stability_index(expected, actual, n_bins)
    assert value == pytest.approx(psi_by_loops(expected, actual, n_bins), abs=1e-9)


@given(few_values | any_values, few_values | any_values)
def test_psi_is_never_negative_and_0_for_equal_samples(expected, actual):
    assert nb.population_stability_index(expected, actual) >= 0.0
    assert nb.population_stability_index(expected, expected[::-1]) == 0.0


def test_psi_puts_values_outside_the_reference_into_the_outer_bins():
    expected = np.arange(100.0)
    inside = nb.population_stability_index(expected, np.repeat([0.0, 99.0], 50))
    outside = nb.population_stability_index(expected, np.repeat([-1e9, 1e9], 50))
    assert outside == inside > 1


def test_psi_floors_empty_shares_at_one_in_ten_thousand():
    value = nb.population_stability_index([1, 2], [2, 2], n_bins=2)
    worked = (1e-4 - 0.5) * np.log(1e-4 / 0.5) + 0.5 * np.log(2)
    assert value == pytest.approx(worked, abs=1e-12)


def test_psi_of_a_spike_is_blind_as_the_exercise_says():
    old, new = np.repeat([0, 1], [95, 5]), np.repeat([0, 1], [80, 20])
    assert nb.population_stability_index(old, new) == 0.0


def test_psi_defaults_to_ten_bins():
    expected, actual = samples(0)
    default = nb.population_stability_index(expected, actual)
    assert default == nb.population_stability_index(expected, actual, 10)


def test_psi_without_shift_is_a_scaled_chi_squared():
    rng = np.random.default_rng(0)
    values = [
        nb.population_stability_index(rng.normal(size=2000), rng.normal(size=1000))
        for _ in range(400)
    ]
    assert np.mean(values) == pytest.approx(9 * (1 / 2000 + 1 / 1000), rel=0.1)


# Maximum mean discrepancy


def mmd_by_loops(x, y, bandwidth):
    """Equation 3 of Gretton et al. (2012), pair by pair."""

    def kernel(u, v):
        return np.exp(-np.sum((u - v) ** 2) / (2 * bandwidth**2))

    def within(z):
        pairs = itertools.permutations(range(len(z)), 2)
        return sum(kernel(z[i], z[j]) for i, j in pairs) / (len(z) * (len(z) - 1))

    across = sum(kernel(u, v) for u in x for v in y) / (len(x) * len(y))
    return within(x) + within(y) - 2 * across


@pytest.mark.parametrize("seed", range(40))
def test_mmd_equals_a_double_loop(seed):
    rng = np.random.default_rng(seed)
    n, m, d = rng.integers(2, 12, size=3)
    x, y = rng.normal(size=(n, d)), rng.normal(0.5, size=(m, d))
    bandwidth = rng.uniform(0.3, 3.0)
    value, _ = nb.mmd_permutation_test(x, y, bandwidth, 5, rng)
    assert value == pytest.approx(mmd_by_loops(x, y, bandwidth), abs=1e-12)


@pytest.mark.parametrize(("seed", "n", "m"), [(0, 4, 4), (1, 3, 5), (2, 2, 6)])
def test_mmd_p_value_tends_to_the_share_over_all_splits(seed, n, m):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 2)), rng.normal(1.0, size=(m, 2))
    pooled = np.vstack([x, y])
    every = [
        mmd_by_loops(pooled[list(i)], np.delete(pooled, list(i), axis=0), 1.0)
        for i in itertools.combinations(range(n + m), n)
    ]
    value, p_value = nb.mmd_permutation_test(x, y, 1.0, 20_000, rng)
    exact = np.mean(np.array(every) >= value - 1e-9)
    assert p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))


def test_mmd_alarms_at_its_level_without_shift():
    rng = np.random.default_rng(0)
    p_values = [
        nb.mmd_permutation_test(rng.normal(size=15), rng.normal(size=20), 1.0, 39, rng)[
            1
        ]
        for _ in range(400)
    ]
    alarms = int(np.sum(np.array(p_values) <= 0.05))
    low, high = stats.binomtest(alarms, 400).proportion_ci(0.999)
    assert low <= 0.05 <= high


@pytest.mark.parametrize("bandwidth", [1e-200, 1e200])
def test_mmd_stands_extreme_bandwidths(bandwidth):
    rng = np.random.default_rng(0)
    value, p_value = nb.mmd_permutation_test(GOOD, [4.0, 5.0], bandwidth, 20, rng)
    assert (value, p_value) == (pytest.approx(0.0, abs=1e-12), 1.0)


@pytest.mark.parametrize("seed", range(20))
def test_mmd_counts_a_split_that_ties_but_for_rounding(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(3, 3)), rng.normal(3.0, size=(3, 3))
    _, p_value = nb.mmd_permutation_test(x, y, 1.0, 4000, rng)
    assert p_value >= 0.08  # 2 of 20 splits: the observed one and its mirror image


def test_mmd_counts_ties_so_that_equal_rows_give_no_evidence():
    rng = np.random.default_rng(0)
    value, p_value = nb.mmd_permutation_test(np.ones(5), np.ones(7), 0.3, 50, rng)
    assert (value, p_value) == (pytest.approx(0.0, abs=1e-12), 1.0)


def test_mmd_p_value_is_never_0():
    rng = np.random.default_rng(0)
    x, y = np.zeros((30, 2)), np.full((30, 2), 50.0)
    assert nb.mmd_permutation_test(x, y, 1.0, 99, rng)[1] == 0.01


def test_mmd_sees_a_correlation_that_no_column_shows():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 150, 2))
    y[:, 1] = 0.95 * y[:, 0] + 0.31 * y[:, 1]
    assert nb.mmd_permutation_test(x, y, 1.0, 99, rng)[1] == 0.01


def test_mmd_takes_1_d_samples_and_repeats_itself_for_the_same_rng():
    x, y = [1.0, 2.0, 4.0], [3, 5]
    results = [
        nb.mmd_permutation_test(*arguments, 1.0, 30, np.random.default_rng(0))
        for arguments in [(x, y), (np.array(x)[:, None], np.array(y)[:, None])]
    ]
    assert results[0] == results[1]
    assert [type(value) for value in results[0]] == [float, float]


# Page-Hinkley


def river_page_hinkley(stream, delta, threshold):
    detector = drift.PageHinkley(
        min_instances=1, delta=delta, threshold=threshold, alpha=1.0, mode="up"
    )
    for i, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            return i
    return None


@pytest.mark.parametrize("seed", range(300))
def test_page_hinkley_alarms_where_river_does(seed):
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 200, size=2)
    stream = np.r_[0.5, rng.normal(size=before), rng.normal(rng.normal(), size=after)]
    delta, threshold = rng.uniform(0, 0.5), rng.uniform(0.5, 30)
    found = nb.page_hinkley(stream, delta, threshold)
    assert found == river_page_hinkley(stream, delta, threshold)


def test_page_hinkley_river_comparison_covers_alarm_and_silence():
    alarms = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        stream = (rng.random(400) < 0.1 + 0.1 * (seed % 2)).astype(float)
        alarms.append(nb.page_hinkley(stream, 0.02, 8.0))
        assert alarms[-1] == river_page_hinkley(stream, 0.02, 8.0)
    assert None in alarms
    assert any(alarms)


def test_page_hinkley_worked_by_hand():
    # running means 0, 0, 1/2, 3/4; x - mean - 0.1: -0.1, -0.1, 0.9, 1.15
    stream = [0, 0, 1.5, 1.5]
    assert nb.page_hinkley(stream, 0.1, 0.89) == 2
    assert nb.page_hinkley(stream, 0.1, 0.91) == 3
    assert nb.page_hinkley(stream, 0.1, 2.1) is None


def test_page_hinkley_hears_a_rise_and_not_a_fall():
    rise = np.repeat([0.0, 1.0], 50)
    assert 50 <= nb.page_hinkley(rise, 0.1, 3.0) < 60
    assert nb.page_hinkley(rise[::-1], 0.1, 3.0) is None


def test_page_hinkley_takes_any_iterable_and_returns_an_int():
    assert type(nb.page_hinkley((x for x in [0, 0, 5, 5]), 0.1, 1.0)) is int
    assert nb.page_hinkley([7.0], 0.0, 0.0) is None


# ADWIN


def river_adwin(stream, **settings):
    """Index of river's first alarm and the width of the window that it keeps."""
    detector = drift.ADWIN(**settings)
    for i, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            return i, int(detector.width)
    return None


def adwin_by_loops(stream, delta, check_every):
    """Every cut of every window, one at a time, as in the paper."""
    window, alarms = [], []
    for i, value in enumerate(stream):
        window.append(value)
        shrunk = False
        while (i + 1) % check_every == 0:
            n, spread = len(window), np.var(window)
            log_term = np.log(2 * np.log(n) / delta) if n > 1 else 0.0
            for k in range(1, n):
                inverse = 1 / k + 1 / (n - k)
                allowed = np.sqrt(2 * inverse * spread * log_term)
                allowed += 2 / 3 * inverse * log_term
                if abs(np.mean(window[:k]) - np.mean(window[k:])) > allowed:
                    window.pop(0)
                    shrunk = True
                    break
            else:
                break
        if shrunk:
            alarms.append((i, len(window)))
    return alarms


@pytest.mark.parametrize("seed", range(40))
def test_adwin_first_alarm_and_window_are_those_of_river(seed):
    rng = np.random.default_rng(seed)
    stream = np.r_[rng.normal(size=300), rng.normal(rng.uniform(0, 2), size=300)]
    delta, every = rng.choice([0.002, 0.05, 0.3]), int(rng.choice([2, 10, 32]))
    mine = nb.adwin(stream, delta, every)
    reference = river_adwin(
        stream,
        delta=delta,
        clock=every,
        max_buckets=stream.size,
        min_window_length=1,
        grace_period=0,
    )
    assert (mine[0] if mine else None) == reference


@pytest.mark.parametrize("seed", range(6))
def test_adwin_goes_on_after_an_alarm_as_the_paper_says(seed):
    rng = np.random.default_rng(seed)
    stream = rng.normal(np.repeat([0.0, 3.0, -3.0], 40))
    alarms = nb.adwin(stream, 0.05, 8)
    assert alarms == adwin_by_loops(stream, 0.05, 8)
    assert len(alarms) >= 2


@pytest.mark.parametrize("seed", range(10))
def test_adwin_is_close_to_river_with_its_defaults(seed):
    rng = np.random.default_rng(seed)
    stream = rng.normal(np.repeat([0.0, 1.0], 500))
    assert abs(nb.adwin(stream)[0][0] - river_adwin(stream)[0]) <= 64


def test_adwin_keeps_quiet_on_a_constant_and_on_a_stream_shorter_than_one_check():
    assert nb.adwin(np.full(500, 0.1)) == []
    assert nb.adwin([0.0, 100.0]) == []


# Bad input

BAD_SAMPLES = [
    ([], "empty"),
    ([1.0, float("nan")], "NaN"),
    ([1.0, None], "NaN"),
    ([1.0, float("inf")], "infinity"),
    ([[[1.0, 2.0]]], r"1-D|at least 2 rows"),
]
GOOD = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("bad", "message"), BAD_SAMPLES)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "call",
    [
        nb.ks_statistic,
        nb.population_stability_index,
        lambda x, y: nb.mmd_permutation_test(x, y, 1.0, 9, np.random.default_rng(0)),
    ],
    ids=["ks", "psi", "mmd"],
)
def test_two_sample_functions_refuse_a_bad_sample(call, place, bad, message):
    pair = (bad, GOOD) if place == 0 else (GOOD, bad)
    with pytest.raises(ValueError, match=f"{message}|at least 2 rows"):
        call(*pair)


@pytest.mark.parametrize(("bad", "message"), BAD_SAMPLES)
def test_streams_refuse_bad_values(bad, message):
    with pytest.raises(ValueError, match=message):
        nb.page_hinkley(bad, 0.1, 1.0)
    with pytest.raises(ValueError, match=message):
        nb.adwin(bad)


@pytest.mark.parametrize("n_bins", [0, -1, 2.5, float("nan"), "10", None])
def test_psi_refuses_bad_bins(n_bins):
    with pytest.raises(ValueError, match="n_bins"):
        nb.population_stability_index(GOOD, GOOD, n_bins)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"bandwidth": -1.0}, "bandwidth"),
        ({"bandwidth": float("nan")}, "bandwidth"),
        ({"n_permutations": 0}, "n_permutations"),
        ({"n_permutations": 9.5}, "n_permutations"),
        ({"x": [1.0]}, "x: need at least 2 rows"),
        ({"y": np.ones((3, 2))}, "1 columns and y has 2"),
    ],
)
def test_mmd_refuses_bad_settings(change, message):
    good = {"x": GOOD, "y": GOOD, "bandwidth": 1.0, "n_permutations": 9}
    with pytest.raises(ValueError, match=message):
        nb.mmd_permutation_test(**(good | change), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("delta", "threshold", "message"),
    [
        (-0.1, 1.0, "delta"),
        (float("nan"), 1.0, "delta"),
        (0.1, -1.0, "threshold"),
        (0.1, float("inf"), "threshold"),
    ],
)
def test_page_hinkley_refuses_bad_settings(delta, threshold, message):
    with pytest.raises(ValueError, match=message):
        nb.page_hinkley(GOOD, delta, threshold)


@pytest.mark.parametrize(
    ("delta", "every", "message"),
    [(0.0, 32, "delta"), (1.0, 32, "delta"), (0.1, 1, "every"), (0.1, 2.5, "every")],
)
def test_adwin_refuses_bad_settings(delta, every, message):
    with pytest.raises(ValueError, match=message):
        nb.adwin(GOOD, delta, every)


@settings(max_examples=50)
@given(any_values)
def test_inputs_are_left_as_they_were(values):
    a, b = np.array(values), np.array(values[::-1])
    before = a.copy(), b.copy()
    nb.ks_statistic(a, b)
    nb.population_stability_index(a, b)
    nb.page_hinkley(a, 0.1, 1.0)
    nb.adwin(a)
    assert np.array_equal(a, before[0])
    assert np.array_equal(b, before[1])
