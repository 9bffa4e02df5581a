from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest
from sqlalchemy import update

from core.database import Database
from core.durable.ledger import LEFT, Ledger
from core.durable.membership import Beats, Membership
from core.errors import Superseded
from core.migrations.tables import processes
from core.store import Store, open_store
from tests.core.database_faults import away
from tests.core.durable.around import bury, live, living, turn
from tests.core.rows import rows
from tests.core.waiting import until
from tests.postgres import Server

PATIENT = Beats(every=0.02, stale=60.0)


class Clock:
    """What the process itself takes for the time."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with open_store(url) as store:
        yield store.database


@asynccontextmanager
async def beating(membership: Membership, lost: asyncio.Event | None = None) -> AsyncIterator[None]:
    task = asyncio.create_task(membership.run(lost.set if lost else nothing))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def nothing() -> None:
    """Nobody is told."""


async def beat_of(database: Database, member: str) -> float:
    ((beat,),) = rows(_url(database), f"SELECT beat FROM processes WHERE id = '{member}'")
    return float(beat)


def _url(database: Database) -> str:
    return database._writer.url.set(drivername="postgresql").render_as_string(hide_password=False)


async def beaten(database: Database, member: str, times: int = 3) -> None:
    """Wait until it has shown itself so often."""
    for _ in range(times):
        before = await beat_of(database, member)
        await until(partial(_has_beaten_since, database, member, before))


async def beaten_for_long(database: Database, members: Sequence[Membership], *clocks: Clock) -> None:
    """They have beaten without a break for longer than it takes to be taken for dead."""
    for _ in range(3):
        for member in members:
            await beaten(database, member.id)
        for clock in clocks:
            clock.time += PATIENT.stale / 2


async def _has_beaten_since(database: Database, member: str, before: float) -> bool:
    return await beat_of(database, member) != before


async def gone(database: Database, member: str) -> bool:
    return member not in await living(database)


async def grow_old(database: Database, member: str) -> None:
    """It has not shown itself for a long time."""
    async with database.writing() as connection:
        await connection.execute(update(processes).where(processes.c.id == member).values(beat=1.0))


# On Postgres


async def test_who_has_joined_is_among_the_living_under_a_name_of_its_own(database: Database) -> None:
    members = [Membership(database) for _ in range(3)]
    for member in members:
        await member.join()

    assert {member.id for member in members} == await living(database)
    assert 3 == len({member.id for member in members})


async def test_who_is_cut_off_for_long_enough_takes_itself_for_lost(database: Database) -> None:
    member = Membership(database, beats=PATIENT, clock=(clock := Clock()))
    await member.join()
    clock.time += PATIENT.stale - 1
    lost = asyncio.create_task(member.lost(member.id))
    await asyncio.wait([lost], timeout=3 * PATIENT.every)
    before = lost.done()
    clock.time += 1
    await lost

    assert not before


async def test_who_is_not_seen_for_long_enough_is_buried_by_exactly_one(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "core.durable.membership")
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(url)) for _ in range(4)]
        clock = Clock()
        sleeper, *awake = [Membership(store.database, beats=PATIENT, clock=clock) for store in stores]
        for member in (sleeper, *awake):
            await member.join()
        told = [stack.enter_context(store.database.bell.heard(LEFT)) for store in stores[1:]]
        for ear in told:
            ear.clear()
        for member in awake:
            await stack.enter_async_context(beating(member))
        await grow_old(stores[0].database, sleeper.id)
        await beaten_for_long(stores[0].database, awake, clock)
        await until(partial(gone, stores[0].database, sleeper.id))
        for member in awake:
            await beaten(stores[0].database, member.id)
        left = await living(stores[0].database)

    assert {member.id for member in awake} == left
    assert 1 == sum(f"{sleeper.id} has died" in record.getMessage() for record in caplog.records)
    assert any(ear.is_set() for ear in told)


async def test_after_a_time_without_a_database_everybody_has_time_to_show_itself(url: str) -> None:
    """Who is back first finds all others stale, as it was itself a moment ago: it buries nobody for that."""
    async with open_store(url) as one, open_store(url) as other:
        clock = Clock()
        first, second = Membership(one.database, beats=PATIENT, clock=clock), Membership(other.database)
        for member in (first, second):
            await member.join()
        async with beating(first):
            await beaten_for_long(one.database, [first], clock)
            clock.time += 10 * PATIENT.stale
            await grow_old(one.database, second.id)
            await beaten(one.database, first.id, times=5)
            assert not await gone(one.database, second.id)

            await beaten_for_long(one.database, [first], clock)
            await until(partial(gone, one.database, second.id))


async def test_who_wakes_and_is_not_counted_any_more_says_so_once_and_joins_as_another(database: Database) -> None:
    member = Membership(database, beats=PATIENT)
    await member.join()
    before, lost = member.id, 0

    def count() -> None:
        nonlocal lost
        lost += 1

    await bury(database, before)
    task = asyncio.create_task(member.run(count))
    await until(partial(living, database))
    await beaten(database, member.id)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert 1 == lost
    assert {member.id} == await living(database)
    assert before != member.id


async def test_who_beats_is_left_alone(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        members = [Membership(store.database, beats=PATIENT) for store in (one, other)]
        for member in members:
            await member.join()
        async with beating(members[0]), beating(members[1]):
            for member in members:
                await beaten(one.database, member.id)

        assert {member.id for member in members} == await living(one.database)


async def test_a_wrong_clock_harms_nobody(url: str) -> None:
    """Its own clock tells a process only how long ago its last beat was."""
    fast, slow = Clock(), Clock()
    fast.time, slow.time = 4e9, -4e9
    async with open_store(url) as one, open_store(url) as other, open_store(url) as third:
        members = [
            Membership(store.database, beats=PATIENT, clock=clock) for store, clock in ((one, fast), (other, slow))
        ]
        dead = Membership(third.database)
        for member in (*members, dead):
            await member.join()
        await grow_old(third.database, dead.id)
        async with beating(members[0]), beating(members[1]):
            await beaten_for_long(one.database, members, fast, slow)
            await until(partial(gone, one.database, dead.id))
            for member in members:
                await beaten(one.database, member.id)
                await member.certain(member.id)

        assert {member.id for member in members} == await living(one.database)


async def test_it_is_certain_soon_after_a_beat_and_not_long_after(database: Database) -> None:
    clock = Clock()
    member = Membership(database, beats=Beats(every=2.0, stale=8.0), clock=clock)
    await member.join()
    clock.time += 5.9

    await member.certain(member.id)

    clock.time += 0.2
    waiting = asyncio.create_task(member.certain(member.id))
    for _ in range(5):
        await asyncio.sleep(0)

    assert not waiting.done()

    async with beating(member):
        await waiting


async def test_while_the_database_is_away_nothing_is_certain(database: Database, postgres: Server) -> None:
    clock = Clock()
    member = Membership(database, beats=PATIENT, clock=clock)
    await member.join()
    async with beating(member):
        async with away(postgres):
            clock.time += 100.0
            waiting = asyncio.create_task(member.certain(member.id))
            await asyncio.sleep(5 * PATIENT.every)

            assert not waiting.done()
        await waiting


async def test_after_its_burial_who_was_frozen_may_not_touch_the_outside(database: Database) -> None:
    clock = Clock()
    member = Membership(database, beats=PATIENT, clock=clock)
    await member.join()
    await bury(database, member.id)
    clock.time += 100.0  # it was frozen that long
    waiting = asyncio.create_task(member.certain(member.id))
    await asyncio.sleep(0)
    async with beating(member):
        with pytest.raises(Superseded):
            await waiting


async def test_nobody_is_certain_for_another_or_for_who_they_were_before(database: Database) -> None:
    member = Membership(database)
    await member.join()
    before = member.id
    await member.join()

    for other in (before, "", "somebody"):
        with pytest.raises(Superseded, match="taken for dead"):
            await member.certain(other)


async def test_who_leaves_hands_on_what_is_open_at_once(url: str) -> None:
    async with open_store(url) as one, open_store(url) as other:
        leaver, stays = Membership(one.database), Membership(other.database)
        for member in (leaver, stays):
            await member.join()
        for n, owner in ((1, leaver.id), (2, stays.id)):
            await one.accept(turn(n), owner)
        with other.database.bell.heard(LEFT) as left:
            await leaver.leave()
            await left.wait()
        taken = await Ledger(other.database).take_over(stays.id, {"memory"})

        assert [turn(1).turn_id] == [found.turn.turn_id for found in taken]
        assert {stays.id} == await living(other.database)


# Alone


@pytest.fixture
async def alone(tmp_path: object) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/kept.db") as store:
        yield store


async def test_on_a_file_whoever_stood_there_is_gone(alone: Store) -> None:
    await live(alone.database, "before", "long before")
    await alone.accept(turn(1), "before")
    member = Membership(alone.database)
    await member.join()

    assert {member.id} == await living(alone.database)
    assert 1 == len(await Ledger(alone.database).take_over(member.id, {"memory"}))


async def test_on_a_file_it_is_always_certain_and_need_not_beat(alone: Store) -> None:
    clock = Clock()
    member = Membership(alone.database, clock=clock)
    await member.join()
    clock.time += 1e6

    await member.certain(member.id)
    await member.run(nothing)


async def test_on_a_file_too_nobody_is_certain_for_who_was_there_before(alone: Store) -> None:
    member = Membership(alone.database)
    await member.join()

    with pytest.raises(Superseded):
        await member.certain("before")
