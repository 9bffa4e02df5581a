"""What people do while processes die: stop, go on, try again, delete, and ask twice."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Literal

import pytest

from sandbox.customgpt import Endpoint
from sandbox.customgpt import Fault as AgentFault
from tests.crash.fuse import Kill
from tests.crash.platform import Fault, Kind
from tests.crash.runner import KILLED, Child
from tests.crash.world import STAGES, Asked, Point, World, complaints, each, two_turns

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

ONCE = Counter(STAGES)
BOTH: tuple[Literal["before", "after"], ...] = ("before", "after")
STOP = "UPDATE turns SET stop_by"
RETRY = "DELETE FROM stage_results"
"""What these commits begin to write with."""

SLOW = AgentFault(first_byte_delay=0.5)
STUCK = AgentFault(stall=True, stored=False)


def deliver(turn: Asked) -> tuple[object, ...]:
    return ("deliver", 5, *turn.submit[1:])


def asked_anew(world: World, turn: Asked) -> set[str]:
    """The stages that were asked with a word against cached answers."""
    found = set()
    for request in world.stand_in.requests(Endpoint.SEND):
        asked, slot, *_ = request.query["external_id"].split("-")
        if asked == turn.id and request.headers.get("cache-control") == "no-cache":
            found.add(slot)
    return found


async def answered(world: World, *turns: Asked) -> None:
    await world.run(*(turn.submit for turn in turns))


async def test_five_deliveries_at_once_start_one_turn(world: World) -> None:
    turn, _ = two_turns("thread")

    child = await world.run(deliver(turn))

    assert [False] * 4 + [True] == sorted(child.returned[0])
    assert [] == complaints(world, (turn,))


async def test_a_delivery_after_a_restart_starts_nothing(world: World) -> None:
    turns = two_turns("thread")
    await answered(world, *turns)

    child = await world.run(deliver(turns[0]), turns[1].submit)

    assert [[False] * 5, False] == child.returned
    assert [] == complaints(world, turns)


async def test_a_delivery_while_it_is_resumed_starts_nothing(world: World) -> None:
    turns = two_turns("thread")
    world.stand_in.agent("build").script(STUCK)
    child = await world.start(*(turn.submit for turn in turns))
    await world.asked(turns[0], "build")
    await child.obeys_and_dies()
    await child.ended()

    child = await world.run(deliver(turns[0]), deliver(turns[1]))

    assert [[False] * 5] * 2 == child.returned
    assert [] == complaints(world, turns, twice=(turns[0].id, "build"))


async def test_a_message_that_is_deleted_meanwhile_is_posted_anew_once(world: World) -> None:
    turn, _ = two_turns("thread")
    world.stand_in.agent("build").script(SLOW)

    child = await world.start(turn.submit)
    await world.asked(turn, "build")
    world.platform.delete(turn.id)
    await child.ended()

    assert [] == complaints(world, (turn,))
    assert 2 == len(world.platform.messages)


async def test_a_message_that_is_posted_anew_as_the_process_dies_is_found_again(world: World) -> None:
    turn, _ = two_turns("thread")
    children: list[Child] = []
    world.platform.script(Kind.POST, Fault(), Fault(after=lambda: children[0].kill()))
    world.stand_in.agent("build").script(SLOW)

    children.append(await world.start(turn.submit))
    await world.asked(turn, "build")
    world.platform.delete(turn.id)
    assert KILLED == await children[0].ended()
    await world.goes_on()

    assert [] == complaints(world, (turn,))
    assert 2 == len(world.platform.messages)


async def test_the_threads_next_turn_runs_once_the_running_one_is_stopped(world: World) -> None:
    first, second = two_turns("thread")
    world.stand_in.agent("plan").script(STUCK)

    child = await world.start(first.submit, second.submit, ("pause",), ("stop", first.id, "Ada"))
    await world.asked(first, "plan")
    child.kill(signal.SIGUSR1)
    await child.ended()

    assert "stopped" == world.status(first)
    assert world.shown(first).startswith("Stopped by Ada after Research")
    assert [] == complaints(world, (second,))


async def test_a_waiting_turn_is_stopped_at_once_and_asks_nobody(world: World) -> None:
    first, second = two_turns("thread")
    third = Asked("event:thread:3", "thread", "And in one?")
    world.stand_in.agent("plan").script(AgentFault(first_byte_delay=1.0))
    turns = (first, second, third)

    child = await world.start(*(turn.submit for turn in turns), ("pause",), ("stop", second.id, "Ada"))
    await world.asked(first, "plan")
    child.kill(signal.SIGUSR1)
    await world.platform.until(lambda: (Kind.PUBLISH, second.id) in world.platform.requests)
    assert "running" == world.status(first)
    await child.ended()

    assert "stopped" == world.status(second)
    assert world.shown(second).startswith("Stopped by Ada")
    assert [] == world.sent(second.id)
    assert [] == complaints(world, (first, third))


@pytest.mark.parametrize("kind", ["before", "after"])
async def test_a_stop_outlives_its_process(world: World, kind: str) -> None:
    """Killed when the platform is told that it was stopped: the next process tells it, and asks nobody again."""
    first, second = two_turns("thread")
    children: list[Child] = []
    fault = Fault(before=lambda: children[0].kill(), stored=False)
    if kind == "after":
        fault = Fault(after=lambda: children[0].kill())
    world.platform.script(Kind.PUBLISH, fault, turn_id=first.id)
    world.stand_in.agent("plan").script(STUCK)

    children.append(await world.start(first.submit, second.submit, ("pause",), ("stop", first.id, "Ada")))
    await world.asked(first, "plan")
    children[0].kill(signal.SIGUSR1)
    assert KILLED == await children[0].ended()
    await world.goes_on()

    assert world.shown(first).startswith("Stopped by Ada after Research")
    assert Counter(research=1, plan=1) == world.counted(first.id)
    assert [] == complaints(world, (second,))


async def test_a_stop_that_was_kept_and_nothing_else_is_carried_out_by_the_next_process(lonely_world: World) -> None:
    first, second = two_turns("thread")
    lonely_world.stand_in.agent("plan").script(STUCK)
    child = await lonely_world.start(first.submit, second.submit)
    await lonely_world.asked(first, "plan")
    await child.obeys_and_dies()
    await child.ended()

    await lonely_world.run(("stop", first.id, "Ada"), kill=Kill("after", 1, STOP), expected=(KILLED,))
    await lonely_world.goes_on()

    assert "stopped" == lonely_world.status(first)
    assert lonely_world.shown(first).startswith("Stopped by Ada after Research")
    assert Counter(research=1, plan=1) == lonely_world.counted(first.id)
    assert [] == complaints(lonely_world, (second,))


async def test_going_on_after_a_stop_keeps_what_was_done(world: World) -> None:
    first, _ = two_turns("thread")
    world.stand_in.agent("plan").script(STUCK)
    child = await world.start(first.submit, ("pause",), ("stop", first.id, "Ada"))
    await world.asked(first, "plan")
    child.kill(signal.SIGUSR1)
    await child.ended()

    await world.run(("retry", first.id, None))

    assert [] == complaints(world, (first,), twice=(first.id, "plan"), ends=2)
    assert ONCE + Counter(plan=1) == world.counted(first.id)
    assert {"plan", "build", "review"} == asked_anew(world, first)


async def test_a_retry_from_a_stage_asks_from_there_on_in_the_same_message(world: World) -> None:
    first, second = two_turns("thread")
    await answered(world, first, second)

    child = await world.run(("retry", first.id, "build"))

    assert [True] == child.returned
    assert 2 == world.rows()[first.id]["generation"]
    assert ONCE + Counter(("build", "review")) == world.counted(first.id)
    assert {"build", "review"} == asked_anew(world, first)
    assert world.rows()[first.id]["answer"] == world.shown(first)


def killed_as_it_is_retried(kill: Kill) -> Point:
    async def survive(world: World) -> list[str]:
        turns = two_turns("thread")
        first, _ = turns
        await answered(world, *turns)
        await world.run(("retry", first.id, "build"), kill=kill, expected=(KILLED,))
        await world.goes_on()
        kept = kill != Kill("before", 1, RETRY)
        assert ONCE + Counter(("build", "review") if kept else ()) == world.counted(first.id)
        assert "complete" == world.status(first)
        assert world.rows()[first.id]["answer"] == world.shown(first)
        return []

    return survive


async def test_a_retry_survives_a_kill(world: World) -> None:
    """Right before it was kept, and right after."""
    kills = [Kill(moment, 1, RETRY) for moment in BOTH]

    found = await each(world, {f"{n}": killed_as_it_is_retried(kill) for n, kill in enumerate(kills)})

    assert {} == found


async def test_a_running_turn_is_not_retried(world: World) -> None:
    first, _ = two_turns("thread")

    child = await world.run(first.submit, ("retry", first.id, None))

    assert [True, False] == child.returned
    assert [] == complaints(world, (first,))
