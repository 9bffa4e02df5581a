"""**I/O edge.** A stand-in for Discord: REST and gateway on loopback, as strict as Discord, misbehaving on demand.

    async with DiscordStandIn() as discord:
        ada, general = discord.person("Ada"), discord.channel("general")
        discord.script("messages.update", REPLY_LOST, Fault(retry_after=1))
        asked = discord.mention(ada, general, "Explain how bees choose a nest")
        … a bot at discord.url with discord.token …
        await discord.until(lambda: discord.thread(asked))
        print(discord.transcript(general))

Several bots may share a server, each with a Discord of its own: `DiscordServer` tells them apart by their tokens.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from email.utils import formatdate
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web

from sandbox.changes import Changes
from sandbox.discord.application import Application
from sandbox.discord.control import Control
from sandbox.discord.faults import Fault, Limits
from sandbox.discord.floor import Floor
from sandbox.discord.gateway import CONTENT_FLAGS, Gateway, Socket, hello
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import Messages
from sandbox.discord.record import Json
from sandbox.discord.rest import Rest
from sandbox.discord.routes import routes
from sandbox.discord.seeing import Seeing
from sandbox.discord.sending import json_response
from sandbox.discord.state import Snowflakes, User, World
from sandbox.discord.threads import Threads

PATIENCE = 40.0
"""Seconds for which something is waited for; it comes at once, but on a machine that has much else to do."""
CONTENT = 1 << 18
"""The application's flag by which it may read what is said to nobody by name."""


class DiscordServer:
    """Serves on loopback. `port` 0 picks a free one; after `stop`, `start` listens there again."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        if not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not on loopback: the stand-in is for this machine only")
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._shift = 0.0
        self.ids = Snowflakes(self.wall)
        self.bots: list[DiscordStandIn] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def base(self) -> str:
        return f"http://{self._host}:{self._port}"

    def wall(self) -> float:
        return time.time() + self._shift

    def shift_clock(self, seconds: float) -> None:
        """So much later it is now, for all bots."""
        self._shift += seconds

    async def _dated(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self.wall(), usegmt=True)

    async def start(self) -> None:
        """Listen. Raises `OSError` where the port is taken."""
        app = web.Application(client_max_size=32 << 20)
        app.add_routes([web.route("*", "/api/v10/{tail:.*}", self._rest), web.get("/gateway/", self._gateway)])
        app.add_routes([web.get("/cdn/attachments/{channel}/{file}/{name}", self._file)])
        app.add_routes(Control(lambda: self.bots[0]).routes())
        app.on_response_prepare.append(self._dated)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        for bot in self.bots:
            bot.begin(self.base)

    async def stop(self) -> None:
        """Close all connections and stop listening; `start` goes on with what is remembered."""
        for bot in self.bots:
            bot.end()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    def bot(self, *, name: str = "Orchestrator", content: bool = True, limits: Limits = Limits()) -> DiscordStandIn:  # noqa: B008 - frozen
        """One more, with a Discord of its own. `content`: it may read what is said to nobody by name."""
        made = DiscordStandIn(self, name=name, content=content, limits=limits)
        self.bots.append(made)
        if self._runner:
            made.begin(self.base)
        return made

    def remove(self, bot: DiscordStandIn) -> None:
        """It is served no more."""
        bot.end()
        self.bots.remove(bot)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        tail = "/" + request.match_info["tail"]
        bot = self._by_request(request, tail)
        if bot is None:
            return json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        return await bot.rest.listen(request, tail)

    def _by_request(self, request: web.Request, tail: str) -> DiscordStandIn | None:
        if tail == "/gateway":
            return next(iter(self.bots), None)
        given = request.headers.get("Authorization", "")
        for bot in self.bots:
            named = f"/webhooks/{bot.world.application}/", f"/{bot.world.application}."
            if (
                given == f"Bot {bot.token}"
                or tail.startswith(named[0])
                or (tail.startswith("/interactions/") and named[1] in tail)
            ):
                return bot
        return None

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if any(bot.refuses for bot in self.bots):
            return web.Response(status=503, text="refused, as scripted")
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, request.transport, "zlib-stream" in request.query.get("compress", ""))
        writer = asyncio.create_task(socket.write())
        socket.outbox.put_nowait(hello(Limits()))
        try:
            await self._introduced(ws, request, socket)
        finally:
            socket.outbox.put_nowait(1000)
            await asyncio.wait([writer], timeout=1.0)
            writer.cancel()
        return ws

    async def _introduced(self, ws: web.WebSocketResponse, request: web.Request, socket: Socket) -> None:
        async for message in ws:
            frame = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
            if frame.get("op") == 1:
                socket.outbox.put_nowait({"op": 11})
            if frame.get("op") in (2, 6):
                bot = next((bot for bot in self.bots if bot.token == frame["d"].get("token")), None)
                if bot is None:
                    socket.outbox.put_nowait(4004)
                    return
                await bot.gateway.serve(ws, request, frame, socket)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        for bot in self.bots:
            if file := bot.world.files.get(request.match_info["file"]):
                return web.Response(body=file.content, headers={"Content-Type": file.kind})
        return web.Response(status=404)


class DiscordStandIn(Seeing):
    """One bot's Discord. Alone, `async with`, it has a server of its own. `limits` may be set at any time."""

    def __init__(
        self,
        server: DiscordServer | None = None,
        *,
        name: str = "Orchestrator",
        content: bool = True,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self.server, self._own = server or DiscordServer(), server is None
        if self._own:
            self.server.bots.append(self)
        self.limits = limits
        ids = self.server.ids
        me, application = User(ids.new(), name, bot=True), ids.new()
        self.token = f"{application}.sandbox.{me.id}"
        world = World(time.monotonic, self.server.wall, ids, me, application, self.token, CONTENT if content else 0)
        world.users[me.id] = me
        self._changes, self._closing, self._address = Changes(), asyncio.Event(), Json()
        self.gateway = Gateway(world, lambda: self.limits, self._changes.notice, lambda: str(self._address["url"]))
        floor = Floor(world, self.gateway.tell, self._changes.notice)
        messages = Messages(floor, lambda: self.limits)
        interactions = Interactions(floor, messages, lambda: self.limits)
        known = routes(Application(world), messages, Threads(floor, messages), interactions, self._address)
        self.rest = Rest(world, known, lambda: self.limits, self._changes.notice, self._closing)
        super().__init__(floor, self.gateway, self.rest.calls)

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.stop()

    def begin(self, base: str) -> None:
        """The server listens."""
        self._closing.clear()
        self._floor.base = base
        self._address["url"] = f"{base.replace('http', 'ws', 1)}/gateway/"

    def end(self) -> None:
        """The server is about to stop."""
        self._closing.set()
        self.gateway.close(1001)

    @property
    def url(self) -> str:
        """For `DISCORD_API_URL`."""
        return f"{self.server.base}/api/v10"

    @property
    def content(self) -> bool:
        """May the bot read what is said to nobody by name? May be set; it holds from the next connection on."""
        return bool(self.world.flags & CONTENT_FLAGS)

    @content.setter
    def content(self, wanted: bool) -> None:
        self.world.flags = CONTENT if wanted else 0

    # What goes wrong

    def script(self, name: str, *faults: Fault) -> None:
        """The whole behaviour of each of the next calls of a route, in order."""
        self.rest.scripts[name].script(*faults)

    def script_file(self, *faults: Fault) -> None:
        """The same for the next messages that bring a file."""
        self.rest.scripts["messages.create+file"].script(*faults)

    def always(self, name: str, fault: Fault) -> None:
        """The behaviour of a route where no script says otherwise."""
        self.rest.scripts[name].always = fault

    def refuse(self, seconds: float) -> None:
        """Let no new connection in for a while."""
        self.gateway.refused_until = self.world.clock() + seconds

    @property
    def refuses(self) -> bool:
        return self.world.clock() < self.gateway.refused_until

    def shift_clock(self, seconds: float) -> None:
        """So much later it is now."""
        self.server.shift_clock(seconds)

    async def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until `true()` holds; asked now and at every change. Raises `TimeoutError`."""
        await self._changes.until(true, seconds)


async def serve(
    host: str = "127.0.0.1", port: int = 0, *, on_ready: Callable[[DiscordStandIn], None] | None = None
) -> None:
    """Serve until cancelled. `on_ready` is called once it listens."""
    async with DiscordServer(host=host, port=port) as server:
        bot = server.bot()
        if on_ready is not None:
            on_ready(bot)
        await asyncio.Event().wait()
