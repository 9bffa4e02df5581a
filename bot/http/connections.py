"""**I/O edge.** The connections of clients: so many at once, and none for who neither asks nor takes what is sent.

uvicorn itself waits for ever for a first request, for the rest of one, and for a buffer that nobody empties. Each holds
a descriptor, and Slack and Discord need theirs.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST = 512
"""Connections at once."""

SLOWEST_REQUEST = 15.0
"""Seconds that a client has for a whole request."""

SLOWEST = 60.0
"""Seconds in which a client must take what was sent to it; it can come back for the rest."""


class _Taken(asyncio.Protocol):
    """Before a protocol of uvicorn's: whoever takes nothing is let go."""

    slowest: ClassVar[float] = SLOWEST
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that we are told of all that has not been taken
        if transport.get_write_buffer_size():
            self.pause_writing()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._untaken = self._untaken or self.loop.call_later(self.slowest, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._all_taken()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._all_taken()

    def _all_taken(self) -> None:
        if self._untaken:
            self._untaken.cancel()
            self._untaken = None


class Socket(_Taken, WebSocketsSansIOProtocol):
    """A WebSocket. What its client says first is waited for by its route."""


class Connection(_Taken, H11Protocol):
    """One that speaks HTTP; also before it becomes a WebSocket."""

    socket: ClassVar[type[Socket]] = Socket
    most: ClassVar[int] = MOST
    slowest_request: ClassVar[float] = SLOWEST_REQUEST
    _asking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._asking = self.loop.call_later(self.slowest_request, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._asking = self._asking or self.loop.call_later(self.slowest_request, self.transport.abort)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._asked()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._asked()
        self._all_taken()  # the socket looks to that from now on
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._asked()

    def _asked(self) -> None:
        if self._asking:
            self._asking.cancel()
            self._asking = None
