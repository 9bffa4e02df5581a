"""**I/O edge.** Discord: `/ask` or mention the bot, watch one message become the answer."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

from bot.discord.config import read_discord
from core.root import Root

if TYPE_CHECKING:
    from bot.discord.adapter import DiscordAdapter
    from core.checks import CheckResult
    from core.config import Settings


def from_env(settings: Settings, root: Root) -> AbstractAsyncContextManager[DiscordAdapter] | None:
    """The adapter, to be opened; None without a token. Raises `SettingsError`."""
    ours = read_discord()
    if ours.discord_bot_token is None:
        return None
    from bot.discord.adapter import Ways, open_discord  # discord.py is loaded where it is used
    from core.check import check_core

    return open_discord(
        ours,
        Ways(
            follow_ups=settings.orchestrator_follow_ups,
            notify_after=settings.orchestrator_notify_after,
            shared=partial(check_core, settings),
            count=root.count,
        ),
    )


async def check_from_env(settings: Settings) -> list[CheckResult]:
    """Every check that needs no gateway; of a Discord that is off there is none. Raises `SettingsError`."""
    ours = read_discord()
    if ours.discord_bot_token is None:
        return []
    from bot.discord.check import check_all

    return await check_all(ours)
