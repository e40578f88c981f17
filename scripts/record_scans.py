"""Records how long four file formats take to answer three questions.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/scan_timings.md whenever you run it.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python scripts/record_scans.py
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from extract_data import DATA, encode, write_atomically

COLUMN = "arr_delay"
QUESTIONS = ["all", "one column", "one row"]
FORMATS = ["JSON lines", "CSV", "SQLite", "Parquet"]
RUNS = 30

Reader = Callable[[int], object]  # of the number of the wanted row, from 0


def write_files(table: pd.DataFrame, folder: Path) -> None:
    """The table as t.jsonl, t.csv, t.db and t.parquet."""
    text = table.assign(date=table["date"].dt.strftime("%Y-%m-%d"))
    text.to_json(folder / "t.jsonl", orient="records", lines=True)
    text.to_csv(folder / "t.csv", index=False, lineterminator="\n")
    with closing(sqlite3.connect(folder / "t.db")) as database:
        text.to_sql("t", database, index=False)
    table.to_parquet(folder / "t.parquet", index=False, compression="snappy")


def line(path: Path, number: int) -> str:
    """One line of a text file, found by reading from the start."""
    with open(path, encoding="utf-8") as file:
        return next(itertools.islice(file, number, None))


def readers(folder: Path) -> dict[tuple[str, str], Reader]:
    """How each format answers each question; each call opens the file anew."""
    jsonl, csv, parquet = (folder / f"t.{kind}" for kind in ("jsonl", "csv", "parquet"))

    def sql(query: str, *parameters: int) -> pd.DataFrame:
        with closing(sqlite3.connect(folder / "t.db")) as database:
            return pd.read_sql(query, database, params=parameters)

    def columns(names: list[str] | None) -> pd.DataFrame:
        return pq.read_table(parquet, columns=names, use_threads=False).to_pandas()

    return {
        ("JSON lines", "all"): lambda _: pd.read_json(jsonl, lines=True),
        ("JSON lines", "one column"): lambda _: pd.read_json(jsonl, lines=True)[COLUMN],
        ("JSON lines", "one row"): lambda row: json.loads(line(jsonl, row)),
        ("CSV", "all"): lambda _: pd.read_csv(csv),
        ("CSV", "one column"): lambda _: pd.read_csv(csv, usecols=[COLUMN])[COLUMN],
        ("CSV", "one row"): lambda row: line(csv, row + 1).split(","),
        ("SQLite", "all"): lambda _: sql("SELECT * FROM t"),
        ("SQLite", "one column"): lambda _: sql(f"SELECT {COLUMN} FROM t")[COLUMN],
        ("SQLite", "one row"): lambda row: sql(
            "SELECT * FROM t WHERE rowid = ?", row + 1
        ),
        ("Parquet", "all"): lambda _: columns(None),
        ("Parquet", "one column"): lambda _: columns([COLUMN])[COLUMN],
        ("Parquet", "one row"): lambda row: columns(None).iloc[row],
    }


def record(
    answers: dict[tuple[str, str], Reader], n_rows: int, runs: int = RUNS
) -> pd.DataFrame:
    """One row for each timed answer; formats and questions take turns."""
    wanted = np.random.default_rng(0).integers(0, n_rows, runs).tolist()
    timings = []
    for run, row in enumerate(wanted):
        for (kind, question), answer in answers.items():
            start = time.perf_counter_ns()
            answer(row)
            spent = (time.perf_counter_ns() - start) / 1e6
            timings.append((kind, question, run, round(spent, 3)))
    return pd.DataFrame(timings, columns=["format", "question", "run", "milliseconds"])


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_scans: set OMP_NUM_THREADS=1, one core reads one file")
    table = pd.read_parquet(DATA / "flights_jfk.parquet")
    with tempfile.TemporaryDirectory() as name:
        write_files(table, Path(name))
        timings = record(readers(Path(name)), len(table))
    content = encode("scan_timings.csv.gz", timings)
    write_atomically(DATA / "scan_timings.csv.gz", content)
    print(f"scan_timings.csv.gz: {len(timings):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
