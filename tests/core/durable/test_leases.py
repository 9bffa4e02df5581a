"""What only one process at a time does, on both databases; several processes share a Postgres alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import pytest

from core.database import Database
from core.durable.leases import Leases
from core.durable.membership import Membership, boot_clock
from core.store import open_store
from tests.core.durable.around import bury
from tests.core.durable.test_membership import PATIENT, Clock, beaten, beating
from tests.core.rows import rows
from tests.core.waiting import until
from tests.postgres import Server

FOREVER = 3_600.0
"""A floor that no test waits for: whoever looks again was rung."""


class Work:
    """What is done until it is told to end; how often it was begun, and how often it came to its end."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.ended = 0, 0
        self.begins, self.told, self.given_up = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._error = error

    async def __call__(self) -> None:
        self.begun += 1
        self.begins.set()
        try:
            await self.told.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        if self._error:
            raise self._error
        self.ended += 1


@asynccontextmanager
async def process(
    url: str, *, floor: float = FOREVER, clock: Callable[[], float] = boot_clock
) -> AsyncIterator[tuple[Leases, Membership, Database]]:
    async with open_store(url) as store:
        member = Membership(store.database, beats=PATIENT, clock=clock)
        await member.join()
        yield Leases(store.database, member, floor=floor), member, store.database


@contextmanager
def doing(leases: Leases, work: Work, name: str = "gateway") -> Iterator[asyncio.Task[None]]:
    task = asyncio.create_task(leases.lead(name, work))
    try:
        yield task
    finally:
        task.cancel()


async def cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def holders(url: str) -> list[str]:
    return [process for (process,) in rows(url, "SELECT process FROM leases")]


async def _begun(works: Sequence[Work], times: int) -> bool:
    return sum(work.begun for work in works) >= times


async def _named(member: Membership) -> bool:
    """Has it joined again?"""
    return bool(member.id)


async def looked(database: Database) -> None:
    """Whoever waits has looked, and goes on waiting."""
    for _ in range(3):
        async with database.reading():
            await asyncio.sleep(0.02)


async def test_work_is_done_at_once_where_nobody_else_does_it_and_free_when_it_has_ended(database_url: str) -> None:
    async with process(database_url) as (leases, member, _):
        work = Work()
        with doing(leases, work) as task:
            await work.begins.wait()
            held = holders(database_url)
            work.told.set()
            await task

        assert [member.id] == held
        assert (1, 1) == (work.begun, work.ended)
        assert [] == holders(database_url)


async def test_what_the_work_raises_is_raised_and_it_is_free_for_others(database_url: str) -> None:
    async with process(database_url) as (leases, _, _):
        work = Work(ValueError("no"))
        work.told.set()
        with pytest.raises(ValueError, match="no"):
            await leases.lead("gateway", work)

        assert [] == holders(database_url)


async def test_who_is_cancelled_hands_it_on(database_url: str) -> None:
    async with process(database_url) as (leases, _, _):
        work = Work()
        with doing(leases, work) as task:
            await work.begins.wait()
            await cancelled(task)

        assert work.given_up.is_set()
        assert [] == holders(database_url)


async def test_things_of_different_names_are_done_beside_each_other(database_url: str) -> None:
    async with process(database_url) as (leases, _, _):
        one, other = Work(), Work()
        with doing(leases, one, "one") as first, doing(leases, other, "other") as second:
            await one.begins.wait()
            await other.begins.wait()
            await cancelled(first, second)


async def test_on_a_database_for_one_process_what_an_earlier_one_held_is_free(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/kept.db"
    async with open_store(url) as store:
        dead = Membership(store.database)
        await dead.join()
        task = asyncio.create_task(Leases(store.database, dead, floor=FOREVER).lead("gateway", work := Work()))
        await work.begins.wait()
        held = holders(url)
        async with process(url) as (leases, member, _):
            with doing(leases, again := Work()) as second:
                await again.begins.wait()

                assert [dead.id] == held
                assert [member.id] == holders(url)

                await cancelled(second)
        await cancelled(task)


# Several processes


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


async def test_of_several_processes_one_alone_works_and_the_next_when_it_has_ended(url: str) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(process(url)) for _ in range(3)]
        works = [Work() for _ in opened]
        pairs = zip(opened, works, strict=True)
        tasks = [asyncio.create_task(leases.lead("gateway", work)) for (leases, _, _), work in pairs]
        for n in range(3):
            await until(partial(_begun, works, n + 1))
            await looked(opened[0][2])
            assert n + 1 == sum(work.begun for work in works)
            next(work for work in works if work.begun and not work.told.is_set()).told.set()
        await asyncio.gather(*tasks)

    assert [1, 1, 1] == [work.ended for work in works]


async def test_when_its_process_leaves_another_one_is_rung(url: str) -> None:
    async with process(url) as (_, leaver, database), process(url) as (leases, member, _):
        await Leases(database, leaver, floor=FOREVER)._take("gateway", leaver.id)
        with doing(leases, work := Work()) as task:
            await looked(database)
            before = work.begun
            await leaver.leave()
            await work.begins.wait()

            assert 0 == before
            assert [member.id] == holders(url)

            await cancelled(task)


async def test_when_its_process_was_buried_another_one_finds_it_by_itself(url: str) -> None:
    """Nobody rings here: a floor of seconds is enough."""
    async with process(url) as (_, dead, database), process(url, floor=0.05) as (leases, member, _):
        await Leases(database, dead, floor=FOREVER)._take("gateway", dead.id)
        with doing(leases, work := Work()) as task:
            await looked(database)
            before = work.begun
            await bury(database, dead.id)
            await work.begins.wait()

            assert 0 == before
            assert [member.id] == holders(url)

            await cancelled(task)


async def test_who_was_taken_for_dead_gives_it_up_and_waits_like_anybody(url: str) -> None:
    async with process(url) as (frozen, sleeper, database), process(url, floor=0.05) as (leases, member, _):
        first, second = Work(), Work()
        with doing(frozen, first) as one:
            await first.begins.wait()
            other = asyncio.create_task(leases.lead("gateway", second))
            await bury(database, sleeper.id)
            await second.begins.wait()
            async with beating(sleeper):
                await first.given_up.wait()
                await until(partial(_named, sleeper))
                await beaten(database, sleeper.id)
                held, begun = holders(url), first.begun

                first.begins.clear()
                await cancelled(other)
                await first.begins.wait()

                assert ([member.id], 1) == (held, begun)
                assert (2, [sleeper.id]) == (first.begun, holders(url))

                await cancelled(one)


async def test_who_is_cut_off_from_the_database_gives_it_up_and_does_it_again_when_it_is_there(url: str) -> None:
    """Nobody can tell it that it was taken for dead: by then others do it."""
    clock = Clock()
    async with process(url, floor=0.05, clock=clock) as (leases, member, database):
        with doing(leases, work := Work()) as task:
            await work.begins.wait()
            clock.time += PATIENT.stale
            await work.given_up.wait()
            await looked(database)
            before = work.begun
            work.begins.clear()
            async with beating(member):
                await work.begins.wait()

                assert (1, 2) == (before, work.begun)
                assert [member.id] == holders(url)

            await cancelled(task)


async def test_a_lease_is_nothing_for_who_is_not_among_the_living(url: str) -> None:
    """Buried in the moment in which it looks, it looks again as another."""
    async with process(url, floor=0.05) as (leases, member, database):
        await bury(database, member.id)
        with doing(leases, work := Work()) as task:
            await looked(database)
            before = work.begun
            async with beating(member):
                await work.begins.wait()
                await beaten(database, member.id)

                assert 0 == before
                assert [member.id] == holders(url)

            await cancelled(task)
