"""What stands in for the outside of `core/customgpt`: a clock, sessions, CustomGPT behind httpx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import respx
from pydantic import SecretStr

from core.customgpt.client import CustomGPT
from core.customgpt.connection import TIMEOUTS, Timeouts, connect
from core.customgpt.retry import Retry
from core.events import Event
from core.limits.slots import MemorySlots
from core.ports import Slots
from core.tally import Count, uncounted

KEY = "7727|abcdefGHIJ0123456789abcdefGHIJ0123456789abcdefGH"
BASE = "https://customgpt.example"
START = 1_768_035_600.0


class StandInClock:
    """Time that passes only in its sleeps. `slept` keeps them."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return START + self.passed

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)


class MemorySessions:
    """The port `Sessions`, in a dict; everything in it belongs to one thread at first."""

    def __init__(self, **kept: str) -> None:
        self.kept = {("thread", slot): session for slot, session in kept.items()}

    async def session(self, conversation_id: str, slot: str) -> str | None:
        return self.kept.get((conversation_id, slot))

    async def keep_session(self, conversation_id: str, slot: str, session_id: str) -> None:
        self.kept[conversation_id, slot] = session_id


class Events(list[Event]):
    """Takes events, and tells when there is a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        self._news.set()

    async def until(self, wanted: Callable[[Event], bool]) -> None:
        while not any(wanted(event) for event in self):
            self._news.clear()
            await self._news.wait()


def patient(clock: StandInClock | None = None) -> Retry:
    """The real policy, without chance, on a clock that takes no time."""
    return Retry(clock=clock or StandInClock(), chance=lambda: 0.0)


def success(data: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"status": "success", "data": data})


def failure(status: int, message: str = "", **headers: str) -> httpx.Response:
    body = {"status": "error", "url": BASE, "data": {"code": status, "message": message}}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=sent)


def frame(**fields: object) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def frames(*pieces: str, finish: bool = True, id: int = 11, citations: object = None) -> bytes:
    """The bytes of a streamed answer."""
    last = [frame(status="finish", id=id, citations=citations)] if finish else []
    deltas = [frame(status="progress", message=piece) for piece in pieces]
    return b"".join([frame(status="start", prompt="…"), *deltas, *last])


def streamed(*pieces: str, finish: bool = True, id: int = 11, citations: object = None) -> httpx.Response:
    content = frames(*pieces, finish=finish, id=id, citations=citations)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)


def kept(*messages: dict[str, Any]) -> httpx.Response:
    """A page of kept messages."""
    return success({"messages": {"data": list(messages), "next_page_url": None}})


Effect = httpx.Response | Exception


class API:
    """CustomGPT behind `httpx.MockTransport`: what each call answers, in order; `router` keeps the calls."""

    def __init__(self) -> None:
        self.router = respx.MockRouter(base_url=f"{BASE}/api/v1", assert_all_called=False)
        self.opened = 0
        route = self.router.route
        self.looks = route(method="GET", path__regex=r"/projects/\d+/conversations/[^/]+/messages$")
        self.sent = route(method="POST", path__regex=r"/projects/\d+/conversations/[^/]+/messages$")
        self.create = route(method="POST", path__regex=r"/projects/\d+/conversations$")
        self.usage = route(method="GET", path="/limits/usage")
        self.citations = route(method="GET", path__regex=r"/projects/\d+/citations/\d+$")
        self.create.mock(side_effect=self._open)
        self.looks.mock(return_value=kept())
        self.citations.mock(return_value=failure(404, "Page with id 1 not found"))

    def answers(self, *effects: Effect) -> None:
        """What the messages sent get, one after the other."""
        self.sent.mock(side_effect=list(effects))

    def finds(self, *effects: Effect) -> None:
        """What the looks for kept answers get, one after the other."""
        self.looks.mock(side_effect=list(effects))

    @property
    def external_ids(self) -> list[str]:
        return [call.request.url.params["external_id"] for call in self.sent.calls]

    @property
    def asked_sessions(self) -> list[str]:
        return [call.request.url.path.split("/")[-2] for call in self.sent.calls]

    @property
    def names(self) -> list[str]:
        return [json.loads(call.request.content)["name"] for call in self.create.calls]

    def _open(self, _: httpx.Request) -> httpx.Response:
        self.opened += 1
        return success({"id": 9000 + self.opened, "session_id": f"session-{self.opened}"}, 201)

    def http(self) -> httpx.AsyncClient:
        transport = httpx.MockTransport(self.router.async_handler)
        return connect(BASE, SecretStr(KEY), concurrency=5, transport=transport)


@asynccontextmanager
async def client_of(
    http: httpx.AsyncClient,
    *,
    slots: Slots | None = None,
    retry: Retry | None = None,
    timeouts: Timeouts = TIMEOUTS,
    count: Count = uncounted,
) -> AsyncIterator[CustomGPT]:
    async with http:
        yield CustomGPT(http, slots=slots or MemorySlots(5), retry=retry or patient(), timeouts=timeouts, count=count)


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def loopback(script: Script) -> AsyncIterator[str]:
    """A real server: reads each request whole, then does as the script says. Yields its base URL."""
    tasks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.ensure_future(_converse(script, reader, writer)))
        await asyncio.wait({task})

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _converse(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if "content-length:" in head:
            await reader.readexactly(int(head.partition("content-length:")[2].split("\r\n")[0]))
        await script(reader, writer)
    finally:
        writer.close()


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
