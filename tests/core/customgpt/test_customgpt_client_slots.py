"""How long a slot is held and when time runs out; real connections that stall, drip, break and stay open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from pydantic import SecretStr

from core.customgpt.client import Outgoing, Place
from core.customgpt.connection import Timeouts, connect
from core.customgpt.miss import Cure, Miss
from core.errors import Trouble
from core.limits.slots import MemorySlots
from tests.core.customgpt.outside import (
    API,
    KEY,
    STREAM_HEAD,
    StandInClock,
    chunk,
    client_of,
    failure,
    frames,
    loopback,
    patient,
    streamed,
    success,
)

OUTGOING = Outgoing(4711, "3f", "What changed?", "turn-build-1-1")
BRIEF = Timeouts(connect=5, idle=0.05, total=5, look=5)


@pytest.fixture
def api() -> API:
    return API()


async def missed(call: Awaitable[object]) -> Miss:
    with pytest.raises(Miss) as caught:
        await call
    return caught.value


async def test_a_slot_is_held_until_the_stream_ends_and_not_in_a_pause(api: API) -> None:
    inside: list[int] = []

    class Counted(MemorySlots):
        @property
        def free(self) -> int:
            return self._free

    class Watching(StandInClock):
        async def sleep(self, seconds: float) -> None:
            inside.append(slots.free)
            await super().sleep(seconds)

    slots = Counted(1)
    api.answers(streamed("a", "b"))
    api.usage.mock(side_effect=[failure(503), success({})])
    async with client_of(api.http(), slots=slots, retry=patient(Watching())) as client:
        await client.stream(OUTGOING, on_delta=lambda _: inside.append(slots.free))
        await client.usage()

    assert inside == [0, 0, 1]
    assert slots.free == 1


async def test_who_must_wait_for_a_slot_is_told_and_starts_when_it_is_held(api: API) -> None:
    slots, told, waiting = MemorySlots(1), list[str](), asyncio.Event()

    def on_wait() -> None:
        told.append("waiting")
        waiting.set()

    api.answers(streamed("a"))
    async with client_of(api.http(), slots=slots) as client:
        async with slots.hold(0, lambda: None):
            sending = asyncio.create_task(client.stream(OUTGOING, Place(1, on_wait), lambda: told.append("held")))
            await waiting.wait()
            told.append("leaving")
        await sending

    assert told == ["waiting", "leaving", "held"]


async def test_time_runs_only_when_the_slot_is_held(api: API) -> None:
    slots, waiting = MemorySlots(1), asyncio.Event()
    api.answers(streamed("a"))
    async with client_of(api.http(), slots=slots, timeouts=Timeouts(total=0.3)) as client:
        async with slots.hold(0, lambda: None):
            sending = asyncio.create_task(client.stream(OUTGOING, Place(1, waiting.set)))
            await waiting.wait()
            await asyncio.sleep(0.35)  # longer than the request may take
        message = await sending

    assert message.text == "a"


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM_HEAD + chunk(frames("half", finish=False)))
    await asyncio.Event().wait()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM_HEAD)
    while True:
        writer.write(chunk(b": still here\n\n"))
        await writer.drain()
        await asyncio.sleep(0.01)


async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM_HEAD + chunk(frames("half", finish=False)))


async def cuts_within_a_chunk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM_HEAD + chunk(frames("half", finish=False))[:-20])


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("script", "timeouts", "trouble"),
    [
        (never, BRIEF, Trouble.TIMEOUT),
        (stalls, BRIEF, Trouble.TIMEOUT),
        (drips, Timeouts(total=0.1), Trouble.TIMEOUT),
        (cuts, Timeouts(), Trouble.CUT),
        (cuts_within_a_chunk, Timeouts(), Trouble.CUT),
        (hangs_up, Timeouts(), Trouble.CUT),
    ],
)
async def test_a_real_connection_that_fails_leaves_doubt_and_a_free_slot(
    script: Talk, timeouts: Timeouts, trouble: Trouble
) -> None:
    slots = MemorySlots(1)
    async with (
        loopback(script) as base,
        client_of(real(base, timeouts), slots=slots, timeouts=timeouts) as client,
    ):
        miss = await missed(client.stream(OUTGOING))
        async with asyncio.timeout(1), slots.hold(0, lambda: None):
            pass

    assert (miss.trouble, miss.cure, miss.counted) == (trouble, Cure.RECONCILE, True)


def real(base: str, timeouts: Timeouts) -> httpx.AsyncClient:
    """A client over a real transport; naming one keeps the proxies of the environment out."""
    transport = httpx.AsyncHTTPTransport()
    return connect(base, SecretStr(KEY), concurrency=2, timeouts=timeouts, transport=transport)


async def test_nobody_listening_is_no_doubt() -> None:
    async with loopback(never) as base:
        pass
    async with client_of(real(base, BRIEF)) as client:
        miss = await missed(client.stream(OUTGOING))

    assert (miss.trouble, miss.cure, miss.counted) == (Trouble.UNREACHABLE, Cure.WAIT, False)


async def test_a_whole_answer_is_taken_though_its_stream_stays_open() -> None:
    async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD + chunk(frames("whole")))
        await asyncio.Event().wait()

    async with loopback(stays) as base, client_of(real(base, Timeouts())) as client:
        message = await client.stream(OUTGOING)

    assert message.text == "whole"


async def test_a_connection_serves_again_when_its_stream_has_ended() -> None:
    talks = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talks
        talks += 1
        for _ in range(2):
            writer.write(STREAM_HEAD + chunk(frames("whole")) + chunk(b""))
            await reader.readuntil(b'"}')

    async with loopback(twice) as base, client_of(real(base, Timeouts())) as client:
        await client.stream(OUTGOING)
        await client.stream(OUTGOING)

    assert talks == 1


async def test_a_cancelled_stream_leaves_its_slot() -> None:
    slots, begun = MemorySlots(1), asyncio.Event()
    async with loopback(stalls) as base, client_of(real(base, Timeouts()), slots=slots) as client:
        sending = asyncio.create_task(client.stream(OUTGOING, on_delta=lambda _: begun.set()))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        async with asyncio.timeout(1), slots.hold(0, lambda: None):
            pass
