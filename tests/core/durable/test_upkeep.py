from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from core.bell import Bell
from core.durable.upkeep import HOUR, again_and_again, cancelled
from core.errors import StoreError
from tests.core.waiting import until


class Work:
    """It counts how often it was done; `troubles` are raised first, one each."""

    def __init__(self, *troubles: Exception) -> None:
        self.done = 0
        self.troubles = [*troubles]

    async def __call__(self) -> None:
        self.done += 1
        if self.troubles:
            raise self.troubles.pop(0)

    def often(self, times: int) -> Callable[[], Awaitable[bool]]:
        async def so_often() -> bool:
            return self.done >= times

        return so_often


@asynccontextmanager
async def doing(
    work: Work, *, every: float = HOUR, at_once: bool = False, bell: Bell | None = None
) -> AsyncIterator[None]:
    task = asyncio.create_task(again_and_again(work, every=every, at_once=at_once, bell=bell, topic="rings"))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        await cancelled({task})


async def test_work_is_done_again_and_again() -> None:
    work = Work()
    async with doing(work, every=0.001):
        await until(work.often(3))


async def test_the_first_time_is_waited_for_as_well_unless_it_is_at_once() -> None:
    later, now = Work(), Work()
    async with doing(later), doing(now, at_once=True):
        await until(now.often(1))

        assert [0, 1] == [later.done, now.done]


async def test_a_ring_is_heard() -> None:
    work, bell = Work(), Bell()
    async with doing(work, bell=bell):
        bell.ring("rings")
        await until(work.often(1))


@pytest.mark.parametrize("trouble", [StoreError("locked"), ZeroDivisionError("ours")])
async def test_what_goes_wrong_is_done_again(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    work = Work(trouble, trouble)
    async with doing(work, every=0.001, at_once=True):
        await until(work.often(3))

    assert 2 == len(caplog.records)
