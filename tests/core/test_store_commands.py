"""What commands change: chapters, other names of a conversation, quotas, what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.durable.hold import Hold
from core.durable.ledger import Ledger, OpenTurn
from core.errors import TooManyTurns
from core.ports import Budget, Limit
from core.store import Store, open_store
from core.surroundings import Opened
from core.turn import Exchange, TurnRequest
from tests.core.durable.around import outcome, turn

TWO_AN_HOUR = Budget("turns:memory:Ada", Limit(2, 3600.0))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(database_url, clock=clock) as store:
        yield store


async def accepted(store: Store, n: int, thread: str = "thread") -> TurnRequest:
    found = await store.accept(turn(n, thread))
    assert found is not None
    return found


async def answered(store: Store, n: int, thread: str = "thread") -> TurnRequest:
    one = await accepted(store, n, thread)
    await Hold(store.database, OpenTurn(one)).end(outcome(one), "{}")
    return one


async def test_who_begins_anew_is_answered_as_if_nothing_had_been_said(store: Store) -> None:
    await answered(store, 1)
    before = await accepted(store, 2)
    assert await store.begin_anew("thread")
    after = await accepted(store, 3)

    assert (0, 1) == (before.chapter, after.chapter)
    assert Exchange("Prompt 1?", "Answer.") == await store.last_exchange("thread", before.turn_id)
    assert await store.last_exchange("thread", after.turn_id) is None


async def test_in_a_chapter_the_last_exchange_is_that_of_the_chapter(store: Store) -> None:
    await answered(store, 1)
    await store.begin_anew("thread")
    await answered(store, 2)
    third = await accepted(store, 3)

    assert Exchange("Prompt 2?", "Answer.") == await store.last_exchange("thread", third.turn_id)


async def test_nobody_begins_a_thread_anew_in_which_nothing_was_said(store: Store) -> None:
    assert not await store.begin_anew("thread")


async def test_a_turn_that_is_retried_stays_in_its_chapter(store: Store) -> None:
    one = await answered(store, 1)
    await store.begin_anew("thread")
    again = await Ledger(store.database).retry(one.turn_id, [], "me")

    assert again is not None
    assert 0 == again.turn.chapter


async def test_a_thread_that_was_opened_for_a_turn_is_its_conversation(store: Store) -> None:
    one = await accepted(store, 1, "slack:T:C:trigger")
    opened = Opened({"channel": "C1", "thread_ts": "1.2"}, "slack:T:C:1.2")
    await Hold(store.database, OpenTurn(one)).keep_place(opened)
    second = await accepted(store, 2, "slack:T:C:1.2")
    await store.begin_anew("slack:T:C:1.2")
    third = await accepted(store, 3, "slack:T:C:trigger")
    kept = await store.turn(one.turn_id)

    assert kept is not None
    assert opened.address == kept.address
    assert {"slack:T:C:trigger"} == {second.conversation_id, third.conversation_id}
    assert [0, 1] == [second.chapter, third.chapter]
    assert frozenset({"you"}) == await store.askers("slack:T:C:1.2")


async def test_a_quota_is_for_an_hour_and_says_when_it_ends(store: Store, clock: Clock) -> None:
    for n in (1, 2):
        assert await store.accept(turn(n), quota=TWO_AN_HOUR)
        clock.now += 60.0
    with pytest.raises(TooManyTurns) as raised:
        await store.accept(turn(3), quota=TWO_AN_HOUR)
    clock.now += 3_480.0

    assert (2, 3_480.0) == (raised.value.most, raised.value.seconds)
    assert await store.turn(turn(3).turn_id) is None
    assert await store.accept(turn(3), quota=TWO_AN_HOUR)


async def test_what_is_delivered_again_takes_nothing_from_the_quota(store: Store) -> None:
    for _ in range(5):
        await store.accept(turn(1), quota=TWO_AN_HOUR)

    assert await store.accept(turn(2), quota=TWO_AN_HOUR)


async def test_of_many_at_once_no_more_are_taken_than_the_quota_has(store: Store) -> None:
    taken = await asyncio.gather(
        *(store.accept(turn(n, f"thread {n}"), quota=TWO_AN_HOUR) for n in range(5)), return_exceptions=True
    )

    assert 3 == sum(isinstance(one, TooManyTurns) for one in taken)


async def test_a_retry_counts_and_is_not_made_beyond_the_quota(store: Store) -> None:
    ledger, one = Ledger(store.database, clock=lambda: 1_000.0), await answered(store, 1)
    limit = replace(TWO_AN_HOUR, limit=Limit(1, 3600.0))
    again = await ledger.retry(one.turn_id, [], "me", quota=limit)
    assert again is not None
    await Hold(store.database, again).end(outcome(again.turn), "{}")
    with pytest.raises(TooManyTurns):
        await ledger.retry(one.turn_id, [], "me", quota=limit)
    kept = await store.turn(one.turn_id)

    assert kept is not None
    assert 2 == kept.generation


async def test_a_retry_of_a_generation_that_is_gone_is_none(store: Store) -> None:
    ledger, one = Ledger(store.database), await answered(store, 1)

    assert await ledger.retry(one.turn_id, [], "me", generation=2) is None
    assert await ledger.retry(one.turn_id, [], "me", generation=1)


async def test_the_turns_of_a_surface_that_have_not_ended_are_listed_in_their_order(store: Store) -> None:
    await answered(store, 1)
    await accepted(store, 2)
    await store.accept(turn(3, surface="other"))
    await accepted(store, 4)

    assert ["Prompt 2?", "Prompt 4?"] == [one.prompt for one in await store.open_on("memory")]


async def test_when_a_platform_was_last_heard_of_is_kept(store: Store, clock: Clock) -> None:
    assert await store.heard("slack") is None
    await store.hear("slack")
    clock.now += 5.0
    await store.hear("slack")

    assert 1_005.0 == await store.heard("slack")


async def test_what_is_forgotten_takes_its_uses_with_it(store: Store, clock: Clock) -> None:
    await store.accept(turn(1), quota=TWO_AN_HOUR)
    await Ledger(store.database).forget(clock.now + 1.0, 10)

    for n in (2, 3):
        assert await store.accept(turn(n), quota=TWO_AN_HOUR)
