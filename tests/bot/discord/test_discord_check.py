"""Whether Discord is set up: what is wrong, and what to do about it."""

from __future__ import annotations

import discord as library
import pytest

from bot.discord.check import check_all, check_commands, check_latency, check_permissions
from bot.discord.config import PERMISSIONS, read_discord
from bot.discord.web import MISSING_ACCESS
from core.checks import CheckResult, CheckStatus
from sandbox.discord import DiscordStandIn, Fault


async def found(stand_in: DiscordStandIn, **settings: str) -> list[CheckResult]:
    given = {"DISCORD_BOT_TOKEN": stand_in.token, "DISCORD_API_URL": stand_in.url, **settings}
    return await check_all(read_discord(given))


def amiss(results: list[CheckResult]) -> dict[str, str]:
    return {one.name: f"{one.detail} | {one.remedy}" for one in results if one.status is not CheckStatus.OK}


async def test_where_all_is_well_the_invite_link_stands_there_too() -> None:
    async with DiscordStandIn() as stand_in:
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


async def test_a_channel_that_the_bot_does_not_see_is_named() -> None:
    async with DiscordStandIn() as stand_in:
        place = stand_in.channel("general")
        assert {} == amiss(await found(stand_in, DISCORD_ALLOWED_CHANNELS=place.id))
        stand_in.script("channels.get", Fault(code=MISSING_ACCESS))
        said = amiss(await found(stand_in, DISCORD_ALLOWED_CHANNELS=place.id))

        assert f"{place.id} is not there, or the bot may not see it" in said["Discord channel"]


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_what_may_not_be_done_in_a_channel_is_named_with_what_it_is_for(missing: str) -> None:
    granted = library.Permissions(**dict.fromkeys(set(PERMISSIONS) - {missing}, True))
    result = check_permissions(granted, "https://invite")

    assert CheckStatus.OK is not result.status
    assert PERMISSIONS[missing] in result.detail
    assert "https://invite" in result.remedy
    assert CheckStatus.OK is check_permissions(library.Permissions.all(), "").status


def test_how_far_away_the_gateway_is() -> None:
    assert "42 ms" in check_latency(0.042).detail
    assert CheckStatus.WARNING is check_latency(3.0).status
    assert "connected" == check_latency(float("nan")).detail


def test_commands_that_discord_does_not_have() -> None:
    assert CheckStatus.OK is check_commands(in_sync=True).status
    assert "Start the bot anew" in check_commands(in_sync=False).remedy
