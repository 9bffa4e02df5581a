"""Citations are looked up as far as that works, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from core.customgpt.citations import Citations
from core.customgpt.client import CustomGPT
from core.turn import Citation
from tests.core.customgpt.outside import API, BASE, client_of, failure, success

NUMBERED = tuple(Citation(number) for number in range(1, 31))


@pytest.fixture
def api() -> API:
    api = API()
    api.citations.mock(side_effect=known)
    return api


@pytest.fixture
async def client(api: API) -> AsyncIterator[CustomGPT]:
    async with client_of(api.http()) as client:
        yield client


def known(request: httpx.Request) -> httpx.Response:
    number = request.url.path.split("/")[-1]
    return success({"id": int(number), "title": f"Title {number}", "url": f"{BASE}/{number}"})


def looked_up(number: int) -> Citation:
    return Citation(number, f"Title {number}", f"{BASE}/{number}")


async def test_citations_are_completed_in_their_order(client: CustomGPT) -> None:
    found = await Citations(client).look_up(1, NUMBERED[:3], seniority=0)

    assert found == (looked_up(1), looked_up(2), looked_up(3))


async def test_nothing_cited_asks_nothing(api: API, client: CustomGPT) -> None:
    assert await Citations(client).look_up(1, (), seniority=0) == ()
    assert api.citations.call_count == 0


async def test_what_is_complete_or_has_no_id_is_not_looked_up(api: API, client: CustomGPT) -> None:
    inline = (Citation(1, "Own", "https://a.example"), Citation(None, None, "https://b.example"))

    assert await Citations(client).look_up(1, inline, seniority=0) == inline
    assert api.citations.call_count == 0


async def test_what_came_inline_is_kept(client: CustomGPT) -> None:
    found = await Citations(client).look_up(1, (Citation(1, "Own"), Citation(2, None, "https://b")), seniority=0)

    assert found == (Citation(1, "Own", f"{BASE}/1"), Citation(2, "Title 2", "https://b"))


async def test_a_file_behind_a_login_says_so(api: API, client: CustomGPT) -> None:
    url = f"{BASE}/api/v1/preview/1"
    api.citations.mock(return_value=success({"id": 1, "title": "a.pdf", "url": url}))

    assert await Citations(client).look_up(1, NUMBERED[:1], seniority=0) == (
        Citation(1, "a.pdf", url, needs_login=True),
    )


async def test_twenty_are_looked_up_and_the_rest_keep_their_ids(api: API, client: CustomGPT) -> None:
    found = await Citations(client).look_up(1, NUMBERED, seniority=0)

    assert api.citations.call_count == 20
    assert found == (*map(looked_up, range(1, 21)), *NUMBERED[20:])


async def test_one_that_fails_keeps_its_id(api: API, client: CustomGPT) -> None:
    api.citations.mock(side_effect=lambda request: failure(404) if request.url.path.endswith("/2") else known(request))

    assert await Citations(client).look_up(1, NUMBERED[:3], seniority=0) == (
        looked_up(1),
        Citation(2),
        looked_up(3),
    )


async def test_what_has_not_come_in_time_keeps_its_id(api: API, client: CustomGPT) -> None:
    async def slow_for_two(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/2"):
            await asyncio.Event().wait()
        return known(request)

    api.citations.mock(side_effect=slow_for_two)
    found = await Citations(client, seconds=0.1).look_up(1, NUMBERED[:3], seniority=0)

    assert found == (looked_up(1), Citation(2), looked_up(3))


async def test_what_was_found_is_remembered_for_its_agent(api: API, client: CustomGPT) -> None:
    citations = Citations(client)
    for project in (1, 1, 2):
        await citations.look_up(project, NUMBERED[:2], seniority=0)

    assert api.citations.call_count == 4


async def test_what_failed_is_asked_for_again(api: API, client: CustomGPT) -> None:
    api.citations.mock(side_effect=[failure(404), success({"id": 1, "title": "Title 1", "url": f"{BASE}/1"})])
    citations = Citations(client)
    await citations.look_up(1, NUMBERED[:1], seniority=0)

    assert await citations.look_up(1, NUMBERED[:1], seniority=0) == (looked_up(1),)


async def test_what_was_needed_least_lately_is_forgotten_first(api: API, client: CustomGPT) -> None:
    citations = Citations(client, remembered=2)
    for number in (1, 2, 1, 3, 1):
        await citations.look_up(1, (Citation(number),), seniority=0)

    assert api.citations.call_count == 3

    await citations.look_up(1, (Citation(2),), seniority=0)

    assert api.citations.call_count == 4


async def test_a_cancelled_look_up_is_cancelled(api: API, client: CustomGPT) -> None:
    begun = asyncio.Event()

    async def stall(request: httpx.Request) -> httpx.Response:
        begun.set()
        await asyncio.Event().wait()
        return known(request)

    api.citations.mock(side_effect=stall)
    looking = asyncio.create_task(Citations(client).look_up(1, NUMBERED[:1], seniority=0))
    await begun.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
