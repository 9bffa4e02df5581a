"""What is set up wrong around Discord is named with its remedy: by the check, at the start, and in the chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import run_checks
from bot.discord.adapter import Ways, open_discord
from bot.discord.config import read_discord
from bot.serving import _check
from core.check import check_core
from core.checks import CheckResult
from core.config import read_settings
from core.turn import FollowUps
from sandbox.customgpt import CustomGPTStandIn
from sandbox.discord import Channel, DiscordStandIn, User
from sandbox.discord.kit import walk
from sandbox.discord.permissions import BITS
from tests.bot.discord.offering import offer
from tests.bot.discord.test_discord_chat_check import unescaped
from tests.bot.planted import (
    CORE,
    NOWHERE,
    Planted,
    World,
    assert_named,
    assert_told,
    printed,
    told_at_the_start,
    wrong,
)
from tests.taken import TakenTurns


@dataclass(kw_only=True)
class DiscordWorld(World):
    """With a Discord."""

    discord: DiscordStandIn
    general: Channel


@pytest.fixture
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordWorld]:
    async with CustomGPTStandIn() as gpt, DiscordStandIn() as discord:
        general = discord.channel("general")
        made = DiscordWorld(gpt=gpt, discord=discord, folder=folder, environment=monkeypatch, general=general)
        made.set(DISCORD_BOT_TOKEN=discord.token, DISCORD_API_URL=discord.url)
        await made.begin()
        await offer(discord)
        with made.closing:
            yield made


Plant = Callable[[DiscordWorld], object]


def setting(name: str, value: str) -> Plant:
    return lambda world: world.set(**{name: value})


def intent_off(world: DiscordWorld) -> None:
    world.discord.content = False


def missing_here(world: DiscordWorld) -> None:
    world.set(DISCORD_ALLOWED_CHANNELS=world.general.id)
    world.discord.deny(world.general, "send_messages")


def invited_with_too_little(world: DiscordWorld) -> None:
    world.discord.guild.roles[world.discord.guild.id].permissions &= ~BITS["attach_files"]


def other_commands(world: DiscordWorld) -> None:
    world.discord.world.commands[""][0]["description"] = "Another"


def unseen(world: DiscordWorld) -> None:
    hidden = world.discord.channel("hidden")
    world.discord.deny(hidden, "view_channel")
    world.set(DISCORD_ALLOWED_CHANNELS=f"{world.general.id},{hidden.id}")


def thread_listed(world: DiscordWorld) -> None:
    ada = world.discord.person("Ada")
    thread = world.discord._floor.open_thread(world.general, "bees", on=None, owner=ada)
    world.set(DISCORD_ALLOWED_CHANNELS=f"{world.general.id},{thread.id}")


def another_server(world: DiscordWorld) -> None:
    world.set(DISCORD_ALLOWED_GUILDS=f"{world.discord.guild.id},42")


HEARD = {
    **CORE,
    "intent off": Planted(intent_off, "the Message Content intent is off", "Bot → Message Content Intent"),
    "permission missing in a channel": Planted(
        missing_here, "Send Messages (the message that becomes the answer)", "Edit channel → Permissions"
    ),
    "invited with too little": Planted(
        invited_with_too_little, "Attach Files (long answers as a file)", "oauth2/authorize?client_id="
    ),
    "not in an allowed server": Planted(
        another_server, "the bot is not in the server 42", "Or mend DISCORD_ALLOWED_GUILDS"
    ),
    "channel that it does not see": Planted(
        unseen, "is not there, or the bot may not see it", "Let the bot's role see it"
    ),
    "thread in the list of channels": Planted(thread_listed, "is a thread", "its threads count as it does"),
    "clock skewed": Planted(
        lambda world: world.discord.shift_clock(-300.0), "clock is 5 min ahead of Discord's", "NTP"
    ),
}
"""With all of this the bot listens, and can say it in the chat."""

UNHEARD = {
    "wrong token": Planted(setting("DISCORD_BOT_TOKEN", "not.the.token"), "is not accepted by Discord", "Reset Token"),
    "public key for token": Planted(
        setting("DISCORD_BOT_TOKEN", "0123456789abcdef" * 4), "is the app's public key", "Reset Token"
    ),
    "not in the server for its commands": Planted(
        setting("DISCORD_SYNC_GUILD", "42"), "the bot is not in the server 42", "Or mend DISCORD_SYNC_GUILD"
    ),
    "in no server": Planted(
        lambda world: world.discord.world.guilds.clear(), "the bot is in no server", "oauth2/authorize?client_id="
    ),
    "wrong base URL of Discord": Planted(
        lambda world: world.set(DISCORD_API_URL=world.gpt.url), "is not Discord's API", "DISCORD_API_URL (leave it out"
    ),
    "unreachable Discord": Planted(
        setting("DISCORD_API_URL", f"{NOWHERE}/api/v10"), "cannot be reached", "DISCORD_API_URL"
    ),
}
"""With one of these nobody is heard in Discord."""

OUT_OF_SYNC = Planted(other_commands, "Discord does not offer those that there are", "start it anew")
BEFORE = {**HEARD, **UNHEARD}


@asynccontextmanager
async def listening(world: DiscordWorld) -> AsyncIterator[None]:
    """The adapter alone: a check asks nothing of the turns."""

    async def shared() -> list[CheckResult]:
        return await check_core(read_settings())

    ways = Ways(follow_ups=FollowUps.MENTION, notify_after=60.0, shared=shared)
    async with open_discord(read_discord(), ways) as adapter:
        task = asyncio.create_task(adapter.listen(TakenTurns()))
        try:
            await world.discord.until(lambda: world.discord.gateway.open)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def in_the_chat(world: DiscordWorld, admin: User | None = None) -> str:
    """What an admin reads there."""
    grace = admin or world.discord.person("Grace", admin=True)
    world.discord.command(grace, world.general, "orchestrator", "check")
    await world.discord.until(lambda: world.discord.ephemerals(grace), 30.0)
    texts = [one["content"] for seen in world.discord.ephemerals(grace) for one in walk(seen.state.components)]
    return unescaped("\n".join(texts))


def assert_no_secret(world: DiscordWorld, said: str) -> None:
    for secret in (world.gpt.key, world.discord.token, "not.the.token", "0123456789abcdef", "x" * 40):
        assert secret not in said


def assert_said(planted: Planted, report: str) -> None:
    """In a line that begins with its mark, with the remedy below it."""
    lines = report.splitlines()
    told = [n for n, line in enumerate(lines) if planted.said in line and line[0] in "⚠✗"]
    assert told, report
    assert any(planted.remedy in lines[n + 1] or planted.remedy in lines[n] for n in told), report


async def test_a_bot_that_is_set_up_well_has_nothing_to_mend(world: DiscordWorld) -> None:
    said: list[str] = []
    await _check(read_settings(), said.append, ())
    async with listening(world):
        report = await in_the_chat(world)

    assert [] == wrong(await run_checks(offline=False))
    assert [] == said
    assert report.startswith("**Everything is set up.**")


@pytest.mark.parametrize("planted", [*BEFORE.values(), OUT_OF_SYNC], ids=[*BEFORE, "commands out of sync"])
async def test_the_check_names_it_with_its_remedy(world: DiscordWorld, planted: Planted) -> None:
    planted.plant(world)
    found = await run_checks(offline=False)

    assert_named(planted, planted.said, found)
    assert_no_secret(world, repr(found))


@pytest.mark.parametrize("planted", [*HEARD.values()], ids=HEARD)
async def test_in_the_chat_it_is_named_with_its_remedy(world: DiscordWorld, planted: Planted) -> None:
    planted.plant(world)
    grace = world.discord.person("Grace")
    world.set(DISCORD_ADMINS=grace.id)
    async with listening(world):
        report = await in_the_chat(world, grace)

    assert_said(planted, report)
    assert_no_secret(world, report)


async def test_commands_that_somebody_has_changed_are_named_in_the_chat(world: DiscordWorld) -> None:
    async with listening(world):
        OUT_OF_SYNC.plant(world)
        report = await in_the_chat(world)

    assert_said(OUT_OF_SYNC, report)


async def test_a_token_that_is_no_good_any_more_is_named_in_the_chat(world: DiscordWorld) -> None:
    """Answers to commands need none."""
    async with listening(world):
        world.discord.world.token = "another"
        report = await in_the_chat(world)

    assert_said(UNHEARD["wrong token"], report)
    assert_no_secret(world, report)


@pytest.mark.parametrize("planted", [*BEFORE.values()], ids=BEFORE)
async def test_the_start_names_it_with_its_remedy(world: DiscordWorld, planted: Planted) -> None:
    planted.plant(world)
    said = await told_at_the_start(planted.said)

    assert_told(planted, said)
    assert_no_secret(world, "\n".join(said))


async def test_a_start_mends_commands_that_discord_has_otherwise(world: DiscordWorld) -> None:
    OUT_OF_SYNC.plant(world)
    async with listening(world):
        assert [] == wrong(await run_checks(offline=False))


async def test_the_command_prints_each_with_its_remedy_and_exits_with_one(world: DiscordWorld) -> None:
    chosen = [BEFORE[name] for name in ("wrong agent", "intent off", "not in an allowed server", "clock skewed")]

    assert_no_secret(world, await printed(world, chosen))


async def test_a_discord_that_is_off_is_no_fault(world: DiscordWorld) -> None:
    world.environment.delenv("DISCORD_BOT_TOKEN")
    found = {one.name: one.detail for one in await run_checks(offline=False)}

    assert "is off: DISCORD_BOT_TOKEN is not set" == found["discord"]
    assert [] == world.discord.calls("applications.me")[1:]  # but for what the fixture asked
