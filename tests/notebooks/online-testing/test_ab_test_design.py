"""Sample size, buckets and sample ratio against statsmodels, scipy and themselves."""

import math
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from notebook_files import ROOT, load_exports
from scipy import stats
from statsmodels.stats.gof import chisquare
from statsmodels.stats.power import normal_power, normal_sample_size_one_tail

nb = load_exports("ab-test-design")
size = nb.sample_size_two_proportions

unhurried = settings(deadline=None, max_examples=300)
shares = st.floats(0.001, 0.999)
levels = st.floats(0.001, 0.3)
powers = st.floats(0.35, 0.999)


# Sample size


@unhurried
@given(p=shares, q=shares, alpha=levels, power=powers)
def test_size_equals_that_of_statsmodels_rounded_up(p, q, alpha, power):
    assume(abs(p - q) > 1e-4)
    sd = math.sqrt(p * (1 - p) + q * (1 - q))
    exact = normal_sample_size_one_tail(q - p, power, alpha / 2, std_null=sd)
    assume(abs(exact - round(exact)) > 1e-6 * exact)  # no edge of rounding
    got = size(p, q - p, alpha, power)
    assert type(got) is int
    assert got == max(1, math.ceil(exact))


@unhurried
@given(p=shares, q=shares, alpha=levels, power=powers)
def test_size_has_the_power_asked_for_and_one_unit_less_has_not(p, q, alpha, power):
    assume(abs(p - q) > 1e-4)
    n = size(p, q - p, alpha, power)
    sd = math.sqrt(p * (1 - p) + q * (1 - q))

    def power_of(units):
        return normal_power(abs(q - p), units, alpha / 2, "larger", sigma=sd)

    assert power_of(n) > power - 1e-9
    assert n == 1 or power_of(n - 1) < power + 1e-9


def test_size_by_hand():
    # (1.959964 + 0.841621)^2 * (0.04 * 0.96 + 0.044 * 0.956) / 0.004^2 = 39,472.02
    assert size(0.04, 0.004) == 39_473
    assert size(0.044, -0.004) == 39_473


def test_half_the_effect_costs_four_times_the_units():
    assert math.isclose(size(0.5, 0.001) / size(0.5, 0.002), 4, rel_tol=1e-4)


def test_a_certain_difference_still_needs_a_unit():
    assert size(0, 1) == size(1, -1) == 1
    assert size(0.0, 0.1) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 0.2), "must lie in"),
        ((1.1, -0.2), "must lie in"),
        ((0.9, 0.2), "must lie in"),
        ((0.1, -0.2), "must lie in"),
        ((0.1, 0), "effect of 0"),
        ((0.1, 0.01, 0.9, 0.8), "alpha < power"),
        ((0.1, 0.01, 0, 0.8), "alpha < power"),
        ((0.1, 0.01, 0.05, 1), "alpha < power"),
        ((math.nan, 0.01), "finite"),
        ((0.1, math.inf), "finite"),
        ((0.1, 0.01, math.nan), "finite"),
        (("0.1", 0.01), "finite"),
        ((None, 0.01), "finite"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        size(*arguments)


# Buckets


def test_buckets_are_the_same_in_a_process_with_another_hash_seed():
    code = (
        "from notebook_files import load_exports as l;"
        "b = l('ab-test-design').assign_bucket;"
        "print([b(f'user-{i}', 'x', 1000) for i in range(50)])"
    )
    path = os.pathsep.join([str(ROOT / "scripts"), *sys.path])
    env = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": path}
    run = [sys.executable, "-c", code]
    printed = subprocess.run(run, env=env, capture_output=True, text=True, check=True)
    here = [nb.assign_bucket(f"user-{i}", "x", 1000) for i in range(50)]
    assert printed.stdout.strip() == str(here)


@pytest.mark.parametrize("n_buckets", [2, 3, 7, 100])
def test_buckets_are_filled_evenly(n_buckets):
    counts = Counter(nb.assign_bucket(i, "even", n_buckets) for i in range(20_000))
    assert set(counts) == set(range(n_buckets))
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


def test_two_experiments_cut_the_users_independently():
    table = np.zeros((4, 4))
    for i in range(20_000):
        table[nb.assign_bucket(i, "a", 4), nb.assign_bucket(i, "b", 4)] += 1
    assert stats.chi2_contingency(table).pvalue > 1e-4


def test_name_and_id_do_not_run_into_each_other():
    pairs = [("b:c", "a"), ("c", "a:b"), ("c", "ab"), ("bc", "a")]
    buckets = [nb.assign_bucket(unit, name, 2**64) for unit, name in pairs]
    assert len(set(buckets)) == len(buckets)


def test_a_number_and_its_text_are_the_same_unit():
    got = nb.assign_bucket("42", "x", 997)
    assert nb.assign_bucket(42, "x", 997) == nb.assign_bucket(np.int64(42), "x", 997)
    assert nb.assign_bucket(42, "x", 997) == got
    assert type(got) is int


@given(st.text(min_size=1), st.text(min_size=1), st.integers(1, 10**30))
def test_every_text_gets_a_bucket(unit, name, n_buckets):
    try:
        f"{unit}{name}".encode()
    except UnicodeEncodeError:
        assume(False)
    assert 0 <= nb.assign_bucket(unit, name, n_buckets) < n_buckets


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "x", 2), "unit_id"),
        ((None, "x", 2), "unit_id"),
        ((7.0, "x", 2), "unit_id"),
        ((math.nan, "x", 2), "unit_id"),
        ((True, "x", 2), "unit_id"),
        (("u", "", 2), "experiment"),
        (("u", None, 2), "experiment"),
        (("u", "x", 0), "n_buckets"),
        (("u", "x", -1), "n_buckets"),
        (("u", "x", 2.0), "n_buckets"),
        (("u", "x", True), "n_buckets"),
    ],
)
def test_a_bucket_for_nobody_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.assign_bucket(*arguments)


# Sample ratio


@unhurried
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=2, max_size=6).filter(any),
    seed=st.integers(0, 2**32 - 1),
)
def test_ratio_equals_the_chi_squared_test_of_statsmodels_and_scipy(counts, seed):
    expected = np.random.default_rng(seed).dirichlet(np.full(len(counts), 5.0))
    got = nb.srm_p_value(counts, expected)
    f_exp = expected * sum(counts)
    assert type(got) is float
    assert math.isclose(got, chisquare(np.array(counts), f_exp)[1], rel_tol=1e-9)
    reference = stats.chisquare(counts, f_exp).pvalue
    assert math.isclose(got, reference, rel_tol=1e-9, abs_tol=1e-300)


def test_ratio_by_hand():
    # (40^2 + 40^2) / 500 = 6.4 with one degree of freedom
    assert math.isclose(nb.srm_p_value([540, 460], [0.5, 0.5]), stats.chi2.sf(6.4, 1))


def test_ratio_as_planned_has_a_p_value_of_one():
    assert nb.srm_p_value([900, 100], [0.9, 0.1]) == 1.0


def test_an_arm_without_units_is_a_mismatch():
    assert nb.srm_p_value([1000, 0], [0.5, 0.5]) < 1e-100


@pytest.mark.parametrize(
    ("counts", "expected", "message"),
    [
        ([1, 2], [0.5, 0.4], "add up to 1"),
        ([1, 2], [1.0, 0.0], "> 0"),
        ([1, 2], [1.5, -0.5], "> 0"),
        ([1, 2, 3], [0.5, 0.5], "a share for each"),
        ([10], [1.0], "2 or more"),
        ([], [], "2 or more"),
        ([0, 0], [0.5, 0.5], "not all 0"),
        ([-1, 2], [0.5, 0.5], "whole numbers"),
        ([1.5, 2], [0.5, 0.5], "whole numbers"),
        ([math.nan, 2], [0.5, 0.5], "NaN"),
        ([1, math.inf], [0.5, 0.5], "NaN or infinity"),
        ([1, 2], [math.nan, 0.5], "NaN"),
    ],
)
def test_counts_and_shares_that_make_no_sense_are_refused(counts, expected, message):
    with pytest.raises(ValueError, match=message):
        nb.srm_p_value(counts, expected)
