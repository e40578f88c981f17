"""Records how long services of the notebooks take to answer, in notebooks/data/.

Maintainers run it by hand; builds, tests and notebooks only read the file it wrote. It
measures the machine it runs on, so it writes other numbers each time: describe that
machine in notebooks/data/serving_timings.md whenever you run it. It takes six minutes
and two cores: one for the server, one for the clients.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python scripts/record_serving.py
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import numpy as np
import pandas as pd
from extract_data import DATA, encode, write_atomically
from notebook_files import load_exports

KNOTS = np.array([-10, -5, 0, 5, 10, 15, 20, 30, 45, 60, 90, 120], dtype=np.float32)
# How the forest is run for rows that wait: options of the notebook's Batcher.
POLICIES = {
    "one by one": {"limit": 1, "depth": 64},
    "wait 10 ms": {"limit": 64, "depth": 64, "wait": 0.01},
    "as they come": {"limit": 64, "depth": 64},
}
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096)  # in a call of the forest
RATES = (25, 50, 100, 200, 400, 600)  # requests a second
CLIENTS = 16
WAYS = ("table", "hybrid", "online")
COLUMNS = [
    "part",
    "way",
    "load",
    "number",
    "start_us",
    "microseconds",
    "status",
    "server_cpu_us",
]

Answer = tuple[float, float, int]  # seconds: when due, how long it took; status


class Client:
    """Asks over connections that are kept; the thinnest client that is HTTP."""

    def __init__(self, url: str) -> None:
        self.host, port = url.removeprefix("http://").split(":")
        self.port, self.idle = int(port), []

    async def get(self, path: str) -> int:
        """The status of the answer."""
        while True:
            kept = bool(self.idle)
            reader, writer = (
                self.idle.pop()
                if kept
                else await asyncio.open_connection(self.host, self.port)
            )
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()
                )
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split()[0])
                await reader.readexactly(length)
            except (ConnectionError, asyncio.IncompleteReadError):
                if kept:  # the server closes what was idle for long: take another
                    continue
                raise
            self.idle.append((reader, writer))
            return int(head.split()[1])

    def close(self) -> None:
        """Give all connections back."""
        for _, writer in self.idle:
            writer.close()


async def closed_loop(url: str, paths: list[str], clients: int) -> list[Answer]:
    """`clients` ask without pause, each waiting for its answer before the next."""
    client, queue, answers, start = Client(url), iter(paths), [], time.perf_counter()

    async def ask() -> None:
        for path in queue:
            begun = time.perf_counter()
            status = await client.get(path)
            answers.append((begun - start, time.perf_counter() - begun, status))

    await asyncio.gather(*(ask() for _ in range(clients)))
    client.close()
    return answers


async def open_loop(url: str, paths: list[str], due: np.ndarray) -> list[Answer]:
    """One request at each time of `due`, whoever still waits; timed from when due."""
    client, start = Client(url), time.perf_counter()

    async def ask(path: str, at: float) -> Answer:
        await asyncio.sleep(start + at - time.perf_counter())
        status = await client.get(path)
        return at, time.perf_counter() - start - at, status

    answers = await asyncio.gather(*map(ask, paths, due.tolist()))
    client.close()
    return answers


def night() -> tuple[Callable, np.ndarray, np.ndarray]:
    """The notebook's forest as a function, the inputs of its flights and the states."""
    notebook = load_exports("batch-online-hybrid")
    flights, state = notebook.read_flights(DATA / "flights_jfk.parquet")
    inputs = notebook.schedule_inputs(flights)
    states = state(flights["asked_at"].to_numpy())
    past = (flights["date"].dt.month <= 6).to_numpy()
    late = (flights["arr_delay"] >= 15).to_numpy()
    rows = notebook.with_state(inputs, states)
    forest = notebook.fit_forest(rows[past], late[past])
    return (lambda x: forest.predict_proba(x)[:, 1]), inputs[~past], rows[~past]


def pin(core: int) -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def answer_requests(pipe: Connection, options: dict) -> None:
    """Serve the notebook's app, and its CPU seconds down the pipe when asked."""
    pin(0)
    notebook = load_exports("batch-online-hybrid")
    predict, inputs, _ = night()
    with tempfile.TemporaryDirectory() as folder:
        store = notebook.NightlyStore(f"{folder}/night.sqlite")
        curves = np.full((len(inputs), len(KNOTS)), 0.25, dtype=np.float32)
        store.write(range(len(inputs)), inputs, curves[:, 0], curves)
        app = notebook.make_app(store, KNOTS, notebook.Batcher(predict, **options))
        # The parent's end closes the pipe, and with it the server.
        with notebook.serve(app) as url, contextlib.suppress(EOFError):
            pipe.send(url)
            while True:
                pipe.recv()
                pipe.send(time.process_time())


@contextlib.contextmanager
def server(options: dict) -> Iterator[tuple[str, Callable[[], float]]]:
    """Address of a server process, and a function that tells its CPU seconds."""
    context = multiprocessing.get_context("spawn")  # a fork would keep our end open
    ours, theirs = context.Pipe()
    child = context.Process(target=answer_requests, args=(theirs, options))
    child.start()
    theirs.close()

    def cpu_seconds() -> float:
        ours.send("cpu")
        return ours.recv()

    try:
        yield ours.recv(), cpu_seconds
    finally:
        ours.close()
        child.join()


def table(
    part: str, way: str, load: int, answers: list[Answer], cpu: float
) -> pd.DataFrame:
    """One row for each answer, in the order in which they were due."""
    due, took, status = map(np.array, zip(*sorted(answers), strict=True))
    microseconds = {
        "start_us": (due * 1e6).astype(np.int64),
        "microseconds": (took * 1e6).round(1),
    }
    row = {"part": part, "way": way, "load": load, "number": np.arange(len(due))}
    row |= microseconds | {"status": status, "server_cpu_us": round(cpu * 1e6)}
    return pd.DataFrame(row)[COLUMNS]


def record_model(calls: int = 200) -> Iterator[pd.DataFrame]:
    """Calls of the forest, with more and more rows, after one that warms up."""
    predict, _, rows = night()
    for n in ROWS:
        batches = [rows[i * 7 : i * 7 + n] for i in range(calls + 1)]
        ends = [time.perf_counter()]
        for batch in batches:
            predict(batch)
            ends.append(time.perf_counter())
        times = zip(ends[1:-1], np.diff(ends)[1:], [0] * calls, strict=True)
        answers = [(end - ends[1], took, status) for end, took, status in times]
        yield table("model", "forest", n, answers, 0.0)


def record_door(calls: int = 2_000) -> pd.DataFrame:
    """Calls of the contract of another notebook, for one valid request."""
    notebook = load_exports("request-validation")
    loans, _ = notebook.read_loans(DATA / "lending_club.csv.gz")
    records = loans.head(calls).to_dict("records")
    bodies = [json.dumps(record).encode() for record in records]
    assert not any(problems for _, problems in map(notebook.parse, bodies))
    ends = [time.perf_counter()]
    for body in bodies:
        notebook.parse(body)
        ends.append(time.perf_counter())
    answers = zip(
        np.subtract(ends[:-1], ends[0]), np.diff(ends), [0] * calls, strict=True
    )
    return table("door", "strict", 1, list(answers), 0.0)


def record_services(rates: tuple[int, ...] = RATES) -> Iterator[pd.DataFrame]:
    """Answers of the three ways, and of the forest at growing rates."""
    rng = np.random.default_rng(0)

    def paths(way: str, n: int) -> list[str]:
        return [f"/{way}/{row}" for row in rng.integers(0, 50_000, n)]

    for policy, options in POLICIES.items():
        with server(options) as (url, cpu_seconds):
            for way in WAYS if policy == "one by one" else WAYS[-1:]:
                asyncio.run(closed_loop(url, paths(way, 200), CLIENTS))  # warm up
                for clients, n in ((1, 1_000), (CLIENTS, 2_000)):
                    before = cpu_seconds()
                    answers = asyncio.run(closed_loop(url, paths(way, n), clients))
                    name = way if policy == "one by one" else f"{way}, {policy}"
                    cpu = cpu_seconds() - before
                    yield table("closed", name, clients, answers, cpu)
            for rate in rates:
                due = rng.exponential(1 / rate, max(600, min(3_000, 8 * rate))).cumsum()
                before = cpu_seconds()
                answers = asyncio.run(open_loop(url, paths("online", len(due)), due))
                yield table("open", policy, rate, answers, cpu_seconds() - before)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("record_serving: set OMP_NUM_THREADS=1, one core serves one request")
    pin(1)
    timings = pd.concat([record_door(), *record_model(), *record_services()])
    content = encode("serving_timings.csv.gz", timings)
    write_atomically(DATA / "serving_timings.csv.gz", content)
    print(f"serving_timings.csv.gz: {len(timings):,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
