"""**I/O edge.** HTTP: uvicorn in our own loop, without signals of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from bot.http.access import Access
from bot.http.api import LARGEST, api
from bot.http.config import HTTPSettings
from bot.http.connections import Connection
from bot.http.parse import SURFACE
from bot.http.served import Served
from bot.http.surface import HTTPSurface
from core.errors import SurfaceError
from core.ports import Turns
from core.root import ALONE, Root

log = logging.getLogger(__name__)

LAST_WORDS = 5
"""Seconds that clients have to take their last answer, once we are going."""

BACKLOG = 2048
"""Connections that wait to be taken."""


class HTTPAdapter:
    """Made by `open_http`. Fills `core.ports.Adapter`."""

    name = SURFACE

    def __init__(
        self, settings: HTTPSettings, key: SecretStr, root: Root, connection: type[Connection] = Connection
    ) -> None:
        self._settings = settings
        self._key = key
        self._root = root
        self._connection = connection
        self.surface = HTTPSurface()
        self.listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """The address at which it is listened to, once it is."""
        self.going = asyncio.Event()
        """Nothing more is accepted."""

    @property
    def not_ready(self) -> str:
        return "shutting down" if self.going.is_set() else ""

    async def listen(self, turns: Turns) -> None:
        """Take requests, until cancelled. Raises `SurfaceError` where the port is not to be had."""
        self.going.clear()
        app = api()
        app.state.served = self.served(turns)
        with _bound(self._settings.orchestrator_http_host, self._settings.orchestrator_http_port) as taken:
            server = _Server(_config(app, self._connection))
            serving = asyncio.create_task(server.serve(sockets=[taken]))
            self._say(_address(taken))
            try:
                await asyncio.shield(serving)
            finally:
                self.going.set()
                server.should_exit = True
                await serving

    def served(self, turns: Turns) -> Served:
        """What the routes stand on."""
        return Served(
            turns=turns,
            access=access_of(self._settings, self._key),
            check=self._root.check,
            numbers=self._root.numbers,
            base_url=self._settings.orchestrator_base_url or "",
            going=self.going,
            not_ready=self._not_ready,
        )

    def _not_ready(self) -> dict[str, str]:
        """With the others, where somebody has put them together."""
        return {**self._root.not_ready(), **({self.name: self.not_ready} if self.not_ready else {})}

    def _say(self, address: str) -> None:
        log.info("HTTP is at %s, its description at %s/docs", address, address)
        if not self.listening.done():
            self.listening.set_result(address)


def access_of(settings: HTTPSettings, key: SecretStr) -> Access:
    """Who is let in. Behind an address of its own anybody may come through a proxy on this machine: not by the key."""
    tokens, admins = settings.orchestrator_api_tokens, settings.orchestrator_admin_tokens
    return Access(
        (token.get_secret_value() for token in tokens),
        (token.get_secret_value() for token in admins),
        None if settings.is_beyond else key.get_secret_value(),
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ours are taken already."""
        yield


def _config(app: ASGIApp, connection: type[Connection]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # who is on loopback is seen, not told
        server_header=False,
        http=connection,
        ws=connection.socket,
        ws_max_size=LARGEST,
        timeout_graceful_shutdown=LAST_WORDS,
    )


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        taken = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        raise SurfaceError(f"{host}, port {port}: {error}; ORCHESTRATOR_HTTP_PORT names another") from error
    with taken:
        yield taken


def _address(taken: socket.socket) -> str:
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def open_http(
    settings: HTTPSettings, key: SecretStr, *, root: Root = ALONE, connection: type[Connection] = Connection
) -> AsyncIterator[HTTPAdapter]:
    """The adapter; it listens once it is told to. `key`: CustomGPT's."""
    yield HTTPAdapter(settings, key, root, connection)
