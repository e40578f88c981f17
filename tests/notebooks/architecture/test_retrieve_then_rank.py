"""Maximal marginal relevance against its definition, term by term."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("retrieve-then-rank")
mmr = nb.maximal_marginal_relevance


def by_definition(relevance, similarity, k, trade_off):
    """Carbonell and Goldstein's formula, evaluated afresh for every slot."""
    page = []
    for _ in range(k):
        scores = {}
        for i, score in enumerate(relevance):
            if i in page:
                continue
            likest = max((similarity[j][i] for j in page), default=0.0)
            scores[i] = trade_off * score - (1 - trade_off) * likest if page else score
        page.append(min(scores, key=lambda i: (-scores[i], i)))
    return page


def random_similarity(rng, n, grid):
    half = rng.integers(0, grid + 1, (n, n)) / grid
    similarity = np.maximum(half, half.T)
    np.fill_diagonal(similarity, 1)
    return similarity


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from([1, 2, 4, 1024]))
def test_equals_the_definition_with_and_without_ties(seed, n, grid):
    rng = np.random.default_rng(seed)
    relevance = rng.integers(0, grid + 1, n) / grid  # sums of these are exact
    similarity = random_similarity(rng, n, grid)
    k, trade_off = int(rng.integers(1, n + 1)), rng.integers(0, 9) / 8
    page = mmr(relevance, similarity, k, trade_off)
    assert page == by_definition(relevance, similarity, k, trade_off)
    assert len(set(page)) == k and all(type(i) is int for i in page)


def test_equals_the_definition_on_negative_scores_and_asymmetric_likeness():
    rng = np.random.default_rng(1)
    for _ in range(200):
        relevance, similarity = rng.normal(size=9), rng.normal(size=(9, 9))
        trade_off = rng.random()
        wanted = by_definition(relevance, similarity, 6, trade_off)
        assert mmr(relevance.tolist(), similarity.tolist(), 6, trade_off) == wanted


def test_lambda_one_sorts_by_relevance_and_ties_go_to_the_smaller_position():
    rng = np.random.default_rng(2)
    relevance = rng.integers(0, 4, 20).astype(float)
    wanted = np.argsort(-relevance, kind="stable").tolist()
    assert mmr(relevance, np.ones((20, 20)), np.int64(20), 1) == wanted


def test_a_copy_of_the_first_item_comes_last():
    similarity = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert mmr([0.9, 0.8, 0.5], similarity, 3, 0.6) == [0, 2, 1]


def test_the_arguments_are_left_alone():
    relevance, similarity = np.array([0.2, 0.9]), np.eye(2)
    mmr(relevance, similarity, 2, 0.5)
    assert relevance.tolist() == [0.2, 0.9] and (similarity == np.eye(2)).all()


@pytest.mark.parametrize(
    ("relevance", "similarity", "k", "trade_off", "message"),
    [
        ([], np.zeros((0, 0)), 1, 0.5, "must be a list of scores"),
        ([[1.0]], np.eye(1), 1, 0.5, "must be a list of scores"),
        (0.5, np.eye(1), 1, 0.5, "must be a list of scores"),
        ([1, 2], np.eye(3), 1, 0.5, r"similarity must be \(2, 2\), got \(3, 3\)"),
        ([1, 2], [1, 0], 1, 0.5, r"similarity must be \(2, 2\), got \(2,\)"),
        ([1, np.nan], np.eye(2), 1, 0.5, "NaN or infinity"),
        ([1, np.inf], np.eye(2), 1, 0.5, "NaN or infinity"),
        ([1, 2], np.full((2, 2), np.nan), 1, 0.5, "NaN or infinity"),
        ([1, 2], np.eye(2), 0, 0.5, "k must be a whole number from 1 to 2"),
        ([1, 2], np.eye(2), 3, 0.5, "k must be a whole number from 1 to 2"),
        ([1, 2], np.eye(2), 1.5, 0.5, "k must be a whole number from 1 to 2"),
        ([1, 2], np.eye(2), 1, -0.1, r"trade_off must be in \[0, 1\]"),
        ([1, 2], np.eye(2), 1, 1.1, r"trade_off must be in \[0, 1\]"),
        ([1, 2], np.eye(2), 1, np.nan, r"trade_off must be in \[0, 1\]"),
    ],
)
def test_bad_input_is_refused(relevance, similarity, k, trade_off, message):
    with pytest.raises(ValueError, match=message):
        mmr(relevance, similarity, k, trade_off)
