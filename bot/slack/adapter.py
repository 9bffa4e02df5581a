"""**I/O edge.** Slack: what people say becomes turns, durable before it is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.check import check_channel, check_events, check_slack
from bot.slack.commands import SlackCommands
from bot.slack.config import SlackSettings
from bot.slack.events import Events, Heard
from bot.slack.parse import Bot
from bot.slack.people import People
from bot.slack.socket import PULSE, Ears, Listener, Pulse, hear
from bot.slack.surface import PACING, Pacing, SlackSurface
from bot.slack.web import call, connected
from core.checks import CheckResult
from core.commands import Commands
from core.permissions import AllowLists
from core.ports import NOT_CONNECTED, Turns
from core.tally import Count, uncounted
from core.turn import FollowUps


async def nothing_shared() -> list[CheckResult]:
    """Where nobody has said what else is to be checked."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How the adapter behaves. `notify_after` in seconds; `shared`: the checks that are not Slack's own."""

    follow_ups: FollowUps
    notify_after: float
    pacing: Pacing = PACING
    pulse: Pulse = PULSE
    shared: Callable[[], Awaitable[Sequence[CheckResult]]] = nothing_shared
    now: Callable[[], float] = time.time
    count: Count = uncounted


log = logging.getLogger(__name__)


class SlackAdapter:
    """Made by `open_slack`. Fills `core.ports.Adapter`."""

    name = "slack"

    def __init__(self, settings: SlackSettings, client: AsyncWebClient, ways: Ways) -> None:
        self._settings = settings
        self._client = client
        self._ways = ways
        self._people = People(client, admins=settings.slack_admins)
        self._heard = Heard(ways.now())
        self.not_ready = NOT_CONNECTED
        self.surface = SlackSurface(client, self._people, notify_after=ways.notify_after, pacing=ways.pacing)

    async def listen(self, turns: Turns) -> None:
        """Hear what is said, until cancelled. Raises `SurfaceError` where Slack does not let us in."""
        who = await call(self._client, "auth.test")
        bot = Bot(str(who.get("user_id", "")), str(who.get("bot_id", "")), str(who.get("user", "")))
        log.info("in Slack we are %s, in %s", who.get("user"), who.get("team"))
        allowed = Commands(turns, lists_of(self._settings))
        commands = self._commands(turns, bot, allowed)
        events = self._events(turns, bot, allowed, commands)
        try:
            await self._hear(Listener(events.take, commands.slash, commands.press), bot)
        finally:
            await asyncio.gather(commands.close(), events.close())

    async def check(self, channel: str = "", name: str = "") -> list[CheckResult]:
        """All that can be checked while it runs; with a channel, whether we, called `name`, are in it."""
        now = self._ways.now()
        found = [*await self._ways.shared(), *await check_slack(self._client, self._settings, now=self._ways.now)]
        since, last = self._heard.since, self._heard.last
        found += check_events(connected=not self.not_ready, since=since, last=last, now=now)
        return [*found, await check_channel(self._client, channel, name)] if channel else found

    async def close(self) -> None:
        """Nothing is looked up any more."""
        await self._people.close()

    async def _hear(self, listener: Listener, bot: Bot) -> None:
        assert self._settings.slack_app_token
        pulse = self._ways.pulse
        ears = Ears(listener, pulse.accept)
        await hear(ears, self._client, bot, self._settings.slack_app_token, pulse, self._reached)

    def _reached(self, connected: bool) -> None:
        self.not_ready = "" if connected else NOT_CONNECTED

    def _commands(self, turns: Turns, bot: Bot, allowed: Commands) -> SlackCommands:
        async def check(channel: str) -> list[CheckResult]:
            return await self.check(channel, bot.name)

        return SlackCommands(self._client, self._people, allowed, turns, bot=bot, check=check, now=self._ways.now)

    def _events(self, turns: Turns, bot: Bot, allowed: Commands, commands: SlackCommands) -> Events:
        return Events(
            self._client,
            self._people,
            turns,
            allowed=allowed,
            commands=commands,
            bot=bot,
            follow_ups=self._ways.follow_ups,
            heard=self._heard,
            now=self._ways.now,
        )


def lists_of(settings: SlackSettings) -> AllowLists:
    """Who may use the bot where."""
    return AllowLists(
        places=(frozenset(), settings.slack_allowed_channels),
        people=settings.slack_allowed_users,
        groups=settings.slack_allowed_teams,
    )


@asynccontextmanager
async def open_slack(settings: SlackSettings, ways: Ways) -> AsyncIterator[SlackAdapter]:
    """The adapter, over one pool of connections."""
    assert settings.slack_bot_token
    async with connected(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, ways.count) as client:
        adapter = SlackAdapter(settings, client, ways)
        try:
            yield adapter
        finally:
            await adapter.close()
