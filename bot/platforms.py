"""**I/O edge.** The chat platforms: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot import slack
from bot.slack.config import SlackSettings, read_slack
from core.config import Settings
from core.ports import Adapter
from core.settings import FromEnvironment

Opened = AbstractAsyncContextManager[Adapter]


@dataclass(frozen=True, slots=True)
class Platform:
    """`from_env`: the adapter, to be opened; None where the platform is off. Both raise `SettingsError`."""

    settings: type[FromEnvironment]
    read: Callable[[], FromEnvironment]
    from_env: Callable[[Settings], Opened | None]


PLATFORMS: Mapping[str, Platform] = {
    "slack": Platform(SlackSettings, read_slack, slack.from_env),
}


def secrets() -> tuple[str, ...]:
    """What may never be shown, of all platforms. Raises `SettingsError`."""
    return tuple(secret for platform in PLATFORMS.values() for secret in platform.read().secrets)
