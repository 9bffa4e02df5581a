"""How often an agent is asked: the external ids, the pauses, and the messages that are counted."""

from __future__ import annotations

import httpx
import pytest

from core.errors import Trouble
from core.events import StageDelta, StageStarted, StageWaiting
from tests.core.customgpt.around import QUESTION, Outside
from tests.core.customgpt.outside import (
    START,
    MemorySessions,
    failure,
    kept,
    streamed,
    success,
)


def ours(attempt: int, answer: str | None = "kept") -> dict[str, object]:
    external_id = f"{QUESTION.external_id_prefix}{attempt}"
    return {"id": 70 + attempt, "openai_response": answer, "metadata": {"external_id": external_id}}


@pytest.mark.parametrize(
    ("response", "trouble", "queries"),
    [
        (failure(400), Trouble.REJECTED, 0),
        (failure(401), Trouble.BAD_KEY, 0),
        (failure(402), Trouble.PLAN, 0),
        (failure(403), Trouble.FORBIDDEN, 0),
        (failure(422), Trouble.REJECTED, 0),
        (failure(429, "You have exhausted your query credits"), Trouble.NO_CREDITS, 0),
        (failure(501), Trouble.BROKEN, 0),
        (httpx.Response(302), Trouble.REDIRECTED, 0),
        (streamed(), Trouble.EMPTY, 1),
        (httpx.Response(200, content=b'data: {"status":"error","message":"no"}\n\n'), Trouble.AGENT_ERROR, 1),
    ],
)
async def test_what_is_final_is_asked_once(
    outside: Outside, response: httpx.Response, trouble: Trouble, queries: int
) -> None:
    outside.api.answers(response)
    error = await outside.failed()

    assert (error.trouble, error.queries) == (trouble, queries)
    assert outside.api.external_ids == ["turn-build-1-1"]
    assert outside.api.looks.call_count == 0
    assert outside.clock.slept == []


@pytest.mark.parametrize(
    ("effect", "slept"),
    [
        (httpx.ConnectError("refused"), 1),
        (failure(503), 1),
        (failure(503, Retry_After="9"), 9),
        (failure(429, Retry_After="9"), 9),
    ],
)
async def test_what_was_not_taken_is_asked_again_after_a_pause(
    outside: Outside, effect: httpx.Response | Exception, slept: float
) -> None:
    outside.api.answers(effect, streamed("a"))
    reply = await outside.ask()

    assert (reply.queries, reply.seconds, reply.asked_at) == (1, slept, START)
    assert outside.clock.slept == [slept]
    assert outside.api.external_ids == ["turn-build-1-1", "turn-build-1-2"]
    assert outside.events == [
        StageStarted("build", attempt=1),
        StageWaiting("build"),
        StageStarted("build", attempt=2),
        StageDelta("build", "a"),
    ]


async def test_a_service_that_stays_away_is_given_up(outside: Outside) -> None:
    outside.api.sent.mock(return_value=failure(503))
    error = await outside.failed()

    assert (error.trouble, error.queries) == (Trouble.BROKEN, 0)
    assert sum(outside.clock.slept) == 120
    assert outside.api.sent.call_count == 8


async def test_a_retry_after_that_is_too_long_is_not_waited_for(outside: Outside) -> None:
    outside.api.answers(failure(429, Retry_After="3600"))

    assert (await outside.failed()).trouble == Trouble.BUSY
    assert outside.clock.slept == []


@pytest.mark.parametrize(
    ("usage", "trouble"),
    [
        (success({"current_queries": 10, "max_queries": 10}), Trouble.NO_CREDITS),
        (success({"current_queries": 9, "max_queries": 10}), Trouble.BUSY),
        (failure(401), Trouble.BUSY),
    ],
)
async def test_an_unclear_429_is_cleared_up_by_the_account_once(
    outside: Outside, usage: httpx.Response, trouble: Trouble
) -> None:
    outside.api.sent.mock(return_value=failure(429, "Too Many Attempts."))
    outside.api.usage.mock(return_value=usage)
    error = await outside.failed()

    assert (error.trouble, error.queries) == (trouble, 0)
    assert outside.api.usage.call_count == 1


DOUBTFUL = [
    failure(500),
    failure(502),
    failure(504),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("closed"),
    streamed("half an ", finish=False),
]


@pytest.mark.parametrize("effect", DOUBTFUL)
async def test_in_doubt_a_kept_answer_is_found_by_its_external_id(
    outside: Outside, effect: httpx.Response | Exception
) -> None:
    outside.api.answers(effect)
    stranger = {"id": 1, "openai_response": "other", "metadata": {"external_id": "turn-build-11-1"}}
    outside.api.finds(kept(stranger, {"id": 2, "openai_response": "old"}, ours(1)))
    reply = await outside.ask()

    assert (reply.text, reply.message_id, reply.queries) == ("kept", 71, 1)
    assert outside.api.sent.call_count == 1
    assert outside.clock.slept == []


@pytest.mark.parametrize("effect", DOUBTFUL)
async def test_in_doubt_and_nothing_kept_it_is_asked_once_more(
    outside: Outside, effect: httpx.Response | Exception
) -> None:
    outside.api.answers(effect, streamed("a"))
    reply = await outside.ask()

    assert (reply.text, reply.queries) == ("a", 2)
    assert outside.clock.slept == [5, 10]
    assert outside.api.looks.call_count == 3
    assert outside.api.external_ids == ["turn-build-1-1", "turn-build-1-2"]


async def test_in_doubt_twice_it_is_given_up(outside: Outside) -> None:
    outside.api.answers(failure(502), failure(504))
    error = await outside.failed()

    assert (error.trouble, error.queries) == (Trouble.BROKEN, 2)
    assert outside.api.looks.call_count == 6


async def test_a_kept_message_without_an_answer_is_looked_at_again(outside: Outside) -> None:
    outside.api.answers(failure(502))
    outside.api.finds(kept(ours(1, None)), kept(ours(1, " ")), kept(ours(1)))

    assert (await outside.ask()).text == "kept"
    assert outside.clock.slept == [5, 10]


async def test_a_look_that_fails_has_found_nothing(outside: Outside) -> None:
    outside.api.answers(failure(502))
    outside.api.finds(failure(500), httpx.ReadTimeout("slow"), kept(ours(1)))

    assert (await outside.ask()).text == "kept"


async def test_what_was_under_way_at_a_crash_is_looked_for_before_it_is_asked(outside: Outside) -> None:
    outside.sessions = MemorySessions(build="old")
    outside.api.finds(kept(ours(1)))
    reply = await outside.ask(reentered=True)

    assert (reply.text, reply.queries, reply.asked_at) == ("kept", 1, START)
    assert outside.api.sent.call_count == 0


async def test_what_was_under_way_and_never_sent_is_not_looked_for(outside: Outside) -> None:
    outside.api.answers(streamed("a"))
    reply = await outside.ask(reentered=True)

    assert (reply.text, reply.queries) == ("a", 1)
    assert outside.api.looks.call_count == 0


async def test_a_stale_conversation_is_replaced_and_kept(outside: Outside) -> None:
    outside.sessions = MemorySessions(build="stale")
    outside.api.answers(failure(404, "Conversation not found"), streamed("a"))
    reply = await outside.ask()

    assert (reply.session_id, reply.queries) == ("session-1", 1)
    assert outside.api.asked_sessions == ["stale", "session-1"]
    assert outside.sessions.kept == {("thread", "build"): "session-1"}


@pytest.mark.parametrize(
    ("message", "trouble"),
    [("Conversation not found", Trouble.NO_CONVERSATION), ("Agent with id 3 not found", Trouble.NO_AGENT)],
)
async def test_a_fresh_conversation_that_is_not_there_is_a_failure(
    outside: Outside, message: str, trouble: Trouble
) -> None:
    outside.api.answers(failure(404, message))

    assert (await outside.failed()).trouble == trouble
    assert outside.api.opened == 1


async def test_a_failure_while_replacing_keeps_count(outside: Outside) -> None:
    outside.sessions = MemorySessions(build="stale")
    outside.api.answers(failure(502), failure(404, "Conversation not found"))
    outside.api.create.mock(return_value=failure(403))
    error = await outside.failed()

    assert (error.trouble, error.queries) == (Trouble.FORBIDDEN, 1)
