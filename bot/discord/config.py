"""**I/O edge.** Discord's settings, and what our bot must be allowed to do there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.settings import FromEnvironment, Key, WebAddress, ids, read, wrong

API_URL = "https://discord.com/api/v10"
TOKEN_PAGE = "At discord.com/developers/applications open your app: Bot → Reset Token."  # noqa: S105 - where it is

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "view_channel": "seeing the channels that it is asked in",
        "send_messages": "the message that becomes the answer",
        "create_public_threads": "a thread for each question",
        "send_messages_in_threads": "the answer in it",
        "embed_links": "links that lead somewhere",
        "attach_files": "long answers as a file",
        "read_message_history": "what was said in a thread before, and finding its own message after a crash",
        "add_reactions": "👀 while it works, then ✅ or ⚠",
    }
)
"""What the bot must be allowed in the channels it is asked in, and what for; the invite link asks for no more."""


def _token(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if token.lower().startswith("bot "):
        raise wrong("begins with “Bot”, which does not belong to it")
    if token.startswith(("xoxb-", "xapp-")):
        raise wrong("is a token of Slack's")
    if re.fullmatch(r"[0-9a-f]{64}", token):
        raise wrong("is the app's public key")
    return value


BotToken = Annotated[Key, AfterValidator(_token)]


Guilds = Annotated[frozenset[str], NoDecode, ids(r"[0-9]{1,20}", "a server")]
Channels = Annotated[frozenset[str], NoDecode, ids(r"[0-9]{1,20}", "a channel")]
Roles = Annotated[frozenset[str], NoDecode, ids(r"[0-9]{1,20}", "a role")]
Users = Annotated[frozenset[str], NoDecode, ids(r"[0-9]{1,20}", "a person")]

_HOW = "In Discord: Settings → Advanced → Developer Mode, then right-click"
_NUMBERS = "Numbers with commas between them."


class DiscordSettings(FromEnvironment):
    """Without a token Discord is off. An empty list of ids keeps nobody out."""

    discord_bot_token: BotToken | None = Field(None, description=f"A long token with dots in it. {TOKEN_PAGE}")
    discord_api_url: WebAddress = Field(API_URL, description=f"An address like {API_URL}; leave it out normally.")
    discord_admins: Users = Field(frozenset(), description=f"{_NUMBERS} {_HOW} the person → Copy User ID.")
    discord_allowed_guilds: Guilds = Field(frozenset(), description=f"{_NUMBERS} {_HOW} the server → Copy Server ID.")
    discord_allowed_channels: Channels = Field(
        frozenset(), description=f"{_NUMBERS} {_HOW} the channel → Copy Channel ID."
    )
    discord_allowed_roles: Roles = Field(
        frozenset(), description=f"{_NUMBERS} {_HOW} the role (in the server's settings) → Copy Role ID."
    )
    discord_allowed_users: Users = Field(frozenset(), description=f"{_NUMBERS} {_HOW} the person → Copy User ID.")
    discord_sync_guild: str | None = Field(
        None,
        pattern=r"^[0-9]{1,20}$",
        description=f"One number: commands are there at once, and only there. {_HOW} the server → Copy Server ID.",
    )


def read_discord(given: Mapping[str, str] | None = None) -> DiscordSettings:
    """Discord's settings, of this process or of `given` alone. Raises `SettingsError`."""
    return read(DiscordSettings, given)
