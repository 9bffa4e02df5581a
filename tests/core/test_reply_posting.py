"""When the message cannot be posted, or is taken away, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.errors import MessageGone, SurfaceBusy, SurfaceError
from core.events import StageStarted
from core.limits.budgets import MemoryBudgets
from core.pace import Paced
from core.pipeline import first_view
from core.ports import Budget, Limit, Pace
from core.reply import LiveReply
from core.stages import STAGES
from core.text.redact import Redactor
from tests.fakes import MemorySurface, a_turn


def a_reply(
    surface: MemorySurface, *, paced: Paced | None = None, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> LiveReply:
    view, redact = first_view(STAGES), Redactor()
    return LiveReply(surface, view, redact=redact, interval=0.0, heartbeat=30.0, paced=paced, sleep=sleep)


async def test_a_message_that_could_not_be_posted_is_posted_while_the_turn_runs() -> None:
    surface = MemorySurface()
    surface.fail = [SurfaceError("503")]
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))
    reply.emit(StageStarted("research"))
    assert [] == surface.kinds

    async with asyncio.timeout(5):
        while "post" not in surface.kinds:  # noqa: ASYNC110 - a surface tells nobody
            await asyncio.sleep(0.01)
        reply.emit(StageStarted("plan"))
        await surface.updated.wait()
    await reply.publish(a_turn())

    assert ["post", "update", "publish"] == surface.kinds


async def test_a_turn_that_ends_before_its_message_could_be_posted_does_not_wait_for_that() -> None:
    surface = MemorySurface()
    surface.fail = [SurfaceBusy("429", 60.0)]
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))

    async with asyncio.timeout(5):
        await reply.publish(a_turn())

    assert ["post", "publish"] == surface.kinds


async def test_where_the_place_itself_is_gone_the_last_view_is_given_up_at_once() -> None:
    surface, pauses = MemorySurface(), []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    reply = a_reply(surface, sleep=sleep)
    reply.follow(await reply.post(a_turn()))
    surface.fail, surface.deleted = [MessageGone("the message"), MessageGone("the thread")], True

    await reply.publish(a_turn())

    assert ["post"] == surface.kinds
    assert [] == pauses


async def test_a_last_view_that_is_shown_anew_is_counted_again() -> None:
    surface, budgets = MemorySurface(), MemoryBudgets()
    updates, posts = Budget("updates", Limit(45, 60.0)), Budget("posts", Limit(9, 1.0))
    reply = a_reply(surface, paced=Paced(budgets, Pace(updates, posts)))
    reply.follow(await reply.post(a_turn()))
    surface.fail, surface.deleted = [MessageGone("deleted")], True

    await reply.publish(a_turn())

    left = [await budgets.take("updates", updates.limit) for _ in range(44)].count(0.0)
    assert 43 == left


async def test_while_the_platform_asks_to_wait_for_the_last_view_the_updates_of_all_are_paused() -> None:
    now, slept = [100.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    async def at_once(_: float) -> None:
        """Nobody but the budget waits."""

    surface, budgets = MemorySurface(), MemoryBudgets(lambda: now[0])
    pace = Pace(Budget("updates", Limit(45, 60.0)), Budget("posts", Limit(9, 1.0)))
    reply = a_reply(surface, paced=Paced(budgets, pace, sleep=sleep), sleep=at_once)
    reply.follow(await reply.post(a_turn()))
    surface.fail = [SurfaceBusy("429", 7.0)]

    await reply.publish(a_turn())

    assert [7.0] == slept
    assert ["post", "publish"] == surface.kinds
