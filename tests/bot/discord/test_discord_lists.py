"""Where, and for whom, the bot is in Discord: allow-lists, turns in an hour, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.permissions import Denied
from core.text import replies
from core.turn import FollowUps, TurnStatus
from sandbox.discord import Channel, User
from tests.bot.discord.cast import command, outside, told
from tests.contracts.discord_harness import DiscordHarness, open_discord_harness, opened_on
from tests.contracts.harness import Ways, ended

PROMPT = "How do bees choose?"


async def taken(bot: DiscordHarness, who: User, place: Channel) -> tuple[bool, bool]:
    """Is a question of theirs taken there, by mention and by command?"""
    said = bot.asked(bot.discord.mention(who, place, PROMPT))
    one = bot.discord.command(who, place, "ask", prompt=PROMPT)
    await bot.settled()
    kept = await bot.app.store.turn(bot.commanded(one))
    return await ended(bot, said) is not None, kept is not None


@pytest.mark.parametrize("who", ["listed", "by role", "other", "admin", "admin of another server"])
async def test_people_and_roles_add_up(tmp_path: Path, who: str) -> None:
    async with outside() as (gpt, discord):
        role, elsewhere = discord.role("beekeepers"), discord.another_guild("wasps")
        people = {
            "listed": discord.person("Lin"),
            "by role": discord.person("Rob", roles=(role,)),
            "other": discord.person("Olaf"),
            "admin": discord.person("Grace", admin=True),
            "admin of another server": discord.person("Sven", guild=elsewhere, admin=True),
        }
        discord.guild.members[people["admin of another server"].id] = set()
        ways = Ways(
            platform={"DISCORD_ALLOWED_ROLES": role.id, "DISCORD_ALLOWED_USERS": people["listed"].id}, per_hour=9
        )
        async with opened_on(discord, gpt, tmp_path, ways) as bot:
            may = who in ("listed", "by role", "admin")
            place = bot.channel

            assert (may, may) == await taken(bot, people[who], place)
            assert may == (replies.denied(Denied.PERSON) != await command(bot, people[who], "status"))


async def test_a_thread_counts_as_its_channel_and_other_channels_are_closed(tmp_path: Path) -> None:
    async with outside() as (gpt, discord):
        listed = discord.channel("bees")
        ways = Ways(platform={"DISCORD_ALLOWED_CHANNELS": listed.id})
        async with opened_on(discord, gpt, tmp_path, ways) as bot:
            start = discord.post(bot.ada, listed, "Bees!")
            thread = discord._floor.open_thread(listed, "bees", on=start, owner=bot.ada)
            closed = discord._floor.open_thread(bot.channel, "wasps", on=None, owner=bot.ada)

            assert (True, True) == await taken(bot, bot.ada, listed)
            assert (True, True) == await taken(bot, bot.ada, thread)
            for place in (bot.channel, closed, discord.dm(bot.ada)):
                assert (False, False) == await taken(bot, bot.ada, place)
            assert [replies.denied(Denied.PLACE)] * 3 == told(bot, bot.ada)
            assert (True, True) == await taken(bot, discord.person("Grace", admin=True), bot.channel)


async def test_in_a_server_that_is_not_listed_nobody_is_answered(tmp_path: Path) -> None:
    async with outside() as (gpt, discord):
        other = discord.another_guild("wasps")
        ways = Ways(platform={"DISCORD_ALLOWED_GUILDS": discord.guild.id})
        async with opened_on(discord, gpt, tmp_path, ways) as bot:
            sven, place = discord.person("Sven", guild=other), discord.channel("nest", guild=other)
            boss = discord.person("Bo", guild=other, admin=True)

            assert (True, True) == await taken(bot, bot.ada, bot.channel)
            for who in (sven, boss):
                assert (False, False) == await taken(bot, who, place)
                assert [replies.denied(Denied.PLACE)] == told(bot, who)
            for sub, options in (("settings", {"setting": "tone", "value": "dry"}), ("check", {})):
                assert replies.denied(Denied.PLACE) == await command(bot, boss, sub, place, **options)


async def test_who_is_named_as_an_admin_is_one_in_a_server_that_is_not_listed(tmp_path: Path) -> None:
    async with outside() as (gpt, discord):
        other = discord.another_guild("wasps")
        boss, place = discord.person("Bo", guild=other), discord.channel("nest", guild=other)
        ways = Ways(platform={"DISCORD_ALLOWED_GUILDS": discord.guild.id, "DISCORD_ADMINS": boss.id})
        async with opened_on(discord, gpt, tmp_path, ways) as bot:
            assert (True, True) == await taken(bot, boss, place)


async def test_a_mention_that_is_refused_is_answered_where_it_stands_and_pings_nobody(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(platform={"DISCORD_ALLOWED_USERS": "1"})) as bot:
        asked = bot.discord.mention(bot.ada, bot.channel, PROMPT)
        await bot.settled()
        (refusal,) = bot.discord.said(bot.channel)

        assert replies.denied(Denied.PERSON) == bot.discord.text(refusal)
        assert asked.id == refusal.answers
        assert [] == bot.discord.pings(refusal)


async def test_admins_are_those_of_the_setting_where_there_are_some(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(platform={"DISCORD_ADMINS": "1"})) as bot:
        grace = bot.discord.person("Grace", admin=True)

        assert replies.denied(Denied.NOT_ADMIN) == await command(bot, grace, "check")


async def test_who_has_had_enough_turns_is_told_when_there_are_more(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(per_hour=1, follow_ups=FollowUps.ANYONE)) as bot:
        first = await bot.ask(PROMPT)
        await bot.settled()
        second = await bot.say("And wasps?", first)
        bens = await bot.ask("And ants?", who="Ben")
        await bot.settled()

        assert await ended(bot, second) is None
        assert TurnStatus.COMPLETE is await ended(bot, bens)
        assert "1 turn in the last hour" in bot.discord.text(bot.discord.said(bot.where(first))[-1])


async def test_of_files_without_a_word_it_is_asked_what_to_do(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.mention(bot.ada, bot.channel, "", files=[("bees.txt", b"Bees.")])
        await bot.settled()

        assert replies.FILES_WITHOUT_WORDS == bot.discord.text(bot.discord.said(bot.channel)[0])
        assert [] == await bot.app.store.turns()
