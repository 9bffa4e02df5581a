"""So many uses in any stretch of time: the same in memory and in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from core.database import Database, open_database
from core.errors import StoreError
from core.limits.budgets import SOON, MemoryBudgets, SharedBudgets, wait_for
from core.migrations.tables import pauses, uses
from core.ports import Budgets, Limit
from tests.core.durable.around import bury, live
from tests.postgres import Server

LIMIT = Limit(3, 60.0)


class World(Protocol):
    """A budget, and time that passes when it is told to."""

    @property
    def budgets(self) -> Budgets: ...

    async def elapse(self, seconds: float) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.time = 1_000.0
        self.budgets = MemoryBudgets(lambda: self.time)

    async def elapse(self, seconds: float) -> None:
        self.time += seconds


class InTables:
    """The server's clock cannot be turned: what was done is dated back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.budgets = SharedBudgets(database, lambda: "me")

    async def elapse(self, seconds: float) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(uses).values(at=uses.c.at - seconds))
            await connection.execute(update(pauses).values(until=pauses.c.until - seconds))


@pytest.fixture
async def tables(postgres: Server) -> AsyncIterator[Database]:
    async with open_database(postgres.fresh()) as database:
        await live(database, "me", "other")
        yield database


@pytest.fixture(params=["memory", "tables"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return InMemory()
    return InTables(request.getfixturevalue("tables"))


async def taken(world: World, times: int, **how: int | bool) -> int:
    """How many of so many are taken."""
    waits = [await world.budgets.take("team", LIMIT, **how) for _ in range(times)]  # type: ignore[arg-type]
    return waits.count(0.0)


async def test_so_many_fit_and_then_none_until_the_first_is_over(world: World) -> None:
    assert 3 == await taken(world, 5)
    assert 60.0 == pytest.approx(await world.budgets.take("team", LIMIT), abs=5.0)


async def test_the_window_slides(world: World) -> None:
    for _ in range(3):
        assert 1 == await taken(world, 1)

        await world.elapse(25.0)
    assert 1 == await taken(world, 5)  # 75 s after the first: that one is over

    await world.elapse(20.0)

    assert 1 == await taken(world, 5)  # 70 s after the second


async def test_who_must_wait_is_told_how_long(world: World) -> None:
    await taken(world, 3)
    await world.elapse(40.0)

    assert 20.0 == pytest.approx(await world.budgets.take("team", LIMIT), abs=5.0)

    await world.elapse(25.0)

    assert 0.0 == await world.budgets.take("team", LIMIT)


async def test_a_use_that_was_refused_counts_for_nothing(world: World) -> None:
    await taken(world, 50)
    await world.elapse(61.0)

    assert 3 == await taken(world, 5)


async def test_each_budget_is_its_own(world: World) -> None:
    await taken(world, 3)

    assert 0.0 == await world.budgets.take("another team", LIMIT)


async def test_what_is_reserved_stays_but_for_the_last_use_of_who_reserved_it(world: World) -> None:
    async with world.budgets.reserved("team"), world.budgets.reserved("team"):
        assert 1 == await taken(world, 5)
        assert 2 == await taken(world, 5, last=True)


async def test_what_is_reserved_no_longer_is_free_again(world: World) -> None:
    with pytest.raises(RuntimeError):
        await _fail_with_a_reserve(world)

    assert 3 == await taken(world, 5)


async def _fail_with_a_reserve(world: World) -> None:
    async with world.budgets.reserved("team"):
        raise RuntimeError("in the middle")


async def test_some_may_be_kept_for_others(world: World) -> None:
    assert 2 == await taken(world, 5, keep=1)
    assert 1 == await taken(world, 5)


async def test_where_all_that_is_left_is_reserved_another_look_is_soon(world: World) -> None:
    async with world.budgets.reserved("team"):
        assert 2 == await taken(world, 2)
        assert SOON == await world.budgets.take("team", LIMIT)


async def test_while_it_is_paused_nobody_takes_anything(world: World) -> None:
    await world.budgets.pause("team", 30.0)

    assert 30.0 == pytest.approx(await world.budgets.take("team", LIMIT, last=True), abs=5.0)
    assert 0.0 == await world.budgets.take("another team", LIMIT)

    await world.elapse(31.0)

    assert 0.0 == await world.budgets.take("team", LIMIT)


async def test_of_two_pauses_the_longer_counts(world: World) -> None:
    for seconds in (10.0, 40.0, 20.0):
        await world.budgets.pause("team", seconds)

    assert 40.0 == pytest.approx(await world.budgets.take("team", LIMIT), abs=5.0)


async def test_of_many_at_once_no_more_than_fit_are_taken(world: World) -> None:
    waits = await asyncio.gather(*(world.budgets.take("team", LIMIT) for _ in range(30)))

    assert 3 == waits.count(0.0)


# Over several processes


async def test_two_processes_share_a_budget(postgres: Server) -> None:
    url = postgres.fresh()
    async with open_database(url) as here, open_database(url) as there:
        await live(here, "here", "there")
        one, other = SharedBudgets(here, lambda: "here"), SharedBudgets(there, lambda: "there")
        async with one.reserved("team"):
            waits = await asyncio.gather(*(budgets.take("team", LIMIT) for budgets in (one, other) * 10))

            assert 2 == waits.count(0.0)
        assert 0.0 == await other.take("team", LIMIT)


async def test_what_a_process_has_reserved_goes_with_it(tables: Database) -> None:
    mine, others = SharedBudgets(tables, lambda: "me"), SharedBudgets(tables, lambda: "other")
    async with others.reserved("team"), others.reserved("team"):
        await bury(tables, "other")

        assert [0.0] * 3 == [await mine.take("team", LIMIT) for _ in range(3)]


async def test_who_is_not_among_the_living_reserves_nothing(tables: Database) -> None:
    async def reserve() -> None:
        async with SharedBudgets(tables, lambda: "nobody").reserved("team"):
            pytest.fail("it is reserved")

    with pytest.raises(StoreError):
        await reserve()


# The rule


LIMITS = st.builds(Limit, st.integers(1, 9), st.floats(0.5, 3_600.0))


@given(LIMITS, st.integers(0, 12), st.integers(0, 5), st.floats(0.0, 3_600.0))
def test_whoever_may_not_now_waits_for_some_time_and_no_longer_than_the_stretch(
    limit: Limit, used: int, kept: int, age: float
) -> None:
    wait = wait_for(limit, used, kept, age if used else None)

    assert (used + kept < limit.most) == (wait == 0.0)
    assert 0.0 <= wait <= limit.seconds


@given(
    limit=LIMITS,
    moves=st.lists(st.tuples(st.floats(0.0, 600.0), st.integers(1, 4), st.booleans()), max_size=40),
)
async def test_in_no_stretch_of_time_more_is_used_than_allowed(
    limit: Limit, moves: list[tuple[float, int, bool]]
) -> None:
    world, at = InMemory(), list[float]()
    async with world.budgets.reserved("team"):
        for pause, times, last in moves:
            await world.elapse(pause)
            for _ in range(times):
                if await world.budgets.take("team", limit, last=last) == 0.0:
                    at.append(world.time)

    assert all(sum(start <= one < start + limit.seconds for one in at) <= limit.most for start in at)


@given(limit=LIMITS, used=st.integers(1, 9), pauses=st.lists(st.floats(0.0, 600.0), max_size=9))
async def test_who_waits_as_long_as_it_was_told_gets_its_use_in_the_end(
    limit: Limit, used: int, pauses: list[float]
) -> None:
    world = InMemory()
    for pause in pauses[:used]:
        await world.budgets.take("team", limit)
        await world.elapse(pause)
    waited = 0.0
    while wait := await world.budgets.take("team", limit):
        waited += wait
        await world.elapse(wait)

    assert waited <= limit.seconds + 0.01


async def test_in_memory_nothing_is_left_of_budgets_that_nobody_uses_any_more() -> None:
    """There may be one for each turn that ever was; what still counts is kept."""
    world = InMemory()
    budgets = world.budgets
    for n in range(1_000):
        async with budgets.reserved(f"turn {n}"):
            await budgets.take(f"turn {n}", Limit(4, 5.0))
            await budgets.pause(f"turn {n}", 5.0)
    await world.elapse(30.0)
    await budgets.take("in use", LIMIT)
    await world.elapse(40.0)
    async with budgets.reserved("in use"):
        left = [await budgets.take("in use", LIMIT) for _ in range(2)]
        kept = [len(found) for found in (budgets._uses, budgets._reserved, budgets._paused, budgets._over)]

    assert ([0.0, SOON], [1, 1, 0, 1]) == (left, kept)
