"""The slots over all processes: two pools on one Postgres database, each with a member of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from core.database import Database, open_database
from core.errors import StoreError, Superseded
from core.limits.slots import SharedSlots
from tests.core.database_faults import away
from tests.core.durable.around import bury, live
from tests.core.rows import rows
from tests.core.waiting import until
from tests.postgres import Server


def nothing() -> None:
    """Nobody listens."""


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


class Process:
    """One that shares slots."""

    def __init__(self, database: Database, name: str, limit: int, floor: float = 30.0) -> None:
        self.database = database
        self.name = name
        self.slots = SharedSlots(database, "key", limit, lambda: name, floor=floor, parting=2.0)


@pytest.fixture
async def processes(url: str) -> AsyncIterator[Callable[..., list[Process]]]:
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(open_database(url)) for _ in range(2)]
        await live(databases[0], "one", "other")

        def with_limit(limit: int, floor: float = 30.0) -> list[Process]:
            return [Process(*each, limit, floor) for each in zip(databases, ("one", "other"), strict=True)]

        yield with_limit


Processes = Callable[..., list[Process]]


class Guest:
    """Somebody who takes a slot, and keeps it until told to leave."""

    def __init__(self, process: Process, seniority: float = 0.0, on_wait: Callable[[], None] = nothing) -> None:
        self.inside = asyncio.Event()
        self.leave = asyncio.Event()
        self.waits = asyncio.Event()
        self.settled = asyncio.Event()
        self.task = asyncio.create_task(self._stay(process.slots, seniority, on_wait))

    async def _stay(self, slots: SharedSlots, seniority: float, on_wait: Callable[[], None]) -> None:
        def told() -> None:
            self.waits.set()
            self.settled.set()
            on_wait()

        async with slots.hold(seniority, told):
            self.inside.set()
            self.settled.set()
            await self.leave.wait()


async def see_off(*guests: Guest) -> None:
    for guest in guests:
        guest.leave.set()
    await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)


def waiting_and_held(url: str) -> tuple[int, int]:
    ((waiting, held),) = rows(url, "SELECT count(*) FILTER (WHERE NOT held), count(*) FILTER (WHERE held) FROM slots")
    return waiting, held


async def test_never_more_than_the_limit_are_inside_over_all_processes(processes: Processes, url: str) -> None:
    both = processes(3)
    guests = []
    for n in range(8):
        guests.append(guest := Guest(both[n % 2], n))
        await guest.settled.wait()
    for n in range(8):
        inside = [m for m, guest in enumerate(guests) if guest.inside.is_set() and not guest.task.done()]

        assert list(range(n, min(n + 3, 8))) == inside

        await see_off(guests[n])
        if n + 3 < 8:
            await guests[n + 3].inside.wait()

    assert (0, 0) == waiting_and_held(url)


async def test_a_crowd_is_let_in_by_and_by(processes: Processes, url: str) -> None:
    inside = 0
    both = processes(3)

    async def come(process: Process, seniority: float) -> None:
        nonlocal inside
        async with process.slots.hold(seniority, nothing):
            inside += 1
            assert inside <= 3
            await asyncio.to_thread(waiting_and_held, url)
            inside -= 1

    await asyncio.gather(*(come(both[n % 2], n % 5) for n in range(40)))

    assert (0, 0) == waiting_and_held(url)


async def test_the_oldest_turn_is_next_wherever_it_waits(processes: Processes) -> None:
    one, other = processes(1)
    first = Guest(one, 5)
    await first.inside.wait()
    order: list[float] = []
    guests = []
    for process, seniority in ((one, 4), (other, 2), (one, 3), (other, 1)):
        guests.append(guest := Guest(process, seniority))
        await guest.waits.wait()

    async def note(guest: Guest, seniority: float) -> None:
        await guest.inside.wait()
        order.append(seniority)
        guest.leave.set()

    noting = [asyncio.create_task(note(*each)) for each in zip(guests, (4, 2, 3, 1), strict=True)]
    first.leave.set()
    await asyncio.gather(*noting)
    await see_off(first, *guests)

    assert [1, 2, 3, 4] == order


async def test_of_the_same_age_the_first_to_come_is_next(processes: Processes) -> None:
    one, other = processes(1)
    first = Guest(one)
    await first.inside.wait()
    second = Guest(other)
    await second.waits.wait()
    third = Guest(one)
    await third.waits.wait()
    first.leave.set()
    await second.inside.wait()

    assert not third.inside.is_set()

    await see_off(first, second, third)


async def test_only_who_must_wait_is_told_and_once(processes: Processes) -> None:
    one, other = processes(1)
    told: list[str] = []
    first = Guest(one, 0, lambda: told.append("first"))
    await first.inside.wait()
    second = Guest(other, 0, lambda: told.append("second"))
    await second.waits.wait()
    third = Guest(other, 1, lambda: told.append("third"))
    await third.waits.wait()
    await see_off(first, second, third)

    assert ["second", "third"] == told


async def test_a_waiter_that_is_cancelled_leaves_nothing(processes: Processes, url: str) -> None:
    one, other = processes(1)
    first = Guest(one)
    await first.inside.wait()
    second = Guest(other)
    await second.waits.wait()
    second.task.cancel()
    await asyncio.wait([second.task])

    assert (0, 1) == waiting_and_held(url)
    assert second.task.cancelled()

    await see_off(first)
    third = Guest(other)
    await third.inside.wait()
    await see_off(third)


async def test_whoever_is_cancelled_at_whatever_moment_no_slot_is_lost(processes: Processes, url: str) -> None:
    both = processes(2)
    for steps in range(40):
        guests = [Guest(both[n % 2], n) for n in range(4)]
        for _ in range(steps * 5):
            await asyncio.sleep(0)
        for guest in guests:
            guest.task.cancel()
        await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)
    last = [Guest(process) for process in both]
    for guest in last:
        await guest.inside.wait()

    assert (0, 2) == waiting_and_held(url)

    await see_off(*last)


async def test_a_block_that_fails_leaves_its_slot(processes: Processes, url: str) -> None:
    (one, _) = processes(1)

    async def fail() -> None:
        async with one.slots.hold(0, nothing):
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await fail()

    assert (0, 0) == waiting_and_held(url)


async def test_the_slots_of_the_dead_are_free_for_who_looks(processes: Processes, url: str) -> None:
    """Nobody rings for the dead: who waits looks from time to time."""
    one, other = processes(1, floor=0.05)
    dead = Guest(one)
    await dead.inside.wait()
    survivor = Guest(other)
    await survivor.waits.wait()
    await bury(other.database, "one")
    await survivor.inside.wait()

    assert (0, 1) == waiting_and_held(url)

    await see_off(survivor, dead)


async def test_who_was_taken_for_dead_as_it_waited_is_told(processes: Processes) -> None:
    one, other = processes(1, floor=0.05)
    first = Guest(other)
    await first.inside.wait()
    frozen = Guest(one)
    await frozen.waits.wait()
    await bury(other.database, "one")

    with pytest.raises(Superseded):
        await frozen.task

    await see_off(first)


async def test_who_is_not_among_the_living_gets_no_slot(processes: Processes, url: str) -> None:
    one, other = processes(1)
    await bury(other.database, "one")

    with pytest.raises(StoreError):
        await Guest(one).task

    assert (0, 0) == waiting_and_held(url)


async def test_each_key_has_slots_of_its_own(processes: Processes) -> None:
    (one, other) = processes(1)
    mine = Guest(one)
    await mine.inside.wait()
    async with SharedSlots(other.database, "another key", 1, lambda: "other").hold(0, pytest.fail):
        assert mine.inside.is_set()

    await see_off(mine)


async def test_a_slot_that_could_not_be_handed_on_is_with_the_next(
    processes: Processes, url: str, postgres: Server
) -> None:
    one, _ = processes(1)
    first = Guest(one)
    await first.inside.wait()
    async with away(postgres):
        await see_off(first)

    assert (0, 1) == waiting_and_held(url)

    second = Guest(one)
    await second.inside.wait()
    await see_off(second)

    assert (0, 0) == waiting_and_held(url)


async def test_who_waits_rides_out_a_server_that_is_away(processes: Processes, url: str, postgres: Server) -> None:
    one, other = processes(1, floor=0.05)
    first = Guest(one)
    await first.inside.wait()
    second = Guest(other)
    await second.waits.wait()
    async with away(postgres):
        await asyncio.sleep(0.1)
    first.leave.set()
    await second.inside.wait()
    await see_off(first, second)
    await until(partial(_all_gone, url))


async def _all_gone(url: str) -> bool:
    return waiting_and_held(url) == (0, 0)
