"""**I/O edge.** What Discord offers behind the slash, and what is done then. In servers, and in direct messages."""

from __future__ import annotations

from typing import Final, Literal

from discord import app_commands

from bot.discord.commands import Asked, DiscordCommands
from bot.discord.syncing import Tree
from core.text.spoken import CommandName

PROMPT: Final = 6_000
"""Characters that Discord lets an option have."""

OPTION: Final = 200

Setting = Literal["tone", "length", "format", "audience", "language"]
Words = app_commands.Range[str, 1, OPTION]

_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_INSTALLED = app_commands.AppInstallationType(guild=True, user=False)


def add_commands(commands: DiscordCommands | None, tree: Tree) -> None:
    """`/ask` and `/orchestrator`. `commands` are None where it only matters what is offered."""
    _add_ask(commands, tree)
    group = app_commands.Group(
        name="orchestrator",
        description="What runs here, and how it is set up",
        allowed_contexts=_EVERYWHERE,
        allowed_installs=_INSTALLED,
    )
    _add_words(commands, group)
    _add_settings(commands, group)
    _add_check(commands, group, tree)
    tree.add_command(group)


def _add_ask(commands: DiscordCommands | None, tree: Tree) -> None:
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
        assert commands
        given = {"tone": tone, "length": length, "format": format, "audience": audience, "language": language}
        await commands.ask(interaction, prompt, {key: value for key, value in given.items() if value})


_SAID = {
    CommandName.HELP: "What I can do, and how to tell me",
    CommandName.STATUS: "What runs and waits here",
    CommandName.STOP: "Stop what you have asked here",
    CommandName.NEW: "In a thread: begin anew, as if nothing had been said",
}


def _add_words(commands: DiscordCommands | None, group: app_commands.Group) -> None:
    for name in _SAID:
        _add_word(commands, group, name)


def _add_word(commands: DiscordCommands | None, group: app_commands.Group, name: CommandName) -> None:
    @group.command(name=name.value, description=_SAID[name])
    async def said(interaction: Asked) -> None:
        assert commands
        await commands.run(interaction, name)


def _add_settings(commands: DiscordCommands | None, group: app_commands.Group) -> None:
    @group.command(name="settings", description="Tone, length … of this channel; admins change them")
    @app_commands.describe(setting="Which one to change", value="What it shall be; left out, it is taken back")
    async def settings(interaction: Asked, setting: Setting | None = None, value: Words | None = None) -> None:
        assert commands
        await commands.settings(interaction, f"{setting} {value or 'none'}" if setting else "")


def _add_check(commands: DiscordCommands | None, group: app_commands.Group, tree: Tree) -> None:
    @group.command(name="check", description="For admins: is everything set up? Each fault with its remedy")
    async def check(interaction: Asked) -> None:
        assert commands
        await commands.check(interaction, tree)
