"""**I/O edge.** Is Discord set up? Asks Discord itself; each check says what it found and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable

import aiohttp
import discord

from bot.discord.config import API_URL, PERMISSIONS, TOKEN_PAGE, DiscordSettings
from bot.discord.library import point_rest
from bot.discord.web import asked, logged_in
from core.checks import CheckResult, CheckStatus, check_clock
from core.errors import SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.text.redact import Redactor
from core.text.wording import plural

OK, WARNING, FAILED = CheckStatus.OK, CheckStatus.WARNING, CheckStatus.FAILED
TOKEN, GUILD = "DISCORD_BOT_TOKEN", "DISCORD_SYNC_GUILD"

_ADDRESS = "Look at DISCORD_API_URL (leave it out for Discord itself) and at the network."
_SOON = "Try again in a minute."
_INTENTS = (
    "At discord.com/developers/applications open your app: Bot → Message Content Intent; then start the bot anew."
)
_SERVERS = 200
"""That one look shows."""

_DOOR = aiohttp.ClientTimeout(total=10.0, connect=5.0)


async def check_all(settings: DiscordSettings, *, now: Callable[[], float] = time.time) -> list[CheckResult]:
    """Every check that can be made without the gateway, for a Discord that is switched on. `now` in unix seconds."""
    assert settings.discord_bot_token
    point_rest(settings.discord_api_url)
    date = await _date(settings.discord_api_url)
    if date is None:
        return [CheckResult("Discord", FAILED, f"{settings.discord_api_url} cannot be reached", _ADDRESS)]
    found = check_clock("Discord", date, now())
    try:
        client = await logged_in(settings.discord_bot_token)
    except SurfaceError as error:
        return Redactor(settings.secrets).deep([*found, _not_in(error, settings.discord_api_url)])
    try:
        return Redactor(settings.secrets).deep([*found, *await check_discord(client, settings)])
    finally:
        await client.close()


async def check_discord(client: discord.Client, settings: DiscordSettings) -> list[CheckResult]:
    """Token, intents, servers, and the ids in the settings. `client` is logged in."""
    token = CheckResult(TOKEN, OK, f"accepted: {client.user}")
    return [token, check_intents(client.application_flags), *await _servers(client, settings)]


def check_intents(flags: discord.ApplicationFlags) -> CheckResult:
    """Do we see what is said to nobody by name?"""
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return CheckResult("Discord intents", OK, "what is said in its threads without a mention is seen")
    detail = "the Message Content intent is off: also in its threads the bot must be mentioned each time"
    return CheckResult("Discord intents", WARNING, detail, _INTENTS)


def check_permissions(granted: discord.Permissions, invite: str) -> CheckResult:
    """What we may do in a channel, beside what we need. `granted` as Discord has worked it out for that channel."""
    missing = [name for name in PERMISSIONS if not getattr(granted, name)]
    if not missing:
        return CheckResult("Discord permissions", OK, f"all {len(PERMISSIONS)} are granted here")
    named = "; ".join(f"{_title(name)} ({PERMISSIONS[name]})" for name in missing)
    remedy = f"Edit channel → Permissions: allow them to the bot's role. For the whole server: {invite}"
    needed = "view_channel" in missing or "send_messages" in missing
    return CheckResult("Discord permissions", FAILED if needed else WARNING, f"not granted here: {named}", remedy)


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
    detail = "Discord offers others than there are: some do not work"
    return CheckResult("Discord commands", WARNING, detail, "Start the bot anew: it tells Discord.")


def invite_link(application: int) -> str:
    """Where an admin of a server adds the bot, with exactly the permissions that it needs."""
    permissions = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    return discord.utils.oauth_url(application, permissions=permissions, scopes=("bot", "applications.commands"))


def _title(permission: str) -> str:
    return permission.replace("_", " ").title()


async def _date(api_url: str) -> str | None:
    """Discord's clock; None where nothing answers."""
    try:
        async with aiohttp.ClientSession(timeout=_DOOR) as session, session.get(f"{api_url}/gateway") as answer:
            return answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def _not_in(error: SurfaceError, api_url: str) -> CheckResult:
    """The token, or what is at the address: it let us not in."""
    if isinstance(error.__cause__, discord.LoginFailure):
        return CheckResult(TOKEN, FAILED, "is not accepted by Discord", TOKEN_PAGE)
    if isinstance(error, SurfaceBusy):
        return CheckResult("Discord", FAILED, "Discord asks us to wait", _SOON)
    if isinstance(error, SurfaceInDoubt) and api_url == API_URL:
        return CheckResult("Discord", FAILED, "Discord has an error of its own", _SOON)
    said = f"{api_url} has an error of its own, or is not Discord's API"
    return CheckResult("Discord", FAILED, said, f"{_SOON} {_ADDRESS}")


async def _servers(client: discord.Client, settings: DiscordSettings) -> list[CheckResult]:
    """How many we are in, with the way into more; and those that the settings name."""
    assert client.application_id
    invite = invite_link(client.application_id)
    try:
        there = await asked("servers", lambda: _ids(client))
    except SurfaceError as error:
        return [CheckResult("Discord servers", WARNING, f"it cannot be told which: {error}", f"{_SOON} {invite}")]
    named = [(GUILD, settings.discord_sync_guild or "")]
    named += [("DISCORD_ALLOWED_GUILDS", guild) for guild in sorted(settings.discord_allowed_guilds)]
    missing = [_not_there(name, guild, invite) for name, guild in named if guild and guild not in there]
    return [_count(len(there), invite), *missing, *await _channels(client, settings)]


def _count(there: int, invite: str) -> CheckResult:
    if not there:
        remedy = f"Open {invite}, choose a server, and authorise."
        return CheckResult("Discord servers", FAILED, "the bot is in no server", remedy)
    more = " or more" if there == _SERVERS else ""
    return CheckResult("Discord servers", OK, f"the bot is in {plural(there, 'server')}{more}; into another: {invite}")


def _not_there(name: str, guild: str, invite: str) -> CheckResult:
    return CheckResult(name, FAILED, f"the bot is not in the server {guild}", f"Invite it: {invite}. Or mend {name}.")


async def _ids(client: discord.Client) -> set[str]:
    return {str(guild.id) async for guild in client.fetch_guilds(limit=_SERVERS, with_counts=False)}


async def _channels(client: discord.Client, settings: DiscordSettings) -> list[CheckResult]:
    return [await _channel(client, channel) for channel in sorted(settings.discord_allowed_channels)]


async def _channel(client: discord.Client, channel: str) -> CheckResult:
    try:
        found = await asked("channel", lambda: client.fetch_channel(int(channel)))
    except (SurfaceBusy, SurfaceInDoubt) as error:
        return CheckResult("Discord channel", WARNING, f"it cannot be told whether {channel} is seen: {error}", _SOON)
    except SurfaceError:
        remedy = f"Let the bot's role see it. Or take {channel} out of DISCORD_ALLOWED_CHANNELS."
        return CheckResult("Discord channel", FAILED, f"{channel} is not there, or the bot may not see it", remedy)
    return CheckResult("Discord channel", OK, f"the bot sees {getattr(found, 'name', channel)}")
