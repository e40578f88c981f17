"""The mirror never waits and counts its losses; a served app stops with its block."""

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports

nb = load_exports("shadow-deployment")


def after(n_items, send, **size):
    """The mirror once nothing moves any more, and which offers found room."""

    async def run():
        async with nb.Mirror(send, **size) as mirror:
            room = []
            for item in range(n_items):
                room.append(mirror.offer(item))
                await asyncio.sleep(0)
            for _ in range(3 * n_items + 10):
                await asyncio.sleep(0)
        assert all(task.done() for task in mirror._tasks)
        return mirror, room

    return asyncio.run(run())


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 8))
def test_a_hanging_shadow_holds_what_fits_and_the_rest_is_dropped(n, waiting, workers):
    async def hang(item):
        await asyncio.Event().wait()

    mirror, room = after(n, hang, n_waiting=waiting, n_workers=workers)
    assert mirror.offered == n and mirror.sent == mirror.failed == 0
    assert mirror.dropped == room.count(False) == max(0, n - waiting - workers)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.booleans(), max_size=40))
def test_failures_of_the_shadow_are_counted_and_end_there(fails):
    seen = []

    async def send(item):
        seen.append(item)
        if fails[item]:
            raise ConnectionError

    mirror, room = after(len(fails), send, n_waiting=50, n_workers=1)
    assert seen == list(range(len(fails))) and all(room)
    assert mirror.failed == sum(fails) and mirror.dropped == 0
    assert mirror.sent == len(fails) - sum(fails)


@pytest.mark.parametrize("size", [{"n_waiting": 0}, {"n_workers": 0}])
def test_a_mirror_without_room_or_workers_is_refused(size):
    async def make():
        nb.Mirror(None, **size)

    with pytest.raises(ValueError, match="1 or more"):
        asyncio.run(make())


def test_a_served_app_answers_and_is_gone_after_an_error():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

    with pytest.raises(KeyError), nb.served(app) as client:
        url = client.base_url
        assert client.get("/").status_code == 204
        raise KeyError
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
