"""The hash ring against a slow ring written another way, and its promises."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("load-balancing-sharding-caching")

unhurried = settings(deadline=None)  # a busy core is no failure
names = st.lists(st.text(max_size=6), min_size=1, max_size=8, unique=True)
keys = st.one_of(st.text(max_size=8), st.binary(max_size=8), st.integers())


def place(text):
    raw = text if isinstance(text, bytes) else str(text).encode()
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")


def slow_owner(nodes, n_virtual, key):
    """The node whose nearest place clockwise is the nearest of all."""
    distance = {
        node: min(
            (place(f"{node}#{i}") - place(key) - 1) % 2**64 for i in range(n_virtual)
        )
        for node in nodes
    }
    return min(nodes, key=distance.get)


@unhurried
@given(nodes=names, n_virtual=st.integers(1, 20), key=keys)
def test_a_key_belongs_to_the_next_place_clockwise(nodes, n_virtual, key):
    node = nb.consistent_hash_ring(nodes, n_virtual)(key)
    assert node == slow_owner(nodes, n_virtual, key)


@unhurried
@given(nodes=names, n_virtual=st.integers(1, 20), data=st.data())
def test_only_the_keys_of_a_lost_node_move(nodes, n_virtual, data):
    lost = data.draw(st.sampled_from(nodes))
    rest = [node for node in nodes if node != lost]
    if not rest:
        return
    before = nb.consistent_hash_ring(nodes, n_virtual)
    after = nb.consistent_hash_ring(rest, n_virtual)
    for key in range(50):
        if before(key) != lost:
            assert after(key) == before(key)


@unhurried
@given(nodes=names, n_virtual=st.integers(1, 20), seed=st.integers(0, 1000))
def test_the_order_of_the_nodes_does_not_matter(nodes, n_virtual, seed):
    shuffled = [nodes[i] for i in np.random.default_rng(seed).permutation(len(nodes))]
    one = nb.consistent_hash_ring(nodes, n_virtual)
    other = nb.consistent_hash_ring(shuffled, n_virtual)
    assert [one(key) for key in range(50)] == [other(key) for key in range(50)]


def test_many_virtual_nodes_share_the_keys_evenly():
    node_of = nb.consistent_hash_ring(range(5), 400)
    counts = np.bincount([node_of(f"key-{i}") for i in range(20_000)])
    assert counts.sum() == 20_000
    assert np.allclose(counts / 4000, 1, atol=0.2)  # four times the theory's spread


def test_another_process_gives_the_same_answers():
    node_of = nb.consistent_hash_ring(["a", "b", "c"], 10)
    here = [node_of(f"k{i}") for i in range(20)]
    program = (
        "from notebook_files import load_exports\n"
        "nb = load_exports('load-balancing-sharding-caching')\n"
        "f = nb.consistent_hash_ring(['c', 'a', 'b'], 10)\n"
        "print(*[f(f'k{i}') for i in range(20)])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "scripts", "PYTHONHASHSEED": "7"},
    )
    assert out.stdout.split() == here


def test_keys_keep_their_nodes_from_release_to_release():
    node_of = nb.consistent_hash_ring(["a", "b", "c"], 3)
    expected = [slow_owner(["a", "b", "c"], 3, key) for key in ("x", "y", "", b"x", 7)]
    assert [node_of(key) for key in ("x", "y", "", b"x", 7)] == expected
    assert node_of(7) == node_of("7")


@pytest.mark.parametrize(
    ("nodes", "n_virtual", "message"),
    [
        ([], 3, "at least one"),
        (["a", "a"], 3, "same name"),
        ([1, "1"], 3, "same name"),
        (["a", None], 3, "no name"),
        (["a"], 0, "n_virtual"),
        (["a"], -1, "n_virtual"),
        (["a"], 2.5, "n_virtual"),
        (["a"], True, "n_virtual"),
        (["a"], "3", "n_virtual"),
        (["a"], None, "n_virtual"),
    ],
)
def test_bad_rings_are_refused(nodes, n_virtual, message):
    with pytest.raises(ValueError, match=message):
        nb.consistent_hash_ring(nodes, n_virtual)


@pytest.mark.parametrize("key", [None, float("nan")])
def test_a_missing_key_is_refused(key):
    with pytest.raises(ValueError, match="key"):
        nb.consistent_hash_ring(["a"], 1)(key)
