"""Pipeline schedules against their constraints and formulas; ZeRO's published table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("model-parallelism")

shapes = {"n_stages": st.integers(1, 9), "n_micro": st.integers(1, 24)}
times = {"forward": st.integers(1, 5), "backward": st.integers(1, 9)}
kinds = st.sampled_from(["gpipe", "1f1b"])


@settings(max_examples=200, deadline=None)
@given(**shapes, kind=kinds, **times)
def test_every_piece_is_done_once_in_a_possible_order(
    n_stages, n_micro, kind, forward, backward
):
    pieces, _, _ = nb.pipeline_schedule(n_stages, n_micro, kind, forward, backward)
    end = {(what, k, s): stop for s, what, k, _, stop in pieces}
    assert len(pieces) == len(end) == 2 * n_stages * n_micro
    for s, what, k, start, stop in pieces:
        assert stop - start == (forward if what == "F" else backward)
        if what == "F" and s > 0:
            assert start >= end["F", k, s - 1]
        if what == "B":
            assert start >= end["F", k, s]
            if s < n_stages - 1:
                assert start >= end["B", k, s + 1]
    for s in range(n_stages):
        mine = sorted((start, stop) for t, _, _, start, stop in pieces if t == s)
        assert all(a[1] <= b[0] for a, b in zip(mine, mine[1:], strict=False))


@settings(max_examples=200, deadline=None)
@given(**shapes, kind=kinds, **times)
def test_the_bubble_is_that_of_the_formula(n_stages, n_micro, kind, forward, backward):
    _, idle, _ = nb.pipeline_schedule(n_stages, n_micro, kind, forward, backward)
    wanted = (n_stages - 1) / (n_micro + n_stages - 1)
    assert idle == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(**shapes, kind=kinds)
def test_stages_hold_all_or_at_most_what_is_downstream(n_stages, n_micro, kind):
    pieces, _, held = nb.pipeline_schedule(n_stages, n_micro, kind)
    by_rule = [
        n_micro if kind == "gpipe" else min(n_micro, n_stages - s)
        for s in range(n_stages)
    ]
    assert held == by_rule
    for s in range(n_stages):  # by the clock: from the start of F to the end of B
        moments = [(start, 1) for t, w, _, start, _ in pieces if (t, w) == (s, "F")]
        moments += [(stop, -1) for t, w, _, _, stop in pieces if (t, w) == (s, "B")]
        assert np.cumsum([d for _, d in sorted(moments)]).max() == held[s]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 4), ">= 1"),
        ((4, 0), ">= 1"),
        ((4, 2.0), ">= 1"),
        ((4, 4, "zigzag"), "gpipe"),
        ((4, 4, "1f1b", 0.0), "above 0"),
        ((4, 4, "1f1b", 1.0, float("inf")), "above 0"),
        ((4, 4, "1f1b", float("nan")), "above 0"),
    ],
)
def test_bad_schedules_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.pipeline_schedule(*arguments)


@pytest.mark.parametrize(
    ("devices", "gigabytes"),
    [(1, [120, 120, 120, 120]), (64, [120, 31.4, 16.6, 1.9])],
)
def test_zero_gives_the_table_of_the_paper(devices, gigabytes):
    got = [nb.zero_bytes(7.5e9, devices, stage) / 1e9 for stage in range(4)]
    assert np.allclose(got, gigabytes, atol=0.05)


@given(st.floats(1, 1e12), st.integers(1, 100_000))
def test_each_stage_holds_no_more_than_the_one_before(n_weights, devices):
    held = [nb.zero_bytes(n_weights, devices, stage) for stage in range(4)]
    assert held == sorted(held, reverse=True)
    assert held[3] * devices == pytest.approx(held[0], rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 0), "n_weights"),
        ((float("nan"), 1, 0), "n_weights"),
        ((float("inf"), 1, 0), "n_weights"),
        ((1e9, 0, 0), "n_devices"),
        ((1e9, 1.5, 0), "n_devices"),
        ((1e9, 8, 4), "stage"),
        ((1e9, 8, None), "stage"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nb.zero_bytes(*arguments)
