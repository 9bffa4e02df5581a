"""**I/O edge.** Socket Mode: events come over a WebSocket, and are acknowledged once they have been taken on."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.parse import Bot
from bot.slack.web import call, with_token
from core.errors import SurfaceError
from core.ports import Reached

log = logging.getLogger(__name__)

Body = Mapping[str, Any]
Take = Callable[[Body], Coroutine[Any, Any, None]]
Answer = Callable[[Body], Coroutine[Any, Any, str]]


@dataclass(frozen=True, slots=True)
class Listener:
    """What is heard. `event` takes it on; what it raises is not acknowledged, and Slack delivers it again.

    Commands and presses are delivered once: `command` says what its user reads at once, `press` nothing.
    """

    event: Take
    command: Answer
    press: Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Seconds."""

    accept: float = 2.5
    """For taking an event on: Slack waits 3 s for its acknowledgement, and delivers it again without one."""
    ping: float = 5.0
    """Between two pings, and between two tries of the library to come back."""
    lost: float = 30.0
    """Without a connection, until it is made anew from its beginning."""
    look: float = 0.5
    """Between two looks at whether there is one."""


PULSE = Pulse()
_ANYTHING = re.compile(".*")
T = TypeVar("T")


class Ears:
    """Bolt's listeners. `accept`: seconds in which something must be taken on."""

    def __init__(self, listener: Listener, accept: float) -> None:
        self._listener = listener
        self._accept = accept
        self._busy: set[asyncio.Task[Any]] = set()
        self._leaving = False

    def app(self, client: AsyncWebClient, bot: Bot) -> AsyncApp:
        """It acknowledges once a listener has returned, and not at all where it raises.

        Left to itself Bolt asks auth.test who we are, and acknowledges, unheard, what comes while that fails.
        """

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            known = {"bot_id": bot.bot_id or None, "bot_user_id": bot.user_id, "bot_token": client.token}
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, **known)

        app = AsyncApp(
            client=with_token(client, None),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
        )
        app.event(_ANYTHING)(self._on_event)
        app.command(_ANYTHING)(self._on_command)
        app.action(_ANYTHING)(self._on_press)
        app.error(self._on_error)
        return app

    async def leave(self) -> None:
        """Take nothing more on; what is being taken on is acknowledged yet."""
        self._leaving = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._accept)

    async def _on_event(self, body: dict[str, Any]) -> None:
        await self._within(self._listener.event(body))

    async def _on_command(self, body: dict[str, Any], ack: AsyncAck) -> None:
        said = await self._within(self._listener.command(body))
        await (ack(text=said) if said else ack())

    async def _on_press(self, body: dict[str, Any], ack: AsyncAck) -> None:
        await self._within(self._listener.press(body))
        await ack()

    async def _within(self, taking: Coroutine[Any, Any, T]) -> T:
        if self._leaving:
            taking.close()
            raise SurfaceError("we are leaving")
        if task := asyncio.current_task():
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        async with asyncio.timeout(self._accept):
            return await taking

    async def _on_error(self, error: Exception) -> BoltResponse:
        log.warning("not acknowledged, Slack will deliver it again: %s", repr(error))
        return BoltResponse(status=503)


async def hear(
    ears: Ears, client: AsyncWebClient, bot: Bot, app_token: SecretStr, pulse: Pulse, reached: Reached
) -> None:
    """Hear what is said until cancelled. Raises `SurfaceError` where there is no connection, or none any more."""
    token = app_token.get_secret_value()
    handler = AsyncSocketModeHandler(ears.app(client, bot), token, ping_interval=pulse.ping)
    socket = handler.client
    try:
        # By ourselves: with a token that is no good the library would try for ever.
        socket.wss_uri = str((await call(with_token(client, token), "apps.connections.open"))["url"])
        await _connected(socket, pulse)
        log.info("Slack's socket is open")
        reached(True)
        await _until_lost(socket, pulse, reached)
    finally:
        reached(False)
        await ears.leave()
        await socket.close()  # type: ignore[no-untyped-call]


async def _connected(socket: SocketModeClient, pulse: Pulse) -> None:
    try:
        async with asyncio.timeout(pulse.lost):
            await socket.connect()  # type: ignore[no-untyped-call]
    except TimeoutError as error:
        raise SurfaceError(f"Slack's socket does not open within {pulse.lost:g} s") from error


async def _until_lost(socket: SocketModeClient, pulse: Pulse, reached: Reached) -> None:
    """The library comes back by itself; but one address, good for one use, it would try for ever."""
    loop = asyncio.get_running_loop()
    seen = loop.time()
    while loop.time() - seen < pulse.lost:
        await asyncio.sleep(pulse.look)
        reached(there := await socket.is_connected())
        if there:
            seen = loop.time()
    raise SurfaceError(f"Slack's socket has been closed for {pulse.lost:g} s")
