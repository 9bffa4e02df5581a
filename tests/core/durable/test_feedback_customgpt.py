"""What people think of whole turns, told with the real client to the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from core.customgpt.agents import CustomGPTAgents
from core.customgpt.client import CustomGPT
from core.customgpt.connection import connect
from core.customgpt.retry import Retry
from core.durable.feedback import Feedback
from core.durable.membership import Membership
from core.durable.turns import open_turns
from core.durable.wiring import Wiring
from core.limits.slots import MemorySlots
from core.pipeline import Pipeline
from core.stages import STAGES
from core.store import Store
from core.text.redact import Redactor
from core.turn import OnReject, Opinion
from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from tests.core.customgpt.outside import StandInClock
from tests.core.durable.around import turn
from tests.core.durable.votes import ID, all_told, untold
from tests.core.waiting import until
from tests.fakes import MemorySurface


@pytest.fixture
async def stand_in() -> AsyncIterator[CustomGPTStandIn]:
    async with CustomGPTStandIn() as server:
        yield server


@asynccontextmanager
async def agents_at(stand_in: CustomGPTStandIn, store: Store, key: str = "") -> AsyncIterator[CustomGPTAgents]:
    """The real ones, who wait for nothing."""
    retry = Retry(clock=StandInClock(), chance=lambda: 0.0)
    async with connect(stand_in.url, SecretStr(key or stand_in.key), concurrency=5) as http:
        client = CustomGPT(http, slots=MemorySlots(5), retry=retry)
        agents = CustomGPTAgents(client, projects=stand_in.agents, sessions=store, retry=retry)
        yield agents
        await agents.aclose()


@pytest.fixture
async def feedback(stand_in: CustomGPTStandIn, store: Store) -> AsyncIterator[Feedback]:
    """On a turn that the stand-in has answered."""
    async with agents_at(stand_in, store) as agents:
        pipeline = Pipeline(
            stages=STAGES, agents=agents, redact=Redactor(), prompt_limit=8_000, on_reject=OnReject.WARN
        )
        membership = Membership(store.database)
        wiring = Wiring(store=store, membership=membership, pipeline=pipeline, surfaces={"memory": MemorySurface()})
        async with open_turns(wiring) as turns:
            await turns.submit(turn(1))
            await turns.ended(ID)
        given = Feedback(store.database, agents, STAGES)
        yield given
        await given.close()


def reactions(stand_in: CustomGPTStandIn) -> dict[int, str | None]:
    """Agent → what it has of its one message."""
    return {one.agent_id: one.messages[0].reaction for one in stand_in.conversations}


def told(stand_in: CustomGPTStandIn) -> list[tuple[str, object]]:
    """Path and body of each request, in the order of the agents."""
    return sorted((request.path, request.body) for request in stand_in.requests(Endpoint.FEEDBACK))


async def test_the_messages_of_builder_and_reviewer_have_the_reaction(
    stand_in: CustomGPTStandIn, store: Store, feedback: Feedback
) -> None:
    assert await feedback.give(ID, 1, "Ada", Opinion.LIKED)
    await all_told(store.database)

    assert {101: "neutral", 102: "neutral", 103: "liked", 104: "liked"} == reactions(stand_in)
    assert [
        (f"/api/v1/projects/{one.agent_id}/conversations/{one.session_id}/messages/{one.messages[0].id}/feedback", said)
        for one, said in zip(stand_in.conversations[2:], ({"reaction": "liked"}, {"reaction": "liked"}), strict=True)
    ] == told(stand_in)

    await feedback.give(ID, 1, "Ada", Opinion.NEUTRAL)
    await all_told(store.database)

    assert {101: "neutral", 102: "neutral", 103: "neutral", 104: "neutral"} == reactions(stand_in)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=503), Fault(status=429, retry_after=1)])
async def test_a_trouble_that_passes_is_waited_for(
    stand_in: CustomGPTStandIn, store: Store, feedback: Feedback, fault: Fault
) -> None:
    stand_in.endpoint(Endpoint.FEEDBACK).script(fault)
    await feedback.give(ID, 1, "Ada", Opinion.DISLIKED)
    await all_told(store.database)

    assert 3 == len(told(stand_in))
    assert ["disliked", "disliked"] == [reactions(stand_in)[agent] for agent in (103, 104)]


async def test_a_trouble_that_stays_is_tried_again_in_the_next_round(
    stand_in: CustomGPTStandIn, store: Store, feedback: Feedback
) -> None:
    switches = stand_in.endpoint(Endpoint.FEEDBACK)
    switches.always = Fault(status=500)
    await feedback.give(ID, 1, "Ada", Opinion.LIKED)
    await stand_in.until(lambda: len(told(stand_in)) == 4)  # each of the two messages twice
    await feedback.tell_again()

    assert {"Ada"} == await untold(store.database)

    switches.always = None
    await feedback.tell_again()

    assert set() == await untold(store.database)
    assert ["liked", "liked"] == [reactions(stand_in)[agent] for agent in (103, 104)]


async def test_a_message_that_is_gone_keeps_nothing_from_the_other(
    stand_in: CustomGPTStandIn, store: Store, feedback: Feedback
) -> None:
    builder = stand_in.conversations[2]
    builder.messages.clear()
    await feedback.give(ID, 1, "Ada", Opinion.LIKED)

    async def reviewer_knows() -> bool:
        return stand_in.conversations[3].messages[0].reaction == "liked"

    await until(reviewer_knows)
    await feedback.tell_again()

    assert {"Ada"} == await untold(store.database)


async def test_a_wrong_key_is_told_to_the_log_without_it(
    stand_in: CustomGPTStandIn, store: Store, feedback: Feedback, caplog: pytest.LogCaptureFixture
) -> None:
    key = "9999|" + "w" * 40
    async with agents_at(stand_in, store, key) as agents:
        wrong = Feedback(store.database, agents, STAGES)
        await wrong.give(ID, 1, "Ada", Opinion.LIKED)
        await stand_in.until(lambda: len(told(stand_in)) == 2)
        await wrong.tell_again()
        await wrong.close()

    assert "build was not told “liked”: bad_key" in caplog.text
    assert key not in caplog.text
    assert {"Ada"} == await untold(store.database)

    await feedback.tell_again()

    assert set() == await untold(store.database)
