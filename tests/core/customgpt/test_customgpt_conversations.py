"""One conversation for each slot of a thread, and never two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.customgpt.client import Place
from core.customgpt.conversations import Conversations, Session, Wanted, conversation_name
from core.errors import AgentError, Trouble
from core.limits.slots import MemorySlots
from tests.core.customgpt.outside import API, MemorySessions, client_of, failure, success

BUILD = Wanted("thread", "build", 4711, Place())


@pytest.fixture
def api() -> API:
    return API()


@pytest.fixture
def sessions() -> MemorySessions:
    return MemorySessions()


@pytest.fixture
def slots() -> MemorySlots:
    return MemorySlots(1)


@pytest.fixture
async def conversations(api: API, sessions: MemorySessions, slots: MemorySlots) -> AsyncIterator[Conversations]:
    async with client_of(api.http(), slots=slots) as client:
        yield Conversations(client, sessions=sessions, name=conversation_name)


async def test_a_conversation_is_opened_named_and_kept(
    api: API, sessions: MemorySessions, conversations: Conversations
) -> None:
    assert await conversations.session(BUILD) == Session("session-1", stored=False)
    assert api.names == ["thread · build"]
    assert sessions.kept == {("thread", "build"): "session-1"}


async def test_a_stored_conversation_is_not_opened_again(
    api: API, sessions: MemorySessions, conversations: Conversations
) -> None:
    sessions.kept["thread", "build"] = "old"

    assert await conversations.session(BUILD) == Session("old", stored=True)
    assert api.names == []


async def test_many_who_want_the_same_at_once_get_the_same(api: API, conversations: Conversations) -> None:
    found = await asyncio.gather(*(conversations.session(BUILD) for _ in range(5)))

    assert {session.id for session in found} == {"session-1"}
    assert api.opened == 1


async def test_slots_have_conversations_of_their_own(conversations: Conversations) -> None:
    wanted = [BUILD, Wanted("thread", "review.2", 4712, Place()), Wanted("other", "build", 4711, Place())]
    found = [(await conversations.session(one)).id for one in wanted]

    assert found == ["session-1", "session-2", "session-3"]


async def test_one_that_is_gone_is_replaced(api: API, sessions: MemorySessions, conversations: Conversations) -> None:
    sessions.kept["thread", "build"] = "gone"

    assert await conversations.session(BUILD, instead_of="gone") == Session("session-1", stored=False)
    assert sessions.kept == {("thread", "build"): "session-1"}


async def test_one_that_somebody_else_has_replaced_is_taken(
    api: API, sessions: MemorySessions, conversations: Conversations
) -> None:
    sessions.kept["thread", "build"] = "new"

    assert await conversations.session(BUILD, instead_of="gone") == Session("new", stored=True)
    assert api.opened == 0


async def test_who_waits_for_somebody_who_failed_opens_it_himself(api: API, conversations: Conversations) -> None:
    api.create.mock(side_effect=[failure(401), success({"session_id": "second"}, 201)])
    first, second = await asyncio.gather(
        conversations.session(BUILD), conversations.session(BUILD), return_exceptions=True
    )

    assert isinstance(first, AgentError)
    assert first.trouble == Trouble.BAD_KEY
    assert second == Session("second", stored=False)


async def test_who_is_cancelled_leaves_it_to_the_next(
    api: API, slots: MemorySlots, conversations: Conversations
) -> None:
    waiting = asyncio.Event()
    async with slots.hold(0, lambda: None):
        first = asyncio.create_task(conversations.session(Wanted("thread", "build", 4711, Place(0, waiting.set))))
        await waiting.wait()
        second = asyncio.create_task(conversations.session(BUILD))
        first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    assert await second == Session("session-1", stored=False)


async def test_everybody_who_wants_it_is_told_that_it_waits(slots: MemorySlots, conversations: Conversations) -> None:
    told: list[str] = []
    late = asyncio.Event()

    def first() -> None:
        told.append("first")

    def second() -> None:
        told.append("second")
        late.set()

    async with slots.hold(0, lambda: None):
        tasks = [
            asyncio.create_task(conversations.session(Wanted("thread", "build", 4711, Place(0, on_wait))))
            for on_wait in (first, second)
        ]
        await late.wait()
    await asyncio.gather(*tasks)

    assert told == ["first", "second"]
