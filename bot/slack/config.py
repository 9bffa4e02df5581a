"""**I/O edge.** Slack's settings."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from core.errors import Problem, SettingsError
from core.settings import FromEnvironment, Key, WebAddress, read

TOKENS_PAGE = "At api.slack.com/apps open your app:"


class SlackSettings(FromEnvironment):
    """Without a bot token Slack is off."""

    slack_bot_token: Key | None = Field(
        None, description=f"A token like `xoxb-…`. {TOKENS_PAGE} OAuth & Permissions → Bot User OAuth Token."
    )
    slack_app_token: Key | None = Field(
        None,
        description=f"A token like `xapp-…`. {TOKENS_PAGE} Basic Information → App-Level Tokens (connections:write).",
    )
    slack_api_url: WebAddress = Field(
        "https://slack.com/api/", description="An address like https://slack.com/api/; leave it out normally."
    )


def read_slack(given: Mapping[str, str] | None = None) -> SlackSettings:
    """Slack's settings, of this process or of `given` alone. Raises `SettingsError`; one token alone is none."""
    settings = read(SlackSettings, given)
    if (settings.slack_bot_token is None) is not (settings.slack_app_token is None):
        name = "slack_app_token" if settings.slack_app_token is None else "slack_bot_token"
        field = SlackSettings.model_fields[name]
        raise SettingsError((Problem(name.upper(), "is missing", field.description or ""),))
    return settings
