"""**I/O edge.** Socket Mode's WebSocket: a ticket that works once, `hello`, pings, acknowledgements, `disconnect`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from sandbox.slack.faults import Limits
from sandbox.slack.mail import Mail
from sandbox.slack.record import Json
from sandbox.slack.state import APP_ID

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
HOST = "applink-sandbox"
CONNECTION_SECONDS = 18_060


@dataclass(slots=True, eq=False)
class OpenSocket:
    """One connection. What is sent goes out in order, by a task of its own; None closes."""

    number: int
    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    outbox: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)

    def send(self, frame: Json) -> None:
        self.outbox.put_nowait(frame)

    def close(self) -> None:
        self.outbox.put_nowait(None)

    def abort(self) -> None:
        """Cut the connection, with no close frame."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def write(self) -> None:
        try:
            while (frame := await self.outbox.get()) is not None:
                await self.ws.send_str(json.dumps(frame))
        except ConnectionError:
            return  # the reading side sees it too, and cleans up
        await self.ws.close()


@dataclass(slots=True)
class Link:
    """The WebSocket endpoint. `tickets` are those not used yet."""

    mail: Mail
    limits: Callable[[], Limits]
    clock: Callable[[], float]
    tickets: set[str] = field(default_factory=set)
    refused_until: float = 0.0
    connections: int = 0
    """How many there have been so far."""
    _open: list[OpenSocket] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def ticket(self) -> str:
        """The path and query of a new address."""
        ticket = str(uuid4())
        self.tickets.add(ticket)
        return f"/link/?ticket={ticket}&app_id={APP_ID}"

    def disconnect(self, reason: Reason) -> None:
        """Tell all sockets to go; with `warning` they stay open for now, else they are closed, after the frame."""
        for socket in list(self._open):
            self._dismiss(socket, reason)

    def abort(self) -> None:
        """Cut all connections without a word."""
        for socket in list(self._open):
            socket.abort()

    async def stop(self) -> None:
        """Close all connections."""
        for socket in list(self._open):
            await socket.ws.close(code=1001)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        if self.clock() < self.refused_until:
            return web.Response(status=503, text="refused, as scripted")
        if request.query.get("ticket", "") not in self.tickets:
            return web.Response(status=401, text="the ticket is not good, or was used")
        ws = web.WebSocketResponse(heartbeat=self.limits().ping)
        await ws.prepare(request)
        self.tickets.remove(request.query["ticket"])
        await self._serve(OpenSocket(next(self._numbers), ws, request.transport))
        return ws

    async def _serve(self, socket: OpenSocket) -> None:
        writer = asyncio.create_task(socket.write())
        self._welcome(socket)
        try:
            async for message in socket.ws:
                if message.type is WSMsgType.TEXT:
                    self._received(message.data)
        finally:
            self._open.remove(socket)
            self.mail.closed(socket)
            writer.cancel()

    def _welcome(self, socket: OpenSocket) -> None:
        self._open.append(socket)
        self.connections += 1
        if len(self._open) > self.limits().sockets:
            self._dismiss(socket, "too_many_websockets")
            return
        socket.send(self._hello())
        self.mail.opened(socket)

    def _dismiss(self, socket: OpenSocket, reason: Reason) -> None:
        socket.send({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
        if reason != "warning":
            self.mail.retired(socket)
            socket.close()

    def _received(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return  # Slack takes no notice either
        if isinstance(frame, dict) and "envelope_id" in frame:
            self.mail.acknowledged(frame)

    def _hello(self) -> Json:
        debug = {"host": HOST, "build_number": 1, "approximate_connection_time": CONNECTION_SECONDS}
        connection = {"connection_info": {"app_id": APP_ID}, "debug_info": debug}
        return {"type": "hello", "num_connections": len(self._open), **connection}
