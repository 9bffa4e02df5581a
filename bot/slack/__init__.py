"""**I/O edge.** Slack: mention the bot, watch one message become the answer."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.slack.config import read_slack

if TYPE_CHECKING:
    from bot.slack.adapter import SlackAdapter
    from core.config import Settings


def from_env(settings: Settings) -> AbstractAsyncContextManager[SlackAdapter] | None:
    """The adapter, to be opened; None without a token. Raises `SettingsError`."""
    ours = read_slack()
    if ours.slack_bot_token is None:
        return None
    from bot.slack.adapter import open_slack  # bolt is loaded where it is used

    return open_slack(
        ours, follow_ups=settings.orchestrator_follow_ups, notify_after=settings.orchestrator_notify_after
    )
