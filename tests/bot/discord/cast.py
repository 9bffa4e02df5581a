"""Who gives commands and presses buttons in Discord, under turns in each state, in this process and in the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.turn import TurnStatus
from sandbox.customgpt import CustomGPTStandIn, Fault
from sandbox.discord import Channel, DiscordStandIn, Interaction, Message, User
from sandbox.discord.transcript import shown
from tests.contracts.discord_harness import LIMITS, PATIENCE, DiscordHarness, opened_on, shared_server
from tests.contracts.harness import Asked, Ways, ended, prepared

SLOW = Fault(answer="Bees scout.", cites=(), first_byte_delay=30.0)
SAME, NEXT = "the same process", "the next process"


@dataclass(frozen=True, slots=True)
class Cast:
    """All but the outsider have the role that lets people in; the administrator needs none."""

    asker: User
    other: User
    admin: User
    outsider: User


@dataclass(frozen=True, slots=True)
class Stage:
    """A turn that was answered, one that was stopped, and one that still runs."""

    bot: DiscordHarness
    cast: Cast
    done: Asked
    stopped: Asked
    running: Asked


def told(bot: DiscordHarness, who: User) -> list[str]:
    """What this person alone was told, oldest first."""
    return ["\n".join(shown(bot.discord.world, one.state)) for one in bot.discord.ephemerals(who)]


async def command(bot: DiscordHarness, who: User, sub: str, place: Channel | None = None, **options: str) -> str:
    """Give it; what its user reads, when it has been done."""
    before = len(told(bot, who))
    bot.discord.command(who, place or bot.channel, "orchestrator", sub, **options)
    await bot.taken()
    return "\n".join(told(bot, who)[before:])


def living(bot: DiscordHarness, asked: Asked) -> Message:
    return bot.messages(asked)[0]


async def press(bot: DiscordHarness, who: User, asked: Asked, label: str, *values: str) -> Interaction:
    """Press it, and wait until it has been taken."""
    message = living(bot, asked)
    one = bot.discord.press(who, message, bot.discord.button(message, label), *values)
    await bot.taken()
    return one


async def over(bot: DiscordHarness, asked: Asked) -> TurnStatus | None:
    """Wait for the end of a turn that has begun; how it has ended."""
    async with asyncio.timeout(PATIENCE):
        await bot.app.turns.ended(asked.turn_id)
    return await ended(bot, asked)


@asynccontextmanager
async def outside() -> AsyncIterator[tuple[CustomGPTStandIn, DiscordStandIn]]:
    """The stand-ins, before any bot runs on them."""
    async with CustomGPTStandIn() as gpt, shared_server() as server:
        discord = server.bot(limits=LIMITS)
        try:
            yield prepared(gpt), discord
        finally:
            server.remove(discord)


@asynccontextmanager
async def on_stage(folder: Path, process: str) -> AsyncIterator[Stage]:
    """In the process that began the turns, or in the next."""
    async with outside() as (gpt, discord):
        role = discord.role("beekeepers")
        ways = Ways(concurrency=50, shutdown=0.1, platform={"DISCORD_ALLOWED_ROLES": role.id})
        async with opened_on(discord, gpt, folder, ways) as bot:
            for name in ("Ada", "Ben"):
                discord.guild.members[bot.people[name].id].add(role.id)
            grace, olaf = discord.person("Grace", admin=True), discord.person("Olaf")
            cast = Cast(bot.ada, bot.people["Ben"], grace, olaf)
            turns = await _three(bot)
            if process == SAME:
                yield Stage(bot, cast, *turns)
        if process == NEXT:
            async with opened_on(discord, gpt, folder, ways, before=bot) as again:
                yield Stage(again, cast, *turns)


async def _three(bot: DiscordHarness) -> tuple[Asked, Asked, Asked]:
    done = await bot.ask("What is done?")
    await bot.settled()
    bot.gpt.agent("research").always = SLOW
    stopped = await bot.ask("What is stopped?")
    await bot.showing(stopped, "Working")
    await press(bot, bot.ada, stopped, "Stop")
    await bot.settled()
    running = await bot.ask("What runs?")
    await bot.showing(running, "Working")
    return done, stopped, running
