"""Ranking metrics against trec_eval, ir_measures and scikit-learn."""

import ir_measures
import numpy as np
import pandas as pd
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, nDCG
from notebook_files import load_exports
from sklearn.metrics import dcg_score, ndcg_score

nb = load_exports("ranking-metrics")

CUTOFFS = [1, 2, 3, 5, 10, 29, 100]  # below, at and beyond the length of the lists
EXACT = {"rel": 1e-9, "abs": 1e-12}
binary_lists = st.lists(st.integers(0, 1), min_size=1, max_size=25)
gain_lists = st.lists(st.floats(0, 1e6), min_size=2, max_size=25)
cutoffs = st.integers(1, 40)


def random_queries(n_queries=300, max_grade=1, seed=0):
    """Query id to (gains in rank order, gains of relevant documents never ranked)."""
    rng = np.random.default_rng(seed)
    queries = {}
    for number in range(n_queries):
        odds = rng.random()  # from lists with no hit at all to lists full of hits
        grades = rng.integers(1, max_grade + 1, rng.integers(1, 30))
        ranked = grades * (rng.random(grades.size) < odds)
        missed = rng.integers(1, max_grade + 1, rng.integers(0, 8))
        if ranked.any() or missed.size:
            queries[f"q{number}"] = ranked, missed
    return queries


def as_trec(queries):
    """Judgements and runs in the form of trec_eval, scores falling without ties."""
    judged = {
        query: {
            **{f"ranked{i}": int(gain) for i, gain in enumerate(ranked)},
            **{f"missed{i}": int(gain) for i, gain in enumerate(missed)},
        }
        for query, (ranked, missed) in queries.items()
    }
    runs = {
        query: {f"ranked{i}": float(ranked.size - i) for i in range(ranked.size)}
        for query, (ranked, _) in queries.items()
    }
    return judged, runs


def trec_eval(queries, *measures):
    judged, runs = as_trec(queries)
    return pytrec_eval.RelevanceEvaluator(judged, set(measures)).evaluate(runs)


@pytest.mark.parametrize("k", CUTOFFS)
def test_binary_metrics_equal_trec_eval(k):
    queries = random_queries(seed=k)
    measures = f"P.{k}", f"recall.{k}", f"map_cut.{k}", f"ndcg_cut.{k}", "recip_rank"
    expected = trec_eval(queries, *measures)
    assert len(expected) == len(queries) > 280
    for query, (ranked, missed) in queries.items():
        want, n_relevant = expected[query], int(ranked.sum() + missed.sum())
        over_all = nb.average_precision_at_k(ranked, k, n_relevant)
        over_all *= min(k, n_relevant) / n_relevant  # trec_eval divides by n_relevant
        ndcg = nb.ndcg_at_k(ranked, k, np.r_[ranked, missed])
        assert nb.precision_at_k(ranked, k) == pytest.approx(want[f"P_{k}"], **EXACT)
        recall = nb.recall_at_k(ranked, k, n_relevant)
        assert recall == pytest.approx(want[f"recall_{k}"], **EXACT)
        assert over_all == pytest.approx(want[f"map_cut_{k}"], **EXACT)
        assert nb.reciprocal_rank(ranked) == pytest.approx(want["recip_rank"], **EXACT)
        assert ndcg == pytest.approx(want[f"ndcg_cut_{k}"], **EXACT)


def test_average_precision_of_the_whole_list_equals_trec_eval_map():
    queries = random_queries(seed=11)
    expected = trec_eval(queries, "map")
    for query, (ranked, missed) in queries.items():
        n_relevant = int(ranked.sum() + missed.sum())
        ours = nb.average_precision_at_k(ranked, ranked.size + n_relevant, n_relevant)
        assert ours == pytest.approx(expected[query]["map"], **EXACT)


@pytest.mark.parametrize("k", CUTOFFS)
def test_graded_ndcg_equals_trec_eval_with_unranked_documents(k):
    queries = random_queries(max_grade=4, seed=100 + k)
    expected = trec_eval(queries, f"ndcg_cut.{k}")
    for query, (ranked, missed) in queries.items():
        ours = nb.ndcg_at_k(ranked, k, np.r_[ranked, missed])
        assert ours == pytest.approx(expected[query][f"ndcg_cut_{k}"], **EXACT)


def test_means_over_queries_equal_ir_measures():
    queries = random_queries(seed=7)
    judged, runs = as_trec(queries)
    expected = ir_measures.calc_aggregate(
        [P @ 5, R @ 5, RR, AP, nDCG @ 5], judged, runs
    )
    ours = {measure: [] for measure in expected}
    for ranked, missed in queries.values():
        n_relevant = int(ranked.sum() + missed.sum())
        everything = np.r_[ranked, missed]
        ours[P @ 5].append(nb.precision_at_k(ranked, 5))
        ours[R @ 5].append(nb.recall_at_k(ranked, 5, n_relevant))
        ours[RR].append(nb.reciprocal_rank(ranked))
        ours[AP].append(nb.average_precision_at_k(ranked, 1000, n_relevant))
        ours[nDCG @ 5].append(nb.ndcg_at_k(ranked, 5, everything))
    for measure, values in ours.items():
        assert np.mean(values) == pytest.approx(expected[measure], **EXACT), measure


@given(gains=gain_lists, k=cutoffs)
def test_dcg_and_ndcg_equal_scikit_learn(gains, k):
    falling = np.arange(len(gains), 0, -1)
    ours = nb.dcg_at_k(gains, k), nb.ndcg_at_k(gains, k)
    theirs = [f([gains], [falling], k=k) for f in (dcg_score, ndcg_score)]
    assert ours == pytest.approx(theirs, **EXACT)


def test_trec_eval_breaks_ties_by_highest_id_after_rounding_to_32_bits():
    """What the notebook and the page say of the reference, and rank by themselves."""
    rng = np.random.default_rng(3)
    for _ in range(300):
        ids = np.array([f"d{i:02d}" for i in rng.permutation(12)])
        scores, labels = rng.integers(0, 3, 12).astype(float), rng.integers(0, 2, 12)
        labels[0] = 1
        judged = {"q": dict(zip(ids, labels.tolist(), strict=True))}
        run = {"q": dict(zip(ids, (scores + 1e-9 * rng.random(12)), strict=True))}
        evaluator = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"})
        highest_id_first = pd.Series(ids).rank(ascending=False).to_numpy()
        ranked = labels[np.lexsort((highest_id_first, -scores))]
        want = evaluator.evaluate(run)["q"]["recip_rank"]
        assert nb.reciprocal_rank(ranked) == pytest.approx(want, **EXACT)


@given(relevance=binary_lists, k=cutoffs)
def test_a_short_list_is_padded_with_misses(relevance, k):
    padded, n_relevant = relevance + [0] * 50, sum(relevance) + 2
    for metric, *more in [
        (nb.precision_at_k, k),
        (nb.recall_at_k, k, n_relevant),
        (nb.average_precision_at_k, k, n_relevant),
        (nb.dcg_at_k, k),
        (nb.ndcg_at_k, k),
    ]:
        want = pytest.approx(metric(padded, *more), **EXACT)
        assert metric(relevance, *more) == want


@given(relevance=binary_lists, k=cutoffs, place=st.integers(0, 23))
def test_moving_a_relevant_result_up_never_costs(relevance, k, place):
    better, n_relevant = list(relevance), sum(relevance)
    if place + 1 < len(relevance) and relevance[place : place + 2] == [0, 1]:
        better[place : place + 2] = [1, 0]
    for metric, *more in [
        (nb.precision_at_k, k),
        (nb.recall_at_k, k, n_relevant),
        (nb.average_precision_at_k, k, n_relevant),
        (nb.reciprocal_rank,),
        (nb.ndcg_at_k, k),
    ]:
        assert (
            0 <= metric(relevance, *more) <= metric(better, *more) + 1e-12 <= 1 + 1e-9
        )


def test_a_perfect_list_scores_one_also_when_k_is_below_the_number_relevant():
    assert nb.average_precision_at_k([1, 1, 1, 0], 2, 7) == 1
    assert nb.ndcg_at_k([3, 2, 2], 2, [3, 2, 2, 2, 1]) == 1
    assert nb.precision_at_k([1, 1], 2) == 1
    assert nb.recall_at_k([1, 1, 0], 3, 2) == 1


def test_average_precision_divides_by_the_smaller_of_k_and_the_number_relevant():
    assert nb.average_precision_at_k([1, 0, 1], 3, 2) == pytest.approx((1 + 2 / 3) / 2)
    assert nb.average_precision_at_k([1, 0, 1], 3, 5) == pytest.approx((1 + 2 / 3) / 3)
    assert nb.average_precision_at_k([1, 0, 1], 2, 5) == pytest.approx(1 / 2)


def test_nothing_relevant_scores_zero():
    assert nb.recall_at_k([0, 0], 2, 0) == nb.recall_at_k([1, 0], 2, 0) == 0
    assert nb.average_precision_at_k([0], 3, 0) == 0
    assert nb.average_precision_at_k([0, 0], 3, 4) == 0
    assert nb.reciprocal_rank([0, 0, 0]) == 0
    assert nb.ndcg_at_k([0, 0], 2) == nb.ndcg_at_k([0], 1, [0, 0]) == 0
    assert nb.ndcg_at_k([0, 0], 2, [0, 0, 3]) == 0


def test_documents_never_found_lower_ndcg_only_through_all_gains():
    assert nb.ndcg_at_k([1, 0], 2) == 1
    assert nb.ndcg_at_k([1, 0], 2, [1, 0, 1]) == pytest.approx(1 / (1 + 1 / np.log2(3)))


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, pd.Series, lambda x: np.array(x, dtype=bool)]
)
def test_any_sequence_and_a_huge_k_give_python_floats(form):
    relevance = form([0, 1, 1])
    values = [
        nb.precision_at_k(relevance, 10**12),
        nb.recall_at_k(relevance, np.int64(2), np.int64(4)),
        nb.average_precision_at_k(relevance, 10**12, 3),
        nb.reciprocal_rank(relevance),
        nb.dcg_at_k(relevance, 10**12),
        nb.ndcg_at_k(relevance, 10**12, relevance),
    ]
    assert [type(value) for value in values] == [float] * 6
    dcg = 1 / np.log2(3) + 1 / 2
    want = [2e-12, 1 / 4, (1 / 2 + 2 / 3) / 3, 1 / 2, dcg, dcg / (1 + 1 / np.log2(3))]
    assert values == pytest.approx(want, rel=1e-9)


BINARY = {
    "precision": lambda relevance: nb.precision_at_k(relevance, 2),
    "recall": lambda relevance: nb.recall_at_k(relevance, 2, 3),
    "average precision": lambda relevance: nb.average_precision_at_k(relevance, 2, 3),
    "reciprocal rank": nb.reciprocal_rank,
}
GRADED = {
    "dcg": lambda gains: nb.dcg_at_k(gains, 2),
    "ndcg": lambda gains: nb.ndcg_at_k(gains, 2),
    "all gains": lambda gains: nb.ndcg_at_k([1], 2, gains),
}
WITH_K = {
    "precision": lambda k: nb.precision_at_k([1, 0], k),
    "recall": lambda k: nb.recall_at_k([1, 0], k, 1),
    "average precision": lambda k: nb.average_precision_at_k([1, 0], k, 1),
    "dcg": lambda k: nb.dcg_at_k([1, 0], k),
    "ndcg": lambda k: nb.ndcg_at_k([1, 0], k),
}
WITH_N_RELEVANT = {
    "recall": lambda n: nb.recall_at_k([1, 0, 1], 1, n),
    "average precision": lambda n: nb.average_precision_at_k([1, 0, 1], 1, n),
}


@pytest.mark.parametrize(
    "metric", [*BINARY.values(), *GRADED.values()], ids=[*BINARY, *GRADED]
)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "must be a non-empty list"),
        ([[1, 0], [0, 1]], r"got shape \(2, 2\)"),
        (1, "must be a non-empty list"),
        ([1, np.nan], "holds NaN or infinity"),
        ([np.inf, 1], "holds NaN or infinity"),
    ],
)
def test_a_list_that_is_no_ranking_is_refused(metric, values, message):
    with pytest.raises(ValueError, match=message):
        metric(values)


@pytest.mark.parametrize("metric", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize("values", [[1, 2], [0.5, 0], [-1, 1], [0, 0, 0.999]])
def test_relevance_that_is_not_binary_is_refused(metric, values):
    with pytest.raises(ValueError, match="must be 0 or 1"):
        metric(values)


@pytest.mark.parametrize("metric", WITH_K.values(), ids=WITH_K)
@pytest.mark.parametrize("k", [0, -3, 2.5, np.nan, np.inf, None, "5", [5]])
def test_a_cutoff_below_one_or_not_whole_is_refused(metric, k):
    with pytest.raises(ValueError, match="k must be a whole number >= 1"):
        metric(k)


@pytest.mark.parametrize("metric", WITH_N_RELEVANT.values(), ids=WITH_N_RELEVANT)
@pytest.mark.parametrize("n", [-1, 1.5, np.nan, np.inf, None])
def test_a_number_relevant_that_is_no_count_is_refused(metric, n):
    with pytest.raises(ValueError, match="n_relevant must be a whole number >= 0"):
        metric(n)


@pytest.mark.parametrize("metric", WITH_N_RELEVANT.values(), ids=WITH_N_RELEVANT)
def test_more_hits_than_relevant_documents_are_refused(metric):
    with pytest.raises(ValueError, match="2 hits but n_relevant is 1"):
        metric(1)


def test_ndcg_refuses_negative_gains_and_an_ideal_that_lacks_ranked_gains():
    with pytest.raises(ValueError, match="gains >= 0"):
        nb.ndcg_at_k([1, -1], 2)
    with pytest.raises(ValueError, match="gains >= 0"):
        nb.ndcg_at_k([1], 2, [1, -1])
    with pytest.raises(ValueError, match="gains >= 0"):
        nb.ndcg_at_k([-1, 1], 2, [1, 0])
    with pytest.raises(ValueError, match="must include the gains"):
        nb.ndcg_at_k([3, 2], 2, [3, 1])
