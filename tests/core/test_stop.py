from __future__ import annotations

import asyncio

import pytest

from core.stop import Stop
from core.turn import Stopped


async def value() -> int:
    return 7


async def test_what_is_not_stopped_returns_what_it_returns() -> None:
    assert 7 == await Stop().guard(value())


async def test_what_runs_is_cancelled_and_has_cleaned_up_before_the_stop_returns() -> None:
    stop, begun, cleaned = Stop(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    guarded = asyncio.create_task(stop.guard(work()))
    await begun.wait()
    stop.press("Ada")

    assert Stopped("Ada") == await guarded
    assert cleaned.is_set()


async def test_after_the_stop_nothing_begins() -> None:
    stop = Stop()
    stop.press("Ada")
    stop.press("Bob")

    assert Stopped("Ada") == await stop.guard(value())


async def test_an_error_of_the_work_is_its_own() -> None:
    async def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the type is all there is
        await Stop().guard(fails())


async def test_who_cancels_the_guard_cancels_the_work() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    guarded = asyncio.create_task(Stop().guard(work()))
    await begun.wait()
    guarded.cancel()
    await asyncio.gather(guarded, return_exceptions=True)

    assert ended.is_set()
