from __future__ import annotations

import asyncio

import pytest

from core.durable.guard import GuardedSurface
from core.errors import Superseded
from core.fence import fenced
from core.pipeline import first_view
from core.stages import STAGES
from core.turn import MessageRef
from tests.fakes import MemorySurface, a_turn

VIEW = first_view(STAGES)
HERE = MessageRef(a_turn().turn_id)


async def certain() -> None:
    """Nobody takes us for dead."""


async def dead() -> None:
    raise Superseded("taken for dead")


async def test_where_we_still_may_all_is_passed_on() -> None:
    surface = MemorySurface()
    guarded = GuardedSurface(surface)

    with fenced(certain):
        assert HERE == await guarded.post(a_turn(), VIEW)

        await guarded.update(HERE, VIEW)
        await guarded.publish(a_turn(), HERE, VIEW)

    assert ["post", "update", "publish"] == surface.kinds
    assert (HERE, VIEW) == (await guarded.find(a_turn()), guarded.render(VIEW))


async def test_who_was_taken_for_dead_shows_nothing() -> None:
    surface = MemorySurface()
    guarded = GuardedSurface(surface)

    for shown in (guarded.post(a_turn(), VIEW), guarded.update(HERE, VIEW), guarded.publish(a_turn(), HERE, VIEW)):
        with pytest.raises(Superseded), fenced(dead):
            await shown

    assert [] == surface.kinds


async def test_what_only_looks_is_not_held_up() -> None:
    guarded = GuardedSurface(MemorySurface())

    with fenced(dead):
        assert await guarded.find(a_turn()) is None
    assert VIEW == guarded.render(VIEW)


async def test_nothing_is_shown_before_it_is_sure() -> None:
    surface, sure = MemorySurface(), asyncio.Event()

    async def certain_later() -> None:
        await sure.wait()

    with fenced(certain_later):
        posting = asyncio.create_task(GuardedSurface(surface).post(a_turn(), VIEW))
    for _ in range(5):
        await asyncio.sleep(0)

    assert [] == surface.kinds

    sure.set()
    await posting

    assert ["post"] == surface.kinds
