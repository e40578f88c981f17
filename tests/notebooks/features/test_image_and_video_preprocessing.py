"""Resizing against jax.image.resize, Pillow and arithmetic that can be done by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from PIL import Image

nb = load_exports("image-and-video-preprocessing")

SIZE = st.integers(1, 40)
KERNELS = ["nearest", "triangle", "cubic"]
JAX_NAME = {"triangle": "linear", "cubic": "cubic", "nearest": "nearest"}


def by_jax(image, height, width, kernel, antialias):
    with jax.enable_x64(True):
        method = JAX_NAME[kernel]
        shape = (*image.shape[:-2], height, width)
        made = jax.image.resize(jnp.asarray(image), shape, method, antialias)
        return np.asarray(made)


# Few shapes, because jax compiles each of them anew.
SHAPES = [((9, 7), (4, 20)), ((64, 40), (8, 8)), ((1, 5), (3, 1)), ((12, 31), (12, 30))]


@pytest.mark.parametrize(("shape", "made"), SHAPES)
@pytest.mark.parametrize("kernel", KERNELS[1:])
@pytest.mark.parametrize("antialias", [True, False])
def test_resize_agrees_with_jax(shape, made, kernel, antialias):
    image = np.random.default_rng(0).normal(size=(20, *shape))
    np.testing.assert_allclose(
        nb.resize(image, *made, kernel, antialias),
        by_jax(image, *made, kernel, antialias),
        rtol=1e-9,
        atol=1e-9,
    )


def weight_by_hand(kernel, distance):
    """Keys (1981), equation 15 for the cubic kernel."""
    s = abs(distance)
    if kernel == "triangle":
        return max(0.0, 1 - s)
    if s < 1:
        return 3 / 2 * s**3 - 5 / 2 * s**2 + 1
    return -1 / 2 * s**3 + 5 / 2 * s**2 - 4 * s + 2 if s < 2 else 0.0


@settings(max_examples=300, deadline=None)
@given(SIZE, SIZE, st.sampled_from(KERNELS[1:]), st.booleans())
def test_each_output_is_a_weighted_mean_around_its_centre(n_in, n_out, kernel, anti):
    values = np.random.default_rng(n_in).normal(size=n_in)
    widen = n_in / n_out if anti and n_in > n_out else 1
    wanted = []
    for j in range(n_out):
        centre = (2 * j + 1) * n_in / (2 * n_out)
        w = [weight_by_hand(kernel, (i + 0.5 - centre) / widen) for i in range(n_in)]
        wanted.append(np.dot(w, values) / math.fsum(w))
    made = nb.resize(values[None], 1, n_out, kernel, anti)[0]
    np.testing.assert_allclose(made, wanted, rtol=1e-9, atol=1e-9)


@settings(max_examples=200, deadline=None)
@given(SIZE, SIZE)
def test_nearest_takes_the_pixel_under_the_centre(n_in, n_out):
    image = np.arange(n_in, dtype=float)[None]
    # In whole numbers, because (i + 1/2) n_in / n_out may round across a border.
    wanted = [(2 * i + 1) * n_in // (2 * n_out) for i in range(n_out)]
    exact = [(2 * i + 1) * n_in % (2 * n_out) != 0 for i in range(n_out)]
    made = nb.resize(image, 1, n_out, "nearest")[0]
    assert (made[exact] == np.array(wanted)[exact]).all()
    assert np.isin(made, image).all()


@settings(max_examples=200, deadline=None)
@given(SIZE, SIZE, st.sampled_from(KERNELS), st.booleans())
def test_weights_sum_to_one_and_are_symmetric(n_in, n_out, kernel, antialias):
    weights = nb.resize_matrix(n_in, n_out, kernel, antialias)
    assert weights.shape == (n_out, n_in)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    if kernel != "nearest":
        np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "filter_name"), [("triangle", "BILINEAR"), ("cubic", "BICUBIC")]
)
def test_antialiased_kernels_agree_with_pillow_as_far_as_its_floats_go(
    kernel, filter_name
):
    image = np.random.default_rng(0).random((64, 48)).astype(np.float32)
    resample = getattr(Image.Resampling, filter_name)
    made = np.asarray(Image.fromarray(image).resize((10, 8), resample))
    np.testing.assert_allclose(nb.resize(image, 8, 10, kernel), made, atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_same_size_is_the_same_image(kernel):
    image = np.random.default_rng(1).normal(size=(5, 7))
    np.testing.assert_allclose(nb.resize(image, 5, 7, kernel), image, atol=1e-12)


def test_bilinear_without_antialiasing_misses_what_lies_between_its_four_pixels():
    image = np.ones((64, 64))
    image[3::8, :] = image[4::8, :] = 0  # dark lines, at every centre of 8 pixels
    assert np.allclose(nb.resize(image, 8, 8, antialias=False), 0)
    inside = nb.resize(image, 8, 8)[1:-1, 1:-1]
    assert (inside > 0.7).all()


def test_bytes_and_lists_are_images_too():
    image = np.array([[0, 255], [255, 0]], dtype=np.uint8)
    assert nb.resize(image, 1, 1)[0, 0] == 127.5
    assert nb.resize([[0, 255], [255, 0]], 1, 1)[0, 0] == 127.5


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 2)])
def test_sizes_below_one_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes must be at least 1"):
        nb.resize_matrix(*sizes)


@pytest.mark.parametrize("images", [np.empty((0, 4)), np.empty((3, 0))])
def test_an_empty_image_is_refused(images):
    with pytest.raises(ValueError, match="sizes must be at least 1"):
        nb.resize(images, 2, 2)


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match="unknown kernel 'lanczos'"):
        nb.resize(np.ones((4, 4)), 2, 2, "lanczos")


@pytest.mark.parametrize(
    "images", [[1.0, 2.0], 3.0, [[1.0, math.nan]], [[math.inf, 1.0]]]
)
def test_images_that_are_not_finite_pictures_are_refused(images):
    with pytest.raises(ValueError, match="finite and have two axes"):
        nb.resize(images, 2, 2)
