"""The recommenders against plain loops, and the log against its own statement."""

from itertools import combinations
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from notebook_files import code_cells, find_notebook, read_notebook

DEFINES = {
    *("setup", "world", "log", "rows", "layers", "linear", "two-tower", "wide-deep"),
    *("wide-deep-2", "deep-cross", "multi-task", "experts", "gates"),
}


@pytest.fixture(scope="module")
def nb():
    """What the cells define that draw the log and the models."""
    namespace: dict = {"display": print}
    for cell in code_cells(read_notebook(find_notebook("recommender-architectures"))):
        if cell.id in DEFINES:
            exec(compile(cell.source, cell.id, "exec"), namespace)
    return SimpleNamespace(**namespace)


@pytest.fixture(scope="module")
def log(nb):
    return nb.draw_log(nb.draw_world(5), 50_000, np.random.default_rng(0))


def jiggled(tree):
    """The same tree with every number moved, so that none is zero."""
    leaves, structure = jax.tree.flatten(tree)
    rng = np.random.default_rng(1)
    moved = [leaf + 0.1 * rng.normal(size=leaf.shape) for leaf in leaves]
    return jax.tree.unflatten(structure, moved)


def test_the_parts_of_the_truth_are_uncorrelated(log):
    x, y, parts = log
    correlations = np.corrcoef(list(parts.values()))
    assert np.abs(correlations - np.eye(4)).max() < 0.03
    assert 0.1 < y.mean() < 0.3


def test_no_two_fields_say_anything_about_the_three_way_part(nb):
    table = nb.draw_world(3)["three-way"]
    for axis in range(3):
        assert np.abs(table.mean(axis=axis)).max() < 1e-12
    assert np.abs(table).min() > 0.5


def test_pairs_say_nothing_about_single_fields(nb):
    world = nb.draw_world(4)
    for name in ("taste", "exceptions"):
        for axis in range(2):
            assert np.abs(world[name].mean(axis=axis)).max() < 1e-12
    assert np.linalg.matrix_rank(world["taste"], tol=1e-8) <= 4


def test_each_field_and_each_cross_has_rows_of_its_own(nb, log):
    rows = np.asarray(nb.as_rows(log[0]))
    bounds = np.append(nb.starts, nb.starts[-1] + 256)
    for column in range(8):
        low, high = bounds[column], bounds[column + 1]
        assert (rows[:, column] >= low).all() and (rows[:, column] < high).all()
    pairs = {tuple(pair) for pair in log[0][:, [1, 6]]}
    assert len(pairs) == len(np.unique(rows[:, -1]))


def test_the_factorisation_machine_equals_a_loop_over_pairs(nb, log):
    rows = nb.as_rows(log[0][:50])
    net = jiggled(nb.draw_fm(jax.random.key(0)))
    table = np.asarray(net["table"], dtype=float)
    scores = np.asarray(nb.factorisation_machine(net, rows))
    for row, score in zip(np.asarray(rows), scores, strict=True):
        single = sum(net["linear"]["weights"][i] for i in row[:-1])
        pairs = sum(table[i] @ table[j] for i, j in combinations(row[:-1], 2))
        assert score == pytest.approx(
            float(net["linear"]["bias"] + single + pairs), abs=1e-4
        )


def test_two_towers_meet_in_a_dot_product_only(nb, log):
    """Scores of all queries with all items have the rank of the vectors, no more."""
    net = jiggled(nb.draw_two_tower(jax.random.key(0)))
    x = log[0][:40]
    grid = [np.r_[query[:5], item[5:]] for query in x for item in x]
    scores = np.asarray(nb.two_tower(net, nb.as_rows(np.array(grid))), dtype=float)
    values = np.linalg.svd(scores.reshape(40, 40), compute_uv=False)
    assert values[8 + 2] < 1e-4 * values[0]  # eight dimensions and a bias on each side


def test_cross_layers_equal_the_formula(nb, log):
    rows = nb.as_rows(log[0][:20])
    net = jiggled(nb.draw_deep_cross(jax.random.key(0)))
    start = np.asarray(nb.embed(net, rows), dtype=float)
    crossed = start
    for weights, bias in net["cross"]:
        crossed = start * (crossed @ np.asarray(weights) + np.asarray(bias)) + crossed
    beside = jax.nn.relu(nb.run_layers(net["layers"], jnp.array(start)))
    (weights, bias) = net["out"][0]
    want = np.concatenate([crossed, beside], axis=1) @ np.asarray(weights) + bias
    assert np.allclose(nb.deep_cross(net, rows), want[:, 0], atol=1e-3)


def test_the_wide_part_adds_the_weight_of_the_cross(nb, log):
    rows = nb.as_rows(log[0][:30])
    net = jiggled(nb.draw_wide_deep(jax.random.key(0)))
    without = net | {
        "wide": net["wide"]
        | {"weights": net["wide"]["weights"].at[nb.starts[-1] :].set(0)}
    }
    gap = nb.wide_deep(net, rows) - nb.wide_deep(without, rows)
    assert np.allclose(gap, net["wide"]["weights"][rows[:, -1]], atol=1e-5)


def test_gates_that_choose_one_expert_take_its_opinion(nb, log):
    rows = nb.as_rows(log[0][:20])
    net = jiggled(nb.draw_experts(jax.random.key(0)))
    for task, chosen in enumerate((2, 0)):
        weights, _ = net["gates"][task][0]
        net["gates"][task] = [(0 * weights, 100.0 * jnp.eye(4)[chosen])]
    out = nb.mixture_of_experts(net, rows)
    h = nb.embed(net, rows)
    for task, chosen in enumerate((2, 0)):
        opinion = jax.nn.relu(nb.run_layers(net["experts"][chosen], h))
        alone = nb.run_layers(net["heads"][task], opinion)[:, 0]
        assert np.allclose(out[:, task], alone, atol=1e-5)


def test_heads_of_a_shared_bottom_see_the_same(nb, log):
    rows = nb.as_rows(log[0][:20])
    net = jiggled(nb.draw_shared(jax.random.key(0)))
    apart = np.asarray(nb.shared_bottom(net, rows))
    net["heads"][1] = net["heads"][0]
    same = np.asarray(nb.shared_bottom(net, rows))
    assert apart.shape == same.shape == (20, 2)
    assert np.array_equal(same[:, 0], apart[:, 0]) and np.array_equal(*same.T)
    assert not np.allclose(*apart.T)
