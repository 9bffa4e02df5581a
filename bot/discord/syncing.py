"""**I/O edge.** The commands that Discord offers to people, made those that we have; told only where they differ."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord.web import asked

log = logging.getLogger(__name__)

Tree = app_commands.CommandTree[discord.Client]


async def sync(tree: Tree, guild: str | None) -> bool:
    """True where Discord had others. For all servers, or for one alone. Raises `SurfaceError`."""
    place = discord.Object(int(guild)) if guild else None
    if place:
        tree.copy_global_to(guild=place)
    if await in_sync(tree, place):
        return False
    await asked("sync commands", lambda: tree.sync(guild=place))
    log.info("Discord has been told our commands")
    return True


async def in_sync(tree: Tree, place: discord.Object | None) -> bool:
    """Does Discord have the very commands that we have? Raises `SurfaceError`."""
    there = await asked("commands", lambda: _there(tree.client, place))
    ours = [command.to_dict(tree) for command in tree.get_commands(guild=place)]
    named = {(one.get("name"), one.get("type", 1)): one for one in there}
    return len(ours) == len(there) and all(
        covers(named.get((one["name"], one.get("type", 1)), {}), one) for one in ours
    )


async def _there(client: discord.Client, place: discord.Object | None) -> Sequence[Mapping[str, Any]]:
    assert client.application_id
    if place:
        return await client.http.get_guild_commands(client.application_id, place.id)
    return await client.http.get_global_commands(client.application_id)


def covers(theirs: object, ours: object) -> bool:
    """Is all that we say there as we say it? What Discord adds does not matter, and what is nothing it leaves out."""
    match ours:
        case Mapping():
            them = theirs if isinstance(theirs, Mapping) else {}
            return all(covers(them.get(key), value) for key, value in ours.items())
        case list():
            them_all = theirs if isinstance(theirs, list) else []
            return len(them_all) == len(ours) and all(map(covers, them_all, ours))
        case None | False:
            return not theirs
        case _:
            return theirs == ours
