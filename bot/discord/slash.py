"""**I/O edge.** What Discord offers behind the slash, and what is done then. In servers, and in direct messages."""

from __future__ import annotations

from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord.commands import Asked, DiscordCommands
from core.text.spoken import CommandName

PROMPT: Final = 6_000
"""Characters that Discord lets an option have."""

OPTION: Final = 200

Tree = app_commands.CommandTree[discord.Client]
Setting = Literal["tone", "length", "format", "audience", "language"]
Words = app_commands.Range[str, 1, OPTION]

_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_INSTALLED = app_commands.AppInstallationType(guild=True, user=False)


def add_commands(commands: DiscordCommands, tree: Tree) -> None:
    """`/ask` and `/orchestrator`."""
    _add_ask(commands, tree)
    group = app_commands.Group(
        name="orchestrator",
        description="What runs here, and how it is set up",
        allowed_contexts=_EVERYWHERE,
        allowed_installs=_INSTALLED,
    )
    _add_words(commands, group)
    _add_settings(commands, group)
    tree.add_command(group)


def _add_ask(commands: DiscordCommands, tree: Tree) -> None:
    @tree.command(name="ask", description="Four agents research, plan, write and review your answer")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.describe(
        prompt="What is to be answered; more than 6,000 characters by mentioning me, or in a file",
        tone="How it shall sound, like “friendly”",
        length="How long it shall be, like “200 words”",
        format="What it shall look like, like “a table”",
        audience="For whom it is, like “beginners”",
        language="In which language",
    )
    async def ask(
        interaction: Asked,
        prompt: app_commands.Range[str, 1, PROMPT],
        tone: Words | None = None,
        length: Words | None = None,
        format: Words | None = None,
        audience: Words | None = None,
        language: Words | None = None,
    ) -> None:
        given = {"tone": tone, "length": length, "format": format, "audience": audience, "language": language}
        await commands.ask(interaction, prompt, {key: value for key, value in given.items() if value})


_SAID = {
    CommandName.HELP: "What I can do, and how to tell me",
    CommandName.STATUS: "What runs and waits here",
    CommandName.STOP: "Stop what you have asked here",
    CommandName.NEW: "In a thread: begin anew, as if nothing had been said",
}


def _add_words(commands: DiscordCommands, group: app_commands.Group) -> None:
    for name in _SAID:
        _add_word(commands, group, name)


def _add_word(commands: DiscordCommands, group: app_commands.Group, name: CommandName) -> None:
    @group.command(name=name.value, description=_SAID[name])
    async def said(interaction: Asked) -> None:
        await commands.run(interaction, name)


def _add_settings(commands: DiscordCommands, group: app_commands.Group) -> None:
    @group.command(name="settings", description="Tone, length … of this channel; admins change them")
    @app_commands.describe(setting="Which one to change", value="What it shall be; left out, it is taken back")
    async def settings(interaction: Asked, setting: Setting | None = None, value: Words | None = None) -> None:
        await commands.settings(interaction, f"{setting} {value or 'none'}" if setting else "")
