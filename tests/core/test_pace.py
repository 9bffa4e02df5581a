from __future__ import annotations

from dataclasses import replace

from core.limits.budgets import MemoryBudgets
from core.pace import Paced
from core.ports import Budget, Limit, Pace

PACE = Pace(Budget("updates", Limit(6, 60.0)), Budget("posts", Limit(1, 1.0)))


class Clock:
    """It goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def a_pace(clock: Clock, budgets: MemoryBudgets | None = None) -> Paced:
    return Paced(budgets or MemoryBudgets(clock), PACE, sleep=clock.sleep)


async def updates(paced: Paced, *, boundary: bool) -> int:
    """How many can be sent now."""
    sent = 0
    while not await paced.update(boundary=boundary):
        sent += 1
    return sent


async def test_where_nobody_counts_nothing_waits() -> None:
    clock = Clock()
    for paced in (Paced(), Paced(MemoryBudgets(clock)), Paced(pace=PACE, sleep=clock.sleep)):
        async with paced.reserved():
            assert [0.0] * 50 == [await paced.update(boundary=False) for _ in range(50)]
            await paced.last()
            await paced.post()
            await paced.pause(60.0)
            await paced.last()

    assert [] == clock.slept


async def test_by_another_pace_it_is_counted_and_kept_back_there() -> None:
    budgets, elsewhere = MemoryBudgets(clock := Clock()), replace(PACE, updates=Budget("elsewhere", Limit(6, 60.0)))
    paced = a_pace(clock, budgets)
    async with paced.reserved():
        await paced.at(elsewhere)
        left = {name: await updates(Paced(budgets, pace), boundary=True) for name, pace in (
            ("updates", PACE), ("elsewhere", elsewhere),
        )}  # fmt: skip
        await paced.last()

    assert {"updates": 6, "elsewhere": 5} == left
    assert [] == clock.slept


async def test_boundaries_have_the_whole_budget_and_previews_two_thirds_of_it() -> None:
    assert 6 == await updates(a_pace(Clock()), boundary=True)
    assert 4 == await updates(a_pace(Clock()), boundary=False)


async def test_a_boundary_is_sent_when_previews_have_to_wait() -> None:
    paced = a_pace(Clock())
    await updates(paced, boundary=False)

    assert await paced.update(boundary=False) > 0
    assert 2 == await updates(paced, boundary=True)


async def test_the_last_update_of_each_running_turn_is_kept_back() -> None:
    clock = Clock()
    budgets = MemoryBudgets(clock)
    one, other = a_pace(clock, budgets), a_pace(clock, budgets)

    async with one.reserved(), other.reserved():
        assert 4 == await updates(one, boundary=True)
        await one.last()
        await other.last()

    assert [] == clock.slept


async def test_what_was_kept_back_is_free_once_the_turn_has_ended() -> None:
    paced = a_pace(Clock())
    async with paced.reserved():
        assert 5 == await updates(paced, boundary=True)

    assert 1 == await updates(paced, boundary=True)


async def test_the_last_update_waits_until_it_may_be_sent() -> None:
    clock = Clock()
    paced = a_pace(clock)
    await updates(paced, boundary=True)
    clock.now += 20.0

    await paced.last()

    assert [40.0] == clock.slept


async def test_who_may_not_send_is_told_when_to_ask_again() -> None:
    clock = Clock()
    paced = a_pace(clock)
    await updates(paced, boundary=True)
    clock.now += 59.0

    assert 1.0 == await paced.update(boundary=True)


async def test_posts_are_a_second_apart() -> None:
    clock = Clock()
    paced = a_pace(clock)
    for _ in range(3):
        await paced.post()

    assert [1.0, 1.0] == clock.slept


async def test_while_the_platform_asks_to_wait_nothing_is_updated_not_even_at_the_end() -> None:
    clock = Clock()
    paced = a_pace(clock)
    await paced.pause(30.0)

    assert 30.0 == await paced.update(boundary=True)

    await paced.last()

    assert [30.0] == clock.slept


async def test_posts_go_on_while_updates_are_paused() -> None:
    clock = Clock()
    paced = a_pace(clock)
    await paced.pause(30.0)
    await paced.post()

    assert [] == clock.slept


async def test_two_updates_of_one_message_keep_apart_also_before_the_last() -> None:
    clock = Clock()
    pace = Pace(Budget("updates", Limit(9, 60.0)), Budget("posts", Limit(9, 60.0)), apart=1.5)
    paced = Paced(MemoryBudgets(clock), pace, sleep=clock.sleep, clock=clock)

    assert 0.0 == await paced.update(boundary=True)
    assert 1.5 == await paced.update(boundary=True)

    before = clock()
    await paced.last()

    assert 1.5 == clock() - before
