"""Data augmentation: moved images against scipy, and dropped words."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from notebook_files import load_exports
from scipy.ndimage import shift

nb = load_exports("data-augmentation")

IMAGES = hnp.arrays(
    float,
    st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(1, 6)),
    elements=st.one_of(st.integers(0, 16).map(float), st.floats(-1e6, 1e6)),
)


@settings(deadline=None, max_examples=400)
@given(IMAGES, st.integers(-8, 8), st.integers(-8, 8))
def test_moving_agrees_with_scipy(images, down, right):
    expected = [shift(image, (down, right), order=0, cval=0) for image in images]
    moved = nb.move_images(images, down, right)
    assert moved.shape == images.shape
    assert moved == pytest.approx(np.array(expected).reshape(images.shape), abs=1e-9)


def test_moving_keeps_float32_and_its_input():
    images = np.ones((2, 3, 3), dtype=np.float32)
    assert nb.move_images(images, 1, 0).dtype == np.float32
    assert (images == 1).all()


@pytest.mark.parametrize("shape", [(0, 3, 3), (2, 0, 3), (2, 3, 0)])
def test_moving_nothing_gives_nothing(shape):
    assert nb.move_images(np.empty(shape), 1, -1).shape == shape


@pytest.mark.parametrize(
    ("images", "down", "right", "message"),
    [
        (np.zeros((3, 3)), 0, 0, "n_images, height, width"),
        ([], 0, 0, "n_images, height, width"),
        ([[[math.nan]]], 0, 0, "finite"),
        ([[[math.inf]]], 0, 0, "finite"),
        (np.zeros((1, 3, 3)), 0.5, 0, "whole numbers"),
        (np.zeros((1, 3, 3)), 0, -1.5, "whole numbers"),
        (np.zeros((1, 3, 3)), math.nan, 0, "whole numbers"),
        (np.zeros((1, 3, 3)), 0, math.inf, "whole numbers"),
    ],
)
def test_moving_says_what_is_wrong(images, down, right, message):
    with pytest.raises(ValueError, match=message):
        nb.move_images(images, down, right)


WORDS = st.lists(st.sampled_from(["not", "a", "good", "film", ""]), max_size=20)


@settings(deadline=None, max_examples=400)
@given(WORDS, st.floats(0, 1), st.integers(0, 2**32), st.sets(st.sampled_from("ab")))
def test_dropping_follows_its_definition(words, share, seed, keep):
    keep = keep | {"not"}
    draws = np.random.default_rng(seed).random(len(words))
    expected = []
    for i, word in enumerate(words):
        if word in keep or not draws[i] < share:
            expected.append(word)
    rng = np.random.default_rng(seed)
    assert nb.drop_words(words, share, rng, keep) == expected


@settings(deadline=None, max_examples=100)
@given(WORDS, st.integers(0, 2**32))
def test_dropping_none_and_all(words, seed):
    rng = np.random.default_rng(seed)
    assert nb.drop_words(words, 0, rng) == words
    assert nb.drop_words(words, 1, rng) == []
    assert nb.drop_words(words, 1, rng, words) == words


def test_the_share_is_dropped_on_average():
    words = [str(i) for i in range(20_000)]
    left = nb.drop_words(words, 0.2, np.random.default_rng(0))
    assert len(left) == pytest.approx(16_000, abs=5 * math.sqrt(20_000 * 0.16))


@pytest.mark.parametrize(
    ("words", "share", "message"),
    [
        (["a"], -0.1, "between 0 and 1"),
        (["a"], 1.1, "between 0 and 1"),
        (["a"], math.nan, "between 0 and 1"),
        ("a film", 0.2, "list of words"),
    ],
)
def test_dropping_says_what_is_wrong(words, share, message):
    with pytest.raises(ValueError, match=message):
        nb.drop_words(words, share, np.random.default_rng(0))
