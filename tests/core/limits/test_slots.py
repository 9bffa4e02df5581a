"""The slots for requests: so many at once, the oldest turn first, none ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from core.limits.slots import MemorySlots


def nothing() -> None:
    """Nobody listens."""


class Guest:
    """Somebody who takes a slot, and keeps it until told to leave."""

    def __init__(self, slots: MemorySlots, seniority: float, on_wait: Callable[[], None] = nothing) -> None:
        self.inside = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(slots, seniority, on_wait))

    async def _stay(self, slots: MemorySlots, seniority: float, on_wait: Callable[[], None]) -> None:
        async with slots.hold(seniority, on_wait):
            self.inside = True
            try:
                await self.leave.wait()
            finally:
                self.inside = False


async def settle() -> None:
    """Let everybody take the steps that they can take."""
    for _ in range(5):
        await asyncio.sleep(0)


async def see_off(guests: list[Guest]) -> None:
    for guest in guests:
        guest.leave.set()
    await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)


async def test_no_more_than_the_limit_are_inside() -> None:
    slots = MemorySlots(2)
    guests = [Guest(slots, 0) for _ in range(5)]
    await settle()

    assert [guest.inside for guest in guests] == [True, True, False, False, False]

    await see_off(guests)


async def test_the_oldest_turn_is_next_whenever_it_came() -> None:
    slots = MemorySlots(1)
    first, *waiting = guests = [Guest(slots, seniority) for seniority in (5, 3, 2, 4)]
    await settle()
    first.leave.set()
    await settle()

    assert [guest.inside for guest in waiting] == [False, True, False]

    await see_off(guests)


async def test_of_the_same_age_the_first_to_come_is_next() -> None:
    slots = MemorySlots(1)
    first, second, third = guests = [Guest(slots, 1) for _ in range(3)]
    await settle()
    first.leave.set()
    await settle()

    assert (second.inside, third.inside) == (True, False)

    await see_off(guests)


async def test_only_who_must_wait_is_told_and_once() -> None:
    slots, told = MemorySlots(1), list[str]()
    guests = [Guest(slots, 0, lambda name=name: told.append(name)) for name in "abc"]  # type: ignore[misc]
    await settle()
    guests[0].leave.set()
    await settle()

    assert told == ["b", "c"]

    await see_off(guests)


async def test_a_waiter_that_is_cancelled_is_passed_over() -> None:
    slots = MemorySlots(1)
    first, second, third = guests = [Guest(slots, 0) for _ in range(3)]
    await settle()
    second.task.cancel()
    first.leave.set()
    await settle()

    assert (second.inside, third.inside) == (False, True)

    await see_off(guests)


async def test_a_waiter_that_is_cancelled_while_it_is_given_the_slot_hands_it_on() -> None:
    slots = MemorySlots(1)
    third_told = asyncio.Event()
    async with slots.hold(0, nothing):
        second = Guest(slots, 0)
        third = Guest(slots, 0, third_told.set)
        await third_told.wait()
    second.task.cancel()  # the block above has given it the slot; it has not run since
    await settle()

    assert (second.inside, third.inside) == (False, True)

    await see_off([second, third])


async def test_a_block_that_fails_or_is_cancelled_leaves_its_slot() -> None:
    slots = MemorySlots(1)
    guest = Guest(slots, 0)
    await settle()
    guest.task.cancel()
    await settle()
    after = Guest(slots, 0)
    await settle()

    assert after.inside

    await see_off([guest, after])


@settings(deadline=None)
@given(
    limit=st.integers(1, 4),
    seniorities=st.lists(st.integers(0, 3), min_size=1, max_size=12),
    moves=st.lists(st.tuples(st.integers(0, 11), st.booleans(), st.booleans()), max_size=30),
)
async def test_whoever_leaves_or_is_cancelled_no_slot_is_lost_and_none_is_made(
    limit: int, seniorities: list[int], moves: list[tuple[int, bool, bool]]
) -> None:
    slots = MemorySlots(limit)
    guests = [Guest(slots, seniority) for seniority in seniorities]
    for who, cancel, pause in moves:
        guest = guests[who % len(guests)]
        if cancel:
            guest.task.cancel()
        else:
            guest.leave.set()
        if pause:
            await settle()
            there = [guest for guest in guests if not guest.task.done()]

            assert min(limit, len(there)) == sum(guest.inside for guest in guests)
    await see_off(guests)
    late = [Guest(slots, 0) for _ in range(limit + 1)]
    await settle()

    assert limit == sum(guest.inside for guest in late)

    await see_off(late)
