"""Data types and storage: sizes against real SQLite files, pyarrow and plain Python."""

import io
import itertools
import math
import sqlite3
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import ROOT, load_exports

nb = load_exports("data-types-and-storage")

EDGES = [s * 2**k + d for k in (0, 7, 15, 23, 31, 47) for s in (1, -1) for d in (-1, 0)]
WHOLE = st.one_of(st.sampled_from([0, 1, *EDGES]), st.integers(-(2**52), 2**52))
REAL = st.one_of(
    WHOLE.map(float), st.floats(-1e15, 1e15).map(lambda x: x + 0.0), st.just(math.nan)
)
TEXT = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=80))


def sqlite_file(table, path):
    """Writes a DataFrame into SQLite, row by row, and returns the bytes of the file."""
    kinds = {"i": "INTEGER", "b": "INTEGER", "f": "REAL"}
    columns = ", ".join(
        f'"{n}" {kinds.get(table[n].dtype.kind, "TEXT")}' for n in table
    )
    rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    database = sqlite3.connect(path)
    database.execute("pragma page_size = 4096")
    database.execute(f"create table t ({columns})")
    marks = ", ".join("?" * len(table.columns))
    database.executemany(f"insert into t values ({marks})", rows)
    database.commit()
    database.close()
    return path.read_bytes()


def table_pages(data):
    """The pages of the table, and those of them that are leaves."""
    pages = [data[i : i + 4096] for i in range(4096, len(data), 4096)]
    return pages, [page for page in pages if page[0] == 0x0D]


def cell_bytes(page):
    """Bytes of the rows of a leaf page that never lost a row."""
    return 4096 - int.from_bytes(page[5:7], "big")


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(WHOLE, REAL, TEXT, st.booleans()), min_size=1, max_size=12))
def test_rows_take_the_bytes_they_take_in_sqlite(tmp_path_factory, rows):
    table = pd.DataFrame(rows, columns=["i", "x", "t", "b"])
    table["t"] = table["t"].astype(object)
    folder = tmp_path_factory.mktemp("sqlite")
    _, leaves = table_pages(sqlite_file(table, folder / "t.db"))
    sizes = nb.sqlite_row_bytes(table)
    assert nb.sqlite_pages(sizes)[0] == len(leaves)
    assert sizes.sum() == sum(map(cell_bytes, leaves))


@pytest.mark.parametrize("n_rows", [1, 90, 5_000, 111_279])
def test_pages_of_the_flights_agree_with_sqlite(tmp_path, n_rows):
    flights = pd.read_parquet(ROOT / "notebooks" / "data" / "flights_jfk.parquet")[
        :n_rows
    ]
    table = flights.assign(date=flights["date"].dt.strftime("%Y-%m-%d"))
    data = sqlite_file(table, tmp_path / "t.db")
    levels = nb.sqlite_pages(nb.sqlite_row_bytes(table))
    pages, leaves = table_pages(data)
    assert levels[0] == len(leaves)
    assert abs(sum(levels) - len(pages)) <= 0.002 * len(pages)
    if n_rows == 111_279:
        # The notebook says three pages to a row, and the file's size by this model.
        assert len(levels) == 3
        assert 4096 * (sum(levels) + 1) == pytest.approx(len(data), rel=0.002)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.integers(0, 2**56 - 1), st.integers(0, 300)), min_size=1))
def test_varints_take_a_byte_for_seven_bits(values):
    expected = [max(1, -(-value.bit_length() // 7)) for value in values]
    assert nb.varint_bytes(values).tolist() == expected


def by_hand(values, plain):
    """Dictionary and run-length bytes, one value after the other."""
    names = {value: plain(value) for value in Counter(values)}
    bits = math.ceil(math.log2(len(names)))
    runs = [len(list(group)) for _, group in itertools.groupby(values)]
    header = sum(max(1, -(-(2 * run).bit_length() // 7)) for run in runs)
    book = sum(names.values())
    return {
        "plain": sum(map(plain, values)),
        "dictionary": book + math.ceil(len(values) * bits / 8),
        "run-length": book + header + len(runs) * math.ceil(bits / 8),
    }


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.text("aéz", max_size=3), st.integers(1, 90)), min_size=1),
    st.booleans(),
)
def test_encodings_agree_with_a_loop(runs, as_text):
    values = [value for value, length in runs for _ in range(length)]
    if as_text:
        expected = by_hand(values, lambda text: 4 + len(text.encode()))
    else:
        values = [float(len(value)) for value in values]
        expected = by_hand(values, lambda _: 8)
    assert nb.encoded_bytes(values) == expected
    assert nb.encoded_bytes([*values, None]) == expected


def test_flags_and_dates():
    flags = np.array([True, False] * 8)
    assert nb.encoded_bytes(flags) == {"plain": 2, "dictionary": 3, "run-length": 33}
    days = pd.Series(pd.to_datetime(["2013-01-01"] * 100))
    assert nb.encoded_bytes(days) == {"plain": 800, "dictionary": 8, "run-length": 10}


@pytest.mark.parametrize("n_distinct", [2, 3, 70, 1000])
def test_plain_and_dictionary_agree_with_pyarrow(n_distinct):
    codes = np.random.default_rng(n_distinct).integers(n_distinct, size=50_000)
    column = pd.Series(codes).map("value {}".format)
    sizes = nb.encoded_bytes(column)
    schema = pa.schema([pa.field("x", pa.string(), nullable=False)])
    for use_dictionary, how in [(False, "plain"), (True, "dictionary")]:
        buffer = io.BytesIO()
        table = pa.table({"x": column.tolist()}, schema=schema)
        pq.write_table(table, buffer, use_dictionary=use_dictionary, compression="none")
        chunk = pq.ParquetFile(buffer).metadata.row_group(0).column(0)
        # Page headers and the headers of bit-packed groups come on top.
        assert sizes[how] == pytest.approx(chunk.total_compressed_size, rel=0.06)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="infinite"):
        nb.sqlite_value_bytes([1.0, math.inf])
    with pytest.raises(ValueError, match="from 0 to"):
        nb.varint_bytes([-1])
    with pytest.raises(ValueError, match="from 0 to"):
        nb.varint_bytes([2**56])
    with pytest.raises(ValueError, match="too long"):
        nb.sqlite_row_bytes(pd.DataFrame({"t": ["a" * 5000]}))
    with pytest.raises(ValueError, match="must be rows"):
        nb.sqlite_pages([])
    with pytest.raises(ValueError, match="fit a page"):
        nb.sqlite_pages([10, 4087])
    for empty in ([], [None, math.nan]):
        with pytest.raises(ValueError, match="not missing"):
            nb.encoded_bytes(empty)


def test_a_page_holds_what_fits_to_the_byte():
    assert nb.sqlite_pages([1020] * 4) == [1]
    assert nb.sqlite_pages([1021] * 4) == [2, 1]
    assert nb.sqlite_pages([1020] * 5) == [2, 1]
