"""The script that recorded the services' timings, and the file it wrote."""

import asyncio

import numpy as np
import pandas as pd
import pytest
import record_serving
from extract_data import DATA
from fastapi import FastAPI, HTTPException
from notebook_files import load_exports


@pytest.fixture(scope="module")
def url():
    app = FastAPI()

    @app.get("/slow/{seconds}")
    async def slow(seconds: float):
        await asyncio.sleep(seconds)

    @app.get("/full/{_}")
    async def full(_: str):
        raise HTTPException(503)

    with load_exports("batch-online-hybrid").serve(app) as address:
        yield address


def test_the_committed_file_holds_the_workloads_that_the_script_asks_for():
    timings = pd.read_csv(DATA / "serving_timings.csv.gz")
    assert timings.columns.tolist() == record_serving.COLUMNS
    workloads = timings.groupby("part")
    ways = {part: set(rows["way"]) for part, rows in workloads}
    assert ways["open"] == set(record_serving.POLICIES)
    assert ways["closed"] >= set(record_serving.WAYS)
    loads = {part: set(rows["load"]) for part, rows in workloads}
    assert loads["open"] == set(record_serving.RATES)
    assert loads["model"] == set(record_serving.ROWS)
    assert (timings["microseconds"] > 0).all()
    assert set(timings["status"]) == {0, 200, 503}
    numbers = timings.groupby(["part", "way", "load"])["number"].apply(list)
    assert all(n == list(range(len(n))) for n in numbers)


def test_an_open_loop_times_from_when_a_request_was_due(url):
    due = np.array([0.0, 0.01, 0.02])
    paths = ["/slow/0.2", "/slow/0.1", "/full/x"]
    answers = asyncio.run(record_serving.open_loop(url, paths, due))
    assert [at for at, _, _ in answers] == due.tolist()
    assert [status for _, _, status in answers] == [200, 200, 503]
    assert answers[0][1] >= 0.2 and answers[1][1] >= 0.1
    # The second did not wait for the first, which was still under way.
    starts = [at + took for at, took, _ in answers]
    assert starts[1] < starts[0]


def test_a_closed_loop_has_one_request_a_client_under_way(url):
    paths = ["/slow/0.05"] * 6
    answers = sorted(asyncio.run(record_serving.closed_loop(url, paths, clients=2)))
    begun = np.array([start for start, _, _ in answers])
    ended = begun + [took for _, took, _ in answers]
    under_way = [(begun <= t) & (ended > t) for t in begun]
    assert max(map(sum, under_way)) == 2 and len(answers) == 6


def test_the_client_asks_again_when_a_kept_connection_was_closed(url):
    async def ask_twice():
        client = record_serving.Client(url)
        first = await client.get("/slow/0")
        client.idle[0][1].close()
        return first, await client.get("/slow/0")

    assert asyncio.run(ask_twice()) == (200, 200)


def test_it_refuses_to_time_on_several_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit, match="set OMP_NUM_THREADS=1"):
        record_serving.main()
