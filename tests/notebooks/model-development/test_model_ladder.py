"""The model ladder: the rule against scipy, the encodings against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy import stats
from sklearn.preprocessing import OneHotEncoder

nb = load_exports("model-ladder")


@settings(deadline=None, max_examples=400)
@given(
    n_models=st.integers(1, 6),
    n_rows=st.integers(2, 60),
    margin=st.floats(0, 2),
    z=st.floats(0.1, 4),
    seed=st.integers(0, 10_000),
)
def test_the_rule_is_the_interval_of_a_paired_difference(
    n_models, n_rows, margin, z, seed
):
    rng = np.random.default_rng(seed)
    losses = rng.gamma(2, size=(n_models, n_rows)) + rng.normal(size=(n_models, 1))
    best = min(range(n_models), key=lambda i: losses[i].mean())
    passes = [
        stats.norm(
            (losses[i] - losses[best]).mean(), stats.sem(losses[i] - losses[best])
        ).ppf(stats.norm.cdf(z))
        <= margin + 1e-9
        if i != best
        else True
        for i in range(n_models)
    ]
    assert nb.simplest_good_enough(losses, margin, z) == passes.index(True)


def test_equal_models_leave_the_simplest_and_noise_forbids_it():
    same = np.ones((3, 5))
    assert nb.simplest_good_enough(same, 0.0) == 0
    noisy = np.array([[0.0, 2.0, 0.0, 2.1], [1.0, 1.0, 1.0, 1.0]])
    assert nb.simplest_good_enough(noisy, 0.5) == 1
    assert nb.simplest_good_enough(noisy, 0.5, z=0.0) == 0


@pytest.mark.parametrize(
    ("losses", "margin", "z", "match"),
    [
        ([], 0.1, 1.96, "n_models, n_rows"),
        ([1.0, 2.0], 0.1, 1.96, "n_models, n_rows"),
        ([[1.0]], 0.1, 1.96, "two rows"),
        ([[1.0, np.nan]], 0.1, 1.96, "finite"),
        ([[1.0, np.inf]], 0.1, 1.96, "finite"),
        ([[1.0, 2.0]], -0.1, 1.96, "margin and z"),
        ([[1.0, 2.0]], np.nan, 1.96, "margin and z"),
        ([[1.0, 2.0]], 0.1, -1.0, "margin and z"),
    ],
)
def test_bad_input_is_refused(losses, margin, z, match):
    with pytest.raises(ValueError, match=match):
        nb.simplest_good_enough(losses, margin, z)


def some_codes(rng, n):
    return np.column_stack([rng.integers(16, 96, n), rng.integers(0, 5, (n, 3))])


@pytest.mark.parametrize("seed", range(20))
def test_indicators_are_those_of_scikit_learn(seed):
    codes = some_codes(np.random.default_rng(seed), 200)
    ours = nb.Indicators(bin_age=True).fit(codes).transform(codes)
    binned = np.column_stack([codes[:, 0] // 5, codes[:, 1:]])
    widths = [20, *(codes[:, 1:].max(axis=0) + 1)]
    encoder = OneHotEncoder(
        categories=[np.arange(width) for width in widths], sparse_output=False
    )
    assert (ours == encoder.fit_transform(binned)).all()
    scaled = nb.Indicators().fit(codes).transform(codes)
    assert np.allclose(scaled[:, 0], (codes[:, 0] - 45) / 20)
    assert (scaled[:, 1:20] == 0).all()
    assert (scaled[:, 20:] == ours[:, 20:]).all()


@pytest.mark.parametrize("seed", range(20))
def test_the_table_holds_shares_with_ten_people_of_the_overall_share(seed):
    rng = np.random.default_rng(seed)
    codes, y = some_codes(rng, 50), rng.integers(0, 2, 50)
    p = nb.AgeTable().fit(codes, y).predict_proba(codes)
    for age, row in zip(codes[:, 0], p, strict=True):
        alike = y[codes[:, 0] // 5 == age // 5]
        expected = (alike.sum() + 10 * y.mean()) / (len(alike) + 10)
        assert row == pytest.approx([1 - expected, expected])


def test_the_ladder_is_fresh_each_time_and_on_one_thread():
    one, other = nb.build_ladder(1), nb.build_ladder(1)
    assert list(one) == list(other)
    assert all(one[name] is not other[name] for name in one)
    for name in ("forest", "LightGBM", "ensemble"):
        assert one[name].n_jobs in (None, 1)
