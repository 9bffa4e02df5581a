"""**I/O edge.** The commands that Discord offers to people, made those that we have; told only when they have changed.

What was told last is noted, with the versions that Discord gave it: neither is a restart a change, nor does one that
somebody made at Discord stay unseen.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord.web import MISSING_ACCESS, asked, code_of
from core.errors import StoreError, SurfaceError
from core.ports import Notes

log = logging.getLogger(__name__)

Tree = app_commands.CommandTree[discord.Client]
Commands = Sequence[Mapping[str, Any]]

EVERYWHERE_ONLY: Final = frozenset({"contexts", "integration_types", "dm_permission"})
"""What Discord leaves out of the commands of one server.
<https://docs.discord.com/developers/interactions/application-commands#application-command-object>"""

_NOT_TOLD = "Discord could not be told our commands: %s"
_NOT_IN = (
    "the bot is not in the server %s, which alone is to have its commands: nobody is offered them. "
    "Invite it (orchestrator check shows the link), or mend DISCORD_SYNC_GUILD."
)


async def told(tree: Tree, guild: str | None, notes: Notes) -> None:
    """`sync`; whatever goes wrong with that keeps nobody from being heard."""
    try:
        await sync(tree, guild, notes)
    except SurfaceError as error:
        not_in = guild and code_of(error) == MISSING_ACCESS
        log.warning(_NOT_IN if not_in else _NOT_TOLD, guild if not_in else error)
    except StoreError as error:
        log.warning(_NOT_TOLD, error)


async def sync(tree: Tree, guild: str | None, notes: Notes) -> bool:
    """True where they had changed, here or there. For all servers, or for one alone.

    Raises `SurfaceError`, `StoreError`.
    """
    where, place = guild or "", _place(guild)
    if place:
        tree.copy_global_to(guild=place)
    noted = await _nowhere_else(tree.client, where, notes)
    ours = _ours(tree, place)
    there = await asked("commands", lambda: _there(tree.client, place))
    if noted.get(where) == _note(ours, there):
        return False
    there = await asked("sync commands", lambda: _tell(tree.client, place, ours))
    await notes.keep(_name(tree.client), {where: _note(ours, there)})
    log.info("Discord has been told our commands")
    return True


async def _nowhere_else(client: discord.Client, where: str, notes: Notes) -> dict[str, Any]:
    """What was told, by place; what was told for elsewhere is taken back: people would find each command twice."""
    noted = dict(await notes.of(_name(client)) or {})
    for elsewhere in noted.keys() - {where}:
        try:
            await asked("withdraw commands", partial(_tell, client, _place(elsewhere), []))
        except SurfaceError as error:
            if code_of(error) != MISSING_ACCESS:  # where we are no more, nothing is offered any more
                raise
        del noted[elsewhere]
        await notes.keep(_name(client), noted)
    return noted


async def in_sync(tree: Tree, place: discord.Object | None) -> bool:
    """Does Discord have the very commands that we have? Raises `SurfaceError`."""
    there = await asked("commands", lambda: _there(tree.client, place))
    ours = _ours(tree, place)
    named = {(one.get("name"), one.get("type", 1)): one for one in there}
    return len(ours) == len(there) and all(
        covers(named.get((one["name"], one.get("type", 1)), {}), one) for one in ours
    )


def _name(client: discord.Client) -> str:
    return f"discord.commands:{client.application_id}"


def _place(guild: str | None) -> discord.Object | None:
    return discord.Object(int(guild)) if guild else None


def _ours(tree: Tree, place: discord.Object | None) -> list[dict[str, Any]]:
    left_out = EVERYWHERE_ONLY if place else frozenset[str]()
    every = (command.to_dict(tree) for command in tree.get_commands(guild=place))
    return [{key: value for key, value in one.items() if key not in left_out} for one in every]


def _note(ours: Commands, theirs: Commands) -> dict[str, Any]:
    """What we say, in short; and which of what Discord keeps it has become."""
    said = json.dumps(sorted(ours, key=lambda one: str(one["name"])), sort_keys=True)
    versions = {str(one["id"]): str(one.get("version", "")) for one in theirs}
    return {"ours": sha256(said.encode()).hexdigest(), "theirs": versions}


async def _there(client: discord.Client, place: discord.Object | None) -> Commands:
    assert client.application_id
    if place:
        return await client.http.get_guild_commands(client.application_id, place.id)
    return await client.http.get_global_commands(client.application_id)


async def _tell(client: discord.Client, place: discord.Object | None, ours: list[dict[str, Any]]) -> Commands:
    assert client.application_id
    if place:
        return await client.http.bulk_upsert_guild_commands(client.application_id, place.id, payload=ours)
    return await client.http.bulk_upsert_global_commands(client.application_id, payload=ours)


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
