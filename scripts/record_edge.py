"""Records how long ONNX Runtime takes for one image, by the width of a network.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/edge_timings.md whenever you run it.

    OMP_NUM_THREADS=1 python scripts/record_edge.py
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import onnxruntime
import pandas as pd
from extract_data import DATA, encode, write_atomically
from notebook_files import load_exports

N_INPUTS, N_CLASSES = 784, 10
WIDTHS, CALLS = (32, 128, 512, 2048), 2_000


def record(widths: tuple[int, ...] = WIDTHS, calls: int = CALLS) -> pd.DataFrame:
    """One row for each call, the first (cold) one of a network included."""
    rng = np.random.default_rng(0)
    to_onnx = load_exports("edge-budget").to_onnx
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tables = []
    for width in widths:
        sizes = [N_INPUTS, width, N_CLASSES]
        weights = [
            rng.normal(0, fan_in**-0.5, (fan_in, fan_out))
            for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)
        ]
        file = to_onnx(weights, [np.zeros(n) for n in sizes[1:]])
        session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        images = rng.integers(0, 256, (calls, 1, N_INPUTS), dtype=np.uint8)
        ends = [time.perf_counter_ns()]
        for image in images:
            session.run(None, {"pixels": image})
            ends.append(time.perf_counter_ns())
        row = {"hidden": width, "call": np.arange(calls)}
        row["microseconds"] = (np.diff(ends) / 1000).round(1)
        tables.append(pd.DataFrame(row))
    return pd.concat(tables)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_edge: set OMP_NUM_THREADS=1, one core serves one request")
    table = record()
    content = encode("edge_timings.csv.gz", table)
    write_atomically(DATA / "edge_timings.csv.gz", content)
    print(f"edge_timings.csv.gz: {len(table):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
