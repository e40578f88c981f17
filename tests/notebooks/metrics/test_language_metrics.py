"""BLEU against sacrebleu and ROUGE against rouge-score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

nb = load_exports("language-metrics")

sacrebleu = BLEU(tokenize="none", smooth_method="none", force=True)
ORDERS = [1, 2, 3, 4, 9]
rouge = RougeScorer([*(f"rouge{n}" for n in ORDERS), "rougeL"], use_stemmer=False)
EXACT = {"rel": 1e-9, "abs": 1e-12}

WORDS = ["the", "The", "cat", "sat", "on", "mat.", "mat", ",", "naïve", "3.5", "x-ray"]
few_words = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
any_text = st.text(max_size=40) | few_words
pairs_of_texts = st.lists(st.tuples(few_words, few_words), min_size=1, max_size=8)


def random_corpus(seed):
    """Hypotheses and references that share most of their words, of all lengths."""
    rng = np.random.default_rng(seed)
    vocabulary = [f"w{i}" for i in range(int(rng.integers(2, 40)))]
    hypotheses, references = [], []
    for _ in range(int(rng.integers(1, 12))):
        reference = rng.choice(vocabulary, int(rng.integers(0, 30)))
        kept = reference[rng.random(reference.size) < rng.uniform(0.5, 1)]
        added = rng.choice(vocabulary, int(rng.integers(0, 4)))
        hypotheses.append(" ".join([*kept, *added]))
        references.append(" ".join(reference))
    return hypotheses, references


@pytest.mark.parametrize("seed", range(300))
def test_bleu_of_random_corpora_equals_sacrebleu(seed):
    hypotheses, references = random_corpus(seed)
    want = sacrebleu.corpus_score(hypotheses, [references]).score
    assert nb.corpus_bleu(hypotheses, references) == pytest.approx(want, **EXACT)


def test_random_corpora_are_not_all_zero():
    scores = [nb.corpus_bleu(*random_corpus(seed)) for seed in range(300)]
    assert np.mean(np.array(scores) > 1) > 0.8


@given(pairs=pairs_of_texts)
@settings(deadline=None, max_examples=300)
def test_bleu_of_few_words_equals_sacrebleu(pairs):
    hypotheses, references = map(list, zip(*pairs, strict=True))
    want = sacrebleu.corpus_score(hypotheses, [references]).score
    assert nb.corpus_bleu(hypotheses, references) == pytest.approx(want, **EXACT)


@pytest.mark.parametrize(
    ("hypothesis", "reference"),
    [
        ("", "a b c d e"),
        ("a b c d e", ""),
        ("", ""),
        ("a b c", "a b c"),  # too short for one 4-gram
        ("a a a a a a a a", "a a b a"),  # clipped counts
        ("a b c d", "a b c d e f g h i j"),  # brevity penalty
        (" a\tb\u2003c  d \n e", "a b c d e"),  # every kind of white space
        ("A b c d e", "a b c d e"),  # case counts
    ],
)
def test_awkward_sentences_equal_sacrebleu(hypothesis, reference):
    want = sacrebleu.corpus_score([hypothesis], [[reference]]).score
    got = nb.corpus_bleu([hypothesis], [reference])
    assert type(got) is float
    assert got == pytest.approx(want, **EXACT)


def test_bleu_sums_counts_over_the_corpus_before_it_divides():
    good, bad = "a b c d e f", "u v w x y z"
    mean = (nb.corpus_bleu([good], [good]) + nb.corpus_bleu([bad], [good])) / 2
    corpus = nb.corpus_bleu([good, bad], [good, good])
    assert mean == pytest.approx(50)
    want = sacrebleu.corpus_score([good, bad], [[good, good]]).score
    assert corpus == pytest.approx(want, **EXACT)


def test_counts_of_many_corpora_at_once_give_the_same_bleu():
    corpora = [random_corpus(seed) for seed in range(40)]
    counts = [
        sum(nb.bleu_counts(*pair) for pair in zip(*corpus, strict=True))
        for corpus in corpora
    ]
    want = [nb.corpus_bleu(*corpus) for corpus in corpora]
    assert nb.bleu_of_counts(counts) == pytest.approx(want, **EXACT)


def as_tuple(score):
    return pytest.approx((score.precision, score.recall, score.fmeasure), **EXACT)


@given(hypothesis=any_text, reference=any_text)
@settings(deadline=None, max_examples=500)
def test_rouge_equals_rouge_score(hypothesis, reference):
    want = rouge.score(reference, hypothesis)
    for n in ORDERS:
        assert nb.rouge_n(hypothesis, reference, n) == as_tuple(want[f"rouge{n}"])
    assert nb.rouge_l(hypothesis, reference) == as_tuple(want["rougeL"])


@pytest.mark.parametrize("seed", range(200))
def test_rouge_of_random_texts_equals_rouge_score(seed):
    for hypothesis, reference in zip(*random_corpus(1000 + seed), strict=True):
        want = rouge.score(reference, hypothesis)
        assert nb.rouge_n(hypothesis, reference, 2) == as_tuple(want["rouge2"])
        assert nb.rouge_l(hypothesis, reference) == as_tuple(want["rougeL"])


@pytest.mark.parametrize(
    ("hypothesis", "reference"),
    [
        ("", "a b"),
        ("a b", ""),
        ("", ""),
        ("!?", "a b"),
        ("a a a", "a"),
        ("İstanbul x-ray 3.5", "istanbul X ray 3 5"),
    ],
)
def test_awkward_texts_equal_rouge_score_as_floats(hypothesis, reference):
    want = rouge.score(reference, hypothesis)
    for got, key in [
        (nb.rouge_n(hypothesis, reference, 1), "rouge1"),
        (nb.rouge_n(hypothesis, reference, 2), "rouge2"),
        (nb.rouge_l(hypothesis, reference), "rougeL"),
    ]:
        assert got == as_tuple(want[key])
        assert [type(value) for value in got] == [float] * 3


@given(hypothesis=few_words, reference=few_words)
@settings(deadline=None)
def test_swapping_the_texts_swaps_precision_and_recall(hypothesis, reference):
    for score in (lambda a, b: nb.rouge_n(a, b, 2), nb.rouge_l):
        precision, recall, f1 = score(hypothesis, reference)
        assert score(reference, hypothesis) == (recall, precision, pytest.approx(f1))


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([], [], "hypotheses must be a non-empty list"),
        (["a"], [], "references must be a non-empty list"),
        (["a", "b"], ["a"], "2 hypotheses, 1 references"),
        ("a b c d", ["a b c d"], "hypotheses must be a list of strings, got str"),
        (["a b c d"], "a b c d", "references must be a list of strings, got str"),
        ([None], ["a"], "holds only strings"),
        (["a"], [float("nan")], "holds only strings"),
        ([["a", "b"]], ["a b"], "holds only strings"),
        (None, ["a"], "got NoneType"),
    ],
)
def test_bleu_refuses_what_is_no_corpus(hypotheses, references, message):
    with pytest.raises(ValueError, match=message):
        nb.corpus_bleu(hypotheses, references)


@pytest.mark.parametrize("bad", [None, float("nan"), ["a"], 3])
def test_rouge_refuses_what_is_no_text(bad):
    with pytest.raises(ValueError, match="hypothesis must be a string"):
        nb.rouge_n(bad, "a", 1)
    with pytest.raises(ValueError, match="reference must be a string"):
        nb.rouge_n("a", bad, 1)
    with pytest.raises(ValueError, match="hypothesis must be a string"):
        nb.rouge_l(bad, "a")
    with pytest.raises(ValueError, match="reference must be a string"):
        nb.rouge_l("a", bad)


@pytest.mark.parametrize("n", [0, -1, 1.5, float("nan"), float("inf"), None, "2", True])
def test_rouge_refuses_an_order_that_is_no_count(n):
    with pytest.raises(ValueError, match="n must be a whole number >= 1"):
        nb.rouge_n("a b", "a b", n)


def test_any_iterable_of_texts_will_do():
    texts = "a b c d e", "b c d e f"
    want = nb.corpus_bleu(list(texts), list(texts))
    assert nb.corpus_bleu(texts, np.array(texts)) == want == pytest.approx(100)
