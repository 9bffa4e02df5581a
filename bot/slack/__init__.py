"""**I/O edge.** Slack: mention the bot, watch one message become the answer."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

from bot.slack.config import read_slack
from core.root import Root

if TYPE_CHECKING:
    from bot.slack.adapter import SlackAdapter
    from core.checks import CheckResult
    from core.config import Settings


def from_env(settings: Settings, root: Root) -> AbstractAsyncContextManager[SlackAdapter] | None:
    """The adapter, to be opened; None without a token. Raises `SettingsError`."""
    ours = read_slack()
    if ours.slack_bot_token is None:
        return None
    from bot.slack.adapter import Ways, open_slack  # bolt is loaded where it is used
    from core.check import check_core

    return open_slack(
        ours,
        Ways(
            follow_ups=settings.orchestrator_follow_ups,
            notify_after=settings.orchestrator_notify_after,
            shared=partial(check_core, settings),
            count=root.count,
        ),
    )


async def check_from_env(settings: Settings) -> list[CheckResult]:
    """Every check that needs no socket; of a Slack that is off there is none. Raises `SettingsError`."""
    ours = read_slack()
    if ours.slack_bot_token is None:
        return []
    from bot.slack.check import check_all

    return await check_all(ours, settings.orchestrator_database_url)
