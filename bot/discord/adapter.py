"""**I/O edge.** Discord: what people say becomes turns, durable before anything else is done with it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import discord

from bot.discord.attachments import fetched
from bot.discord.check import check_here
from bot.discord.commands import DiscordCommands
from bot.discord.config import API_URL, DiscordSettings
from bot.discord.events import Events, Tries
from bot.discord.gateway import PULSE, Listener, Pulse, hear, intents_for
from bot.discord.library import point_rest
from bot.discord.parse import Said
from bot.discord.people import person
from bot.discord.posting import PACING, Pacing
from bot.discord.slash import add_commands
from bot.discord.surface import DiscordSurface
from bot.discord.web import Rest, logged_in
from core.checks import CheckResult
from core.commands import Commands
from core.permissions import AllowLists
from core.ports import NOT_CONNECTED, Turns
from core.tally import Count, uncounted
from core.turn import FollowUps

log = logging.getLogger(__name__)

GATEWAY = "discord.gateway"
"""The name of what only one process at a time does."""


async def nothing_shared() -> list[CheckResult]:
    """Where nobody has said what else is to be checked."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How the adapter behaves. `notify_after` in seconds; `shared`: the checks that are not Discord's own."""

    follow_ups: FollowUps
    notify_after: float
    pacing: Pacing = PACING
    pulse: Pulse = PULSE
    tries: Tries = Tries()  # noqa: RUF009 - frozen
    shared: Callable[[], Awaitable[Sequence[CheckResult]]] = nothing_shared
    now: Callable[[], float] = time.time
    count: Count = uncounted


class DiscordAdapter:
    """Made by `open_discord`. Fills `core.ports.Adapter`."""

    name = "discord"

    def __init__(self, settings: DiscordSettings, rest: Rest, ways: Ways) -> None:
        self._settings = settings
        self._rest = rest
        self._ways = ways
        self.not_ready = ""
        """Also while another process hears."""
        self.surface = DiscordSurface(
            rest,
            fetch=partial(fetched, api_url=settings.discord_api_url),
            notify_after=ways.notify_after,
            pacing=ways.pacing,
            now=ways.now,
        )

    async def listen(self, turns: Turns) -> None:
        """Hear what is said while no other process does, until cancelled.

        Raises `SurfaceError` where Discord does not let us in.
        """
        await turns.lead(GATEWAY, partial(self._listen, turns))

    async def _listen(self, turns: Turns) -> None:
        self._reached(False)
        try:
            await self._hear(turns)
        except asyncio.CancelledError:
            self._reached(True)  # by whoever hears from now on
            raise

    def _reached(self, connected: bool) -> None:
        self.not_ready = "" if connected else NOT_CONNECTED

    async def _hear(self, turns: Turns) -> None:
        intents = intents_for(content=await self._rest.look_again())
        log.info("in Discord we are %s", (await self._rest.client()).user)
        assert self._settings.discord_bot_token
        await hear(
            self.listener(turns),
            self._settings.discord_bot_token,
            intents,
            turns.notes,
            guild=self._settings.discord_sync_guild,
            elsewhere=self._settings.discord_api_url != API_URL,
            pulse=self._ways.pulse,
            count=self._ways.count,
            reached=self._reached,
        )

    def listener(self, turns: Turns) -> Listener:
        """What is done with what is heard."""
        ways = self._ways
        who = partial(person, admins=self._settings.discord_admins, guilds=self._settings.discord_allowed_guilds)
        allowed = Commands(turns, lists_of(self._settings))
        check = partial(check_here, self._rest, self._settings, ways.shared, now=ways.now)
        commands = DiscordCommands(allowed, turns, who=who, check=check, now=ways.now)
        events = Events(
            self._rest,
            turns,
            allowed=allowed,
            commands=commands,
            follow_ups=ways.follow_ups,
            tries=ways.tries,
            now=ways.now,
        )

        async def message(said: Said, author: discord.User | discord.Member, ours: tuple[str, ...]) -> None:
            await events.take(said, who(author), ours)

        return Listener(message, events.deleted, partial(add_commands, commands), commands.press)


def lists_of(settings: DiscordSettings) -> AllowLists:
    """Who may use the bot where."""
    return AllowLists(
        places=(settings.discord_allowed_guilds, settings.discord_allowed_channels),
        people=settings.discord_allowed_users,
        groups=settings.discord_allowed_roles,
    )


@asynccontextmanager
async def open_discord(settings: DiscordSettings, ways: Ways) -> AsyncIterator[DiscordAdapter]:
    """The adapter; Discord is asked for nothing yet."""
    assert settings.discord_bot_token
    point_rest(settings.discord_api_url)
    rest = Rest(partial(logged_in, settings.discord_bot_token, ways.count))
    try:
        yield DiscordAdapter(settings, rest, ways)
    finally:
        await rest.close()
