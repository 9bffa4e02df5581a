"""Connections that are held by who says nothing, or too little, or reads nothing: over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from configparser import RawConfigParser
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bot.http.adapter import _bound, _config, _Server
from bot.http.connections import MOST, SLOWEST, Connection, Socket, _Taken
from bot.http.served import MOST_STREAMS
from tests.bot.http.around import ADA, BEN, PATIENCE, QUESTION, Site, heard, open_site

REQUEST = b"POST /v1/chat HTTP/1.1\r\nHost: x\r\n"


class Hasty(Connection):
    slowest_request = 0.2


class Narrow(Connection):
    most = 2


async def opened(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", httpx.URL(site.url).port)


async def is_cut(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.read(1) == b""
    except ConnectionResetError:
        return True


async def is_let_in(site: Site) -> bool:
    try:
        return (await site.send("GET", "/healthz", None)).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /healthz HT", REQUEST, REQUEST + b"Content-Length: 100\r\n\r\n{", b"GET / HTTP/1.1\r\nHost: x\r\n"],
)
async def test_who_sends_no_whole_request_in_time_is_cut_off(
    database: str, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(database, connection=Hasty) as site:
        reader, writer = await opened(site)
        writer.write(said)

        assert await is_cut(reader)
        writer.close()
    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]


async def test_also_with_the_second_request(database: str) -> None:
    async with open_site(database, connection=Hasty) as site:
        reader, writer = await opened(site)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.readuntil(b"}")
        writer.write(b"GET /healthz HTTP")

        assert answer.startswith(b"HTTP/1.1 200")
        assert await is_cut(reader)
        writer.close()


async def test_who_has_asked_may_wait_for_longer(database: str) -> None:
    async with open_site(database, connection=Hasty) as site:
        site.agents.hold["plan"] = asyncio.Event()
        asking = asyncio.create_task(site.ask())
        await site.agents.begun["plan"].wait()
        reader, writer = await opened(site)
        assert await is_cut(reader)  # so long
        writer.close()
        site.agents.hold["plan"].set()

        assert 200 == (await asking).status_code


async def test_a_stream_may_be_silent_for_longer(database: str) -> None:
    async with open_site(database, connection=Hasty) as site, site.stream(Authorization=f"Bearer {ADA}") as socket:
        reader, writer = await opened(site)
        assert await is_cut(reader)  # so long
        writer.close()
        await (await socket.ping())


async def test_beyond_the_bound_nobody_is_let_in_until_somebody_leaves(database: str) -> None:
    async with open_site(database, connection=Narrow) as site:
        (_, first), (_, other) = await opened(site), await opened(site)
        third, refused = await opened(site)

        assert await is_cut(third)
        for writer in (first, other, refused):
            writer.close()
        await asyncio.gather(first.wait_closed(), other.wait_closed())
        async with asyncio.timeout(PATIENCE):
            while not await is_let_in(site):
                pass


def lost(slow: float) -> tuple[type[Connection], asyncio.Event]:
    """Connections that wait for so many seconds only; and when one was lost."""
    gone = asyncio.Event()

    class Lost(_Taken):
        slowest = slow

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            gone.set()

    class Reader(Lost, Socket):
        pass

    class Client(Lost, Connection):
        socket = Reader

    return Client, gone


async def sends_much(scope: Scope, receive: Receive, send: Send) -> None:
    """More than the buffers between us take; and ends then, or goes on sending."""
    whole = b"x" * 64 * 1024 * 1024
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = scope["path"] == "/on"
        await send({"type": "http.response.body", "body": whole, "more_body": more})
        if more:
            await send({"type": "http.response.body", "body": whole})
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": whole})
        if scope["path"] == "/on":
            await send({"type": "websocket.send", "bytes": whole})


UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize("more", [b"", UPGRADE])
@pytest.mark.parametrize("path", [b"/", b"/on"])
async def test_who_reads_nothing_is_let_go_after_slowest(path: bytes, more: bytes) -> None:
    client, gone = lost(0.2)
    with _bound("127.0.0.1", 0) as taken:
        server = _Server(_config(sends_much, client))
        serving = asyncio.create_task(server.serve(sockets=[taken]))
        with socket.create_connection(taken.getsockname()) as reads_nothing:
            reads_nothing.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n")
            async with asyncio.timeout(PATIENCE):
                await gone.wait()
        server.should_exit = True
        await serving

    assert SLOWEST == Connection.slowest == Connection.socket.slowest
    assert not server.server_state.connections


async def test_a_caller_has_so_many_streams_at_once_whichever_way(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    turn_id, bens = await site.begin(ADA), await site.begin(BEN)
    resume = json.dumps({"token": ADA, "turn_id": turn_id})
    async with AsyncExitStack() as stack:
        for _ in range(MOST_STREAMS):
            one = await stack.enter_async_context(site.stream())
            await one.send(resume)
            await one.recv()
        (refused,), code = await site.streamed({"token": ADA, **QUESTION})
        by_sse = await site.send("GET", f"/v1/turns/{turn_id}/events")
        async with site.stream() as other:
            await other.send(json.dumps({"token": BEN, "turn_id": bens}))
            heard_by_ben = json.loads(await other.recv())
        site.agents.hold["plan"].set()
        await heard(one)
    events = (await site.send("GET", f"/v1/turns/{turn_id}/events")).text

    assert (429, 4429, 429) == (refused["problem"]["status"], code, by_sse.status_code)
    assert bens == heard_by_ben["turn_id"]
    assert "event: complete" in events
    assert 2 == len(await site.store.turns())


def test_the_unit_has_descriptors_for_all_of_them_and_the_rest() -> None:
    parser = RawConfigParser(strict=False)
    parser.read(Path(__file__).parents[3] / "deploy" / "orchestrator.service")

    assert parser.getint("Service", "LimitNOFILE") >= 2 * MOST
