"""`/orchestrator check`: what an admin alone reads of it in Discord."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.customgpt import Fault as AgentFault
from sandbox.discord import Channel, User
from sandbox.discord.kit import walk
from sandbox.discord.permissions import BITS
from tests.bot.discord.cast import outside
from tests.contracts.discord_harness import PATIENCE, DiscordHarness, open_discord_harness, opened_on
from tests.contracts.harness import Ways


async def checked(bot: DiscordHarness, who: User | None = None, place: Channel | None = None) -> str:
    """The whole report, as it stands in the messages."""
    one = bot.discord.command(who or grace(bot), place or bot.channel, "orchestrator", "check")
    await bot.discord.until(lambda: one.answered, PATIENCE)
    await bot.settled()
    texts = [part["content"] for seen in bot.discord.ephemerals(one.user) for part in walk(seen.state.components)]
    return "\n".join(texts)


def grace(bot: DiscordHarness) -> User:
    known = (user for user in bot.discord.world.users.values() if user.name == "Grace")
    return next(known, None) or bot.discord.person("Grace", admin=True)


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


async def test_where_all_is_well_it_says_so_and_holds_no_secret(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        report = await checked(bot)

        assert report.startswith("**Everything is set up.**")
        for name in ("CustomGPT", "Research agent", "Review agent", "credits", "database", "clock (Discord)"):
            assert f"✓ {name}: " in report
        for name in ("intents", "servers", "permissions", "commands", "gateway"):
            assert f"✓ Discord {name}: " in report
        assert not any(secret in report for secret in (bot.discord.token, bot.gpt.key.split("|")[1]))
        assert [] == bot.discord.said(bot.channel)


async def test_the_invite_link_leads_where_it_says(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        report = await checked(bot)
        address = f"client_id={bot.discord.world.application}&scope=bot+applications.commands&permissions="

        assert f"https://discord.com/oauth2/authorize?{address}" in report


async def test_it_is_for_admins_alone(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        assert "Only an admin can do that." == await checked(bot, bot.ada)
        assert [] == bot.discord.calls("users.guilds")


async def test_what_is_wrong_is_named_with_its_remedy(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").always = AgentFault(is_chat_active=0)
        bot.discord.content = False
        bot.discord.deny(bot.channel, "create_public_threads", "attach_files")
        bot.discord.world.commands[""][0]["description"] = "Another"
        report = unescaped(await checked(bot))

        assert report.startswith("**4 things to look at.**")
        assert "(Planner) is not active" in report
        assert "⚠ Discord intents: the Message Content intent is off" in report
        assert "⚠ Discord permissions: not granted here: Create Public Threads (a thread for each question); " in report
        assert "⚠ Discord commands: Discord does not offer those that there are" in report
        for remedy in ("add sources to it", "Message Content Intent", "Edit channel → Permissions", "start it anew"):
            assert remedy in report


async def test_an_intent_that_was_switched_on_after_the_start_takes_another(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, content=False) as bot:
        assert "the Message Content intent is off" in await checked(bot)
        bot.discord.content = True

        assert "the Message Content intent was switched on after the start" in await checked(bot)


async def test_a_connection_that_is_begun_again_asks_anew_what_it_may_see(tmp_path: Path) -> None:
    """The intent was switched off: Discord closes what asks for it."""
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.content = False
        bot.discord.gateway.invalidate(resumable=False)
        await bot.discord.until(lambda: bot.told and bot.discord.gateway.open, PATIENCE)
        await bot.ask("How do bees choose?")
        await bot.settled()

        assert ["does not grant the Message Content intent any more" in one for one in bot.told] == [True]
        assert 1 == len(await bot.app.store.turns())


async def test_in_a_thread_it_is_about_the_thread(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        bot.discord.deny(bot.channel, "send_messages_in_threads")

        assert "not granted here: Send Messages In Threads (the answer in it)" in await checked(
            bot, place=bot.where(asked)
        )


@pytest.mark.parametrize("named", [False, True], ids=["of one server", "by the settings"])
async def test_who_administers_one_server_reads_nothing_of_others(tmp_path: Path, named: bool) -> None:
    async with outside() as (gpt, discord):
        admin, other = discord.person("Grace", admin=True), discord.another_guild("secret wasps")
        other.roles[other.id].permissions &= ~BITS["attach_files"]
        discord.guild.roles[discord.guild.id].permissions &= ~BITS["attach_files"]
        nest = discord.channel("nest", guild=other)
        lists = {"DISCORD_ALLOWED_GUILDS": f"{discord.guild.id},{other.id},4242"}
        ways = Ways(platform={**lists, **({"DISCORD_ADMINS": admin.id} if named else {})})
        async with opened_on(discord, gpt, tmp_path, ways) as bot:
            report = await checked(bot, admin)
        ways = Ways(platform={"DISCORD_ALLOWED_CHANNELS": nest.id, **({"DISCORD_ADMINS": admin.id} if named else {})})
        async with opened_on(discord, gpt, tmp_path, ways, before=bot) as bot:
            report += await checked(bot, admin)

        assert [named] * 4 == [said in report for said in ("secret wasps", "4242", "in 2 servers", "#nest")]
        assert "in all of bees: Attach Files" in report


async def test_in_a_direct_message_nothing_need_be_granted(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        place = bot.discord.dm(bot.ada)

        assert "Only an admin can do that." == await checked(bot, bot.ada, place)
