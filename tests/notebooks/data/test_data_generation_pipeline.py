"""The SQL of the pipeline against brute force and pandas, on small random logs."""

import math
import sqlite3

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("data-generation-pipeline")

# Few users and a coarse grid of times, so that ties and exact hits are common.
quarters = st.integers(0, 40).map(lambda n: n / 4)
events = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2), quarters, quarters), max_size=25
).map(
    # The same id is the same event: user and time follow from the first of its name.
    lambda rows: [
        (f"e{i}", first[1], first[2], first[2] + lag)
        for i, _, _, lag in rows
        for first in [next(row for row in rows if row[0] == i)]
    ]
)
requests = st.lists(st.tuples(st.integers(0, 3), quarters), max_size=20).map(
    lambda rows: [(i, user, time, 0.5) for i, (user, time) in enumerate(rows)]
)


def database(requests, deliveries):
    db = sqlite3.connect(":memory:")
    db.executescript(nb.SCHEMA)
    nb.ingest(db, requests, deliveries)
    return db


def orders(deliveries):
    """Each event once, with its earliest arrival."""
    earliest = {}
    for event, user, ordered, arrived in deliveries:
        arrived = min(arrived, earliest.get(event, (0, 0, math.inf))[2])
        earliest[event] = (user, ordered, arrived)
    return list(earliest.values())


@settings(max_examples=200, deadline=None)
@given(requests, events, st.randoms(use_true_random=False))
def test_ingest_does_not_depend_on_order_or_repetition(requests, deliveries, random):
    db = database(requests, deliveries)
    once = list(db.iterdump())
    wanted = sorted(orders(deliveries))
    got = db.execute("SELECT user_id, ordered_at, arrived_at FROM orders").fetchall()
    assert sorted(got) == wanted
    shuffled = random.sample(deliveries, len(deliveries))
    nb.ingest(db, requests, shuffled)
    assert list(db.iterdump()) == once
    other = database(requests, shuffled)
    got = other.execute("SELECT user_id, ordered_at, arrived_at FROM orders")
    assert sorted(got) == wanted


@pytest.mark.parametrize(
    "bad",
    [
        ("x", None, 1.0, 2.0),
        ("x", 1, math.nan, 2.0),
        ("x", 1, 2.0, 1.0),
        (None, 1, 1.0, 2.0),
        ("x", 1, "noon", 2.0),
    ],
)
def test_ingest_refuses_a_bad_row_and_keeps_none_of_its_batch(bad):
    db = database([], [])
    with pytest.raises(
        sqlite3.IntegrityError, match="NOT NULL|CHECK|cannot store TEXT"
    ):
        nb.ingest(db, [(0, 1, 1.0, 0.5)], [("good", 1, 1.0, 2.0), bad])
    for table in ("requests", "orders"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@settings(max_examples=300, deadline=None)
@given(requests, events, quarters, st.sampled_from([0.25, 1, 3]), quarters)
def test_labels_agree_with_their_definition(requests, deliveries, now, window, grace):
    db = database(requests, deliveries)
    wanted = {
        (request, window, grace): any(
            u == user
            and time < ordered <= time + window
            and arrived <= time + window + grace
            for u, ordered, arrived in orders(deliveries)
        )
        for request, user, time, _ in requests
        if time + window + grace <= now
    }
    assert nb.close_labels(db, now, window, grace) == len(wanted)
    assert {row[:3]: row[3] for row in db.execute("SELECT * FROM labels")} == wanted


@settings(max_examples=200, deadline=None)
@given(requests, events, quarters)
def test_labels_are_the_same_whenever_the_job_runs(requests, deliveries, now):
    early, late = database(requests, deliveries), database(requests, deliveries)
    nb.ingest(early, [], deliveries)
    nb.close_labels(early, now, 2, 1)
    nb.close_labels(early, 100, 2, 1)
    assert nb.close_labels(early, 100, 2, 1) == 0
    nb.close_labels(late, 100, 2, 1)
    query = "SELECT * FROM labels ORDER BY request_id"
    assert early.execute(query).fetchall() == late.execute(query).fetchall()


@settings(max_examples=300, deadline=None)
@given(requests, events, st.sampled_from(["arrived", "ordered"]))
def test_features_and_join_agree_with_pandas_and_brute_force(
    requests, deliveries, clock
):
    db = database(requests, deliveries)
    nb.build_features(db, "other", "arrived")
    for _ in range(2):  # building again changes nothing
        nb.build_features(db, "v", clock)
    nb.close_labels(db, 100, 2, 1)
    given_ = {"version": "v", "window": 2, "grace": 1}
    rows = db.execute(nb.POINT_IN_TIME, given_).fetchall()
    at = 2 if clock == "arrived" else 1
    wanted = [
        sum(o[0] == user and math.floor(o[at]) + 1 <= time for o in orders(deliveries))
        for _, user, time, _ in requests
    ]
    assert [row[0] for row in rows] == [request[0] for request in requests]
    assert [row[-1] for row in rows] == wanted
    if requests and deliveries:
        left = pd.DataFrame(rows).sort_values(2, kind="stable")
        query = """SELECT user_id, valid_from, n_orders FROM user_features
            WHERE version = 'v'"""
        right = pd.DataFrame(db.execute(query).fetchall(), columns=["u", "t", "n"])
        joined = pd.merge_asof(
            left,
            right.sort_values("t"),
            left_on=2,
            right_on="t",
            left_by=1,
            right_by="u",
        )
        assert joined["n"].fillna(0).tolist() == left[5].tolist()


@settings(max_examples=200, deadline=None)
@given(events, st.integers(0, 20))
def test_a_backfill_by_arrival_repeats_the_past(deliveries, day):
    then = database([], [d for d in deliveries if d[3] <= day])
    now = database([], deliveries)
    query = "SELECT * FROM user_features WHERE valid_from <= ? ORDER BY 1, 2, 3"
    for db in (then, now):
        nb.build_features(db, "v", "arrived")
    assert then.execute(query, [day]).fetchall() == now.execute(query, [day]).fetchall()


def test_features_refuse_an_unknown_clock():
    with pytest.raises(ValueError, match="clock must be arrived or ordered, got 'now'"):
        nb.build_features(database([], []), "v", "now")
