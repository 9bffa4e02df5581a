"""Connections that are held by who says nothing, or too little, or reads nothing: over real sockets."""

from __future__ import annotations

import asyncio
from configparser import RawConfigParser
from pathlib import Path

import httpx
import pytest

from bot.http.connections import MOST, Connection
from tests.bot.http.around import ADA, PATIENCE, Site, open_site

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


def test_the_unit_has_descriptors_for_all_of_them_and_the_rest() -> None:
    parser = RawConfigParser(strict=False)
    parser.read(Path(__file__).parents[3] / "deploy" / "orchestrator.service")

    assert parser.getint("Service", "LimitNOFILE") >= 2 * MOST
