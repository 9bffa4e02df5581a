"""**I/O edge.** Slack's settings, and what our app must be allowed to do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.errors import Problem, SettingsError
from core.settings import FromEnvironment, Key, WebAddress, ids, read, wrong

TOKENS_PAGE = "At api.slack.com/apps open your app:"

COMMAND = "/orchestrator"

REQUIRED_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "mentions",
        "channels:history": "follow-ups, and what was said in a thread before, in public channels",
        "groups:history": "the same in private channels",
        "im:history": "direct messages",
        "mpim:history": "direct messages of several",
        "channels:read": "whether the bot is in a public channel",
        "groups:read": "whether it is in a private one",
        "chat:write": "the message that becomes the answer",
        "commands": COMMAND,
        "files:read": "files that are attached to a question",
        "files:write": "long answers as a file",
        "reactions:write": "👀 while it works, then ✅ or ⚠",
        "users:read": "names, and who is an admin or a guest",
    }
)
"""What the bot token must be granted, and what for; no more is asked for. `manifest.yml` says the same."""

REQUIRED_EVENTS = ("app_mention", "message.channels", "message.groups", "message.im", "message.mpim")
"""The bot events that the app must have subscribed to."""


def _token(prefix: str, kind: str) -> Callable[[SecretStr], SecretStr]:
    def checked(value: SecretStr) -> SecretStr:
        token = value.get_secret_value()
        if token.startswith(prefix):
            return value
        taken_for = next((name for start, name in _TOKENS.items() if token.startswith(start)), "")
        raise wrong(f"{f'is {taken_for}' if taken_for else 'is no token of that kind'}; {kind} begins with {prefix}")

    return checked


_TOKENS = {"xoxb-": "a bot token", "xapp-": "an app token", "xoxp-": "a user token", "xoxe": "a configuration token"}

BotToken = Annotated[Key, AfterValidator(_token("xoxb-", "the bot token"))]
AppToken = Annotated[Key, AfterValidator(_token("xapp-", "the app token"))]


Teams = Annotated[frozenset[str], NoDecode, ids(r"[TE][A-Z0-9]{2,}", "a workspace")]
Channels = Annotated[frozenset[str], NoDecode, ids(r"[CGD][A-Z0-9]{2,}", "a channel")]
Users = Annotated[frozenset[str], NoDecode, ids(r"[UW][A-Z0-9]{2,}", "a person")]

_USER_IDS = "Ids like `U012ABCDEF`, with commas between them: in Slack open the person's profile, ⋮ → Copy member ID."


class SlackSettings(FromEnvironment):
    """Without a bot token Slack is off. An empty list of ids keeps nobody out."""

    slack_bot_token: BotToken | None = Field(
        None, description=f"A token like `xoxb-…`. {TOKENS_PAGE} OAuth & Permissions → Bot User OAuth Token."
    )
    slack_app_token: AppToken | None = Field(
        None,
        description=f"A token like `xapp-…`. {TOKENS_PAGE} Basic Information → App-Level Tokens (connections:write).",
    )
    slack_api_url: WebAddress = Field(
        "https://slack.com/api/", description="An address like https://slack.com/api/; leave it out normally."
    )
    slack_admins: Users = Field(frozenset(), description=_USER_IDS)
    slack_allowed_teams: Teams = Field(
        frozenset(),
        description="Ids like `T012ABCDEF`, with commas between them: in a browser, app.slack.com/client/ID/….",
    )
    slack_allowed_channels: Channels = Field(
        frozenset(),
        description="Ids like `C012ABCDEF`, with commas between them: in Slack at the foot of the channel's details.",
    )
    slack_allowed_users: Users = Field(frozenset(), description=_USER_IDS)


def read_slack(given: Mapping[str, str] | None = None) -> SlackSettings:
    """Slack's settings, of this process or of `given` alone. Raises `SettingsError`; one token alone is none."""
    settings = read(SlackSettings, given)
    if (settings.slack_bot_token is None) is not (settings.slack_app_token is None):
        name = "slack_app_token" if settings.slack_app_token is None else "slack_bot_token"
        raise SettingsError((Problem(name.upper(), "is missing", where_to_find(name)),))
    return settings


def where_to_find(name: str) -> str:
    """What a setting looks like, and where it is found."""
    return SlackSettings.model_fields[name].description or ""
