"""The events of a turn, over a WebSocket and as server-sent events: all of them, in their order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from httpx_sse import aconnect_sse
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from core.errors import AgentError, Trouble
from core.turn import OnReject
from tests.bot.http.around import ADA, BEN, PATIENCE, QUESTION, ROOT, Site, heard, open_site

LINES = 4_000
BOUNDARIES = ["turn.started", *["stage.started", "stage.completed"] * 4, "complete"]


def kept(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] != "stage.delta"]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in kept(events)]


async def until(stage: str, socket: ClientConnection) -> list[dict[str, Any]]:
    """What is heard until that stage begins."""
    events: list[dict[str, Any]] = []
    while not events or events[-1].get("stage") != stage:
        events.append(json.loads(await socket.recv()))
    return events


def pieces_of(stage: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == "stage.delta" and event["stage"] == stage]


async def sent(site: Site, turn_id: str, token: str = ADA, last: str = "", **query: int) -> list[Any]:
    headers = {"Last-Event-ID": last} if last else {}
    async with (
        site.client(token) as client,
        aconnect_sse(client, "GET", f"/v1/turns/{turn_id}/events", params=query, headers=headers) as source,
    ):
        return [event async for event in source.aiter_sse()]


async def test_a_question_gets_every_event_and_last_the_payload(site: Site) -> None:
    events, code = await site.streamed({"token": ADA, "conversation_id": "demo-123", **QUESTION})
    payload = events[-1]["payload"]

    assert BOUNDARIES == [name for name in types(events) if name != "turn.queued"]
    assert list(range(1, len(kept(events)) + 1)) == [event["seq"] for event in kept(events)]
    assert {payload["turn_id"]} == {event["turn_id"] for event in events}
    assert ("demo-123", "Bees dance. They agree.") == (payload["conversation_id"], payload["reply"]["content"])
    assert 1000 == code


async def test_a_delta_says_where_it_belongs_and_repeats_the_number_before_it(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    written = "## Outline\n1. Scouts\n2. Dance\n\n## Tasks\n- "  # but for the last word, which may go on
    events = list[dict[str, Any]]()
    async with site.stream() as socket, asyncio.timeout(PATIENCE):
        await socket.send(json.dumps({"token": ADA, **QUESTION}))
        while not events or written != "".join(piece["text"] for piece in pieces_of("plan", events)):
            events.append(json.loads(await socket.recv()))
        site.agents.hold["plan"].set()
    pieces = pieces_of("plan", events)
    begun = next(event for event in events if event["type"] == "stage.started" and event["stage"] == "plan")

    assert {(begun["seq"], 1)} == {(piece["seq"], piece["attempt"]) for piece in pieces}
    assert [sum(len(p["text"]) for p in pieces[:n]) for n in range(len(pieces))] == [p["offset"] for p in pieces]


async def test_the_token_may_be_in_a_header(site: Site) -> None:
    async with site.stream(Authorization=f"Bearer {ADA}") as socket:
        await socket.send(json.dumps(QUESTION))

        assert "complete" == (await heard(socket))[-1]["type"]


@pytest.mark.parametrize("after", [0, 1, 4, 9, 10, 11, 12, 99])
async def test_who_comes_back_gets_what_came_after(site: Site, after: int) -> None:
    events, _ = await site.streamed({"token": ADA, **QUESTION})
    turn_id = events[0]["turn_id"]
    again, code = await site.streamed({"token": ADA, "turn_id": turn_id, "after": after})
    by_sse = await sent(site, turn_id, after=after)
    by_header = await sent(site, turn_id, last=str(after))
    missed = [event for event in kept(events) if event["seq"] > after]

    assert missed == again == [json.loads(event.data) for event in by_sse]
    assert [(str(event["seq"]), event["type"]) for event in missed] == [(one.id, one.event) for one in by_sse]
    assert [(one.id, one.data) for one in by_sse] == [(one.id, one.data) for one in by_header]
    assert 1000 == code


async def test_who_was_cut_off_misses_no_boundary(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    async with site.stream() as socket:
        await socket.send(json.dumps({"token": ADA, "idempotency_key": "mine", **QUESTION}))
        before = await until("plan", socket)
    first = {"token": ADA, "turn_id": before[0]["turn_id"], "after": before[-1]["seq"]}
    coming = asyncio.create_task(site.streamed(first))
    site.agents.hold["plan"].set()
    after, _ = await coming
    numbers = [event["seq"] for event in (*kept(before), *kept(after))]

    assert list(range(1, numbers[-1] + 1)) == numbers
    assert "complete" == after[-1]["type"]
    assert 4 == len(site.agents.asked)


async def test_a_stopped_turn_says_so_and_is_complete(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    turn_id = await site.begin()
    coming = asyncio.create_task(site.streamed({"token": ADA, "turn_id": turn_id}))
    await site.agents.begun["plan"].wait()
    await site.send("POST", f"/v1/turns/{turn_id}/stop")
    events, _ = await coming

    assert ["turn.stopped", "complete"] == types(events)[-2:]
    assert "stopped" == events[-1]["payload"]["status"]


async def test_a_failed_turn_ends_with_an_error_that_says_why_and_has_what_was_done(site: Site) -> None:
    site.agents.answers["build"] = AgentError(Trouble.NO_CREDITS)
    events, code = await site.streamed({"token": ADA, **QUESTION})

    assert ["stage.failed", "error"] == types(events)[-2:]
    assert (429, "no_credits") == (events[-1]["problem"]["status"], events[-1]["problem"]["code"])
    assert "failed" == events[-1]["payload"]["status"]
    assert 1000 == code


async def test_only_the_last_end_of_a_turn_that_was_retried_has_the_payload(site: Site) -> None:
    events, _ = await site.streamed({"token": ADA, **QUESTION})
    turn_id = events[0]["turn_id"]
    site.agents.answers["build"] = "Bees vote."
    await site.send("POST", f"/v1/turns/{turn_id}/retry", json={"stage": "build"})
    again, _ = await site.streamed({"token": ADA, "turn_id": turn_id})
    ends = [event for event in again if event["type"] == "complete"]

    assert [False, True] == ["payload" in end for end in ends]
    assert "Bees vote." == ends[-1]["payload"]["reply"]["content"]
    assert list(range(1, len(kept(again)) + 1)) == [event["seq"] for event in kept(again)]


async def test_where_drafts_may_be_withheld_none_is_sent(database: str) -> None:
    async with open_site(database, on_reject=OnReject.WITHHOLD) as site:
        site.agents.answers["review"] = '{"score": 3, "verdict": "reject", "summary": "Made up."}'
        events, _ = await site.streamed({"token": ADA, **QUESTION})

        assert "withheld" == events[-1]["payload"]["status"]
        assert "Bees dance" not in json.dumps(events)


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (json.dumps(QUESTION), 401),
        (json.dumps({"token": "nobody", **QUESTION}), 401),
        (json.dumps({"token": ADA, "messages": []}), 422),
        (json.dumps({"token": ADA, "turn_id": "x" * 24}), 404),
        (json.dumps({"token": ADA, "turn_id": "x" * 24, "after": -1}), 422),
        (json.dumps([ADA]), 422),
        ("{", 422),
        ("[" * 100_000, 422),
        ('{"token": "\\ud800", "messages": [{"role": "user", "content": "x"}]}', 401),
    ],
)
async def test_a_first_message_that_is_refused_is_answered_with_a_problem(site: Site, first: str, status: int) -> None:
    async with site.stream() as socket:
        await socket.send(first)
        (event,) = await heard(socket)

    assert ("error", status, 4000 + status) == (event["type"], event["problem"]["status"], socket.close_code)
    assert [] == site.agents.asked


async def test_a_first_message_of_bytes_is_none(site: Site) -> None:
    async with site.stream() as socket:
        await socket.send(b"\0\1")
        (event,) = await heard(socket)

    assert 422 == event["problem"]["status"]


async def test_a_first_message_beyond_the_limit_is_not_read(site: Site) -> None:
    async with site.stream() as socket:
        await socket.send(" " * (1024 * 1024 + 1))
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert 1009 == socket.close_code


async def test_a_token_in_the_address_opens_no_stream(site: Site) -> None:
    async with connect(f"{site.url.replace('http', 'ws')}/v1/chat/stream?token={ADA}") as socket:
        await socket.send(json.dumps(QUESTION))
        (event,) = await heard(socket)

    assert (401, 4401) == (event["problem"]["status"], socket.close_code)


async def test_what_else_is_said_is_passed_over(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    async with site.stream() as socket:
        await socket.send(json.dumps({"token": ADA, **QUESTION}))
        await site.agents.begun["plan"].wait()
        for _ in range(100):
            await socket.send("more")
        site.agents.hold["plan"].set()

        assert "complete" == (await heard(socket))[-1]["type"]


async def test_a_turn_of_others_is_not_there_but_for_admins(site: Site) -> None:
    turn_id = await site.begin(ADA)
    (refused,), code = await site.streamed({"token": BEN, "turn_id": turn_id})
    events, _ = await site.streamed({"token": ROOT, "turn_id": turn_id})
    async with site.client(BEN) as client:
        by_sse = await client.get(f"/v1/turns/{turn_id}/events")

    assert (404, 4404, 404) == (refused["problem"]["status"], code, by_sse.status_code)
    assert "complete" == events[-1]["type"]


async def test_the_end_of_the_server_ends_the_streams_so_that_clients_come_back(database: str) -> None:
    async with open_site(database) as site:
        site.agents.hold["plan"] = asyncio.Event()
        turn_id = await site.begin()
        by_sse = asyncio.create_task(sent(site, turn_id))
        async with site.stream() as socket, asyncio.timeout(PATIENCE):
            await socket.send(json.dumps({"token": ADA, "turn_id": turn_id}))
            before = await until("plan", socket)
            await site.close()
            before += await heard(socket)
            await by_sse

    async with open_site(database) as site:
        after, _ = await site.streamed({"token": ADA, "turn_id": turn_id, "after": kept(before)[-1]["seq"]})
        numbers = [event["seq"] for event in (*kept(before), *kept(after))]

        assert 1012 == socket.close_code
        assert list(range(1, numbers[-1] + 1)) == numbers
        assert "complete" == after[-1]["type"]


async def test_a_reader_that_reads_nothing_holds_up_nobody_and_loses_no_boundary(site: Site) -> None:
    """What it does not take is not kept for it but in the log, to which it goes back."""
    site.agents.answers["build"] = "Bees dance, and they dance on and on.\n" * LINES
    async with site.stream() as slow:
        await slow.send(json.dumps({"token": ADA, "idempotency_key": "mine", **QUESTION}))
        answer = await site.ask(headers={"Idempotency-Key": "mine"})  # ends, though nobody reads the stream
        events = await heard(slow)

    boundaries = kept(events)
    assert 200 == answer.status_code
    assert list(range(1, len(boundaries) + 1)) == [event["seq"] for event in boundaries]
    assert len(events) - len(boundaries) < LINES
    assert "complete" == boundaries[-1]["type"]
