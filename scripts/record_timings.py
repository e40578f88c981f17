"""Records how long a small model takes, call by call, in notebooks/data/.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/latency.md whenever you run it.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python scripts/record_timings.py
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pandas as pd
from extract_data import DATA, encode, write_atomically

N_INPUTS, N_CLASSES = 64, 10  # an 8 x 8 image, a digit
SERVED_WIDTH = 1024
# (hidden units, images a call, calls): one long log, then size and batch in turn.
WORKLOADS = [
    (SERVED_WIDTH, 1, 20_000),
    *((width, 1, 1_000) for width in (32, 64, 128, 256, 512, 2048)),
    *((SERVED_WIDTH, batch, 500) for batch in (4, 16, 64, 256)),
]

Layer = tuple[np.ndarray, np.ndarray]


def layers(width: int, rng: np.random.Generator) -> list[Layer]:
    """Weights and biases of 64 inputs, two hidden layers and 10 classes, float32."""
    sizes = [N_INPUTS, width, width, N_CLASSES]
    return [
        (
            rng.normal(0, fan_in**-0.5, (fan_in, fan_out)).astype(np.float32),
            np.zeros(fan_out, dtype=np.float32),
        )
        for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)
    ]


def predict(model: list[Layer], images: np.ndarray) -> np.ndarray:
    """The most likely class of each image."""
    hidden = images
    for weights, bias in model[:-1]:
        hidden = np.maximum(hidden @ weights + bias, 0)
    weights, bias = model[-1]
    return (hidden @ weights + bias).argmax(axis=1)


def record(workloads: list[tuple[int, int, int]]) -> pd.DataFrame:
    """One row for each call, the first (cold) one of a workload included."""
    rng = np.random.default_rng(0)
    tables = []
    for width, batch, calls in workloads:
        model = layers(width, rng)
        images = rng.random((calls, batch, N_INPUTS), dtype=np.float32)
        ends = np.empty(calls + 1, dtype=np.int64)
        ends[0] = time.perf_counter_ns()
        for call in range(calls):
            predict(model, images[call])
            ends[call + 1] = time.perf_counter_ns()
        tables.append(
            pd.DataFrame(
                {
                    "width": width,
                    "batch": batch,
                    "call": np.arange(calls),
                    "microseconds": (np.diff(ends) / 1000).round(1),
                }
            )
        )
    return pd.concat(tables)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_timings: set OMP_NUM_THREADS=1, one core serves one request")
    table = record(WORKLOADS)
    content = encode("latency.csv.gz", table)
    write_atomically(DATA / "latency.csv.gz", content)
    print(f"latency.csv.gz: {len(table):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
