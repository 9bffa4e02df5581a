"""Each call over HTTP: what is sent, and what is read."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable

import httpx
import pytest

from core.customgpt.client import CustomGPT, Outgoing
from core.customgpt.connection import Timeouts
from core.customgpt.miss import Cure, Miss
from core.customgpt.wire import Account, AgentInfo, Message, Usage
from core.errors import AgentError, Trouble
from core.turn import Citation, Opinion
from tests.core.customgpt.outside import (
    API,
    BASE,
    KEY,
    StandInClock,
    client_of,
    failure,
    frame,
    frames,
    kept,
    patient,
    streamed,
    success,
)

OUTGOING = Outgoing(4711, "3f", "What changed?", "turn-build-1-1")
BRIEF = Timeouts(connect=5, idle=0.05, total=5, look=5)


@pytest.fixture
def api() -> API:
    return API()


@pytest.fixture
async def client(api: API) -> AsyncIterator[CustomGPT]:
    async with client_of(api.http()) as client:
        yield client


async def missed(call: Awaitable[object]) -> Miss:
    with pytest.raises(Miss) as caught:
        await call
    return caught.value


async def test_a_message_is_sent_as_documented(api: API, client: CustomGPT) -> None:
    api.answers(streamed("An", "swer"))
    await client.stream(OUTGOING)
    request = api.sent.calls[0].request

    assert request.url.path == "/api/v1/projects/4711/conversations/3f/messages"
    assert dict(request.url.params) == {"stream": "true", "external_id": "turn-build-1-1"}
    assert json.loads(request.content) == {"prompt": "What changed?"}
    assert request.headers["accept"] == "text/event-stream"
    assert "cache-control" not in request.headers


async def test_a_language_and_a_wish_for_a_fresh_answer_are_passed_on(api: API, client: CustomGPT) -> None:
    api.answers(streamed("Antwort"))
    await client.stream(Outgoing(1, "s", "Was?", "x-1", language="de", fresh=True))
    request = api.sent.calls[0].request

    assert request.url.params["lang"] == "de"
    assert request.headers["cache-control"] == "no-cache"


async def test_a_session_id_cannot_lead_elsewhere(api: API, client: CustomGPT) -> None:
    api.answers(streamed("a"))
    await client.stream(Outgoing(1, "2?x#y", "p", "x-1"))

    assert api.sent.calls[0].request.url.raw_path.startswith(b"/api/v1/projects/1/conversations/2%3Fx%23y/messages?")


async def test_deltas_are_told_as_they_come_and_make_the_answer(api: API, client: CustomGPT) -> None:
    api.answers(streamed("An", "swer", id=7, citations=[5]))
    told: list[str] = []
    message = await client.stream(OUTGOING, on_delta=told.append)

    assert message == Message(7, "Answer", (Citation(5),))
    assert told == ["An", "swer"]


async def test_an_agent_that_will_not_stream_has_answered_all_the_same(api: API, client: CustomGPT) -> None:
    api.answers(success({"id": 7, "openai_response": "Answer"}))

    assert await client.stream(OUTGOING) == Message(7, "Answer")


@pytest.mark.parametrize("label", ["text/plain", "text/event-stream", "application/octet-stream"])
@pytest.mark.parametrize("before", [b"", b"\n ", b"\xef\xbb\xbf"])
async def test_an_envelope_is_one_whatever_its_label_says(
    api: API, client: CustomGPT, label: str, before: bytes
) -> None:
    body = success({"id": 7, "openai_response": "Answer"}).content
    api.answers(httpx.Response(200, headers={"content-type": label}, content=before + body))

    assert await client.stream(OUTGOING) == Message(7, "Answer")


async def test_half_an_envelope_is_in_doubt(api: API, client: CustomGPT) -> None:
    api.answers(httpx.Response(200, content=success({"openai_response": "Answer"}).content[:-5]))

    assert (await missed(client.stream(OUTGOING))).cure == Cure.RECONCILE


async def test_an_emoji_in_two_deltas_is_told_whole(api: API, client: CustomGPT) -> None:
    api.answers(streamed("An \ud83d", "\ude42 answer\ud83d"))
    told: list[str] = []
    message = await client.stream(OUTGOING, on_delta=told.append)

    assert ["An ", "🙂 answer", "\ufffd"] == told
    assert "".join(told) == message.text


SECRET = "The vault opens at nine with the code seven four two."


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_a_prompt_that_the_server_echoes_reaches_neither_error_nor_log(
    api: API, client: CustomGPT, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    api.answers(failure(status, f"The prompt field is invalid: '{SECRET}'"))
    miss = await missed(client.stream(Outgoing(1, "s", f"Review this.\n{SECRET}", "x-1")))

    assert f"{status} The prompt field is invalid: '[…].'" == miss.detail
    assert "seven four" not in f"{miss} {caplog.text}"


async def test_an_error_event_that_echoes_the_prompt_says_no_more_of_it(api: API, client: CustomGPT) -> None:
    api.answers(httpx.Response(200, content=frame(status="error", message=f"Bad: {SECRET}")))

    assert "Bad: […]." == (await missed(client.stream(Outgoing(1, "s", SECRET, "x-1")))).detail


async def test_a_message_can_be_sent_without_a_stream(api: API, client: CustomGPT) -> None:
    api.answers(success({"id": 7, "openai_response": "Answer", "citations": ["12061.0"]}))
    message = await client.send(OUTGOING)

    assert message == Message(7, "Answer", (Citation(12061),))
    assert api.sent.calls[0].request.url.params["stream"] == "false"


@pytest.mark.parametrize("text", [None, "", " \n"])
async def test_an_answer_of_nothing_is_none(api: API, client: CustomGPT, text: str | None) -> None:
    api.answers(success({"id": 7, "openai_response": text}))
    miss = await missed(client.send(OUTGOING))

    assert (miss.trouble, miss.cure, miss.counted) == (Trouble.EMPTY, Cure.NONE, True)


async def test_a_stream_of_nothing_is_no_answer(api: API, client: CustomGPT) -> None:
    api.answers(streamed())

    assert (await missed(client.stream(OUTGOING))).trouble == Trouble.EMPTY


@pytest.mark.parametrize("pieces", [[], ["half an "]])
async def test_an_error_in_the_stream_ends_it(api: API, client: CustomGPT, pieces: list[str]) -> None:
    content = frames(*pieces, finish=False) + frame(status="error", message="Sorry")
    api.answers(httpx.Response(200, content=content))
    miss = await missed(client.stream(OUTGOING))

    assert (miss.trouble, miss.detail, miss.cure) == (Trouble.AGENT_ERROR, "Sorry", Cure.NONE)
    assert miss.counted


async def test_a_stream_without_an_end_is_cut(api: API, client: CustomGPT) -> None:
    api.answers(streamed("half an ", finish=False))
    miss = await missed(client.stream(OUTGOING))

    assert (miss.trouble, miss.cure, miss.counted) == (Trouble.CUT, Cure.RECONCILE, True)


async def test_a_last_event_without_its_blank_line_still_ends_the_stream(api: API, client: CustomGPT) -> None:
    api.answers(httpx.Response(200, content=frames("whole").rstrip(b"\n")))

    assert (await client.stream(OUTGOING)).text == "whole"


async def test_messages_are_sent_once(api: API, client: CustomGPT) -> None:
    api.answers(failure(503), streamed("never asked for"))

    assert (await missed(client.stream(OUTGOING))).trouble == Trouble.BROKEN
    assert len(api.sent.calls) == 1


async def test_a_refusal_is_read_while_streaming(api: API, client: CustomGPT) -> None:
    api.answers(failure(429, "You have exhausted your current query credits"))

    assert (await missed(client.stream(OUTGOING))).trouble == Trouble.NO_CREDITS


async def test_a_redirect_is_not_followed(api: API, client: CustomGPT) -> None:
    api.answers(httpx.Response(302, headers={"location": "https://login.example"}))
    miss = await missed(client.stream(OUTGOING))

    assert (miss.trouble, miss.cure) == (Trouble.REDIRECTED, Cure.NONE)


async def test_a_foreign_error_is_the_cause_of_ours(api: API, client: CustomGPT) -> None:
    refused = httpx.ConnectError("refused")
    api.answers(refused)
    miss = await missed(client.stream(OUTGOING))

    assert miss.trouble == Trouble.UNREACHABLE
    assert miss.__cause__ is refused


@pytest.mark.parametrize("status", [200, 201])
async def test_a_conversation_is_opened_with_a_name(api: API, client: CustomGPT, status: int) -> None:
    api.create.mock(return_value=success({"session_id": "3f"}, status))

    assert await client.create_conversation(4711, "n" * 300) == "3f"
    assert api.names == ["n" * 255]


async def test_calls_that_may_be_made_twice_are(api: API) -> None:
    clock = StandInClock()
    api.usage.mock(
        side_effect=[
            failure(503),
            failure(429, Retry_After="3"),
            httpx.ConnectError("refused"),
            failure(500),
            success({"current_queries": 1, "max_queries": 9}),
        ]
    )
    async with client_of(api.http(), retry=patient(clock)) as client:
        usage = await client.usage()

    assert usage == Usage(1, 9)
    assert clock.slept == [1, 3, 4]


async def test_a_call_that_fails_twice_without_a_word_is_given_up(api: API, client: CustomGPT) -> None:
    api.usage.mock(side_effect=[httpx.ReadTimeout("slow"), failure(502), success({})])
    miss = await missed(client.usage())

    assert (miss.trouble, miss.queries) == (Trouble.BROKEN, 0)
    assert len(api.usage.calls) == 2


async def test_an_agent_is_looked_at(api: API, client: CustomGPT) -> None:
    api.router.get("/projects/4711").mock(
        return_value=success({"id": 4711, "project_name": "Researcher", "is_chat_active": 1})
    )

    assert await client.agent(4711) == AgentInfo(4711, "Researcher", active=True)


async def test_the_account_is_looked_at(api: API, client: CustomGPT) -> None:
    api.router.get("/user").mock(return_value=success({"id": 35, "name": "Ada", "email": "a@b.example"}))

    assert await client.account() == Account(35, "Ada", "a@b.example")


async def test_a_citation_is_looked_up(api: API, client: CustomGPT) -> None:
    api.citations.mock(return_value=success({"id": 5, "title": "T", "url": "https://a.example"}))

    assert await client.citation(4711, 5) == Citation(5, "T", "https://a.example")


async def test_feedback_names_the_message(api: API, client: CustomGPT) -> None:
    path = "/projects/4711/conversations/3f/messages/7/feedback"
    route = api.router.put(path).mock(return_value=success({"id": 7}))
    await client.feedback(4711, "3f", 7, Opinion.LIKED)

    assert json.loads(route.calls[0].request.content) == {"reaction": "liked"}


async def test_kept_messages_come_newest_first_and_page_by_page(api: API, client: CustomGPT) -> None:
    api.finds(kept({"id": 2}, {"id": 1}))
    page = await client.messages(4711, "3f", page=3)

    assert [message.id for message in page.messages] == [2, 1]
    assert dict(api.looks.calls[0].request.url.params) == {"page": "3", "order": "desc"}


async def test_a_look_at_kept_messages_is_taken_once(api: API, client: CustomGPT) -> None:
    api.finds(failure(503), kept())
    await missed(client.messages(4711, "3f"))

    assert len(api.looks.calls) == 1


async def test_a_key_that_the_server_echoes_reaches_neither_error_nor_log(
    api: API, client: CustomGPT, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.sent.mock(side_effect=lambda request: failure(401, f"bad token: {request.headers['authorization']}"))
    api.usage.mock(side_effect=lambda request: failure(503, f"not now, {request.headers['authorization']}"))
    messages: list[str] = []
    for call in (client.stream(OUTGOING), client.usage()):
        with pytest.raises(AgentError) as caught:
            await call
        messages += [str(caught.value), repr(caught.value), caught.value.detail]

    assert "bad token" in messages[0]
    assert KEY not in "".join([*messages, caplog.text])
    assert KEY[5:] not in "".join([*messages, caplog.text])
    assert OUTGOING.prompt not in caplog.text
    assert BASE in caplog.text
