from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

import pytest

from core.errors import SurfaceError
from core.events import StageDelta, StageStarted, TurnEnded, TurnStarted
from core.pipeline import first_view
from core.reply import LiveReply
from core.stages import STAGES
from core.text.redact import Redactor
from core.turn import Outcome, TurnStatus
from core.view import TurnView
from tests.fakes import MemorySurface, a_turn

ENDED = TurnEnded(Outcome("t", "thread", TurnStatus.COMPLETE, "The answer."))
KEY = "1234|" + "k" * 40


def look(view: TurnView) -> Hashable:
    """As a platform would draw it, clock included."""
    return (view.status, view.lines, int(view.elapsed))


def a_reply(
    surface: MemorySurface,
    *,
    now: Callable[[], float] = lambda: 0.0,
    interval: float = 0.0,
    heartbeat: float = 30.0,
) -> LiveReply:
    view = first_view(STAGES)
    return LiveReply(surface, view, redact=Redactor([KEY]), interval=interval, heartbeat=heartbeat, now=now)


async def test_a_change_is_shown_in_the_same_message_and_the_end_is_published() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)

    await reply.post(a_turn())
    reply.emit(StageStarted("research"))
    await surface.updated.wait()
    reply.emit(ENDED)
    await reply.publish(a_turn())

    assert ["post", "update", "publish"] == surface.kinds
    assert "The answer." == (surface.last.outcome and surface.last.outcome.answer)


async def test_while_an_update_is_in_flight_only_the_newest_view_waits() -> None:
    surface = MemorySurface()
    surface.gate = asyncio.Event()
    reply = a_reply(surface)
    await reply.post(a_turn())
    reply.emit(StageStarted("build"))
    await surface.updated.wait()

    for word in ("one ", "two ", "three"):
        reply.emit(StageDelta("build", word))
    surface.updated.clear()
    surface.gate.set()
    await surface.updated.wait()
    await reply.publish(a_turn())

    assert ["post", "update", "update", "publish"] == surface.kinds
    assert "one two three" == surface.calls[2][1].line("build").text


async def test_the_last_view_waits_for_the_update_in_flight() -> None:
    surface = MemorySurface()
    surface.gate = asyncio.Event()
    reply = a_reply(surface)
    await reply.post(a_turn())
    reply.emit(StageStarted("build"))
    await surface.updated.wait()

    publishing = asyncio.create_task(reply.publish(a_turn()))
    for _ in range(10):
        await asyncio.sleep(0)

    assert ["post"] == surface.kinds

    surface.gate.set()
    await publishing

    assert ["post", "update", "publish"] == surface.kinds


async def test_what_looks_the_same_is_not_sent_again_though_the_clock_goes_on() -> None:
    seconds = iter(range(1000))
    surface = MemorySurface(look)
    reply = a_reply(surface, now=lambda: float(next(seconds)))
    reply.emit(TurnStarted(0.0))
    await reply.post(a_turn())

    reply.emit(StageDelta("research", "nobody sees this"))
    for _ in range(20):
        await asyncio.sleep(0)
    await reply.publish(a_turn())

    assert ["post", "publish"] == surface.kinds


async def test_the_heartbeat_shows_the_clock_when_nothing_else_happens() -> None:
    seconds = iter(range(1000))
    surface = MemorySurface(look)
    reply = a_reply(surface, now=lambda: float(next(seconds)), heartbeat=0.001)
    reply.emit(TurnStarted(0.0))
    await reply.post(a_turn())
    await surface.updated.wait()
    await reply.publish(a_turn())

    assert "update" == surface.kinds[1]
    assert surface.calls[1][1].now > surface.calls[0][1].now


async def test_a_lost_update_ends_nothing() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    await reply.post(a_turn())
    surface.fail = [SurfaceError("503")]
    reply.emit(StageStarted("research"))
    await surface.updated.wait()
    surface.updated.clear()
    reply.emit(StageStarted("plan"))
    await surface.updated.wait()
    await reply.publish(a_turn())

    assert ["post", "update", "publish"] == surface.kinds


async def test_a_message_that_could_not_be_posted_is_posted_at_the_end() -> None:
    surface = MemorySurface()
    surface.fail = [SurfaceError("503")]
    reply = a_reply(surface)

    assert await reply.post(a_turn()) is None

    reply.emit(ENDED)
    await reply.publish(a_turn())

    assert ["post", "publish"] == surface.kinds


async def test_an_answer_that_cannot_be_published_is_no_secret() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    await reply.post(a_turn())
    surface.fail = [SurfaceError("403")]

    with pytest.raises(SurfaceError):
        await reply.publish(a_turn())


async def test_no_secret_reaches_the_surface() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    await reply.post(a_turn())
    reply.emit(StageDelta("build", KEY[:20]))
    reply.emit(StageDelta("build", KEY[20:] + " is the key"))
    await surface.updated.wait()
    reply.emit(TurnEnded(Outcome("t", "c", TurnStatus.COMPLETE, f"The key is {KEY}")))
    await reply.publish(a_turn())

    assert KEY not in repr(surface.calls)
