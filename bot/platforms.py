"""**I/O edge.** The platforms: one line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot import discord, http, slack
from bot.discord.config import DiscordSettings, read_discord
from bot.http.config import HTTPSettings, read_http
from bot.slack.config import SlackSettings, read_slack
from core.checks import CheckResult, CheckStatus, settings_results
from core.config import Settings
from core.errors import SettingsError
from core.ports import Adapter
from core.root import Root
from core.settings import FromEnvironment, read

Opened = AbstractAsyncContextManager[Adapter]


@dataclass(frozen=True, slots=True)
class Platform:
    """`token`: the setting without which it is off, if there is one. All but that raise `SettingsError`.

    `from_env`: the adapter, to be opened; None where the platform is off. `check` asks the platform itself.
    """

    token: str
    settings: type[FromEnvironment]
    read: Callable[[], FromEnvironment]
    from_env: Callable[[Settings, Root], Opened | None]
    check: Callable[[Settings], Awaitable[list[CheckResult]]]

    @property
    def why_off(self) -> str:
        """Empty where it is on. Raises `SettingsError`."""
        settings = self.read()
        return "" if not self.token or getattr(settings, self.token.lower()) else f"{self.token} is not set"


PLATFORMS: Mapping[str, Platform] = {
    "slack": Platform("SLACK_BOT_TOKEN", SlackSettings, read_slack, slack.from_env, slack.check_from_env),
    "discord": Platform("DISCORD_BOT_TOKEN", DiscordSettings, read_discord, discord.from_env, discord.check_from_env),
    "http": Platform("", HTTPSettings, read_http, http.from_env, http.check_from_env),
}


async def check_platforms(settings: Settings | None, only: Collection[str] = ()) -> list[CheckResult]:
    """Every check of those that are switched on, or of `only` some; without `settings` the form of their own alone."""
    found = [await _checked(name, one, settings) for name, one in PLATFORMS.items() if not only or name in only]
    return [result for results in found for result in results]


async def _checked(name: str, platform: Platform, settings: Settings | None) -> list[CheckResult]:
    try:
        if why := platform.why_off:
            return [CheckResult(name, CheckStatus.OK, f"is off: {why}")]
        if settings:
            return await platform.check(settings)
        return [CheckResult(name, CheckStatus.OK, "its settings are well-formed")]
    except SettingsError as error:
        return settings_results(error.problems)


def secrets() -> tuple[str, ...]:
    """What may never be shown, of all platforms, also of those that cannot be opened. Raises `SettingsError`."""
    return tuple(secret for platform in PLATFORMS.values() for secret in read(platform.settings).secrets)


def pages() -> str:
    """Where turns have pages of their own; empty where nobody has said it. Raises `SettingsError`."""
    return read(HTTPSettings).orchestrator_base_url or ""
