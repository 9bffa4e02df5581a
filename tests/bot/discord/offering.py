"""A bot that has once started: Discord offers its commands."""

from __future__ import annotations

from discord import app_commands
from pydantic import SecretStr

from bot.discord.library import point_rest
from bot.discord.slash import add_commands
from bot.discord.syncing import Tree, sync
from bot.discord.web import logged_in
from sandbox.discord import DiscordStandIn
from tests.fakes import MemoryNotes


async def offer(stand_in: DiscordStandIn, guild: str | None = None) -> None:
    """As at each start."""
    point_rest(stand_in.url)
    client = await logged_in(SecretStr(stand_in.token))
    try:
        tree: Tree = app_commands.CommandTree(client)
        add_commands(None, tree)
        await sync(tree, guild, MemoryNotes())
    finally:
        await client.close()
