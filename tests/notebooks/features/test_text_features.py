"""Tf-idf against scikit-learn and BM25 against bm25s."""

import bm25s
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import ROOT, load_exports
from sklearn.feature_extraction.text import TfidfVectorizer

nb = load_exports("text-features")

DATA = ROOT / "notebooks" / "data"
VOCABULARY = [f"w{letter}" for letter in "abcdefghijklmno"]
# Case, punctuation, digits, underscores, accents, another script, single letters.
AWKWARD = "aA bB.cD_ 9Ee-ÉßÅ\n\tжЖ中文'ıİ²½_"
word_lists = st.lists(st.sampled_from(VOCABULARY), max_size=30)
corpora = st.lists(word_lists, min_size=1, max_size=12).filter(any)
awkward_corpora = st.lists(st.text(AWKWARD, max_size=40), min_size=1, max_size=6)


def reference_bm25(query, documents, k1, b):
    """Scores by bm25s for lists of words; words that no document holds add nothing."""
    retriever = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    retriever.index(documents, show_progress=False)
    known = set().union(*documents)
    wanted = [word for word in query if word in known]
    return retriever.get_scores(wanted) if wanted else np.zeros(len(documents))


def same_as_scikit_learn(documents):
    reference = TfidfVectorizer()
    theirs = reference.fit_transform(documents).toarray()
    matrix, terms = nb.tfidf_matrix(documents)
    assert terms == reference.get_feature_names_out().tolist()
    np.testing.assert_allclose(matrix, theirs, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=200)
@given(corpora)
def test_tfidf_equals_scikit_learn(documents):
    same_as_scikit_learn([" ".join(words) for words in documents])


@settings(deadline=None, max_examples=200)
@given(awkward_corpora)
def test_tfidf_cuts_awkward_text_as_scikit_learn_does(documents):
    try:
        TfidfVectorizer().fit(documents)
    except ValueError:  # no term in it
        with pytest.raises(ValueError, match="no document holds a term"):
            nb.tfidf_matrix(documents)
    else:
        same_as_scikit_learn(documents)


def test_tfidf_of_real_papers_equals_scikit_learn():
    same_as_scikit_learn(pd.read_csv(DATA / "arxiv_papers.csv.gz")["abstract"].tolist())


def test_a_document_without_a_term_is_a_row_of_zeros():
    matrix, terms = nb.tfidf_matrix(["cat", "a ?", ""])
    assert terms == ["cat"]
    assert matrix.tolist() == [[1.0], [0.0], [0.0]]


@settings(deadline=None, max_examples=300)
@given(
    corpora,
    st.lists(st.sampled_from([*VOCABULARY, "unknown"]), min_size=1, max_size=8),
    st.floats(0, 10),
    st.floats(0, 1),
)
def test_bm25_equals_bm25s_lucene(documents, query, k1, b):
    ours = nb.bm25_scores(" ".join(query), [" ".join(d) for d in documents], k1, b)
    theirs = reference_bm25(query, documents, k1, b)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_bm25_of_real_papers_equals_bm25s_with_its_own_defaults():
    papers = pd.read_csv(DATA / "arxiv_papers.csv.gz")["abstract"]
    words = papers.str.lower().str.findall(r"[^\W_]+").tolist()
    retriever = bm25s.BM25(dtype="float64")
    retriever.index(words, show_progress=False)
    for query in (["entity", "linking"], ["the"], ["bert", "bert", "wikidata"]):
        ours = nb.bm25_scores(" ".join(query), papers.tolist())
        np.testing.assert_allclose(ours, retriever.get_scores(query), rtol=1e-9)


def test_bm25_has_no_factor_k1_plus_1():
    # One word in one of two documents of equal length: the fraction is 1 / (1 + k1).
    score = nb.bm25_scores("cat", ["cat", "dog"], k1=1.0)
    assert score[0] == pytest.approx(np.log(2) / 2, rel=1e-12)
    assert score[1] == 0


def test_bm25_lower_cases_and_cuts_at_what_is_no_letter_or_digit():
    documents = ["Named-Entity_Recognition (NER)!", "something else"]
    for query in ("entity", "ENTITY", "ner", "named,recognition"):
        assert nb.bm25_scores(query, documents)[0] > 0
    assert not nb.bm25_scores("named_entities", ["entity", "x"]).any()


def test_a_word_of_the_query_counts_as_often_as_it_is_repeated():
    documents = ["cat dog", "dog", "bird bird"]
    once, twice = (nb.bm25_scores(q, documents) for q in ("cat", "cat cat"))
    np.testing.assert_allclose(twice, 2 * once)


def test_b_zero_ignores_length_and_k1_zero_ignores_repetition():
    documents = ["cat", "cat dog bird fish", "cat cat cat"]
    flat = nb.bm25_scores("cat", documents, b=0)
    assert flat[0] == pytest.approx(flat[1]) and flat[2] > flat[0]
    assert np.ptp(nb.bm25_scores("cat", documents, k1=0)) == pytest.approx(0)


def test_an_empty_document_scores_zero_and_counts_in_the_mean_length():
    scores = nb.bm25_scores("cat", ["cat dog", ""])
    expected = reference_bm25(["cat"], [["cat", "dog"], []], 1.5, 0.75)
    np.testing.assert_allclose(scores, expected, rtol=1e-9)
    assert scores[1] == 0


TEXTS = {"tfidf": nb.tfidf_matrix, "bm25": lambda texts: nb.bm25_scores("cat", texts)}


@pytest.mark.parametrize("function", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("cat sat", "not one string"),
        (b"cat sat", "not one string"),
        ([], "documents is empty"),
        (["cat", None], "document 1 is no string: None"),
        ([np.nan], "document 0 is no string: nan"),
        ([["cat"]], "document 0 is no string"),
        (["", " ?! "], "hold"),
    ],
)
def test_documents_that_are_no_texts_are_refused(function, documents, message):
    with pytest.raises(ValueError, match=message):
        function(documents)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "hold no word"),
        (" _?", "hold no word"),
        (None, "is no string"),
        (["cat"], "is no string"),
    ],
)
def test_a_query_without_a_word_is_refused(query, message):
    with pytest.raises(ValueError, match=message):
        nb.bm25_scores(query, ["cat"])


@pytest.mark.parametrize("k1", [-0.1, np.nan, np.inf])
def test_k1_out_of_range_is_refused(k1):
    with pytest.raises(ValueError, match="k1 must be"):
        nb.bm25_scores("cat", ["cat"], k1=k1)


@pytest.mark.parametrize("b", [-0.1, 1.1, np.nan])
def test_b_out_of_range_is_refused(b):
    with pytest.raises(ValueError, match="b must be"):
        nb.bm25_scores("cat", ["cat"], b=b)


def test_any_list_of_texts_will_do():
    texts = ["cat sat", "dog"]
    for form in (tuple, pd.Series, np.array):
        assert nb.bm25_scores("cat", form(texts))[0] > 0
        assert nb.tfidf_matrix(form(texts))[0].shape == (2, 3)
