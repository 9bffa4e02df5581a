"""**I/O edge.** The servers that we are in, and what we may do there: what is missing is named with what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.discord.config import PERMISSIONS, DiscordSettings
from bot.discord.web import asked
from core.checks import CheckResult, CheckStatus
from core.errors import SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.text.wording import plural

OK, WARNING, FAILED = CheckStatus.OK, CheckStatus.WARNING, CheckStatus.FAILED
GUILD, GUILDS, CHANNELS = "DISCORD_SYNC_GUILD", "DISCORD_ALLOWED_GUILDS", "DISCORD_ALLOWED_CHANNELS"

_SOON = "Try again in a minute."
_SERVERS = 200
"""That one look shows."""

_MOST = 5
"""Servers of which is said, one by one, that something is missing there."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that we are in, and what we are granted in all of it; a channel may grant more, or less."""

    id: str
    name: str
    granted: discord.Permissions


def invite_link(application: int) -> str:
    """Where an admin of a server adds the bot, with exactly the permissions that it needs."""
    permissions = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    return discord.utils.oauth_url(application, permissions=permissions, scopes=("bot", "applications.commands"))


def check_permissions(granted: discord.Permissions, where: str, invite: str) -> CheckResult:
    """What we may do there ("here", "in #general"), beside what we need. `granted` as Discord works it out for there.

    Administrators may everything.
    """
    missing = [] if granted.administrator else [name for name in PERMISSIONS if not getattr(granted, name)]
    if not missing:
        return CheckResult("Discord permissions", OK, f"all {len(PERMISSIONS)} are granted {where}")
    named = "; ".join(f"{_title(name)} ({PERMISSIONS[name]})" for name in missing)
    remedy = f"Edit channel → Permissions: allow them to the bot's role. For the whole server: {invite}"
    needed = "view_channel" in missing or "send_messages" in missing
    return CheckResult("Discord permissions", FAILED if needed else WARNING, f"not granted {where}: {named}", remedy)


def _title(permission: str) -> str:
    return permission.replace("_", " ").title()


async def check_servers(
    client: discord.Client, settings: DiscordSettings, only: str | None = None
) -> list[CheckResult]:
    """How many we are in, with the way into more; what is missing there; the servers and channels in the settings.

    `only`: the one server that is told of.
    """
    assert client.application_id
    invite = invite_link(client.application_id)
    try:
        servers = await asked("servers", lambda: _servers(client))
    except SurfaceError as error:
        return [CheckResult("Discord servers", WARNING, f"it cannot be told which: {error}", f"{_SOON} {invite}")]
    told = [server for server in servers if only in (None, server.id)]
    lacking = [] if settings.discord_allowed_channels else _lacking(told, invite)
    listed = await _listed(client, settings, {server.id for server in servers}, invite)
    return [_count(len(servers), invite, only), *lacking, *listed, *await _channels(client, settings, invite)]


async def _servers(client: discord.Client) -> list[Server]:
    said = await client.http.get_guilds(_SERVERS, with_counts=False)
    return [Server(str(one["id"]), one["name"], discord.Permissions(int(one["permissions"]))) for one in said]


def _count(there: int, invite: str, only: str | None) -> CheckResult:
    if only:
        return CheckResult("Discord servers", OK, f"the bot is in this one; into another: {invite}")
    if not there:
        remedy = f"Open {invite}, choose a server, and authorise."
        return CheckResult("Discord servers", FAILED, "the bot is in no server", remedy)
    more = " or more" if there == _SERVERS else ""
    return CheckResult("Discord servers", OK, f"the bot is in {plural(there, 'server')}{more}; into another: {invite}")


def _lacking(servers: Sequence[Server], invite: str) -> list[CheckResult]:
    """Where the bot was not invited with all that it needs; a channel may grant what its server does not."""
    found = [check_permissions(server.granted, f"in all of {server.name}", invite) for server in servers]
    return [replace(one, status=WARNING) for one in found if one.status is not OK][:_MOST]


async def _listed(client: discord.Client, settings: DiscordSettings, there: set[str], invite: str) -> list[CheckResult]:
    """Those servers in the settings that we are not in."""
    named = [(GUILD, settings.discord_sync_guild or "")]
    named += [(GUILDS, guild) for guild in sorted(settings.discord_allowed_guilds)]
    missing = [one for one in named if one[1] and one[1] not in there and not await _is_in(client, one[1])]
    return [_not_there(name, guild, invite) for name, guild in missing]


async def _is_in(client: discord.Client, guild: str) -> bool:
    """Of those that one look does not show. Where Discord does not say, nobody is blamed."""
    try:
        await asked("server", lambda: client.fetch_guild(int(guild), with_counts=False))
    except (SurfaceBusy, SurfaceInDoubt):
        return True
    except SurfaceError:
        return False
    return True


def _not_there(name: str, guild: str, invite: str) -> CheckResult:
    return CheckResult(name, FAILED, f"the bot is not in the server {guild}", f"Invite it: {invite}. Or mend {name}.")


async def _channels(client: discord.Client, settings: DiscordSettings, invite: str) -> list[CheckResult]:
    return [await _channel(client, channel, invite) for channel in sorted(settings.discord_allowed_channels)]


async def _channel(client: discord.Client, channel: str, invite: str) -> CheckResult:
    """Do we see it, and what may we do in it?"""
    try:
        found = await asked("channel", lambda: client.fetch_channel(int(channel)))
        if isinstance(found, discord.Thread):
            remedy = f"Name the channel {found.parent_id} in {CHANNELS}: its threads count as it does."
            return CheckResult("Discord channel", FAILED, f"{channel} is a thread", remedy)
        if not isinstance(found, discord.abc.GuildChannel):
            return CheckResult("Discord channel", OK, f"{channel} is a direct message")
        return await _seen(client, found, invite)
    except (SurfaceBusy, SurfaceInDoubt) as error:
        return CheckResult("Discord channel", WARNING, f"it cannot be told whether {channel} is seen: {error}", _SOON)
    except SurfaceError:
        remedy = f"Let the bot's role see it. Or take {channel} out of {CHANNELS}."
        return CheckResult("Discord channel", FAILED, f"{channel} is not there, or the bot may not see it", remedy)


async def _seen(client: discord.Client, channel: discord.abc.GuildChannel, invite: str) -> CheckResult:
    """What is granted hangs on the server's roles, too."""

    async def granted() -> discord.Permissions:
        assert client.user
        guild = await client.fetch_guild(channel.guild.id, with_counts=False)
        here, me = await guild.fetch_channel(channel.id), await guild.fetch_member(client.user.id)
        return here.permissions_for(me)

    found = check_permissions(await asked("permissions", granted), f"in #{channel.name}", invite)
    if found.status is OK:
        return CheckResult("Discord channel", OK, f"the bot sees #{channel.name}; {found.detail}")
    return found
