"""Records how long the models of a notebook take to train and to answer.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/ladder_timings.md whenever you run it.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python scripts/record_ladder.py
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from extract_data import DATA, encode, write_atomically
from notebook_files import load_exports

FITS, CALLS = 5, 2_000


def times(actions: list[Callable[[], object]]) -> list[float]:
    """Microseconds that each action takes, one after another."""
    ends = [time.perf_counter_ns()]
    for action in actions:
        action()
        ends.append(time.perf_counter_ns())
    return [round(t / 1000, 1) for t in np.diff(ends)]


def record(fits: int = FITS, calls: int = CALLS) -> pd.DataFrame:
    """One row for each fit and each call, the first (cold) ones included."""
    notebook = load_exports("model-ladder")
    codes, employed, year = notebook.read_task(DATA / "employment.csv.gz")
    train, people = year < 2018, codes[year == 2018]
    tables = []
    for rung, model in notebook.build_ladder().items():
        fit = lambda model=model: model.fit(codes[train], employed[train])  # noqa: E731
        call = [
            lambda model=model, one=people[i : i + 1]: model.predict_proba(one)
            for i in range(calls)
        ]
        for kind, actions in (("fit", [fit] * fits), ("call", call)):
            measured = times(actions)
            run = np.arange(len(measured))
            row = {"rung": rung, "kind": kind, "run": run, "microseconds": measured}
            tables.append(pd.DataFrame(row))
    return pd.concat(tables)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_ladder: set OMP_NUM_THREADS=1, one core serves one request")
    table = record()
    content = encode("ladder_timings.csv.gz", table)
    write_atomically(DATA / "ladder_timings.csv.gz", content)
    print(f"ladder_timings.csv.gz: {len(table):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
