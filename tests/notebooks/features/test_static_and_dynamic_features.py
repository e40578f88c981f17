"""The featurizer against scikit-learn, the offline SQL against brute force."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

nb = load_exports("static-and-dynamic-features")

NUMERIC, CATEGORICAL = ["age", "price"], ["country", "device"]
numbers = st.one_of(st.none(), st.just(np.nan), st.integers(-50, 50), st.just(1e6))
row = st.fixed_dictionaries(
    {
        "age": numbers,
        "price": numbers,
        "country": st.sampled_from(["DE", "FR", "unknown", ""]),
        "device": st.sampled_from(["phone", "desktop"]),
    }
)
seen = st.lists(row, min_size=1, max_size=30).filter(
    lambda rows: all(any(pd.notna(r[name]) for r in rows) for name in NUMERIC)
)


def by_scikit_learn(train, test):
    """Blocks of scikit-learn in the order of the featurizer's columns."""
    fill = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    parts = []
    for name in NUMERIC:
        parts += [(name, fill, [name])]
        parts += [(f"{name} missing", MissingIndicator(features="all"), [name])]
    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts += [("categories", onehot, CATEGORICAL)]
    frames = [
        pd.DataFrame(rows).astype({name: float for name in NUMERIC})
        for rows in (train, test)
    ]
    return ColumnTransformer(parts).fit(frames[0]).transform(frames[1])


@settings(max_examples=300, deadline=None)
@given(seen, st.lists(row, min_size=1, max_size=10))
def test_the_featurizer_equals_scikit_learn(train, test):
    ours = nb.fit_featurizer(train, NUMERIC, CATEGORICAL).transform(test)
    theirs = by_scikit_learn(train, test)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@settings(max_examples=200, deadline=None)
@given(seen, st.lists(row, min_size=1, max_size=10))
def test_one_row_at_a_time_from_stored_json_equals_the_batch(train, test):
    fitted = nb.fit_featurizer(train, NUMERIC, CATEGORICAL)
    served = nb.Featurizer(**json.loads(json.dumps(vars(fitted))))
    one_by_one = np.vstack([served.transform([row]) for row in test])
    np.testing.assert_array_equal(one_by_one, fitted.transform(test))


def test_unknown_and_missing_by_hand():
    train = [{"x": 1, "c": "a"}, {"x": None, "c": "b"}, {"x": 4, "c": None}]
    fitted = nb.fit_featurizer(train, ["x"], ["c"])
    assert fitted.scale == {"x": [2.5, 2.5, pytest.approx(np.sqrt(1.5))]}
    assert fitted.levels == {"c": ["a", "b"]}
    new = fitted.transform([{"x": np.nan, "c": "never seen"}, {"x": 2.5, "c": "b"}])
    assert new.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]


def test_a_constant_column_is_centred_and_keeps_its_scale():
    fitted = nb.fit_featurizer([{"x": 7}, {"x": 7}], ["x"], [])
    assert fitted.transform([{"x": 7}, {"x": 9}]).tolist() == [[0, 0], [2, 0]]


@pytest.mark.parametrize(
    ("rows", "numeric", "categorical", "message"),
    [
        ([], ["x"], [], "must not be empty"),
        ([{"x": 1}], [], [], "must not be empty"),
        ([{"x": np.inf}], ["x"], [], "x holds infinity"),
        ([{"x": "ten"}], ["x"], [], "x holds something that is no number"),
        ([{"x": [1, 2]}, {"x": 1}], ["x"], [], "x holds something that is no number"),
        ([{"x": None}, {"x": np.nan}], ["x"], [], "x has no value in any row"),
        ([{"c": 3}], [], ["c"], "c holds a category that is not text"),
    ],
)
def test_fit_refuses_bad_rows(rows, numeric, categorical, message):
    with pytest.raises(ValueError, match=message):
        nb.fit_featurizer(rows, numeric, categorical)


def test_a_missing_column_is_no_missing_value():
    fitted = nb.fit_featurizer([{"x": 1, "c": "a"}], ["x"], ["c"])
    for incomplete in ({"x": 1}, {"c": "a"}):
        with pytest.raises(KeyError):
            fitted.transform([incomplete])
        with pytest.raises(KeyError):
            nb.fit_featurizer([incomplete], ["x"], ["c"])


@pytest.mark.parametrize("rows", [[], ()])
def test_transform_refuses_no_rows(rows):
    with pytest.raises(ValueError, match="rows must not be empty"):
        nb.fit_featurizer([{"x": 1}], ["x"], []).transform(rows)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, "high"])
def test_transform_refuses_what_is_no_number(bad):
    fitted = nb.fit_featurizer([{"x": 1}], ["x"], [])
    with pytest.raises(ValueError, match="x holds"):
        fitted.transform([{"x": 1}, {"x": bad}])


# Few and coarse times, so that ties and exact ends of windows are common.
quarters = st.integers(0, 16).map(lambda n: 15 * n)
departures = st.lists(
    st.tuples(quarters, st.integers(-9, 90)), min_size=20, max_size=60
)
asks = st.lists(
    st.tuples(quarters, st.integers(-1, 1)).map(sum), min_size=1, max_size=15
)


def offline_store(departed, asked, landed):
    """The last two columns of the training table that small lists give."""
    tables = {
        "departures": pd.DataFrame(departed, columns=["left_at", "dep_delay"]),
        "flights": pd.DataFrame(landed, columns=["carrier", "dest", "day", "late"]),
        "requests": pd.DataFrame({"asked_at": asked, "carrier": "AA", "dest": "LAX"}),
    }
    tables["flights"]["arr_delay"] = 0
    tables["requests"]["flight_id"] = range(len(asked))
    with duckdb.connect() as db:
        for name, table in tables.items():
            db.register(name, table)
        db.execute(f"CREATE TABLE delay_2h AS {nb.DELAY_2H}")
        db.execute(f"CREATE TABLE route_rate AS {nb.ROUTE_RATE}")
        rows = db.execute(nb.AS_OF).fetchall()
    return [row[-2:] for row in rows]


@settings(max_examples=100, deadline=None)
@given(departures, asks)
def test_the_window_is_what_had_left_in_the_last_two_hours(departed, asked):
    wanted = []
    for at in asked:
        known = [delay for left, delay in departed if at - 120 < left <= at]
        wanted.append(sum(known) / len(known) if len(known) >= 5 else None)
    got = offline_store(departed, asked, [("AA", "LAX", 0, True)])
    assert [row[0] for row in got] == pytest.approx(wanted)


landings = st.lists(
    st.tuples(
        st.sampled_from(["AA", "B6"]),
        st.sampled_from(["LAX", "SFO"]),
        st.integers(0, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(landings, st.lists(st.integers(0, 10_000), min_size=1, max_size=10))
def test_the_rate_is_of_the_route_and_of_days_that_are_over(landed, asked):
    wanted = []
    for at in asked:
        known = [
            late
            for carrier, dest, day, late in landed
            if (carrier, dest) == ("AA", "LAX") and (day + 2) * 1440 <= at
        ]
        wanted.append((sum(known) + 5) / (len(known) + 20) if known else None)
    got = offline_store([(0, 0)], asked, landed)
    assert [row[1] for row in got] == pytest.approx(wanted)
