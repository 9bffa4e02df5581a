"""Discord's settings."""

from __future__ import annotations

import pytest

from bot.discord.config import PERMISSIONS, read_discord
from bot.discord.servers import invite_link
from core.errors import SettingsError


def wrong(**given: str) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as raised:
        read_discord(given)
    return [(problem.name, problem.wrong) for problem in raised.value.problems]


def test_without_a_token_it_is_off() -> None:
    assert None is read_discord({}).discord_bot_token


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("Bot abc.def", "white space"),
        ("xoxb-1", "Slack's"),
        ("0123456789abcdef" * 4, "public key"),
    ],
)
def test_what_is_taken_for_a_token_is_told_apart(token: str, words: str) -> None:
    ((name, said),) = wrong(DISCORD_BOT_TOKEN=token)

    assert "DISCORD_BOT_TOKEN" == name
    assert words in said
    assert token not in said


def test_ids_are_numbers_with_commas_between_them() -> None:
    settings = read_discord({"DISCORD_ALLOWED_GUILDS": "123, 456\n789", "DISCORD_ADMINS": ""})

    assert {"123", "456", "789"} == settings.discord_allowed_guilds
    assert frozenset() == settings.discord_admins


@pytest.mark.parametrize("name", ["GUILDS", "CHANNELS", "ROLES", "USERS"])
def test_a_name_is_no_id(name: str) -> None:
    ((setting, said),) = wrong(**{f"DISCORD_ALLOWED_{name}": "123, bees"})

    assert f"DISCORD_ALLOWED_{name}" == setting
    assert "no id" in said


def test_one_server_may_have_the_commands_alone() -> None:
    assert "42" == read_discord({"DISCORD_SYNC_GUILD": "42"}).discord_sync_guild
    assert ["DISCORD_SYNC_GUILD"] == [name for name, _ in wrong(DISCORD_SYNC_GUILD="bees")]


def test_the_invite_link_asks_for_exactly_what_is_needed() -> None:
    bits = {"view_channel": 10, "send_messages": 11, "create_public_threads": 35, "send_messages_in_threads": 38}
    bits |= {"embed_links": 14, "attach_files": 15, "read_message_history": 16, "add_reactions": 6}

    assert set(bits) == set(PERMISSIONS)
    assert f"permissions={sum(1 << bit for bit in bits.values())}" in invite_link(42)
    assert "client_id=42" in invite_link(42)
    assert "scope=bot+applications.commands" in invite_link(42)
