"""**I/O edge.** Is Discord set up? Asks Discord itself; each check says what it found and what to do about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import discord
from discord import app_commands

from bot.discord.commands import Asked
from bot.discord.config import API_URL, TOKEN_PAGE, DiscordSettings
from bot.discord.library import point_rest
from bot.discord.servers import check_permissions, check_servers, invite_link
from bot.discord.slash import add_commands
from bot.discord.syncing import Tree, in_sync
from bot.discord.web import Rest, asked, logged_in
from core.checks import CheckResult, CheckStatus, check_clock
from core.errors import SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.text.redact import Redactor

OK, WARNING, FAILED = CheckStatus.OK, CheckStatus.WARNING, CheckStatus.FAILED
TOKEN = "DISCORD_BOT_TOKEN"  # noqa: S105 - a name
AGAIN = 5.0
"""Seconds after which it is looked again at what Discord offers: a bot that starts just now is telling it."""

_ADDRESS = "Look at DISCORD_API_URL (leave it out for Discord itself) and at the network."
_SOON = "Try again in a minute."
_ANEW = "then start the bot anew."
_INTENTS = f"At discord.com/developers/applications open your app: Bot → Message Content Intent; {_ANEW}"

_DOOR = aiohttp.ClientTimeout(total=10.0, connect=5.0)

Shared = Callable[[], Awaitable[Sequence[CheckResult]]]


async def check_all(
    settings: DiscordSettings, *, now: Callable[[], float] = time.time, again: float = AGAIN
) -> list[CheckResult]:
    """Every check that can be made without the gateway, for a Discord that is switched on. `now` in unix seconds."""
    assert settings.discord_bot_token
    point_rest(settings.discord_api_url)
    found = await _door(settings, now)
    if found and found[0].status is FAILED:
        return found
    try:
        client = await logged_in(settings.discord_bot_token)
    except SurfaceError as error:
        return Redactor(settings.secrets).deep([*found, _not_in(error, settings.discord_api_url)])
    try:
        found += await check_discord(client, settings)
        found.append(await _offered_by(client, settings.discord_sync_guild, again))
    finally:
        await client.close()
    return Redactor(settings.secrets).deep(found)


async def check_here(
    rest: Rest,
    settings: DiscordSettings,
    shared: Shared,
    command: Asked,
    tree: Tree,
    *,
    now: Callable[[], float] = time.time,
) -> list[CheckResult]:
    """All that, what is not Discord's own, and how it stands where a command was given; `tree` is of who heard it.

    Who administers one server reads of that one alone; who is an admin by the settings, of all.
    """
    others, ours = await asyncio.gather(shared(), _here(rest, settings, command, tree, now))
    return [*others, *Redactor(settings.secrets).deep(ours)]


async def _here(
    rest: Rest, settings: DiscordSettings, command: Asked, tree: Tree, now: Callable[[], float]
) -> list[CheckResult]:
    found = await _door(settings, now)
    only = None if str(command.user.id) in settings.discord_admins else str(command.guild_id)
    told = _narrowed(settings, command.guild) if only else settings
    try:
        found += await check_discord(await rest.client(), told, heard=tree.client.intents, only=only)
    except SurfaceError as error:
        found.append(_not_in(error, settings.discord_api_url))
    if command.guild_id:
        found.append(check_permissions(command.app_permissions, "here", invite_link(command.application_id)))
    return [*found, await _offered(tree, settings.discord_sync_guild), check_latency(tree.client.latency)]


def _narrowed(settings: DiscordSettings, here: discord.Guild | None) -> DiscordSettings:
    """Without the ids of what is elsewhere."""
    ours = {one for one in settings.discord_allowed_channels if here and here.get_channel_or_thread(int(one))}
    guilds = {"discord_allowed_guilds": frozenset[str](), "discord_sync_guild": None}
    return settings.model_copy(update={**guilds, "discord_allowed_channels": frozenset(ours)})


async def check_discord(
    client: discord.Client, settings: DiscordSettings, *, heard: discord.Intents | None = None, only: str | None = None
) -> list[CheckResult]:
    """Token, intents, servers, and the ids in the settings. `client` is logged in; `heard`: what we listen with.

    `only`: the one server that is told of.
    """
    try:
        about = await asked("application", client.application_info)
    except SurfaceError as error:
        return [_not_in(error, settings.discord_api_url)]
    token = CheckResult(TOKEN, OK, f"accepted: {client.user}")
    return [token, check_intents(about.flags, heard), *await check_servers(client, settings, only)]


def check_intents(flags: discord.ApplicationFlags, heard: discord.Intents | None = None) -> CheckResult:
    """Do we see what is said to nobody by name? `heard`: what the connection was opened with, where there is one."""
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if granted and (heard is None or heard.message_content):
        return CheckResult("Discord intents", OK, "what is said in its threads without a mention is seen")
    mention = "also in its threads the bot must be mentioned each time"
    if granted:
        detail = f"the Message Content intent was switched on after the start: till the next one {mention}"
        return CheckResult("Discord intents", WARNING, detail, "Start the bot anew.")
    return CheckResult("Discord intents", WARNING, f"the Message Content intent is off: {mention}", _INTENTS)


def check_latency(seconds: float) -> CheckResult:
    """Of the gateway's heartbeat; not a number where none has come back yet."""
    if not seconds < float("inf"):
        return CheckResult("Discord gateway", OK, "connected")
    if seconds < 1.0:
        return CheckResult("Discord gateway", OK, f"connected, {1000 * seconds:.0f} ms away")
    return CheckResult("Discord gateway", WARNING, f"connected, but {seconds:.1f} s away", "Look at the network.")


def check_commands(*, in_sync: bool) -> CheckResult:
    """Does Discord offer the commands that we have?"""
    if in_sync:
        return CheckResult("Discord commands", OK, "Discord offers all that there are")
    detail = "Discord does not offer those that there are: some are missing, or do not work"
    return CheckResult("Discord commands", WARNING, detail, "Start the bot, or start it anew: it tells Discord.")


async def _offered_by(client: discord.Client, guild: str | None, again: float) -> CheckResult:
    """Looked at from without: by a client that does not listen."""
    tree: Tree = app_commands.CommandTree(client)
    add_commands(None, tree)
    return await _offered(tree, guild, again)


async def _offered(tree: Tree, guild: str | None, again: float | None = None) -> CheckResult:
    """With `again`, looked at once more after so many seconds."""
    place = discord.Object(int(guild)) if guild else None
    if place:
        tree.copy_global_to(guild=place)
    try:
        there = await in_sync(tree, place)
        if not there and again is not None:
            await asyncio.sleep(again)
            there = await in_sync(tree, place)
    except SurfaceError as error:
        return CheckResult("Discord commands", WARNING, f"it cannot be told which are offered: {error}", _SOON)
    return check_commands(in_sync=there)


async def _door(settings: DiscordSettings, now: Callable[[], float]) -> list[CheckResult]:
    """Is anybody there, and what time is it there?"""
    date = await _date(settings.discord_api_url)
    if date is None:
        return [CheckResult("Discord", FAILED, f"{settings.discord_api_url} cannot be reached", _ADDRESS)]
    return check_clock("Discord", date, now())


async def _date(api_url: str) -> str | None:
    """Discord's clock; None where nothing answers."""
    try:
        async with aiohttp.ClientSession(timeout=_DOOR) as session, session.get(f"{api_url}/gateway") as answer:
            return answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def _not_in(error: SurfaceError, api_url: str) -> CheckResult:
    """The token, or what is at the address: it let us not in."""
    cause = error.__cause__
    if isinstance(cause, discord.LoginFailure) or (isinstance(cause, discord.HTTPException) and cause.status == 401):
        return CheckResult(TOKEN, FAILED, "is not accepted by Discord", TOKEN_PAGE)
    if isinstance(error, SurfaceBusy):
        return CheckResult("Discord", FAILED, "Discord asks us to wait", _SOON)
    if isinstance(error, SurfaceInDoubt) and api_url == API_URL:
        return CheckResult("Discord", FAILED, "Discord has an error of its own", _SOON)
    said = f"{api_url} has an error of its own, or is not Discord's API"
    return CheckResult("Discord", FAILED, said, f"{_SOON} {_ADDRESS}")
