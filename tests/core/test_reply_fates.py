"""What became of each view that was to be shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

import pytest

from core.errors import MessageGone, SurfaceError
from core.events import StageDelta, StageStarted, TurnStarted
from core.limits.budgets import MemoryBudgets
from core.pace import Paced
from core.pipeline import first_view
from core.ports import Budget, Limit, Pace
from core.reply import LiveReply
from core.stages import STAGES
from core.tally import Fate
from core.text.redact import Redactor
from core.view import TurnView
from tests.fakes import MemorySurface, a_turn


class Fates(list[Fate]):
    """As they happen; and tells when there is another."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, fate: Fate) -> None:
        self.append(fate)
        self._news.set()

    async def are(self, count: int) -> None:
        while len(self) < count:
            self._news.clear()
            await self._news.wait()


@pytest.fixture
def fates() -> Fates:
    return Fates()


def look(view: TurnView) -> Hashable:
    return view.status, [(line.name, line.status) for line in view.lines]


async def a_reply(fates: Fates, surface: MemorySurface, paced: Paced | None = None) -> LiveReply:
    reply = LiveReply(
        surface, first_view(STAGES), redact=Redactor(), interval=0.0, heartbeat=30.0, paced=paced, fated=fates
    )
    reply.follow(await reply.post(a_turn()))
    return reply


async def test_an_update_is_sent_and_the_last_view_published(fates: Fates) -> None:
    reply = await a_reply(fates, MemorySurface())
    reply.emit(StageStarted("research"))
    await fates.are(1)
    await reply.publish(a_turn())

    assert [Fate.SENT, Fate.PUBLISHED] == fates


async def test_what_looks_the_same_is_skipped(fates: Fates) -> None:
    reply = await a_reply(fates, MemorySurface(look))
    reply.emit(StageStarted("build"))
    await fates.are(1)
    reply.emit(StageDelta("build", "nobody sees this"))
    await fates.are(2)
    await reply.publish(a_turn())

    assert [Fate.SENT, Fate.SKIPPED, Fate.PUBLISHED] == fates


async def test_what_the_platform_does_not_take_is_lost(fates: Fates) -> None:
    surface = MemorySurface()
    reply = await a_reply(fates, surface)
    surface.fail = [SurfaceError("503")]
    reply.emit(StageStarted("research"))
    await fates.are(1)
    await reply.publish(a_turn())

    assert [Fate.LOST, Fate.PUBLISHED] == fates


async def test_what_finds_no_update_left_is_delayed_once_and_sent_later(
    fates: Fates,
) -> None:
    now = 0.0
    budgets = MemoryBudgets(lambda: now)
    pace = Pace(Budget("updates", Limit(1, 0.05)), Budget("posts", Limit(9, 60.0)))
    await budgets.take("updates", pace.updates.limit)
    reply = await a_reply(fates, MemorySurface(), Paced(budgets, pace, clock=lambda: now))
    reply.emit(StageStarted("research"))
    await fates.are(1)
    assert [Fate.DELAYED] == fates

    now = 1.0
    await fates.are(2)
    now = 2.0
    await reply.publish(a_turn())

    assert [Fate.DELAYED, Fate.SENT, Fate.PUBLISHED] == fates


async def test_a_last_view_is_published_once_though_it_was_refused_before(fates: Fates) -> None:
    surface = MemorySurface()

    async def at_once(_: float) -> None:
        return None

    sleep: Callable[[float], object] = at_once
    reply = LiveReply(surface, first_view(STAGES), redact=Redactor(), sleep=sleep, fated=fates)  # type: ignore[arg-type]
    await reply.post(a_turn())
    reply.emit(TurnStarted(0.0))
    surface.fail = [SurfaceError("503")] * 3
    await reply.publish(a_turn())

    assert [Fate.PUBLISHED] == fates


async def test_a_last_view_that_is_never_taken_is_given_up(fates: Fates) -> None:
    surface = MemorySurface()
    reply = await a_reply(fates, surface)
    surface.fail = [MessageGone("the channel is gone")] * 3
    surface.deleted = True
    await reply.publish(a_turn())

    assert [Fate.GIVEN_UP] == fates
