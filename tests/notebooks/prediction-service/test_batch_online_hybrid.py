"""The services of the notebook: state, store, batches, refusals, a clean stop."""

import asyncio

import httpx
import numpy as np
import pandas as pd
import pytest
from extract_data import DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("batch-online-hybrid")
KNOTS = np.array([0, 10, 20], dtype=np.float32)


def run(batcher, rows):
    """What score() gives for rows that come at once, errors included."""

    async def everything():
        asked = [asyncio.ensure_future(batcher.score(row)) for row in rows]
        await asyncio.sleep(0)  # all of them wait before the first call
        worker = asyncio.create_task(batcher.run())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        worker.cancel()
        return answers

    return asyncio.run(everything())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=40), st.integers(1, 12))
def test_each_caller_gets_the_answer_to_its_own_row(numbers, limit):
    batcher = nb.Batcher(lambda rows: 2 * rows[:, 0] + 1, limit=limit)
    answers = run(batcher, [np.array([n]) for n in numbers])
    assert answers == [2 * n + 1 for n in numbers]
    full, rest = divmod(len(numbers), limit)
    assert batcher.sizes == [limit] * full + [rest] * (rest > 0)


def test_rows_beyond_the_depth_are_refused_at_once():
    batcher = nb.Batcher(lambda rows: rows[:, 0], depth=3)
    answers = run(batcher, [np.array([n]) for n in range(5)])
    assert answers[:3] == [0, 1, 2]
    assert all(isinstance(answer, asyncio.QueueFull) for answer in answers[3:])


def test_a_batch_that_fails_tells_its_callers_and_does_not_stop_the_next():
    def predict(rows):
        if (rows < 0).any():
            raise ValueError("negative")
        return rows[:, 0]

    answers = run(nb.Batcher(predict, limit=2), [np.array([n]) for n in (1, -1, 5)])
    assert [str(answer) for answer in answers] == ["negative", "negative", "5.0"]


def test_the_state_is_the_mean_of_the_last_thirty_that_had_left():
    _, state = nb.read_flights(DATA / "flights_jfk.parquet")
    file = pd.read_parquet(DATA / "flights_jfk.parquet")
    gone = file[file["dep_delay"].notna()]
    day = (gone["date"] - file["date"].min()).dt.days
    clock = gone["sched_dep_time"] // 100 * 60 + gone["sched_dep_time"] % 100
    left = 1440 * day + clock + gone["dep_delay"]
    for at in (500, 100_000, 300_000):
        last = left[left <= at].sort_values(kind="stable").index[-30:]
        assert state(at) == pytest.approx(gone.loc[last, "dep_delay"].mean())
    assert state(-1) == 0


@pytest.fixture
def store(tmp_path):
    store = nb.NightlyStore(tmp_path / "night.sqlite")
    inputs = np.arange(10, dtype=np.float32).reshape(2, 5)
    curves = np.array([[0, 0.5, 1], [1, 1, 0]], dtype=np.float32)
    store.write([7, 8], inputs, [0.25, 0.75], curves)
    return store


def test_the_store_gives_back_what_the_night_wrote(store):
    inputs, p, curve = store.read(8)
    assert (inputs.tolist(), p, curve.tolist()) == ([5, 6, 7, 8, 9], 0.75, [1, 1, 0])
    with pytest.raises(KeyError):
        store.read(9)


def test_three_ways_over_http_and_a_stop_when_the_block_fails(store):
    app = nb.make_app(store, KNOTS, nb.Batcher(lambda rows: rows.sum(axis=1)))
    with pytest.raises(RuntimeError, match="a cell fails"), nb.serve(app) as url:
        assert httpx.put(f"{url}/state/5").status_code == 200
        said = [
            httpx.get(f"{url}/{way}/7").json() for way in ("table", "hybrid", "online")
        ]
        assert said == [{"p": 0.25}, {"p": 0.25}, {"p": 15}]
        assert httpx.get(f"{url}/online/9").status_code == 404
        assert httpx.get(f"{url}/online/x").status_code == 422
        for junk in ("nan", "inf", "late"):
            assert httpx.put(f"{url}/state/{junk}").status_code == 422
        raise RuntimeError("a cell fails")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
