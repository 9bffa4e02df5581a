from __future__ import annotations

import time
from collections.abc import AsyncIterator
from itertools import count

import pytest
from sqlalchemy import delete

from core.durable.hold import Hold
from core.durable.ledger import OpenTurn
from core.migrations.tables import turns
from core.store import Store, open_store
from core.stored import StoredTurn
from core.turn import Exchange, Outcome, TurnRequest, TurnStatus, turn_id_of
from tests.core.rows import rows


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Its clock ticks a second each time that it is looked at, from 101."""
    ticks = count(101)
    async with open_store(database_url, clock=lambda: float(next(ticks))) as store:
        yield store


def request(name: str, *, conversation_id: str = "c", accepted_at: float = 7.5) -> TurnRequest:
    return TurnRequest(
        f"http:{name}",
        conversation_id,
        f"prompt of {name}",
        context={"tone": "“dry”"},
        asker="Ada",
        accepted_at=accepted_at,
    )


def outcome(name: str, status: TurnStatus = TurnStatus.COMPLETE) -> Outcome:
    return Outcome(turn_id_of(f"http:{name}"), "c", status, f"answer to {name}")


async def end(store: Store, name: str, status: TurnStatus = TurnStatus.COMPLETE) -> None:
    await Hold(store.database, OpenTurn(request(name))).end(outcome(name, status), "{}")


async def ended(store: Store, name: str, status: TurnStatus = TurnStatus.COMPLETE) -> None:
    await store.accept(request(name))
    await end(store, name, status)


async def test_a_slot_without_a_session_has_none(store: Store) -> None:
    assert await store.session("c", "research") is None


async def test_a_kept_session_is_found_by_its_conversation_and_slot(store: Store) -> None:
    await store.keep_session("c", "review", "one")
    await store.keep_session("c", "review.2", "two")
    await store.keep_session("d", "review", "three")

    assert await store.session("c", "review") == "one"
    assert await store.session("c", "review.2") == "two"
    assert await store.session("d", "review") == "three"
    assert await store.session("d", "review.2") is None


async def test_a_second_session_replaces_the_first(store: Store) -> None:
    await store.keep_session("c", "plan", "old")
    await store.keep_session("c", "plan", "new")

    assert await store.session("c", "plan") == "new"


async def test_a_conversation_begins_once(store: Store, database_url: str) -> None:
    await store.keep_session("c", "plan", "one")
    await store.accept(request("a"))
    await store.keep_session("c", "plan", "two")

    assert rows(database_url, "SELECT id, created_at FROM conversations") == [("c", 101.0)]


async def test_an_accepted_turn_is_kept_as_queued(store: Store) -> None:
    accepted = await store.accept(request("a"))

    assert request("a") == accepted
    assert await store.turn(turn_id_of("http:a")) == StoredTurn(
        id=turn_id_of("http:a"),
        conversation_id="c",
        generation=1,
        asker="Ada",
        prompt="prompt of a",
        context={"tone": "“dry”"},
        status=TurnStatus.QUEUED,
        accepted_at=7.5,
        ended_at=None,
        answer=None,
        payload=None,
    )


async def test_an_unknown_turn_is_none(store: Store) -> None:
    assert await store.turn("nobody") is None


async def test_a_turn_is_accepted_once(store: Store) -> None:
    await store.accept(request("a"))
    await end(store, "a")
    again = await store.accept(request("a", accepted_at=9.0))
    turn = await store.turn(turn_id_of("http:a"))

    assert again is None
    assert turn is not None
    assert (turn.accepted_at, turn.status) == (7.5, TurnStatus.COMPLETE)


async def test_a_redelivery_begins_no_conversation(store: Store, database_url: str) -> None:
    """A command that has no thread yet gets a fresh key each time that it is delivered."""
    await store.accept(request("a", conversation_id="first"))
    again = await store.accept(request("a", conversation_id="second"))

    assert again is None
    assert rows(database_url, "SELECT id FROM conversations") == [("first",)]


async def test_a_place_is_never_given_twice(store: Store, database_url: str) -> None:
    await store.accept(request("a"))
    await store.accept(request("b"))
    async with store.database.writing() as connection:
        await connection.execute(delete(turns).where(turns.c.place == 2))
    await store.accept(request("c"))

    assert rows(database_url, "SELECT place, number FROM turns ORDER BY place") == [(1, 1), (3, 3)]


async def test_a_fresh_conversation_has_no_last_exchange(store: Store) -> None:
    await store.accept(request("a"))

    assert await store.last_exchange("c", None) is None


@pytest.mark.parametrize("status", [TurnStatus.COMPLETE, TurnStatus.UNREVIEWED, TurnStatus.REJECTED])
async def test_a_turn_with_an_answer_is_an_exchange(store: Store, status: TurnStatus) -> None:
    await ended(store, "a", status)

    assert await store.last_exchange("c", None) == Exchange("prompt of a", "answer to a")


@pytest.mark.parametrize(
    "status",
    [TurnStatus.WITHHELD, TurnStatus.STOPPED, TurnStatus.FAILED, TurnStatus.RUNNING, TurnStatus.QUEUED],
)
async def test_a_turn_without_an_answer_is_no_exchange(store: Store, status: TurnStatus) -> None:
    await ended(store, "a")
    await ended(store, "b", status)

    assert await store.last_exchange("c", None) == Exchange("prompt of a", "answer to a")


async def test_the_last_exchange_is_the_one_accepted_last_whatever_the_clock_says(store: Store) -> None:
    await store.accept(request("a", accepted_at=1000.0))
    await store.accept(request("b", accepted_at=1.0))
    await end(store, "b")
    await end(store, "a")

    assert await store.last_exchange("c", None) == Exchange("prompt of b", "answer to b")


async def test_the_last_exchange_before_a_turn_was_accepted_before_it(store: Store) -> None:
    for name in "abc":
        await ended(store, name)

    assert await store.last_exchange("c", turn_id_of("http:b")) == Exchange("prompt of a", "answer to a")
    assert await store.last_exchange("c", turn_id_of("http:a")) is None


async def test_nothing_comes_before_an_unknown_turn(store: Store) -> None:
    await ended(store, "a")

    assert await store.last_exchange("c", "nobody") is None


async def test_another_conversation_has_its_own_exchanges(store: Store) -> None:
    await ended(store, "a")

    assert await store.last_exchange("d", None) is None


async def test_what_was_kept_survives_a_restart(database_url: str) -> None:
    async with open_store(database_url) as store:
        await ended(store, "a")
        await store.keep_session("c", "build", "kept")
        before = await store.turn(turn_id_of("http:a"))
    async with open_store(database_url) as store:
        after = await store.turn(turn_id_of("http:a"))
        session = await store.session("c", "build")

    assert before is not None
    assert before == after
    assert session == "kept"


async def test_the_wall_clock_is_the_default(database_url: str) -> None:
    before = time.time()
    async with open_store(database_url) as store:
        await store.accept(request("a"))
    ((begun,),) = rows(database_url, "SELECT created_at FROM conversations")

    assert before <= begun <= time.time()


async def test_an_accepted_turn_is_its_processs(store: Store, database_url: str) -> None:
    await store.accept(request("a"), "me")
    await store.accept(request("b"))

    assert rows(database_url, "SELECT owner FROM turns ORDER BY number") == [("me",), (None,)]


async def test_the_latest_turns_come_newest_first(store: Store) -> None:
    for name in "abc":
        await store.accept(request(name))

    assert ["prompt of c", "prompt of b"] == [turn.prompt for turn in await store.turns(2)]
