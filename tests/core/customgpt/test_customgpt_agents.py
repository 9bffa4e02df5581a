"""The port `Agents`: what is asked, in which conversation, and what is told meanwhile."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import httpx
import pytest

from core.errors import AgentError, Trouble
from core.events import StageDelta, StageStarted, StageWaiting
from core.limits.slots import MemorySlots
from core.turn import AgentReply, Citation, Opinion
from tests.core.customgpt.around import QUESTION, Outside
from tests.core.customgpt.outside import (
    KEY,
    START,
    MemorySessions,
    failure,
    frame,
    frames,
    streamed,
    success,
)


async def test_an_answer_is_told_as_it_comes_and_handed_back(outside: Outside) -> None:
    outside.api.answers(streamed("An", "swer", id=7, citations=[5]))
    outside.api.citations.mock(return_value=success({"id": 5, "title": "T", "url": "https://a.example"}))

    assert await outside.ask() == AgentReply(
        "Answer",
        citations=(Citation(5, "T", "https://a.example"),),
        message_id=7,
        session_id="session-1",
        asked_at=START,
        seconds=0.0,
        queries=1,
    )
    assert outside.events == [
        StageStarted("build", attempt=1),
        StageDelta("build", "An"),
        StageDelta("build", "swer"),
    ]
    assert outside.api.external_ids == ["turn-build-1-1"]


async def test_a_whole_answer_in_the_stream_replaces_its_deltas(outside: Outside) -> None:
    deltas, last = frames("a", finish=False), frame(status="completed", openai_response="whole")
    outside.api.answers(httpx.Response(200, content=deltas + last))

    assert (await outside.ask()).text == "whole"


async def test_parts_have_slots_and_conversations_of_their_own(outside: Outside) -> None:
    outside.api.answers(streamed("a"))
    await outside.ask(replace(QUESTION, stage="review", part=2, parts=3))

    assert outside.api.external_ids == ["turn-review.2-1-1"]
    assert outside.sessions.kept == {("thread", "review.2"): "session-1"}
    assert outside.events == [StageStarted("review", 2, 3, 1), StageDelta("review", "a", 2)]


async def test_language_and_freshness_reach_the_request(outside: Outside) -> None:
    outside.api.answers(streamed("a"))
    await outside.ask(replace(QUESTION, language="de", fresh=True))
    request = outside.api.sent.calls[0].request

    assert request.url.params["lang"] == "de"
    assert request.headers["cache-control"] == "no-cache"


async def test_a_stored_conversation_is_used(outside: Outside) -> None:
    outside.sessions = MemorySessions(build="old")
    outside.api.answers(streamed("a"))
    reply = await outside.ask()

    assert reply.session_id == "old"
    assert outside.api.asked_sessions == ["old"]
    assert outside.api.opened == 0


async def test_the_session_is_kept_before_anything_is_said_in_it(outside: Outside) -> None:
    seen: list[object] = []

    def answer(_: httpx.Request) -> httpx.Response:
        seen.append(dict(outside.sessions.kept))
        return streamed("a")

    outside.api.sent.mock(side_effect=answer)
    await outside.ask()

    assert seen == [{("thread", "build"): "session-1"}]


async def test_a_stage_without_an_agent_fails(outside: Outside) -> None:
    error = await outside.failed(replace(QUESTION, stage="fifth"))

    assert (error.trouble, error.queries) == (Trouble.NO_AGENT, 0)


async def test_a_conversation_that_cannot_be_opened_fails(outside: Outside) -> None:
    outside.api.create.mock(return_value=failure(404, "Agent with id 3 not found"))
    error = await outside.failed()

    assert (error.trouble, error.queries) == (Trouble.NO_AGENT, 0)
    assert outside.events == []


async def test_citations_that_take_too_long_stay_without_titles(outside: Outside) -> None:
    async def stall(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return failure(404)

    outside.api.answers(streamed("a", citations=[5]))
    outside.api.citations.mock(side_effect=stall)
    async with outside.agents(seconds=0.05) as agents:
        reply = await agents.ask(QUESTION, outside.events)

    assert reply.citations == (Citation(5),)


async def test_a_stage_that_waits_for_a_slot_says_so_and_is_timed_from_when_it_has_one(
    outside: Outside,
) -> None:
    outside.slots = MemorySlots(1)
    outside.sessions = MemorySessions(build="old")
    outside.api.answers(streamed("a"))
    async with outside.agents() as agents:
        async with outside.slots.hold(0, lambda: None):
            asking = asyncio.create_task(agents.ask(QUESTION, outside.events))
            await outside.events.until(lambda event: isinstance(event, StageWaiting))
            await outside.clock.sleep(30)
        reply = await asking

    assert (reply.asked_at, reply.seconds) == (START + 30, 0)
    assert outside.events[:2] == [StageWaiting("build"), StageStarted("build")]


async def test_the_oldest_turn_gets_the_next_slot(outside: Outside) -> None:
    outside.slots = MemorySlots(1)
    outside.sessions = MemorySessions(build="old", plan="older")
    outside.api.sent.mock(side_effect=lambda _: streamed("a"))
    young, old = replace(QUESTION, accepted_at=9.0), replace(QUESTION, stage="plan", accepted_at=1.0)
    async with outside.agents() as agents:
        async with outside.slots.hold(0, lambda: None):
            tasks = [asyncio.create_task(agents.ask(one, outside.events)) for one in (young, old)]
            await outside.events.until(lambda event: event == StageWaiting("plan"))
        await asyncio.gather(*tasks)

    assert outside.api.asked_sessions == ["older", "old"]


async def test_a_cancelled_question_leaves_its_slot(outside: Outside) -> None:
    begun = asyncio.Event()

    async def stall(_: httpx.Request) -> httpx.Response:
        begun.set()
        await asyncio.Event().wait()
        return streamed("never")

    outside.slots = MemorySlots(1)
    outside.api.sent.mock(side_effect=stall)
    async with outside.agents() as agents:
        asking = asyncio.create_task(agents.ask(QUESTION, outside.events))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(1), outside.slots.hold(0, lambda: None):
            pass


async def test_neither_key_nor_prompt_nor_answer_is_logged(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(request: httpx.Request) -> httpx.Response:
        return failure(503, f"not now: {request.headers['authorization']}")

    outside.api.sent.mock(side_effect=echo)
    outside.api.create.mock(side_effect=[failure(500), success({"session_id": "s"})])
    error = await outside.failed()
    outside.api.answers(failure(429, "slow down", Retry_After="1"), streamed("A secret answer", citations=[5]))
    await outside.ask()
    told = "".join([caplog.text, str(error), repr(error), error.detail])

    assert "not now" in told
    assert all(secret not in told for secret in (KEY, KEY[5:], "secretly", "secret answer"))


# What people think of an answer


async def test_a_reaction_goes_to_the_message_of_the_reply(outside: Outside) -> None:
    path = "/projects/3/conversations/s%2F1/messages/7/feedback"
    route = outside.api.router.put(path).mock(return_value=success({"id": 7}))
    async with outside.agents() as agents:
        await agents.react("build", AgentReply("a", message_id=7, session_id="s/1"), Opinion.DISLIKED)

    assert [b'{"reaction":"disliked"}'] == [call.request.content for call in route.calls]


@pytest.mark.parametrize(("message", "session"), [(None, "s"), (7, None)])
async def test_a_message_that_nobody_has_named_has_no_reaction(
    outside: Outside, message: int | None, session: str | None
) -> None:
    async with outside.agents() as agents:
        await agents.react("build", AgentReply("a", message_id=message, session_id=session), Opinion.LIKED)

    assert [] == [*outside.api.router.calls]


async def test_a_reaction_that_is_refused_is_an_agents_trouble(outside: Outside) -> None:
    outside.api.router.put(path__regex="/feedback$").mock(return_value=failure(404, "Conversation message not found"))
    async with outside.agents() as agents:
        with pytest.raises(AgentError) as caught:
            await agents.react("build", AgentReply("a", message_id=7, session_id="s"), Opinion.LIKED)

    assert Trouble.NO_CONVERSATION == caught.value.trouble


async def test_a_stage_without_an_agent_has_nobody_to_be_told(outside: Outside) -> None:
    async with outside.agents() as agents:
        with pytest.raises(AgentError) as caught:
            await agents.react("fifth", AgentReply("a", message_id=7, session_id="s"), Opinion.LIKED)

    assert Trouble.NO_AGENT == caught.value.trouble


async def test_a_reaction_waits_behind_the_turns_that_were_there(outside: Outside) -> None:
    outside.slots = MemorySlots(1)
    outside.api.router.put(path__regex="/feedback$").mock(return_value=success({"id": 7}))
    outside.api.answers(streamed("a"))
    outside.sessions = MemorySessions(build="old")
    async with outside.agents() as agents:
        async with outside.slots.hold(0.0, lambda: None):
            reacting = asyncio.create_task(agents.react("build", AgentReply("a", (), 7, "s"), Opinion.LIKED))
            await asyncio.sleep(0)
            asking = asyncio.create_task(agents.ask(QUESTION, outside.events))
            await outside.events.until(lambda event: isinstance(event, StageWaiting))
        await asyncio.gather(reacting, asking)

    assert ["POST", "PUT"] == [call.request.method for call in outside.api.router.calls]
