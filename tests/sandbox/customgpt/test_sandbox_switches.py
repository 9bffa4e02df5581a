"""**I/O edge.** Every switch does what it says, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault, Pace
from sandbox.customgpt.answers import Page
from tests.sandbox.customgpt.conftest import Caller, data_of

CREATE = "/api/v1/projects/101/conversations"


async def said(customgpt: CustomGPTStandIn, caller: Caller, fault: Fault) -> dict[str, Any]:
    """The message that an agent with this fault answers."""
    customgpt.agent(101).script(fault)
    data: dict[str, Any] = (await caller.send()).json()["data"]
    return data


async def test_the_answer_can_be_fixed_or_the_prompt(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    assert (await said(customgpt, caller, Fault(answer="Fixed")))["openai_response"] == "Fixed"
    assert (await said(customgpt, caller, Fault(echo=True)))["openai_response"] == "Hello there"


async def test_given_ids_are_cited_and_resolve_once_known(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    cited = await said(customgpt, caller, Fault(cites=(5, 6)))
    customgpt.know("research", Page(6, "Six", None))
    found = [(await caller.client.get(f"/api/v1/projects/101/citations/{n}")).status_code for n in (5, 6)]

    assert cited["citations"] == [5, 6]
    assert found == [404, 200]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("ints", [5, 6]),
        ("strings", ["5.0", "6.0"]),
        ("null", None),
        ("duplicates", [5, 5, 6, 6]),
        (
            "objects",
            [{"id": n, "url": None, "title": None, "description": None, "image": None} for n in (5, 6)],
        ),
        ("missing", "missing"),
    ],
)
async def test_citations_come_in_every_form(
    customgpt: CustomGPTStandIn, caller: Caller, form: Any, expected: object
) -> None:
    fault = Fault(cites=(5, 6), citations=form)
    whole = await said(customgpt, caller, fault)
    customgpt.agent(101).script(fault)
    finish = data_of(await caller.streamed())[-1]

    assert whole.get("citations", "missing") == expected
    assert finish.get("citations", "missing") == expected


@pytest.mark.parametrize(("response", "expected"), [("empty", ""), ("null", None)])
async def test_an_answer_can_be_of_nothing(
    customgpt: CustomGPTStandIn, caller: Caller, response: Any, expected: str | None
) -> None:
    whole = await said(customgpt, caller, Fault(response=response))
    customgpt.agent(101).script(Fault(response=response))
    events = data_of(await caller.streamed())

    assert whole["openai_response"] == expected
    assert [event["status"] for event in events] == ["start", "progress", "finish"]


async def test_what_is_unreliable_can_be_missing(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    without = await said(customgpt, caller, Fault(metadata=False))
    bare = await said(customgpt, caller, Fault(bare=True))

    assert "metadata" not in without
    assert set(bare) == {"id", "user_query", "openai_response", "citations", "created_at"}
    assert ["metadata" in item for item in await caller.listed()] == [False, False]


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        (Fault(status=429, body="quota"), 429, "application/json", "exhausted your current query credits"),
        (Fault(status=500), 500, "application/json", '"code": 500'),
        (Fault(status=502, body="html"), 502, "text/html", "<html>"),
        (Fault(status=503, body="text", body_text="Down"), 503, "text/plain", "Down"),
        (Fault(status=200, body="object"), 200, "application/json", "{}"),
        (Fault(status=200, body="nothing"), 200, "application/json", ""),
        (Fault(status=400, body="legacy"), 400, "application/json", '{"status": "error", "message": "'),
        (Fault(status=404, body_text="Gone"), 404, "application/json", '"message": "Gone"'),
    ],
)
@pytest.mark.parametrize("stream", ["true", "false"])
async def test_a_status_stands_for_the_answer(
    customgpt: CustomGPTStandIn, caller: Caller, fault: Fault, status: int, kind: str, body: str, stream: str
) -> None:
    customgpt.agent(101).script(fault)
    response = await caller.send(stream=stream)

    assert (response.status_code, response.headers["content-type"]) == (status, f"{kind}; charset=utf-8")
    assert body in response.text
    assert customgpt.account.current_queries == 0
    assert await caller.listed() == []


async def test_a_rate_refusal_says_when_to_come_back(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(status=429, retry_after=1.5), Fault(status=429))
    answers = [await caller.send() for _ in range(2)]

    assert [answer.headers.get("retry-after") for answer in answers] == ["1.5", None]


async def test_a_redirect_points_elsewhere(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(status=302, location="/elsewhere"))
    response = await caller.send()

    assert (response.status_code, response.headers["location"]) == (302, "/elsewhere")


async def test_an_answer_can_be_kept_though_the_status_is_an_error(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(status=500, stored=True))
    response = await caller.send(external_id="run-1")
    (kept,) = await caller.listed()

    assert (response.status_code, kept["metadata"]["external_id"]) == (500, "run-1")
    assert customgpt.account.current_queries == 1


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(
    ("fault", "stream"),
    [
        (Fault(drop=True), "true"),
        (Fault(drop=True), "false"),
        (Fault(drop_after=0), "true"),
        (Fault(drop_after=2), "true"),
        (Fault(drop_after=2), "false"),
    ],
)
async def test_a_connection_is_cut_and_the_answer_kept_or_not(
    customgpt: CustomGPTStandIn, caller: Caller, fault: Fault, stream: str, stored: bool
) -> None:
    customgpt.agent(101).script(replace(fault, stored=stored))
    with pytest.raises(httpx.TransportError):
        await caller.send(stream=stream)
    await customgpt.until(lambda: customgpt.in_flight == 0)
    sent = [conversation.messages for conversation in customgpt.conversations]

    assert [len(messages) for messages in sent] == [int(stored)]
    assert customgpt.account.current_queries == 1


async def test_a_stream_can_close_in_good_order_without_its_end(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(close_after=2))
    statuses = [event["status"] for event in data_of(await caller.streamed())]

    assert statuses == ["start", "progress", "progress", "progress"]


class Seen:
    """What has come of a stream; `enough` is set once there are so many events."""

    def __init__(self, events: int) -> None:
        self.raw = bytearray()
        self.enough = asyncio.Event()
        self._events = events
        self._look()

    async def ask(self, caller: Caller, stream: str) -> None:
        body, query = {"prompt": "Hello there"}, {"stream": stream}
        async with caller.client.stream("POST", caller.messages(), params=query, json=body) as response:
            async for piece in response.aiter_raw():
                self.raw.extend(piece)
                self._look()

    def _look(self) -> None:
        if len(data_of(bytes(self.raw))) >= self._events:
            self.enough.set()


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(
    ("fault", "stream", "events"),
    [
        (Fault(stall=True), "true", 0),
        (Fault(stall=True), "false", 0),
        (Fault(stall_after=0), "true", 1),
        (Fault(stall_after=2), "true", 4),
        (Fault(stall_after=2), "false", 0),
    ],
)
async def test_a_stall_lasts_until_the_client_goes_away(
    customgpt: CustomGPTStandIn, caller: Caller, fault: Fault, stream: str, stored: bool, events: int
) -> None:
    customgpt.agent(101).script(replace(fault, stored=stored))
    seen = Seen(events)
    asking = asyncio.create_task(seen.ask(caller, stream))
    await customgpt.until(lambda: customgpt.in_flight == 1)
    await seen.enough.wait()
    done, _ = await asyncio.wait([asking], timeout=0.02)
    asking.cancel()
    await asyncio.wait([asking])
    await customgpt.until(lambda: customgpt.in_flight == 0)

    assert done == set()
    assert len(data_of(bytes(seen.raw))) == events
    assert sum(len(one.messages) for one in customgpt.conversations) == int(stored)


async def test_a_stall_ends_with_the_stand_in() -> None:
    async with CustomGPTStandIn() as server, httpx.AsyncClient(base_url=server.url) as client:
        server.agent(101).script(Fault(stall=True))
        headers = {"Authorization": f"Bearer {server.key}"}
        path = Caller(client).messages()
        asking = asyncio.create_task(client.post(path, json={"prompt": "Hello"}, headers=headers))
        await server.until(lambda: server.in_flight == 1)
        await server.stop()

        with pytest.raises(httpx.TransportError):
            await asking


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("key", ["message", "error"])
async def test_an_error_event_ends_a_stream(customgpt: CustomGPTStandIn, caller: Caller, after: int, key: Any) -> None:
    customgpt.agent(101).script(Fault(error_after=after, error_key=key, error_text="Oh no"))
    events = data_of(await caller.streamed())

    assert events[-1] == {"status": "error", key: "Oh no"}
    assert len([event for event in events if event["status"] == "progress" and event["message"]]) == after
    assert await caller.listed() == []


async def test_without_a_stream_an_error_event_is_a_500(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(error_after=0, error_text="Oh no"))
    response = await caller.send()

    assert (response.status_code, response.json()["data"]["message"]) == (500, "Oh no")


async def test_a_kept_answer_can_need_some_lists(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(drop=True, stored_after_lists=2))
    with pytest.raises(httpx.TransportError):
        await caller.send()
    lengths = [len(await caller.listed()) for _ in range(3)]

    assert lengths == [0, 0, 1]


async def test_a_kept_answer_can_need_some_seconds(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    number = (await said(customgpt, caller, Fault(stored_after=3600)))["id"]
    early = await caller.listed()
    ((message,),) = (conversation.messages for conversation in customgpt.conversations)
    left = message.visible_at - time.monotonic()
    message.visible_at -= left
    late = await caller.listed()

    assert early == []
    assert left == pytest.approx(3600, abs=60)
    assert [item["id"] for item in late] == [number]


async def test_an_answer_that_is_cut_can_be_read_once_it_would_have_been_whole(
    customgpt: CustomGPTStandIn, caller: Caller
) -> None:
    customgpt.agent(101).script(Fault(answer="x" * 4, delta_size=1, delta_delay=900, drop_after=0))
    with pytest.raises(httpx.TransportError):
        await caller.send(stream="true")
    ((message,),) = (conversation.messages for conversation in customgpt.conversations)

    assert await caller.listed() == []
    assert message.visible_at - time.monotonic() == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    ("fault", "present", "absent"),
    [
        (Fault(event_lines=False), b"data: ", b"event: "),
        (Fault(event_lines=True), b"event: start\n", b"\r\n"),
        (Fault(crlf=True), b'"}\r\n\r\nevent: progress\r\n', b"}\n"),
        (Fault(comments=True), b": keep-alive\n", b"\r"),
        (Fault(unknown_statuses=True), b'"status": "thinking"', b"\r"),
        (Fault(done_marker=True), b"data: [DONE]\n\n", b"\r"),
        (Fault(finish_status="complete"), b'"status": "complete"', b"finish"),
        (Fault(finish_status="completed", finish_text=True), b'"openai_response": "Hi"', b"finish"),
    ],
)
async def test_a_stream_comes_in_every_form(
    customgpt: CustomGPTStandIn, caller: Caller, fault: Fault, present: bytes, absent: bytes
) -> None:
    customgpt.agent(101).script(replace(fault, answer="Hi"))
    raw = await caller.streamed()
    text = "".join(event["message"] for event in data_of(raw) if event["status"] == "progress")

    assert present in raw
    assert absent not in raw
    assert text == "Hi"


async def test_split_events_arrive_in_pieces(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(split_events=True, answer="Grüße 🐝 " * 5))
    body = {"prompt": "Hello"}
    async with caller.client.stream("POST", caller.messages(), params={"stream": "1"}, json=body) as response:
        parts = [part async for part in response.aiter_raw()]
    text = "".join(event["message"] for event in data_of(b"".join(parts)) if event["status"] == "progress")

    assert max(len(part) for part in parts) <= 7
    assert text == "Grüße 🐝 " * 5


async def test_deltas_have_the_size_that_is_wanted(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(delta_size=3, answer="abcdefgh"))
    deltas = [event["message"] for event in data_of(await caller.streamed()) if event["status"] == "progress"]

    assert deltas == ["", "abc", "def", "gh"]


async def test_delays_hold_back_the_first_byte_and_each_delta(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(first_byte_delay=0.1, delta_delay=0.05, delta_size=1, answer="abc"))
    began = time.monotonic()
    await caller.streamed()

    assert time.monotonic() - began >= 0.1 + 3 * 0.05


async def test_an_agent_has_a_pace_of_its_own() -> None:
    pace, slow = Pace(), Pace(first_byte=0.2)
    async with CustomGPTStandIn(pace=pace, paces={"build": slow}) as server:
        assert (server.agent("plan").pace, server.agent("build").pace) == (pace, slow)
        headers = {"Authorization": f"Bearer {server.key}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            began = time.monotonic()
            await client.post(Caller(client).messages(103), json={"prompt": "Hello"})

            assert time.monotonic() - began >= 0.2


async def test_an_unknown_session_is_opened_or_missing(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    opened = await caller.send()
    customgpt.agent(101).script(Fault(unknown_session="missing"))
    missing = await caller.client.post(caller.messages(session=str(uuid4())), json={"prompt": "Hello"})
    odd = await caller.client.post(caller.messages(session="no-uuid"), json={"prompt": "Hello"})

    assert [opened.status_code, missing.status_code, odd.status_code] == [200, 404, 404]
    assert [caller.session] == [conversation.session_id for conversation in customgpt.conversations]


async def test_creating_answers_200_or_201_and_may_demand_a_name(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).always = Fault(create_status=200, name_required=True)
    nameless = await caller.client.post(CREATE)
    named = await caller.client.post(CREATE, json={"name": "x"})
    usual = await caller.client.post(CREATE.replace("101", "102"))

    assert [nameless.status_code, named.status_code, usual.status_code] == [400, 200, 201]


@pytest.mark.parametrize("active", [None, 0, 1, True, False])
async def test_an_agent_says_whether_it_is_active(
    customgpt: CustomGPTStandIn, caller: Caller, active: bool | int | None
) -> None:
    customgpt.agent(101).always = Fault(is_chat_active=active)
    project = await caller.client.get("/api/v1/projects/101")
    message = await caller.send()

    assert f'"is_chat_active": {json.dumps(active)}' in project.text
    assert message.status_code == (200 if active else 403)


async def test_a_prompt_beyond_the_limit_is_refused_or_cut(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(), Fault(over_limit="truncate"), Fault())
    refused, cut, longest = [await caller.send("x" * length) for length in (8001, 8001, 8000)]

    assert [refused.status_code, cut.status_code, longest.status_code] == [400, 200, 200]
    assert cut.json()["data"]["user_query"] == "x" * 8000


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (Endpoint.PROJECT, "/api/v1/projects/101"),
        (Endpoint.PROJECTS, "/api/v1/projects"),
        (Endpoint.STATS, "/api/v1/projects/101/stats"),
        (Endpoint.SETTINGS, "/api/v1/projects/101/settings"),
        (Endpoint.CITATION, "/api/v1/projects/101/citations/5"),
        (Endpoint.USER, "/api/v1/user"),
        (Endpoint.LIMITS, "/api/v1/limits/usage"),
        (Endpoint.CONVERSATIONS, CREATE),
        (Endpoint.LIST, ""),
    ],
)
async def test_any_endpoint_can_fail(
    customgpt: CustomGPTStandIn, caller: Caller, endpoint: Endpoint, path: str
) -> None:
    await caller.send()
    customgpt.know(101, Page(5, "Five", None))
    customgpt.endpoint(endpoint).script(Fault(status=503), Fault(drop=True))
    path = path or caller.messages()
    refused = await caller.client.get(path)
    with pytest.raises(httpx.TransportError):
        await caller.client.get(path)
    usual = await caller.client.get(path)

    assert [refused.status_code, usual.status_code] == [503, 200]


async def test_what_changes_something_can_fail_too(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    client, number = caller.client, (await caller.send()).json()["data"]["id"]
    chat = caller.messages().removesuffix("/messages")
    message = f"{chat}/messages/{number}"
    for endpoint in (Endpoint.CREATE, Endpoint.RENAME, Endpoint.FEEDBACK, Endpoint.MESSAGE, Endpoint.DELETE):
        customgpt.endpoint(endpoint).always = Fault(status=500)
    answers = [
        await client.post(CREATE, json={"name": "x"}),
        await client.put(chat, json={"name": "x"}),
        await client.put(f"{message}/feedback", json={"reaction": "liked"}),
        await client.get(message),
        await client.delete(chat),
    ]

    assert [answer.status_code for answer in answers] == [500] * 5


async def test_a_citation_can_have_nothing_but_its_id(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.know(101, Page(5, "Five", "https://example.com/5"))
    customgpt.endpoint(Endpoint.CITATION).script(Fault(bare=True))
    bare = (await caller.client.get("/api/v1/projects/101/citations/5")).json()["data"]

    assert bare == {"id": 5, "url": None, "title": None, "description": None, "image": None}


async def test_a_script_of_the_endpoint_comes_before_the_agents(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).script(Fault(answer="agent"))
    customgpt.endpoint(Endpoint.SEND).script(Fault(answer="endpoint"))
    answers = [(await caller.send()).json()["data"]["openai_response"] for _ in range(2)]

    assert answers == ["endpoint", "agent"]


async def test_how_many_messages_are_under_way_is_known(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.agent(101).always = Fault(stall=True)
    asking = [asyncio.create_task(caller.send()) for _ in range(3)]
    await customgpt.until(lambda: customgpt.in_flight == 3)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await customgpt.until(lambda: customgpt.in_flight == 0)

    assert (customgpt.in_flight, customgpt.most_in_flight) == (0, 3)
