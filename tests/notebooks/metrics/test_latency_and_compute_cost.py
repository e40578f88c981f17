"""Parameters and operations against loops that count, and published totals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_files import load_exports
from scipy.signal import correlate2d
from sklearn.neural_network import MLPClassifier

nb = load_exports("latency-and-compute-cost")
small = st.integers(1, 6)


class Tally:
    """A number that adds to a shared tally when it is multiplied or added."""

    def __init__(self, value, tally):
        self.value, self.tally = value, tally

    def __mul__(self, other):
        self.tally["multiplications"] += 1
        return Tally(self.value * other.value, self.tally)

    def __add__(self, other):
        self.tally["additions"] += 1
        return Tally(self.value + other.value, self.tally)


def tallied(array):
    """The array as objects that count, and the tally."""
    tally = {"multiplications": 0, "additions": 0}
    return np.vectorize(lambda v: Tally(v, tally), otypes=[object])(array), tally


def convolve(images, kernels, bias, groups):
    """Plain loops: images (c, h, w), kernels (o, c / groups, k, k), k odd."""
    channels, height, width = images.shape
    n_out, per_group, k, _ = kernels.shape
    out = np.empty((n_out, height, width), dtype=object)
    edge = k // 2
    padding = np.vectorize(lambda t: Tally(0.0, t.tally), otypes=[object])
    padded = np.empty((channels, height + 2 * edge, width + 2 * edge), dtype=object)
    padded[:] = padding(images[:1, :1, :1])[0, 0, 0]
    padded[:, edge : edge + height, edge : edge + width] = images
    for o in range(n_out):
        first = o // (n_out // groups) * per_group
        for i in range(height):
            for j in range(width):
                patch = padded[first : first + per_group, i : i + k, j : j + k].ravel()
                total = patch[0] * kernels[o].ravel()[0]
                for a, b in zip(patch[1:], kernels[o].ravel()[1:], strict=True):
                    total = total + a * b
                out[o, i, j] = total + bias[o]
    return out


@given(n_in=st.integers(1, 20), n_out=st.integers(1, 20), seed=st.integers(0, 99))
def test_dense_counts_equal_a_matrix_product_of_numbers_that_count(n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n_in + n_in * n_out + n_out)
    cells, tally = tallied(values)
    x, weights = cells[:n_in], cells[n_in:-n_out].reshape(n_out, n_in)
    out = weights @ x + cells[-n_out:]
    plain = values[n_in:-n_out].reshape(n_out, n_in) @ values[:n_in] + values[-n_out:]
    assert [cell.value for cell in out] == pytest.approx(plain, rel=1e-9)
    assert nb.dense_cost(n_in, n_out) == (weights.size + n_out, *tally.values())


@given(
    height=small,
    width=small,
    per_group=st.integers(1, 3),
    out_per_group=st.integers(1, 3),
    groups=st.integers(1, 3),
    kernel=st.sampled_from([1, 3, 5]),
    seed=st.integers(0, 99),
)
def test_convolution_counts_equal_loops_that_count(
    height, width, per_group, out_per_group, groups, kernel, seed
):
    rng = np.random.default_rng(seed)
    n_in, n_out = per_group * groups, out_per_group * groups
    shapes = (n_in, height, width), (n_out, per_group, kernel, kernel), (n_out,)
    values = rng.normal(size=sum(map(math.prod, shapes)))
    cells, tally = tallied(values)
    cuts = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = [
        part.reshape(shape)
        for part, shape in zip(np.split(cells, cuts), shapes, strict=True)
    ]
    plain = [
        part.reshape(shape)
        for part, shape in zip(np.split(values, cuts), shapes, strict=True)
    ]
    out = convolve(*parts, groups)
    for o in range(n_out):
        first = o // out_per_group * per_group
        want = plain[2][o] + sum(
            correlate2d(plain[0][first + c], plain[1][o, c], mode="same")
            for c in range(per_group)
        )
        got = [[cell.value for cell in row] for row in out[o]]
        assert np.allclose(got, want, rtol=1e-9, atol=1e-12)
    parameters = parts[1].size + n_out
    cost = nb.conv2d_cost(height, width, n_in, n_out, kernel, groups)
    assert cost == (parameters, *tally.values())


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # one step is enough
@pytest.mark.parametrize("hidden", [(5,), (16, 3), (1, 1, 1), (40, 20, 10)])
def test_dense_parameters_equal_those_of_scikit_learn(hidden):
    X = np.random.default_rng(0).normal(size=(30, 7))
    model = MLPClassifier(hidden, max_iter=1).fit(X, np.arange(30) % 4)
    fitted = sum(part.size for part in [*model.coefs_, *model.intercepts_])
    sizes = [7, *hidden, 4]
    costs = [nb.dense_cost(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]
    assert sum(parameters for parameters, *_ in costs) == fitted


def test_mobilenet_adds_up_to_what_its_authors_published():
    """Howard et al. (2017), tables 1 and 4: 569 M products, 4.2 M parameters."""
    costs = [nb.conv2d_cost(112, 112, 3, 32, 3)]
    blocks = [(112, 32, 64), (56, 64, 128), (56, 128, 128), (28, 128, 256)]
    blocks += [(28, 256, 256), (14, 256, 512), *[(14, 512, 512)] * 5]
    blocks += [(7, 512, 1024), (7, 1024, 1024)]
    for side, n_in, n_out in blocks:
        costs.append(nb.conv2d_cost(side, side, n_in, n_in, 3, groups=n_in))
        costs.append(nb.conv2d_cost(side, side, n_in, n_out, 1))
    costs.append(nb.dense_cost(1024, 1000))
    parameters, products, _ = (sum(column) for column in zip(*costs, strict=True))
    assert round(products / 1e6) == 569
    assert round(parameters / 1e6, 1) == 4.2


def test_a_one_by_one_convolution_is_a_dense_layer_at_each_pixel():
    parameters, products, sums = nb.dense_cost(12, 7)
    want = parameters, 30 * products, 30 * sums
    assert nb.conv2d_cost(5, 6, 12, 7, 1) == want


def test_huge_sizes_stay_exact():
    assert nb.dense_cost(10**9, 10**9) == (10**18 + 10**9, 10**18, 10**18)


@pytest.mark.parametrize("size", [0, -1, 2.0, math.nan, math.inf, "3", None])
def test_sizes_that_are_no_counts_are_refused(size):
    for place in range(2):
        sizes = [4, 4]
        sizes[place] = size
        with pytest.raises(ValueError, match="sizes must be whole numbers >= 1"):
            nb.dense_cost(*sizes)
    for place in range(6):
        sizes = [4, 4, 4, 4, 3, 2]
        sizes[place] = size
        with pytest.raises(ValueError, match="sizes must be whole numbers >= 1"):
            nb.conv2d_cost(*sizes)


@pytest.mark.parametrize(("n_in", "n_out"), [(6, 4), (4, 6)])
def test_channels_that_do_not_divide_by_the_groups_are_refused(n_in, n_out):
    with pytest.raises(ValueError, match="do not divide by 4 groups"):
        nb.conv2d_cost(8, 8, n_in, n_out, 3, groups=4)
