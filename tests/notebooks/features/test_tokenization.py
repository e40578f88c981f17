"""BPE and WordPiece against the package tokenizers, and BPE against plain counting."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from notebook_files import ROOT, load_exports
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

nb = load_exports("tokenization")

words_of = st.text("abcdé中ß", min_size=1, max_size=8)
corpora = st.dictionaries(words_of, st.integers(1, 50), min_size=1, max_size=12)
repetitive = st.dictionaries(
    st.text("ab", min_size=1, max_size=12), st.integers(1, 9), min_size=1, max_size=6
)


def counted_anew(words, n_merges):
    """The merges by counting all pairs again each time, and whether a tie occurred."""
    pieces = {word: list(word) for word in words}
    merges, tied = [], False
    for _ in range(n_merges):
        count = Counter()
        for word, parts in pieces.items():
            for pair in pairwise(parts):
                count[pair] += words[word]
        if not count:
            break
        best = min(count, key=lambda pair: (-count[pair], pair))
        tied |= sum(n == count[best] for n in count.values()) > 1
        merges.append(best)
        for word, parts in pieces.items():
            joined = []
            for part in parts:
                if joined and not joined[-1][1] and (joined[-1][0], part) == best:
                    joined[-1] = (joined[-1][0] + part, True)
                else:
                    joined.append((part, False))
            pieces[word] = [part for part, _ in joined]
    return merges, tied


def reference_merges(words, n_merges):
    """The merges that the package learns from each word as often as it counts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=len(set("".join(words))) + n_merges,
        min_frequency=1,
        show_progress=False,
    )
    texts = (word for word, count in words.items() for _ in range(count))
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(pair) for pair in merges][:n_merges]


def reference_encoder(merges, alphabet):
    """The package's encoder with these merges."""
    pieces = [*sorted(alphabet), *("".join(pair) for pair in merges)]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    model = models.BPE(vocab=vocabulary, merges=merges)
    return lambda word: [token.value for token in model.tokenize(word)]


@settings(deadline=None, max_examples=300)
@given(corpora, st.integers(0, 40))
def test_merges_equal_plain_counting(words, n_merges):
    assert nb.train_bpe(words, n_merges) == counted_anew(words, n_merges)[0]


@settings(deadline=None, max_examples=200)
@given(repetitive, st.integers(1, 20))
def test_merges_equal_plain_counting_when_letters_repeat(words, n_merges):
    assert nb.train_bpe(words, n_merges) == counted_anew(words, n_merges)[0]


def test_merges_equal_the_package_where_no_tie_decides():
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(300):
        letters = rng.choice(list("abcdefé中"), size=(15, 7))
        words = {
            "".join(row[: rng.integers(1, 8)]): int(rng.integers(1, 400))
            for row in letters
        }
        n_merges = int(rng.integers(1, 12))
        expected, tied = counted_anew(words, n_merges)
        if not tied:
            assert nb.train_bpe(words, n_merges) == expected
            assert reference_merges(words, n_merges) == expected
            compared += 1
    assert compared > 100


def test_the_example_of_the_paper():
    words = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    merges = nb.train_bpe(words, 3)
    assert merges == [("e", "s"), ("es", "t"), ("l", "o")]


def test_ties_go_to_the_lexicographically_smallest_pair():
    assert nb.train_bpe({"cd": 1, "ab": 1, "b": 9}, 2) == [("a", "b"), ("c", "d")]
    # A joined piece competes as a string: "ab" comes before "b".
    assert nb.train_bpe({"abz": 1, "abc": 1, "bd": 1}, 4)[1:] == [
        ("ab", "c"),
        ("ab", "z"),
        ("b", "d"),
    ]


def test_training_stops_when_no_pair_is_left():
    assert nb.train_bpe({"abc": 2}, 100) == [("a", "b"), ("ab", "c")]
    assert nb.train_bpe({"a": 3, "b": 1}, 5) == []
    assert nb.train_bpe({"ab": 3}, 0) == []


def test_a_shorter_training_is_the_beginning_of_a_longer_one():
    words = {"banana": 3, "bandana": 2, "ananas": 7}
    assert nb.train_bpe(words, 3) == nb.train_bpe(words, 9)[:3]


@settings(deadline=None, max_examples=200)
@given(corpora, st.integers(0, 30), st.lists(words_of, min_size=1, max_size=8))
def test_encoding_equals_the_package(words, n_merges, unseen):
    merges = nb.train_bpe(words, n_merges)
    encode = reference_encoder(merges, "abcdé中ß")
    for word in [*words, *unseen]:
        tokens = nb.bpe_encode(word, merges)
        assert tokens == encode(word)
        assert "".join(tokens) == word


def test_encoding_of_real_words_equals_the_package():
    papers = pd.read_csv(ROOT / "notebooks" / "data" / "arxiv_papers.csv.gz")
    words = Counter(" ".join(papers["abstract"]).split())
    merges = nb.train_bpe(dict(words), 1500)
    assert len(merges) == 1500
    encode = reference_encoder(merges, set("".join(words)))
    for word in list(words)[::3]:
        assert nb.bpe_encode(word, merges) == encode(word)


def test_the_earliest_merge_wins_over_the_leftmost():
    assert nb.bpe_encode("abc", [("b", "c"), ("a", "b")]) == ["a", "bc"]
    assert nb.bpe_encode("aaa", [("a", "a")]) == ["aa", "a"]
    assert nb.bpe_encode("xyz", []) == ["x", "y", "z"]


def test_a_pair_listed_twice_keeps_its_first_place():
    merges = [("a", "b"), ("b", "c"), ("a", "b")]
    assert nb.bpe_encode("abc", merges) == ["ab", "c"]


def test_merges_may_be_lists_as_json_gives_them():
    assert nb.bpe_encode("abc", [["a", "b"]]) == ["ab", "c"]


@settings(deadline=None, max_examples=200)
@given(
    st.sets(st.text("abc", min_size=1, max_size=3)),
    st.sets(st.text("abc", min_size=1, max_size=3).map("##".__add__)),
    st.lists(st.text("abcd", min_size=1, max_size=8), min_size=1, max_size=8),
)
def test_wordpiece_encoding_equals_the_package(first, inner, words):
    pieces = ["[UNK]", *sorted(first | inner)]
    model = models.WordPiece(
        vocab={piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"
    )
    assume(first)
    for word in words:
        expected = [token.value for token in model.tokenize(word)]
        assert nb.wordpiece_encode(word, first | inner) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({}, "non-empty dict"),
        ([("ab", 1)], "non-empty dict"),
        ({"": 1}, "a word must be a non-empty string"),
        ({3: 1}, "a word must be a non-empty string"),
        ({"ab": 0}, "the count of 'ab'"),
        ({"ab": -2}, "the count of 'ab'"),
        ({"ab": 1.5}, "the count of 'ab'"),
        ({"ab": np.nan}, "the count of 'ab'"),
        ({"ab": np.inf}, "the count of 'ab'"),
    ],
)
def test_words_that_are_no_counts_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        nb.train_bpe(words, 1)


@pytest.mark.parametrize("n_merges", [-1, 1.5, np.nan, np.inf, None, "3"])
def test_a_number_of_merges_that_is_no_count_is_refused(n_merges):
    with pytest.raises(ValueError, match="n_merges must be"):
        nb.train_bpe({"ab": 1}, n_merges)


def test_counts_of_numpy_and_a_counter_will_do():
    words = Counter({"ab": np.int64(2), "b": 1})
    assert nb.train_bpe(words, np.int64(5)) == [("a", "b")]


@pytest.mark.parametrize("word", ["", None, 3, ["a"], np.nan])
def test_a_word_that_is_none_is_refused(word):
    with pytest.raises(ValueError, match="word must be a non-empty string"):
        nb.bpe_encode(word, [])
    with pytest.raises(ValueError, match="word must be a non-empty string"):
        nb.wordpiece_encode(word, {"a"})


@pytest.mark.parametrize(
    "merges", [["abc"], [("a",)], [("a", "b", "c")], [("a", 1)], [("a", "")]]
)
def test_merges_that_are_no_pairs_are_refused(merges):
    with pytest.raises(ValueError, match="a merge must be a pair of strings"):
        nb.bpe_encode("ab", merges)
