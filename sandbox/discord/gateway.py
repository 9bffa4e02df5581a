"""**I/O edge.** Discord's gateway: hello, identify, heartbeats, events in their order, and again for who resumes."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from sandbox.discord import payloads
from sandbox.discord.faults import Limits
from sandbox.discord.record import Json
from sandbox.discord.state import World

MESSAGE_CONTENT = 1 << 15
CONTENT_FLAGS = (1 << 18) | (1 << 19)


@dataclass(slots=True, eq=False)
class Socket:
    """One connection. What is sent goes out in order; a number closes with that code, None cuts."""

    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    packed: bool
    outbox: asyncio.Queue[Json | int | None] = field(default_factory=asyncio.Queue)
    _packer: Any = field(default_factory=zlib.compressobj)

    async def write(self) -> None:
        try:
            while True:
                match await self.outbox.get():
                    case int(code):
                        await self.ws.close(code=code)
                        return
                    case None:
                        self._cut()
                        return
                    case dict(frame):
                        await self._send(frame)
        except (ConnectionError, RuntimeError):
            return  # the reading side sees it too

    async def _send(self, frame: Json) -> None:
        text = json.dumps(frame)
        if self.packed:
            await self.ws.send_bytes(self._packer.compress(text.encode()) + self._packer.flush(zlib.Z_SYNC_FLUSH))
        else:
            await self.ws.send_str(text)

    def _cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


@dataclass(slots=True, eq=False)
class Session:
    """What a connection has been told, for who comes back. `socket` is None while nobody listens."""

    id: str
    intents: int
    told: list[Json] = field(default_factory=list)
    socket: Socket | None = None

    def tell(self, event: str, data: Json, *, lost: bool = False) -> None:
        """`lost`: it does not arrive."""
        frame = {"op": 0, "t": event, "s": len(self.told) + 1, "d": data}
        self.told.append(frame)
        if self.socket and not lost:
            self.socket.outbox.put_nowait(frame)


class Gateway:
    """The connections of one bot."""

    def __init__(
        self, world: World, limits: Callable[[], Limits], changed: Callable[[], None], base: Callable[[], str]
    ) -> None:
        self._world, self._limits, self._changed, self._base = world, limits, changed, base
        self.sessions: dict[str, Session] = {}
        self.connections = 0
        """How many there have been: identified, or resumed."""
        self.refused_until = 0.0
        self.resumes = 0

    @property
    def open(self) -> list[Session]:
        """Those that listen now."""
        return [session for session in self.sessions.values() if session.socket]

    def tell(self, event: str, data: Callable[[int], Json], *, bit: int, lost: bool = False) -> None:
        for session in self.sessions.values():
            if session.intents & bit:
                session.tell(event, data(session.intents), lost=lost)
        self._changed()

    def cut(self) -> None:
        """All connections, without a word."""
        for session in self.open:
            self._leave(session, None)

    def reconnect(self) -> None:
        """Discord asks to come again (op 7)."""
        for session in self.open:
            self._say(session, {"op": 7, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9; what is not resumable is forgotten."""
        for session in self.open:
            self._say(session, {"op": 9, "d": resumable})
            if not resumable:
                self.sessions.pop(session.id)

    def close(self, code: int) -> None:
        for session in self.open:
            self._leave(session, code)

    async def serve(self, ws: web.WebSocketResponse, request: web.Request, first: Json, socket: Socket) -> None:
        """From IDENTIFY or RESUME on."""
        session = self._resumed(first, socket) if first["op"] == 6 else self._identified(first, socket)
        if session is None:
            return
        self.connections += 1
        self._changed()
        try:
            await self._listen(ws, socket)
        finally:
            if session.socket is socket:
                session.socket = None
            self._changed()

    async def _listen(self, ws: web.WebSocketResponse, socket: Socket) -> None:
        async for message in ws:
            if message.type is WSMsgType.TEXT and json.loads(message.data).get("op") == 1:
                socket.outbox.put_nowait({"op": 11})

    def _identified(self, first: Json, socket: Socket) -> Session | None:
        intents = int(first["d"]["intents"])
        if intents & MESSAGE_CONTENT and not self._world.flags & CONTENT_FLAGS:
            socket.outbox.put_nowait(4014)
            return None
        session = Session(uuid4().hex, intents, socket=socket)
        self.sessions[session.id] = session
        session.tell("READY", self._ready(session, first["d"].get("shard")))
        for guild in list(self._world.guilds.values()):
            session.tell("GUILD_CREATE", payloads.guild(self._world, guild))
        return session

    def _resumed(self, first: Json, socket: Socket) -> Session | None:
        session = self.sessions.get(str(first["d"]["session_id"]))
        if session is None:
            socket.outbox.put_nowait({"op": 9, "d": False})
            return None
        session.socket = socket
        self.resumes += 1
        for frame in session.told[int(first["d"]["seq"] or 0) :]:
            socket.outbox.put_nowait(frame)
        session.tell("RESUMED", {})
        return session

    def _ready(self, session: Session, shard: Any) -> Json:
        guilds = [{"id": id_, "unavailable": True} for id_ in self._world.guilds]
        about = {"id": self._world.application, "flags": self._world.flags}
        said = {"v": 10, "user": payloads.user(self._world.me), "guilds": guilds, "session_id": session.id}
        more = {"resume_gateway_url": self._base(), "application": about, "private_channels": [], "relationships": []}
        return {**said, **more, **({"shard": shard} if shard else {})}

    def _say(self, session: Session, frame: Json) -> None:
        if session.socket:
            session.socket.outbox.put_nowait(frame)

    def _leave(self, session: Session, code: int | None) -> None:
        if session.socket:
            session.socket.outbox.put_nowait(code)
            session.socket = None


def hello(limits: Limits) -> Json:
    return {"op": 10, "d": {"heartbeat_interval": int(limits.heartbeat * 1000), "_trace": []}}
