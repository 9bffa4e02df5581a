from __future__ import annotations

import asyncio

import pytest

from core.durable.keeping import Drain


async def test_what_is_under_way_is_waited_for() -> None:
    drain, begun, may_end = Drain(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with drain.under_way():
            begun.set()
            await may_end.wait()

    working = asyncio.create_task(work())
    await begun.wait()
    closing = asyncio.create_task(drain.close(30.0))
    await asyncio.sleep(0)

    assert not closing.done()

    may_end.set()

    assert await closing
    await working


async def test_what_takes_too_long_is_left() -> None:
    drain = Drain()

    async with drain.under_way():
        assert not await drain.close(0.0)


async def test_after_the_close_nothing_begins() -> None:
    drain = Drain()
    await drain.close(0.0)

    async def work() -> None:
        async with drain.under_way():
            pytest.fail("it has begun")

    late = asyncio.create_task(work())
    for _ in range(5):
        await asyncio.sleep(0)

    assert not late.done()

    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
