from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from core.errors import MessageGone, SurfaceError
from core.events import StageCompleted, StageDelta, StageStarted, TurnEnded, TurnQueued, TurnStarted
from core.pipeline import first_view
from core.ports import Messages
from core.remembered import Remembered
from core.reply import LiveReply
from core.stages import STAGES
from core.text.redact import Redactor
from core.turn import MessageRef, Outcome, TurnStatus
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
    heartbeat: float = 30.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    messages: Messages | None = None,
) -> LiveReply:
    return LiveReply(
        surface,
        first_view(STAGES),
        redact=Redactor([KEY]),
        interval=0.0,
        heartbeat=heartbeat,
        now=now,
        sleep=sleep,
        messages=messages,
    )


async def test_a_change_is_shown_in_the_same_message_and_the_end_is_published() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)

    reply.follow(await reply.post(a_turn()))
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
    reply.follow(await reply.post(a_turn()))
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
    reply.follow(await reply.post(a_turn()))
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
    reply.follow(await reply.post(a_turn()))

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
    reply.emit(StageStarted("research"))
    reply.follow(await reply.post(a_turn()))
    await surface.updated.wait()
    await reply.publish(a_turn())

    assert "update" == surface.kinds[1]
    assert surface.calls[1][1].now > surface.calls[0][1].now


async def test_the_heartbeat_spends_no_update_where_no_clock_is_shown() -> None:
    seconds, many = iter(range(1000)), asyncio.Event()

    def now() -> float:
        second = next(seconds)
        if second == 20:
            many.set()
        return float(second)

    surface = MemorySurface(lambda view: (view.status, view.position))
    reply = a_reply(surface, now=now, heartbeat=0.001)
    reply.emit(TurnQueued(2))
    reply.follow(await reply.post(a_turn()))
    await many.wait()
    await reply.publish(a_turn())

    assert ["post", "publish"] == surface.kinds


async def test_a_turn_that_is_run_again_shows_nothing_old_until_it_does_something() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    reply.follow(MessageRef("published before"))
    reply.emit(TurnStarted(0.0))
    reply.emit(StageCompleted("research", "5 sources", 1.0))
    for _ in range(20):
        await asyncio.sleep(0)

    assert [] == surface.kinds

    reply.emit(StageStarted("plan"))
    await surface.updated.wait()
    await reply.publish(a_turn())

    assert ["update", "publish"] == surface.kinds


async def test_a_lost_update_ends_nothing() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))
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


async def test_the_last_view_is_sent_again_until_the_platform_takes_it() -> None:
    surface, pauses = MemorySurface(), []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    reply = a_reply(surface, sleep=sleep)
    reply.follow(await reply.post(a_turn()))
    surface.fail = [SurfaceError("503")] * 3

    await reply.publish(a_turn())

    assert [1.0, 2.0, 4.0] == pauses
    assert "publish" == surface.kinds[-1]


async def test_a_last_view_that_is_never_taken_is_given_up_in_the_end() -> None:
    surface, pauses = MemorySurface(), []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    reply = a_reply(surface, sleep=sleep)
    reply.follow(await reply.post(a_turn()))
    surface.fail = [SurfaceError("403")] * 1_000

    await reply.publish(a_turn())

    assert ["post"] == surface.kinds
    assert 3_600 <= sum(pauses) < 3_700


async def test_updates_that_break_off_do_not_cost_the_last_view() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))
    surface.broken = ValueError("a bug")
    reply.emit(StageStarted("research"))
    await surface.updated.wait()
    surface.broken = None

    await reply.publish(a_turn())

    assert ["post", "publish"] == surface.kinds


async def test_an_answer_whose_message_is_gone_is_posted_anew() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))
    surface.fail, surface.deleted = [MessageGone("deleted")], True
    reply.emit(ENDED)

    await reply.publish(a_turn())

    assert ["post", "post", "publish"] == surface.kinds


async def test_a_message_that_a_dead_process_posted_is_found_again() -> None:
    surface, messages = MemorySurface(), Remembered()
    await messages.begin_post()
    surface.calls.append(("post", first_view(STAGES)))

    message = await a_reply(surface, messages=messages).post(a_turn())

    assert a_turn().turn_id == message
    assert ["post"] == surface.kinds


async def test_a_message_that_is_known_is_not_looked_for() -> None:
    surface, messages = MemorySurface(), Remembered()
    await messages.keep_message(MessageRef("here"))

    assert "here" == await a_reply(surface, messages=messages).post(a_turn())
    assert [] == surface.kinds


async def test_no_secret_reaches_the_surface() -> None:
    surface = MemorySurface()
    reply = a_reply(surface)
    reply.follow(await reply.post(a_turn()))
    reply.emit(StageStarted("build"))
    reply.emit(StageDelta("build", KEY[:20]))
    reply.emit(StageDelta("build", KEY[20:] + " is the key"))
    await surface.updated.wait()
    reply.emit(TurnEnded(Outcome("t", "c", TurnStatus.COMPLETE, f"The key is {KEY}")))
    await reply.publish(a_turn())

    assert KEY not in repr(surface.calls)
