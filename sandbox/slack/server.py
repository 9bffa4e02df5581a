"""**I/O edge.** A stand-in for Slack: Web API and Socket Mode on loopback, as strict as Slack, misbehaving on demand.

    async with SlackStandIn() as slack:
        ada = slack.person("Ada")
        general = slack.channel("general", [ada])
        slack.script("chat.update", REPLY_LOST, Fault(retry_after=1))
        asked = slack.mention(ada, general, "Explain how bees choose a nest")
        … an app at slack.url with slack.bot_token and slack.app_token …
        await slack.until(lambda: slack.thread(asked))
        print(slack.transcript(general))

Making people and channels is in `making.py`, what people do in `acting.py`, the switches in `faults.py`;
over HTTP, people act at `/control`, as `control.py` describes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.changes import Changes
from sandbox.slack.acting import Acting
from sandbox.slack.answering import Answering
from sandbox.slack.chat import Chat
from sandbox.slack.control import Control
from sandbox.slack.doors import Doors
from sandbox.slack.events import SUBSCRIPTIONS, Payloads
from sandbox.slack.faults import EventFault, Fault, Limits
from sandbox.slack.floor import Floor
from sandbox.slack.link import Link, Reason
from sandbox.slack.mail import Hooks, Mail
from sandbox.slack.making import APP_TOKEN, BOT_TOKEN, SCOPES, Making
from sandbox.slack.methods import methods_of
from sandbox.slack.outcome import Outcome
from sandbox.slack.pings import pings_of
from sandbox.slack.record import Call, Delivery, Kind, most_in_window
from sandbox.slack.state import Channel, Ephemeral, File, Message, View, World
from sandbox.slack.transcript import transcript
from sandbox.slack.views import Views
from sandbox.slack.webapi import WebApi

BODY_LIMIT = 32 * 1024 * 1024
SHUTDOWN_SECONDS = 1.0
PATIENCE = 10.0


class SlackStandIn(Making, Acting):
    """A Slack with one workspace where the app is installed, served on loopback while the block lasts.

    `limits` may be set at any time. `port` 0 picks a free one; after `stop`, `start` listens there again.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        scopes: Sequence[str] = SCOPES,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        _check_loopback(host)
        self.limits = limits
        self._host, self._port = host, port
        world = World(time.monotonic, time.time, subscriptions=set(SUBSCRIPTIONS))
        Making.__init__(self, world, bot_token=bot_token, app_token=app_token, scopes=scopes)
        self._changes, self._closing = Changes(), asyncio.Event()
        self._payloads = Payloads(world, "")
        self._wire(world)
        self._runner: web.AppRunner | None = None

    def _wire(self, world: World) -> None:
        """Put the parts together."""

        def limits() -> Limits:
            return self.limits

        hooks = Hooks(self._changes.notice, lambda one: outcome.acked(one), lambda one: outcome.failed(one))
        self._mail = Mail(limits, world.clock, hooks)
        self.floor = Floor(world=world, payloads=self._payloads, deliver=self._mail.event, limits=limits)
        answering, chat, views = Answering(self.floor), Chat(self.floor), Views(self.floor)
        outcome = Outcome(world, answering, views)
        Acting.__init__(self, self, self.floor, self._mail, answering)
        self._link = Link(self._mail, limits, world.clock)
        methods = methods_of(self.floor, chat, views, self._connect)
        self._api = WebApi(self.floor, methods, self._changes, self._closing)
        self._doors = Doors(world, answering, self._changes)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises `OSError` where the port is taken."""
        self._closing.clear()
        app = web.Application(client_max_size=BODY_LIMIT)
        app.add_routes([web.get("/link/", self._link.listen), *self._doors.routes(), *Control(self, self).routes()])
        app.add_routes([web.route(verb, "/api/{method}", self._api.listen) for verb in ("GET", "POST")])
        # A call goes on when its caller is gone, as it does at Slack.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]
        self._payloads.base = f"http://{self._host}:{self._port}"

    async def stop(self) -> None:
        """Close all connections and stop listening; `start` goes on with what is remembered."""
        self._closing.set()
        self._mail.stop()
        await self._link.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    @property
    def url(self) -> str:
        """The base of the Web API, for `SLACK_API_URL`; it ends with a slash."""
        return f"{self._payloads.base}/api/"

    @property
    def own_events(self) -> bool:
        """Whether the app hears of what its own bot does, as it does on Slack; may be set."""
        return self.floor.own_events

    @own_events.setter
    def own_events(self, wanted: bool) -> None:
        self.floor.own_events = wanted

    # What goes wrong

    def script(self, method: str, *faults: Fault) -> None:
        """The whole behaviour of each of the next calls of this method, in order."""
        self._api.faults[method].script(*faults)

    def always(self, method: str, fault: Fault) -> None:
        """The behaviour of this method where no script says otherwise."""
        self._api.faults[method].always = fault

    def script_events(self, *faults: EventFault) -> None:
        """The whole behaviour of each of the next events, commands and interactions, in order."""
        self._mail.faults.script(*faults)

    def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Send `disconnect` to all sockets, and close them unless it is a `warning`."""
        self._link.disconnect(reason)

    def cut_sockets(self) -> None:
        """Cut all sockets without a word."""
        self._link.abort()

    def refuse_sockets(self, seconds: float) -> None:
        """Answer new connections with 503 for a while."""
        self._link.refused_until = self.world.clock() + seconds

    # What there was

    def calls(self, method: str | None = None) -> list[Call]:
        """The calls, oldest first."""
        return [call for call in self._api.calls if method in (None, call.method)]

    def most_in_window(self, method: str, *, seconds: float | None = None, team: str | None = None) -> int:
        """How many accepted calls any window of that length held at most; the length is that of the limits."""
        counted = [call.at for call in self.calls(method) if call.accepted and team in (None, call.team)]
        return most_in_window(counted, self.limits.window if seconds is None else seconds)

    def deliveries(self, kind: Kind | None = None, event: str | None = None) -> list[Delivery]:
        """What was sent to the app, with attempts and acknowledgements; `event`: the type of the inner event."""
        found = [one for one in self._mail.deliveries if kind in (None, one.kind)]
        return [one for one in found if event in (None, one.event.get("type"))]

    @property
    def quiet(self) -> bool:
        """Whether all that was sent is acknowledged or given up."""
        return self._mail.quiet

    @property
    def sockets(self) -> int:
        """How many sockets events are delivered to now."""
        return self._mail.sockets

    @property
    def connections(self) -> int:
        """How many sockets there have been."""
        return self._link.connections

    def message(self, channel: Channel | str, ts: str) -> Message:
        """A message with every state that it ever had, also if it is deleted. `KeyError` where there never was one."""
        return self.world.channels[channel if isinstance(channel, str) else channel.id].messages[ts]

    def thread(self, parent: Message) -> list[Message]:
        """The replies to a message, oldest first."""
        return self.world.channels[parent.channel].replies(parent.root)

    def said(self, channel: Channel) -> list[Message]:
        """All that the bot has in a channel and its threads, oldest first."""
        bots = {team.bot_user for team in self.world.teams.values()}
        return [one for one in channel.messages.values() if one.user in bots and not one.deleted]

    def ephemerals(self, channel: Channel | None = None) -> list[Ephemeral]:
        """What one person alone saw, oldest first."""
        return [one for one in self.world.ephemerals if channel is None or one.channel == channel.id]

    def files(self, message: Message) -> list[File]:
        """The files of a message, with content."""
        return [self.world.files[one] for one in message.files]

    @property
    def views(self) -> list[View]:
        """The modals that were opened, oldest first."""
        return list(self.world.views.values())

    def pings(self, message: Message) -> list[str]:
        """Every mention in any state of a message that Slack would act upon."""
        return [ping for state in message.states for ping in pings_of(state)]

    def transcript(self, channel: Channel) -> str:
        """What a person sees in the channel, in plain text."""
        return transcript(self.world, channel)

    async def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until `true()` holds; asked now and at every change. Raises `TimeoutError`."""
        await self._changes.until(true, seconds)

    def _connect(self) -> str:
        return f"{self._payloads.base.replace('http', 'ws', 1)}{self._link.ticket()}"


def _check_loopback(host: str) -> None:
    if not ip_address(host).is_loopback:
        raise ValueError(f"{host} is not on loopback: the stand-in is for this machine only")


async def serve(
    host: str = "127.0.0.1", port: int = 0, *, on_ready: Callable[[SlackStandIn], None] | None = None
) -> None:
    """Serve until cancelled. `on_ready` is called once it listens."""
    async with SlackStandIn(host=host, port=port) as slack:
        if on_ready is not None:
            on_ready(slack)
        await asyncio.Event().wait()
