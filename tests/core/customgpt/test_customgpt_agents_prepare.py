"""Conversations that are opened before they are needed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from core.customgpt.agents import CustomGPTAgents
from core.errors import AgentError, StoreError
from core.limits.slots import MemorySlots
from tests.core.customgpt.around import PROJECTS, QUESTION, TURN, Outside
from tests.core.customgpt.outside import (
    MemorySessions,
    failure,
    streamed,
    success,
)


async def opened_by_prepare(outside: Outside, agents: CustomGPTAgents, *stages: str) -> None:
    """Prepare, and wait for the last stage by asking for its conversation."""
    agents.prepare(TURN, stages)
    outside.api.sent.mock(side_effect=lambda _: streamed("a"))
    await agents.ask(replace(QUESTION, stage=stages[-1]), outside.events)


async def test_conversations_are_prepared_in_the_order_of_the_stages(outside: Outside) -> None:
    done = asyncio.Event()

    def open_one(request: httpx.Request) -> httpx.Response:
        if len(outside.api.names) == 3:
            done.set()
        return success({"session_id": f"session-{len(outside.api.names)}"}, 201)

    outside.api.create.mock(side_effect=open_one)
    async with outside.agents() as agents:
        agents.prepare(TURN, tuple(PROJECTS))

        assert outside.api.names == []

        await done.wait()

    assert outside.api.names[:3] == ["thread · research", "thread · plan", "thread · build"]


async def test_what_is_being_prepared_is_not_opened_twice(outside: Outside) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def open_slowly(_: httpx.Request) -> httpx.Response:
        begun.set()
        await go_on.wait()
        return success({"session_id": "prepared"}, 201)

    outside.api.create.mock(side_effect=open_slowly)
    outside.api.answers(streamed("a"))
    async with outside.agents() as agents:
        agents.prepare(TURN, ["build"])
        agents.prepare(TURN, ["build"])
        await begun.wait()
        asking = asyncio.create_task(agents.ask(QUESTION, outside.events))
        go_on.set()
        reply = await asking

    assert reply.session_id == "prepared"
    assert outside.api.create.call_count == 1


async def test_what_is_stored_is_not_prepared(outside: Outside) -> None:
    outside.sessions = MemorySessions(research="old")
    async with outside.agents() as agents:
        await opened_by_prepare(outside, agents, "research", "build")

    assert outside.api.names == ["thread · build"]


async def test_a_stage_without_an_agent_is_not_prepared(outside: Outside) -> None:
    async with outside.agents() as agents:
        await opened_by_prepare(outside, agents, "fifth", "build")

    assert outside.api.names == ["thread · build"]


async def test_a_failure_to_prepare_is_logged_and_the_question_opens_it_itself(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    outside.api.create.mock(side_effect=[failure(403), success({"session_id": "second"}, 201)])
    outside.api.answers(streamed("a"))
    async with outside.agents() as agents:
        agents.prepare(TURN, ["build"])
        await asyncio.sleep(0)
        reply = await agents.ask(QUESTION, outside.events)

    assert reply.session_id == "second"
    assert f"turn {TURN.turn_id}: no conversation for build yet" in caplog.text


async def test_a_key_that_is_not_accepted_ends_the_preparation(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    outside.api.create.mock(side_effect=lambda _: failure(401))
    async with outside.agents() as agents:
        agents.prepare(TURN, tuple(PROJECTS))
        with pytest.raises(AgentError):
            await agents.ask(replace(QUESTION, stage="research"), outside.events)
        for _ in range(20):
            await asyncio.sleep(0)

    assert 1 == caplog.text.count("no conversation for")
    assert {"thread · research"} == set(outside.api.names)


async def test_a_store_that_fails_does_not_end_the_preparation(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    class Forgetful(MemorySessions):
        async def session(self, conversation_id: str, slot: str) -> str | None:
            if slot == "research":
                raise StoreError("locked")
            return await super().session(conversation_id, slot)

    outside.sessions = Forgetful()
    async with outside.agents() as agents:
        agents.prepare(TURN, ["research"])
        await asyncio.sleep(0)
        await opened_by_prepare(outside, agents, "build")

    assert "no conversation for research yet: locked" in caplog.text


async def test_closing_ends_what_is_being_prepared(outside: Outside) -> None:
    begun = asyncio.Event()

    async def stall(_: httpx.Request) -> httpx.Response:
        begun.set()
        await asyncio.Event().wait()
        return failure(500)

    outside.slots = MemorySlots(1)
    outside.api.create.mock(side_effect=stall)
    async with outside.agents() as agents:
        agents.prepare(TURN, ["build"])
        await begun.wait()
        await agents.aclose()
        async with asyncio.timeout(1), outside.slots.hold(0, lambda: None):
            pass

    assert outside.sessions.kept == {}
