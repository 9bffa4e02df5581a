"""Several processes on one database: what one accepts, another may finish; none does a second thing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from core.errors import Trouble
from core.text.wording import trouble
from sandbox.customgpt import Account, Endpoint
from sandbox.customgpt import Fault as AgentFault
from sandbox.customgpt.record import Recorded
from tests.crash.platform import Fault, Kind
from tests.crash.runner import Child
from tests.crash.world import STAGES, Asked, Point, World, complaints, each, two_turns
from tests.postgres import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

STUCK = AgentFault(stall=True, stored=False)
SLOW = AgentFault(first_byte_delay=3.0)
TEXT = '{"score": 90, "verdict": "approve", "summary": "Good.", "findings": [], "edits": []}'
BRIEF = AgentFault(answer=TEXT, delta_size=len(TEXT), cites=())
DEATHS = 6
RARELY = 60.0
"""Seconds between two updates: the first comes at once, and no other within a test."""

MANY, THREADS = (1_000, 100) if os.environ.get("CRASH_MATRIX") else (160, 16)
AT_ONCE = 8


async def waiting(world: World, count: int) -> list[Child]:
    """Processes that have opened the database, and wait to be told."""
    children = [await world.born(("pause",)) for _ in range(count)]
    for child in children:
        await child.said("opened")
    return children


def let_go(*children: Child) -> None:
    for child in children:
        child.kill(signal.SIGUSR1)


def owner(world: World, turn: Asked) -> int:
    """The process that has a turn: its id names it."""
    return int(world.rows()[turn.id]["owner"].split(":")[1])


async def test_the_same_event_five_times_at_once_at_each_of_two_processes_is_one_turn(shared_world: World) -> None:
    turns = [Asked(f"event:{n}", f"thread-{n}", f"How do bees choose nest {n}?") for n in range(5)]
    deliveries = [("deliver", 5, *turn.submit[1:]) for turn in turns]

    children = [await shared_world.born(("pause",), *deliveries) for _ in range(2)]
    for child in children:
        await child.said("opened")
    let_go(*children)
    for child in children:
        await child.ended()

    returned = [child.returned[1:] for child in children]
    taken = [sum(first) + sum(second) for first, second in zip(*returned, strict=True)]
    assert [1] * len(turns) == taken
    assert [] == [one for turn in turns for one in complaints(shared_world, (turn,))]


async def test_a_turn_is_stopped_where_it_does_not_run(shared_world: World) -> None:
    first, second = two_turns("thread")
    shared_world.stand_in.agent("plan").script(STUCK)
    child = await shared_world.born(first.submit, second.submit)
    await shared_world.asked(first, "plan")

    other = await shared_world.born(("stop", first.id, "Ada"))
    for one in (child, other):
        await one.ended()

    assert [True] == other.returned
    assert shared_world.shown(first).startswith("Stopped by Ada after Research")
    assert Counter(research=1, plan=1) == shared_world.counted(first.id)
    assert [] == complaints(shared_world, (second,))


async def test_a_turn_is_retried_where_it_did_not_run(shared_world: World) -> None:
    (child,) = await waiting(shared_world, 1)
    first, second = two_turns("thread")
    await (await shared_world.born(first.submit, second.submit)).ended()

    other = await shared_world.born(("retry", first.id, "build"))
    let_go(child)
    for one in (child, other):
        await one.ended()

    assert [True] == other.returned
    assert Counter(STAGES) + Counter(("build", "review")) == shared_world.counted(first.id)
    assert shared_world.rows()[first.id]["answer"] == shared_world.shown(first)


async def test_a_thread_has_one_line_wherever_its_turns_were_accepted(shared_world: World) -> None:
    first, second = two_turns("thread")
    shared_world.stand_in.agent("research").script(SLOW)
    child = await shared_world.born(first.submit)
    await shared_world.asked(first, "research")

    other = await shared_world.born(second.submit)
    for one in (child, other):
        await one.ended()
    (message,) = shared_world.platform.of(second.id)

    assert any("2nd in line" in state.text for state in message.states)
    assert [] == complaints(shared_world, (first, second))


async def test_who_leaves_in_good_order_hands_on_at_once_and_it_counts_as_no_death(shared_world: World) -> None:
    turns = two_turns("thread")
    shared_world.stand_in.agent("build").script(AgentFault(first_byte_delay=0.5))
    (other,) = await waiting(shared_world, 1)
    child = await shared_world.born(*(turn.submit for turn in turns))
    await shared_world.asked(turns[0], "build")
    await child.obeyed()

    child.kill(signal.SIGTERM)
    assert 0 == await child.ended()
    let_go(other)
    await other.ended()

    assert [] == complaints(shared_world, turns)
    assert {"takeovers": 0} == {"takeovers": max(row["takeovers"] for row in shared_world.rows().values())}
    assert other.pid == owner(shared_world, turns[1])


async def test_a_turn_that_kills_one_process_after_another_ends_with_an_honest_message(shared_world: World) -> None:
    first, second = two_turns("thread")
    children = {child.pid: child for child in await waiting(shared_world, DEATHS)}
    shared_world.stand_in.agent("build").script(*[STUCK] * DEATHS)
    child = await shared_world.born(first.submit, second.submit)
    children[child.pid] = child
    await child.obeyed()
    for death in range(DEATHS):
        await shared_world.stand_in.until(lambda: shared_world.counted(first.id)["build"] > death)  # noqa: B023
        dead = children.pop(owner(shared_world, first))
        dead.kill()
        await dead.ended()

    let_go(*children.values())
    for child in children.values():
        await child.ended()

    assert "failed" == shared_world.status(first)
    assert trouble(Trouble.CRASHED) in shared_world.shown(first)
    assert DEATHS == shared_world.counted(first.id)["build"]
    assert [] == complaints(shared_world, (second,))


Freeze = Callable[[World, Asked, Callable[[], Awaitable[None]]], None]
"""Has that turn's process stopped at some moment."""


def frozen(freeze: Freeze) -> Point:
    """A process that is frozen at some moment, for so long that another one takes over, and then goes on."""

    async def survive(world: World) -> list[str]:
        turns = two_turns("thread")
        (other,) = await waiting(world, 1)
        children: list[Child] = []
        is_frozen = asyncio.Event()

        async def stop_it() -> None:
            await children[0].obeyed()
            if not is_frozen.is_set():
                children[0].kill(signal.SIGSTOP)
                is_frozen.set()

        freeze(world, turns[0], stop_it)
        children.append(await world.born(*(turn.submit for turn in turns), interval=RARELY))
        await is_frozen.wait()
        let_go(other)
        assert 0 == await other.ended()
        states = {message.id: len(message.states) for message in world.platform.messages}
        sent = len(world.stand_in.requests(Endpoint.SEND))

        children[0].kill(signal.SIGCONT)
        assert 0 == await children[0].ended()

        later = {message.id: len(message.states) for message in world.platform.messages}
        assert states == later, children[0].log.read_text()
        assert sent == len(world.stand_in.requests(Endpoint.SEND))
        return complaints(world, turns)

    return survive


def at_the_agent(stage: str) -> Freeze:
    """As it waits for an answer, which comes while it is frozen."""

    def freeze(world: World, turn: Asked, stop_it: Callable[[], Awaitable[None]]) -> None:
        world.stand_in.agent(stage).script(AgentFault(first_byte_delay=0.8))

        async def watch() -> None:
            await world.asked(turn, stage)
            await asyncio.sleep(0.4)  # no update may be half sent: the other half would follow, and no fence sees it
            await stop_it()

        world.beside(watch())

    return freeze


def at_the_platform(kind: Kind, which: str) -> Freeze:
    """As the platform has its request."""

    def freeze(world: World, turn: Asked, stop_it: Callable[[], Awaitable[None]]) -> None:
        world.stand_in.agent("research").script(AgentFault(first_byte_delay=0.3))
        fault = Fault(before=stop_it) if which == "before" else Fault(after=stop_it)
        world.platform.script(kind, fault, turn_id=turn.id)

    return freeze


async def test_who_was_only_frozen_does_no_second_thing(shared_world: World) -> None:
    points = {f"agent-{stage}": frozen(at_the_agent(stage)) for stage in STAGES}
    points |= {
        f"{kind}-{which}": frozen(at_the_platform(kind, which))
        for kind in (Kind.POST, Kind.UPDATE, Kind.PUBLISH)
        for which in ("before", "after")
    }

    assert {} == await each(shared_world, points)


@pytest.mark.timeout(900)
async def test_many_turns_outlive_a_process_and_a_restart_of_the_database(
    shared_world: World, postgres: Server
) -> None:
    """Each is answered once, every thread in order, and never more is asked at once than CustomGPT allows."""
    world = shared_world
    turns = [Asked(f"event:{n}", f"thread-{n % THREADS}", f"How do bees choose nest {n}?") for n in range(MANY)]
    world.stand_in.account = Account(max_queries=8 * MANY)
    for stage in STAGES:
        world.stand_in.agent(stage).always = BRIEF
    first, second = [
        await world.born(*(turn.submit for turn in half), concurrency=AT_ONCE, interval=5.0)
        for half in (turns[::2], turns[1::2])
    ]

    await world.platform.until(lambda: world.platform.stored[Kind.PUBLISH] >= MANY // 4)
    first.kill()
    await first.ended()
    await world.platform.until(lambda: world.platform.stored[Kind.PUBLISH] >= MANY // 2)
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)
    accepted = world.rows()
    lost = [turn.submit for turn in turns if turn.id not in accepted]
    third = await world.born(*lost, concurrency=AT_ONCE, interval=5.0)
    for child in (second, third):
        await child.ended(seconds=600.0)

    rows = world.rows()
    assert {turn.id for turn in turns} == {turn_id for turn_id, row in rows.items() if row["status"] == "complete"}
    assert {turn_id: row["answer"] for turn_id, row in rows.items()} == {
        message.turn_id: message.shows for message in world.platform.messages
    }
    assert MANY == len(world.platform.messages)
    assert [] == out_of_order(world, rows)
    assert world.stand_in.most_in_flight <= AT_ONCE
    asked = Counter(stage_of(request) for request in world.stand_in.requests(Endpoint.SEND))
    assert set(asked) == {(turn.id, stage) for turn in turns for stage in STAGES}
    assert sum(asked.values()) - len(asked) <= 2 * AT_ONCE  # what was under way at the kill, and at the restart


def stage_of(request: Recorded) -> tuple[str, str]:
    turn_id, stage, *_ = request.query["external_id"].split("-")
    return turn_id, stage


def out_of_order(world: World, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Threads in which a turn was asked for before the one in front of it had ended."""
    asked: dict[str, list[int]] = {}
    for request in world.stand_in.requests(Endpoint.SEND):
        row = rows[stage_of(request)[0]]
        asked.setdefault(row["conversation_id"], []).append(row["place"])
    return [thread for thread, places in asked.items() if places != sorted(places)]
