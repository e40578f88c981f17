"""Records how long compressed networks take, call by call, in notebooks/data/.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/compression_timings.md whenever you run it.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python scripts/record_compression.py
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from extract_data import DATA, encode, write_atomically
from notebook_files import load_exports
from scipy import sparse

ROUNDS, CALLS = 10, 20  # workloads take turns, so that a busy moment hits several
WIDTHS = (256, 512, 1024, 2048)
ZEROS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
LENET, WIDE, TEACHER, STUDENT = (300, 100), (1024, 1024), (256, 256), (16,)
PARTS_OF_WIDE = ((512, 512), (307, 307), (102, 102))  # a half, three tenths, a tenth


class Workload(NamedTuple):
    """A network, how it is stored, and how many images a call brings."""

    kind: str
    hidden: tuple[int, ...]
    zeros: float = 0.0  # share of the weights that are zero
    batch: int = 1

    @property
    def layers(self) -> str:
        return "-".join(map(str, (784, *self.hidden, 10)))


def workloads() -> list[Workload]:
    """Each network for one image and for 64."""
    onnx = ("onnx float", "onnx int8 per tensor", "onnx int8 per channel")
    kinds = [(kind, (width, width), 0.0) for width in WIDTHS for kind in onnx]
    shapes = (LENET, *PARTS_OF_WIDE, TEACHER, STUDENT)
    kinds += [("numpy dense", hidden, 0.0) for hidden in shapes]
    kinds += [("numpy dense", WIDE, zeros) for zeros in (0.0, *ZEROS)]
    for hidden in (LENET, WIDE):
        kinds += [("scipy sparse", hidden, zeros) for zeros in ZEROS]
    return [Workload(*kind, batch) for kind in kinds for batch in (1, 64)]


def network(hidden: tuple[int, ...], zeros: float, rng: np.random.Generator):
    """Random layers, float32, of which the smallest weights are zero."""
    sizes = [784, *hidden, 10]
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:], strict=False):
        weights = rng.normal(0, fan_in**-0.5, (fan_in, fan_out)).astype(np.float32)
        weights[np.abs(weights) < np.quantile(np.abs(weights), zeros)] = 0
        layers.append((weights, np.zeros(fan_out, dtype=np.float32)))
    return layers


def call_of(workload: Workload, rng: np.random.Generator) -> Callable[[], object]:
    """What is timed: images in, scores out, by the functions of the notebooks."""
    layers = network(workload.hidden, workload.zeros, rng)
    images = rng.random((workload.batch, 784), dtype=np.float32)
    if workload.kind.startswith("onnx"):
        notebook = load_exports("quantization")
        if workload.kind == "onnx float":
            graph = notebook.float_graph(layers)
        else:
            rows = rng.random((100, 784), dtype=np.float32)
            per_channel = workload.kind.endswith("channel")
            graph = notebook.int8_graph(layers, rows, per_channel)
        run = notebook.session(graph)
        return lambda: run(images)
    forward = load_exports("pruning").forward
    if workload.kind == "scipy sparse":
        layers = [(sparse.csc_array(weights), offsets) for weights, offsets in layers]
    return lambda: forward(layers, images)


def record(
    calls: dict[Workload, Callable[[], object]],
    rounds: int = ROUNDS,
    calls_a_round: int = CALLS,
) -> pd.DataFrame:
    """One row for each timed call; each turn begins with a call that is not timed."""
    rows = []
    for turn in range(rounds):
        for workload, call in calls.items():
            call()
            ends = [time.perf_counter_ns()]
            for _ in range(calls_a_round):
                call()
                ends.append(time.perf_counter_ns())
            about = (workload.kind, workload.layers, workload.zeros, workload.batch)
            rows += [
                (*about, turn * calls_a_round + i, round(nanoseconds / 1000, 1))
                for i, nanoseconds in enumerate(np.diff(ends).tolist())
            ]
    columns = ["kind", "layers", "zeros", "batch", "run", "microseconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(columns[:5], ignore_index=True)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_compression: set OMP_NUM_THREADS=1, one core serves a request")
    logging.disable(logging.WARNING)  # ONNX Runtime's advice to optimise graphs first
    rng = np.random.default_rng(0)
    table = record({workload: call_of(workload, rng) for workload in workloads()})
    content = encode("compression_timings.csv.gz", table)
    write_atomically(DATA / "compression_timings.csv.gz", content)
    print(f"compression_timings.csv.gz: {len(table):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
