"""**I/O edge.** A stand-in for a chat platform: messages by turn id, every state of each kept, misbehaving on demand.

async with ChatPlatform() as platform:
    platform.script(Kind.POST, Fault(after=child.kill))
    … talk to platform.url …
    platform.messages
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from aiohttp import web


class Kind(StrEnum):
    """What can be asked of the platform."""

    POST = "post"
    UPDATE = "update"
    PUBLISH = "publish"
    FIND = "find"


Deed = Callable[[], Awaitable[None] | None]


def nothing() -> None:
    """For a moment at which nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of one request. `before` is done before it is stored, `after` once it is, before the reply."""

    before: Deed = nothing
    after: Deed = nothing
    stored: bool = True
    status: int = 200
    lost: bool = False
    """The connection is dropped in the place of the reply."""
    delay: float = 0.0
    """Seconds before anything else."""


@dataclass(frozen=True, slots=True)
class State:
    """What a message showed, from some moment on."""

    kind: Kind
    text: str


@dataclass(slots=True)
class Message:
    """One message and all that it ever showed, the oldest first."""

    id: str
    channel: str
    turn_id: str
    states: list[State] = field(default_factory=list)
    deleted: bool = False

    @property
    def shows(self) -> str:
        return self.states[-1].text


@dataclass(slots=True)
class _Scripted:
    kind: Kind
    fault: Fault
    turn_id: str | None


class ChatPlatform:
    """Served on loopback while the block lasts."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.requests: list[tuple[Kind, str]] = []
        self.stored: Counter[Kind] = Counter()
        self._script: list[_Scripted] = []
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.post("/messages", self._post),
                web.get("/messages", self._find),
                web.put("/messages/{id}", self._show),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        assert self._runner
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def script(self, kind: Kind, *faults: Fault, turn_id: str | None = None) -> None:
        """One for each of the next requests of the kind, of that turn or of any."""
        self._script += [_Scripted(kind, fault, turn_id) for fault in faults]

    def of(self, turn_id: str) -> list[Message]:
        """The messages of a turn that are still there."""
        return [message for message in self.messages if message.turn_id == turn_id and not message.deleted]

    def delete(self, turn_id: str) -> None:
        """Somebody deletes the messages of a turn."""
        for message in self.of(turn_id):
            message.deleted = True

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds; asked now, and whenever a request has come or was stored."""
        async with self._changed:
            await self._changed.wait_for(true)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        turn_id = given["turn_id"]

        def store() -> dict[str, str]:
            message = Message(f"m{len(self.messages)}", given["channel"], turn_id, [State(Kind.POST, given["text"])])
            self.messages.append(message)
            return {"id": message.id}

        return await self._answered(request, Kind.POST, turn_id, store)

    async def _find(self, request: web.Request) -> web.StreamResponse:
        turn_id = request.query["turn_id"]
        channel = request.query["channel"]

        def look() -> list[str]:
            return [message.id for message in self.of(turn_id) if message.channel == channel]

        return await self._answered(request, Kind.FIND, turn_id, look)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        found = [m for m in self.messages if m.id == request.match_info["id"] and not m.deleted]
        if not found:
            return web.json_response({"error": "message_not_found"}, status=404)
        (message,), kind = found, Kind(given["kind"])

        def store() -> dict[str, str]:
            message.states.append(State(kind, given["text"]))
            return {"id": message.id}

        return await self._answered(request, kind, message.turn_id, store)

    async def _answered(
        self, request: web.Request, kind: Kind, turn_id: str, store: Callable[[], object]
    ) -> web.StreamResponse:
        """Do what was asked, unless the script wants it otherwise."""
        fault = self._next(kind, turn_id)
        await asyncio.sleep(fault.delay)
        await self._noted(lambda: self.requests.append((kind, turn_id)))
        await _done(fault.before)
        stored = store() if fault.stored else {}
        self.stored[kind] += fault.stored
        await self._noted(nothing)
        await _done(fault.after)
        if fault.lost and request.transport:
            request.transport.abort()
        return web.json_response(stored, status=fault.status)

    async def _noted(self, change: Callable[[], None]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()

    def _next(self, kind: Kind, turn_id: str) -> Fault:
        for scripted in self._script:
            if scripted.kind is kind and scripted.turn_id in (None, turn_id):
                self._script.remove(scripted)
                return scripted.fault
        return Fault()


async def _done(deed: Deed) -> None:
    if doing := deed():
        await doing
