"""Into Discord's gateway, one process at a time; and the commands that are told there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import discord
import pytest

from bot.discord.gateway import Gateway, Pulse, intents_for
from bot.discord.syncing import in_sync, sync
from core.errors import SurfaceError
from core.tally import Count, Tallied, TooFast, uncounted
from sandbox.discord import Call, DiscordStandIn, Fault, Guild
from tests.contracts.discord_harness import PATIENCE, PULSE, DiscordHarness, open_discord_harness, opened_adapter
from tests.contracts.harness import Loss, Ways, complaints
from tests.core.waiting import until
from tests.taken import TakenTurns

PROMPT = "How do bees choose?"


@asynccontextmanager
async def listening(bot: DiscordHarness, count: Count = uncounted, **platform: str) -> AsyncIterator[None]:
    """As after a restart, on the same database."""
    before = len(bot.discord.gateway.sessions)
    async with opened_adapter(bot.discord, Ways(platform=platform), count=count) as adapter:
        task = asyncio.create_task(adapter.listen(bot.app.turns))
        try:
            await bot.discord.until(lambda: len(bot.discord.gateway.sessions) > before)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def told(discord: DiscordStandIn) -> int:
    """How often Discord was told our commands."""
    return len(discord.calls("commands.put"))


def offered(discord: DiscordStandIn, guild: Guild | None = None) -> set[str]:
    return {str(one["name"]) for one in discord.world.commands.get(guild.id if guild else "", [])}


async def test_a_restart_tells_no_commands_that_are_there(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        for _ in range(2):
            async with listening(bot):
                assert {"ask", "orchestrator"} == offered(bot.discord)

        assert 1 == told(bot.discord)


async def test_nor_does_it_where_they_are_for_one_server_alone(tmp_path: Path) -> None:
    """Discord leaves out there what only commands for everywhere have."""
    async with open_discord_harness(tmp_path) as bot:
        guild = bot.discord.guild
        before = told(bot.discord)
        for _ in range(2):
            async with listening(bot, DISCORD_SYNC_GUILD=guild.id):
                assert {"ask", "orchestrator"} == offered(bot.discord, guild)

        assert 2 == told(bot.discord) - before  # there once; and once that they are not everywhere any more
        assert not {"contexts", "integration_types"} & set(bot.discord.world.commands[guild.id][0])


async def test_commands_are_offered_in_one_place_alone_wherever_that_is_next(tmp_path: Path) -> None:
    """For all servers, then for one, then for all again: nobody finds a command twice."""
    async with open_discord_harness(tmp_path) as bot:
        guild, ours = bot.discord.guild, {"ask", "orchestrator"}
        async with listening(bot, DISCORD_SYNC_GUILD=guild.id):
            assert (set(), ours) == (offered(bot.discord), offered(bot.discord, guild))
        async with listening(bot):
            assert (ours, set()) == (offered(bot.discord), offered(bot.discord, guild))


async def test_what_was_changed_at_discord_is_told_anew(tmp_path: Path) -> None:
    """Also what we never say anything of: Discord gives each change a version."""
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.change_command("ask", description_localizations={"de": "Anders"})
        async with listening(bot):
            assert 2 == told(bot.discord)
            assert "description_localizations" not in bot.discord.world.commands[""][0]


async def test_each_429_is_counted_whichever_client_it_is_given_to(tmp_path: Path) -> None:
    """The library waits and asks again by itself: nobody else would hear of it."""
    counted: list[Tallied] = []
    async with open_discord_harness(tmp_path) as bot:
        await bot.close()
        bot.discord.world.commands[""].clear()
        for name in ("applications.me", "commands.put"):  # who posts asks the first, who listens tells the second
            bot.discord.script(name, Fault(status=429, retry_after=0.1))
        async with listening(bot, count=counted.append):
            pass

    assert [TooFast("discord")] * 2 == counted


async def test_what_was_deleted_at_discord_is_told_anew(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.world.commands[""].clear()
        async with listening(bot):
            assert {"ask", "orchestrator"} == offered(bot.discord)


@pytest.mark.parametrize("alone", [False, True], ids=["everywhere", "in-one-server"])
async def test_whether_discord_offers_our_commands_can_be_looked_up(tmp_path: Path, alone: bool) -> None:
    async with open_discord_harness(tmp_path) as bot:
        guild = bot.discord.guild.id if alone else None
        place = discord.Object(int(guild)) if guild else None
        async with Gateway(bot.adapter.listener(bot.app.turns), intents_for(content=True), PULSE) as gateway:
            await gateway.login(bot.discord.token)
            changed = [await sync(gateway.tree, guild, bot.app.turns.notes) for _ in range(2)]
            before = await in_sync(gateway.tree, place)
            bot.discord.world.commands[guild or ""][0]["description"] = "Something else"

            assert [alone, False] == changed  # everywhere they were told by who listens
            assert (True, False) == (before, await in_sync(gateway.tree, place))


async def test_a_server_that_the_bot_is_not_in_keeps_nobody_from_being_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.discord.syncing")
    async with open_discord_harness(tmp_path) as bot:
        await bot.close()
        async with listening(bot, DISCORD_SYNC_GUILD="4242"):
            asked = await bot.ask(PROMPT)
            await bot.discord.until(lambda: "✅" in asked.where.reactions, 30.0)

            assert "the bot is not in the server 4242" in caplog.text
            assert "DISCORD_SYNC_GUILD" in caplog.text


async def test_a_server_is_told_its_commands_when_it_lets_the_bot_in(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        guild = bot.discord.guild
        del bot.discord.world.guilds[guild.id]
        looked = len(bot.discord.calls("commands.list"))
        async with listening(bot, DISCORD_SYNC_GUILD=guild.id):
            await bot.discord.until(lambda: 2 == len(bot.discord.calls("commands.list")) - looked)  # it is ready
            before = offered(bot.discord, guild)
            bot.discord.invite(guild)
            await bot.discord.until(lambda: offered(bot.discord, guild))

            assert set() == before
            assert {"ask", "orchestrator"} == offered(bot.discord, guild)


async def test_commands_that_discord_refuses_keep_nobody_from_being_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.discord.syncing")
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.world.commands[""].clear()
        bot.discord.script("commands.put", Fault(code=30034))
        async with listening(bot):
            assert "Discord could not be told our commands" in caplog.text


async def test_who_leaves_waits_for_the_commands_that_are_taken_on_and_takes_no_more(tmp_path: Path) -> None:
    begun, told, order = asyncio.Event(), asyncio.Event(), list[str]()
    async with open_discord_harness(tmp_path) as bot:
        pulse = Pulse(leave=PATIENCE)
        gateway = Gateway(bot.adapter.listener(bot.app.turns), intents_for(content=True), pulse)
        interaction = cast(discord.Interaction, None)

        async def given() -> None:
            assert await gateway.tree.interaction_check(interaction)
            begun.set()
            await told.wait()
            order.append("done")

        async def left() -> None:
            await gateway.leave()
            order.append("left")

        async with asyncio.TaskGroup() as group:
            group.create_task(given())
            await begun.wait()
            group.create_task(left())
            asyncio.get_running_loop().call_soon(told.set)

        assert ["done", "left"] == order
        assert not await gateway.tree.interaction_check(interaction)


async def test_people_are_heard_while_discord_takes_its_time_over_the_commands(tmp_path: Path) -> None:
    pulse = Pulse(leave=1.0, ready=0.05, tell=0.01)
    asked, told = asyncio.Event(), asyncio.Event()

    async def kept_waiting(_: Call) -> None:
        asked.set()
        await told.wait()

    async with open_discord_harness(tmp_path) as bot:
        await bot.close()
        await bot.discord.until(lambda: not bot.discord.gateway.open)
        bot.discord.script("commands.list", Fault(before=kept_waiting))
        async with opened_adapter(bot.discord, pulse=pulse) as bot.adapter:
            await bot.listen()
            await asked.wait()
            question = await bot.ask(PROMPT)
            await bot.settled()
            told.set()
            await bot.close()

        assert [] == await complaints(bot, question)


@pytest.mark.parametrize("lost", [False, True], ids=["never-there", "lost"])
async def test_who_does_not_reach_discord_for_long_gives_up(tmp_path: Path, lost: bool) -> None:
    """The library tries without end; another process may reach it."""
    pulse = Pulse(leave=1.0, ready=0.05, away=3.0 if lost else 0.1)
    async with open_discord_harness(tmp_path) as bot:
        await bot.close()
        await bot.discord.until(lambda: not bot.discord.gateway.open)
        if not lost:
            bot.discord.refuse(3_600.0)
        async with opened_adapter(bot.discord, pulse=pulse) as adapter:
            task = asyncio.create_task(adapter.listen(bot.app.turns))
            if lost:
                await bot.discord.until(lambda: bot.discord.gateway.open)
                bot.discord.refuse(3_600.0)
                bot.discord.gateway.cut()
            with pytest.raises(SurfaceError, match="no connection to Discord for too long"):
                await asyncio.wait_for(task, PATIENCE)


async def test_it_is_ready_while_it_is_connected(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:

        async def ready() -> bool:
            return not bot.adapter.not_ready

        async def not_ready() -> bool:
            return bot.adapter.not_ready == "not connected"

        await until(ready)
        bot.discord.refuse(30.0)
        bot.discord.gateway.cut()
        await until(not_ready)
        bot.discord.refuse(0.0)
        await until(ready)


class Led(TakenTurns):
    """Another process leads at first, and later again."""

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.lost = asyncio.Event(), asyncio.Event()

    async def lead(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        await self.ours.wait()
        working = asyncio.ensure_future(work())
        await self.lost.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_it_is_ready_while_another_process_hears(tmp_path: Path) -> None:
    turns = Led()
    async with open_discord_harness(tmp_path) as bot, opened_adapter(bot.discord) as adapter:

        async def not_ready() -> bool:
            return adapter.not_ready == "not connected"

        listening = asyncio.create_task(adapter.listen(turns))
        assert "" == adapter.not_ready
        bot.discord.refuse(30.0)
        turns.ours.set()
        await until(not_ready)
        turns.lost.set()
        await listening
        assert "" == adapter.not_ready


async def test_an_intent_that_is_taken_away_while_it_runs_is_asked_for_no_more(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.content = False
        await bot.lose(Loss.STALE)
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert 1 == sum("does not grant the Message Content intent" in one for one in bot.told)
        assert 1 == len(bot.told)
        assert [] == await complaints(bot, asked)
        assert "To go on here, mention me" in bot.shown(asked)[0].last


async def test_an_intent_that_is_granted_while_it_runs_is_asked_for_at_the_next_start(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, content=False) as bot:
        bot.discord.content = True
        await bot.close()
        await bot.listen()
        first = await bot.ask(PROMPT)
        await bot.settled()
        second = await bot.say("And in three lines?", first)
        await bot.settled()

        assert [] == await complaints(bot, first, second)
