"""Records how long the indexes of a notebook take to answer one query.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/ann_timings.md whenever you run it.

    OMP_NUM_THREADS=1 python scripts/record_ann.py
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pandas as pd
from extract_data import DATA, encode, write_atomically
from notebook_files import load_exports

K = 10


def record() -> pd.DataFrame:
    """One row for each query of each setting, the first (cold) ones included."""
    notebook = load_exports("ann-libraries")
    queries, *corpora = notebook.corpora(notebook.photo_patches())
    tables = []
    for vectors in corpora:
        for family, knob, index, parameters in notebook.build(vectors):
            ends = [time.perf_counter_ns()]
            for i in range(len(queries)):
                index.search(queries[i : i + 1], K, params=parameters)
                ends.append(time.perf_counter_ns())
            row = {"vectors": len(vectors), "family": family, "knob": knob}
            row["query"] = np.arange(len(queries))
            row["microseconds"] = (np.diff(ends) / 1000).round(1)
            tables.append(pd.DataFrame(row))
    return pd.concat(tables)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_ann: set OMP_NUM_THREADS=1, one core serves one request")
    table = record()
    content = encode("ann_timings.csv.gz", table)
    write_atomically(DATA / "ann_timings.csv.gz", content)
    print(f"ann_timings.csv.gz: {len(table):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
