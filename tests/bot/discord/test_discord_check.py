"""Whether Discord is set up: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord as library
import pytest
from pydantic import SecretStr

from bot.discord.check import check_all, check_commands, check_discord, check_intents, check_latency
from bot.discord.config import PERMISSIONS, read_discord
from bot.discord.library import point_rest
from bot.discord.servers import check_permissions
from bot.discord.web import logged_in
from core.checks import CheckResult, CheckStatus
from sandbox.discord import DiscordStandIn, Fault
from sandbox.discord.permissions import BITS
from tests.bot.discord.offering import offer


async def found(stand_in: DiscordStandIn, **settings: str) -> list[CheckResult]:
    given = {"DISCORD_BOT_TOKEN": stand_in.token, "DISCORD_API_URL": stand_in.url, **settings}
    return await check_all(read_discord(given), again=0.0)


@pytest.fixture
async def stand_in() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as opened:
        await offer(opened)
        yield opened


def amiss(results: list[CheckResult]) -> dict[str, str]:
    return {one.name: f"{one.detail} | {one.remedy}" for one in results if one.status is not CheckStatus.OK}


async def test_where_all_is_well_the_invite_link_stands_there_too(stand_in: DiscordStandIn) -> None:
    results = await found(stand_in)

    assert {} == amiss(results)
    assert f"client_id={stand_in.world.application}" in "".join(one.detail for one in results)


async def test_a_token_that_is_not_good_is_named_and_not_shown() -> None:
    async with DiscordStandIn() as stand_in:
        said = amiss(await found(stand_in, DISCORD_BOT_TOKEN="not.the.token"))

        assert "is not accepted by Discord" in said["DISCORD_BOT_TOKEN"]
        assert "Reset Token" in said["DISCORD_BOT_TOKEN"]
        assert "not.the.token" not in str(said)


async def test_an_address_where_nobody_is_is_named() -> None:
    said = amiss(
        await check_all(read_discord({"DISCORD_BOT_TOKEN": "a.b", "DISCORD_API_URL": "http://127.0.0.1:9/api"}))
    )

    assert "cannot be reached" in said["Discord"]
    assert "DISCORD_API_URL" in said["Discord"]


async def test_an_address_where_somebody_else_is_is_named() -> None:
    async with DiscordStandIn() as stand_in:
        stand_in.always("users.me", Fault(status=200, body="html"))
        said = amiss(await found(stand_in))

        assert "is not Discord's API" in said["Discord"]


async def test_without_the_intent_it_says_where_to_switch_it_on() -> None:
    async with DiscordStandIn(content=False) as stand_in:
        assert "Message Content Intent" in amiss(await found(stand_in))["Discord intents"]


async def test_a_bot_in_no_server_is_given_the_way_into_one() -> None:
    async with DiscordStandIn() as stand_in:
        stand_in.world.guilds.clear()
        said = amiss(await found(stand_in))

        assert "the bot is in no server" in said["Discord servers"]
        assert "oauth2/authorize" in said["Discord servers"]


@pytest.mark.parametrize("name", ["DISCORD_SYNC_GUILD", "DISCORD_ALLOWED_GUILDS"])
async def test_a_server_that_the_bot_is_not_in_is_named_by_its_setting(name: str) -> None:
    async with DiscordStandIn() as stand_in:
        assert "the bot is not in the server 42" in amiss(await found(stand_in, **{name: "42"}))[name]


@pytest.mark.parametrize(("fault", "said"), [(None, True), (Fault(drop=True), False)], ids=["asked", "no answer"])
async def test_a_server_beyond_the_first_look_is_asked_for(
    stand_in: DiscordStandIn, fault: Fault | None, said: bool
) -> None:
    if fault:
        stand_in.always("guilds.get", fault)
    names = amiss(await found(stand_in, DISCORD_ALLOWED_GUILDS=f"{stand_in.guild.id},42"))

    assert said is ("DISCORD_ALLOWED_GUILDS" in names)
    assert {"42"} == {call.path["guild"] for call in stand_in.calls("guilds.get")}


@pytest.mark.parametrize("hidden", [True, False])
async def test_a_channel_that_the_bot_does_not_see_is_named(stand_in: DiscordStandIn, hidden: bool) -> None:
    place = stand_in.channel("general")
    listed = {"DISCORD_ALLOWED_CHANNELS": place.id if hidden else "42"}
    if hidden:
        assert {} == amiss(await found(stand_in, **listed))
        stand_in.deny(place, "view_channel")
    said = amiss(await found(stand_in, **listed))

    assert f"{listed['DISCORD_ALLOWED_CHANNELS']} is not there, or the bot may not see it" in said["Discord channel"]
    assert "out of DISCORD_ALLOWED_CHANNELS" in said["Discord channel"]


async def test_whether_a_channel_is_seen_cannot_be_told_where_discord_does_not_answer(stand_in: DiscordStandIn) -> None:
    place = stand_in.channel("general")
    stand_in.always("members.get", Fault(drop=True))
    said = amiss(await found(stand_in, DISCORD_ALLOWED_CHANNELS=place.id))

    assert f"it cannot be told whether {place.id} is seen" in said["Discord channel"]


async def test_what_is_missing_in_a_listed_channel_is_named_with_the_channel(stand_in: DiscordStandIn) -> None:
    place = stand_in.channel("general")
    stand_in.deny(place, "attach_files", "add_reactions")
    said = amiss(await found(stand_in, DISCORD_ALLOWED_CHANNELS=place.id))["Discord permissions"]

    assert "not granted in #general: Attach Files (long answers as a file); Add Reactions (" in said
    assert "Edit channel → Permissions" in said


async def test_a_thread_in_the_list_of_channels_is_told_apart(stand_in: DiscordStandIn) -> None:
    place, ada = stand_in.channel("general"), stand_in.person("Ada")
    thread = stand_in._floor.open_thread(place, "bees", on=stand_in.post(ada, place, "Bees!"), owner=ada)
    said = amiss(await found(stand_in, DISCORD_ALLOWED_CHANNELS=thread.id))["Discord channel"]

    assert f"{thread.id} is a thread" in said
    assert f"Name the channel {place.id}" in said


async def test_a_bot_that_was_invited_with_too_little_is_told_in_which_server(stand_in: DiscordStandIn) -> None:
    everybody = stand_in.guild.roles[stand_in.guild.id]
    everybody.permissions &= ~BITS["create_public_threads"]
    stand_in.another_guild("wasps")
    (result,) = [one for one in await found(stand_in) if one.name == "Discord permissions"]

    assert CheckStatus.WARNING is result.status
    assert "not granted in all of bees: Create Public Threads" in result.detail
    assert f"client_id={stand_in.world.application}" in result.remedy


async def test_an_administrator_may_everything(stand_in: DiscordStandIn) -> None:
    stand_in.guild.roles[stand_in.guild.id].permissions = BITS["administrator"]

    assert {} == amiss(await found(stand_in))


async def test_what_was_granted_meanwhile_is_seen(stand_in: DiscordStandIn) -> None:
    """What the library remembers of its log-in is not what is."""
    point_rest(stand_in.url)
    settings = read_discord({"DISCORD_BOT_TOKEN": stand_in.token, "DISCORD_API_URL": stand_in.url})
    client = await logged_in(SecretStr(stand_in.token))
    try:
        stand_in.content = False
        off = amiss(await check_discord(client, settings))
        stand_in.content = True
        on = amiss(await check_discord(client, settings))
    finally:
        await client.close()

    assert "is off" in off["Discord intents"]
    assert {} == on


async def test_a_token_that_was_reset_while_it_was_used_is_named(stand_in: DiscordStandIn) -> None:
    point_rest(stand_in.url)
    settings = read_discord({"DISCORD_BOT_TOKEN": stand_in.token, "DISCORD_API_URL": stand_in.url})
    client = await logged_in(SecretStr(stand_in.token))
    try:
        stand_in.world.token = "another"
        said = amiss(await check_discord(client, settings))
    finally:
        await client.close()

    assert ["DISCORD_BOT_TOKEN"] == list(said)
    assert "is not accepted by Discord" in said["DISCORD_BOT_TOKEN"]


@pytest.mark.parametrize("guild", [True, False])
async def test_commands_that_discord_has_otherwise_are_named(stand_in: DiscordStandIn, guild: bool) -> None:
    its_own = {"DISCORD_SYNC_GUILD": stand_in.guild.id} if guild else {}
    if guild:
        await offer(stand_in, stand_in.guild.id)
    assert {} == amiss(await found(stand_in, **its_own))
    stand_in.world.commands[stand_in.guild.id if guild else ""][0]["description"] = "Another"
    said = amiss(await found(stand_in, **its_own))["Discord commands"]

    assert "Discord does not offer those that there are" in said
    assert "start it anew" in said


async def test_a_bot_that_is_just_starting_is_given_a_moment_to_tell_its_commands(stand_in: DiscordStandIn) -> None:
    commands = stand_in.world.commands
    offered, commands[""] = commands[""], []
    stand_in.script("commands.list", Fault(after=lambda call: commands.update({"": offered})))

    assert {} == amiss(await found(stand_in))
    assert 3 == len(stand_in.calls("commands.list"))  # the first was the fixture's


async def test_where_discord_does_not_say_what_it_offers_that_is_said(stand_in: DiscordStandIn) -> None:
    stand_in.always("commands.list", Fault(code=50001))

    assert "it cannot be told which are offered" in amiss(await found(stand_in))["Discord commands"]


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_what_may_not_be_done_in_a_channel_is_named_with_what_it_is_for(missing: str) -> None:
    granted = library.Permissions(**dict.fromkeys(set(PERMISSIONS) - {missing}, True))
    result = check_permissions(granted, "here", "https://invite")

    assert CheckStatus.OK is not result.status
    assert PERMISSIONS[missing] in result.detail
    assert "https://invite" in result.remedy
    assert CheckStatus.OK is check_permissions(library.Permissions.all(), "", "").status


def test_how_far_away_the_gateway_is() -> None:
    assert "42 ms" in check_latency(0.042).detail
    assert CheckStatus.WARNING is check_latency(3.0).status
    assert "connected" == check_latency(float("nan")).detail


def test_commands_that_discord_does_not_have() -> None:
    assert CheckStatus.OK is check_commands(in_sync=True).status
    assert "start it anew" in check_commands(in_sync=False).remedy


def test_an_intent_that_was_granted_after_the_start_takes_another_start() -> None:
    granted = library.ApplicationFlags(gateway_message_content=True)
    deaf, hearing = library.Intents(guilds=True), library.Intents(message_content=True)

    assert CheckStatus.OK is check_intents(granted, hearing).status
    assert "Start the bot anew." == check_intents(granted, deaf).remedy
    assert "is off" in check_intents(library.ApplicationFlags(), hearing).detail
