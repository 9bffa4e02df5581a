"""Two processes on one Postgres database, as far as the database can tell: two pools, two members, one loop."""

from __future__ import annotations

import asyncio

import pytest

from core.durable.membership import Beats
from core.store import open_store
from core.turn import TurnStatus
from tests.core.durable.around import Desk, bury, kept, living, turn
from tests.fakes import MemorySurface
from tests.postgres import Server


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def desks(url: str) -> tuple[Desk, Desk]:
    """They post to the same platform."""
    surface = MemorySurface()
    return Desk(url, surface=surface), Desk(url, surface=surface)


async def test_stop_pressed_at_one_ends_a_turn_of_the_other(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.agents.hold["build"] = asyncio.Event()
    async with one.open() as (running, store), other.open() as (turns, _):
        await running.submit(turn(1))
        await one.agents.begun["build"].wait()

        assert await turns.stop(turn(1).turn_id, "Ada")

        await running.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert TurnStatus.STOPPED == stored.status
    assert ["stopped"] == one.statuses(turn(1))
    assert [] == other.agents.asked


async def test_the_end_of_a_turn_is_heard_at_the_other(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.agents.hold["build"] = asyncio.Event()
    async with one.open() as (running, _), other.open() as (turns, _):
        await running.submit(turn(1))
        waiting = asyncio.create_task(turns.ended(turn(1).turn_id))
        await one.agents.begun["build"].wait()

        assert not waiting.done()

        one.agents.hold["build"].set()
        async with asyncio.timeout(1.5):  # less than the floor: it rang
            await waiting


async def test_what_happens_at_one_is_followed_at_the_other_to_its_end(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.agents.hold["build"] = asyncio.Event()
    async with one.open() as (running, _), other.open() as (turns, _):
        await running.submit(turn(1))
        seen: list[tuple[int, str]] = []
        async with asyncio.timeout(10):
            async for event in turns.records.watch(turn(1).turn_id):
                seen.append((event.seq, event.name))
                if (event.name, event.fields.get("stage")) == ("stage.started", "build"):
                    one.agents.hold["build"].set()
        rest = [event async for event in turns.records.watch(turn(1).turn_id, after=seen[2][0])]

    assert list(range(1, len(seen) + 1)) == [seq for seq, _ in seen]
    assert ("turn.started", "complete") == (seen[0][1], seen[-1][1])
    assert seen[3:] == [(event.seq, event.name) for event in rest]


async def test_a_turn_that_ran_at_one_is_retried_at_the_other(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    async with one.open() as (running, store), other.open() as (turns, _):
        await running.submit(turn(1))
        await running.ended(turn(1).turn_id)

        assert await turns.retry(turn(1).turn_id, "build")
        assert not await running.retry(turn(1).turn_id, "build")

        await running.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, 2) == (stored.status, stored.generation)
    assert ["build", "review"] == [question.stage for question in other.agents.asked]
    assert 4 == len(one.agents.asked)
    assert 1 == one.surface.kinds.count("post")


async def test_the_turns_of_a_thread_run_in_order_whoever_accepted_them(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.agents.hold["research"] = asyncio.Event()
    async with one.open() as (first, _), other.open() as (second, _):
        await first.submit(turn(1))
        await second.submit(turn(2))
        await first.submit(turn(3))
        await one.agents.begun["research"].wait()

        assert [] == other.agents.asked

        one.agents.hold["research"].set()
        async with asyncio.timeout(5.0):  # less than the floor of the line
            await second.idle()

    orders = [[question.turn_id for question in desk.agents.asked] for desk in desks]
    assert [[turn(1).turn_id] * 4 + [turn(3).turn_id] * 4, [turn(2).turn_id] * 4] == orders
    assert all("Prompt 1?" in question.prompt for question in other.agents.asked)
    assert all("Prompt 2?" in question.prompt for question in one.agents.asked[4:])


async def test_a_turn_that_is_delivered_to_both_at_once_is_one(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    async with one.open() as (first, _), other.open() as (second, _):
        taken = await asyncio.gather(*(turns.submit(turn(1)) for turns in (first, second) * 3))
        await first.idle()

    assert [False] * 5 + [True] == sorted(taken)
    assert 4 == len(one.agents.asked) + len(other.agents.asked)
    assert 1 == one.surface.kinds.count("post")


async def test_who_leaves_hands_its_turns_to_the_other_at_once(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.agents.hold["build"] = asyncio.Event()
    async with other.open() as (turns, store):
        async with one.open() as (running, _):
            await running.submit(turn(1))
            await one.agents.begun["build"].wait()
        async with asyncio.timeout(1.5):  # less than the floor: it rang
            await turns.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status
    assert ["build", "review"] == [question.stage for question in other.agents.asked]
    assert other.agents.asked[0].reentered
    assert 1 == one.surface.kinds.count("post")


async def test_who_was_taken_for_dead_gives_its_turns_up_and_goes_on_as_another(url: str) -> None:
    surface = MemorySurface()
    frozen = Desk(url, surface=surface, beats=Beats(every=0.05))
    survivor = Desk(url, surface=surface)
    frozen.agents.hold["build"] = asyncio.Event()
    async with frozen.open() as (turns, store):
        (name,) = await living(store.database)
        await turns.submit(turn(1))
        await frozen.agents.begun["build"].wait()
        async with survivor.open() as (others, _):
            await bury(store.database, name)
            await others.take_over()
            await others.ended(turn(1).turn_id)
            await turns.submit(turn(2, thread="another"))
            del frozen.agents.hold["build"]
            await turns.idle()
            names = await living(store.database)
        stored = [(await kept(store, n)).status for n in (1, 2)]

    assert [TurnStatus.COMPLETE] * 2 == stored
    assert ["build", "review"] == [q.stage for q in survivor.agents.asked if q.turn_id == turn(1).turn_id]
    assert 2 == len(names)
    assert name not in names


async def test_a_turn_for_a_surface_that_only_the_other_has_is_retried_there(url: str) -> None:
    slack, discord = Desk(url), Desk(url)
    slack.name, discord.name = "slack", "discord"
    asked = turn(1, surface="slack")
    async with slack.open() as (turns, store), discord.open() as (others, _):
        await turns.submit(asked)
        await turns.ended(asked.turn_id)

        assert await others.retry(asked.turn_id)

        await others.ended(asked.turn_id)
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, 2) == (stored.status, stored.generation)
    assert [] == discord.surface.kinds


async def test_what_only_waits_for_another_surface_is_not_touched(url: str) -> None:
    discord = Desk(url)
    discord.name = "discord"
    async with open_store(url) as store:
        await store.accept(turn(1, surface="slack"))
    async with discord.open() as (turns, store):
        await turns.take_over()
        stored = await kept(store, 1)

    assert TurnStatus.QUEUED == stored.status
    assert [] == discord.agents.asked
