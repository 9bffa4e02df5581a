"""What may be set up wrong, one thing at a time: how it is made so, in which words it is said, what to do about it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.serving import serve_until
from bot.slack.config import REQUIRED_SCOPES
from bot.terminal.troubles import in_words
from core.checks import CheckResult, CheckStatus
from core.config import read_settings
from core.durable.lock import exclusive
from core.errors import OrchestratorError
from core.stages import STAGES
from core.store import open_store
from sandbox.customgpt import Account, CustomGPTStandIn, Fault
from sandbox.slack import Channel, SlackStandIn
from tests.bot.shell import Shell
from tests.core.test_sqlite_troubles import without_privileges

NOWHERE = "http://127.0.0.1:9"


@dataclass(kw_only=True)
class World:
    """What each platform's bot stands on, set up well. A test plants what is wrong."""

    gpt: CustomGPTStandIn
    folder: Path
    environment: pytest.MonkeyPatch
    settings: dict[str, str] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.environment.chdir(self.folder)
        self.set(
            CUSTOMGPT_API_KEY=self.gpt.key,
            CUSTOMGPT_BASE_URL=self.gpt.url,
            ORCHESTRATOR_DATABASE_URL=f"sqlite:///{self.database}",
            ORCHESTRATOR_SHUTDOWN_SECONDS="0",
            ORCHESTRATOR_HTTP_PORT="0",
            **{stage.setting: str(self.gpt.agents[stage.name]) for stage in STAGES},
        )

    def set(self, **settings: str) -> None:
        self.settings |= settings
        for name, value in settings.items():
            self.environment.setenv(name, value)

    @property
    def database(self) -> Path:
        return self.folder / "kept.db"

    async def begin(self) -> None:
        """As after a start: the database is there, and so is what was heard."""
        with exclusive(self.database):
            async with open_store(f"sqlite:///{self.database}") as store:
                await store.hear("slack")


@dataclass(kw_only=True)
class SlackWorld(World):
    """With a Slack."""

    slack: SlackStandIn
    general: Channel
    bot_token: str
    heard: float | None = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Planted:
    """What is wrong: how it is made so, in which words it is said, and what to do about it."""

    plant: Callable[[Any], object]
    """Of a world of its platform."""
    said: str
    remedy: str
    in_the_chat: str = ""
    """The words there, where they are others."""


def wrong(results: list[CheckResult]) -> list[CheckResult]:
    return [result for result in results if result.status is not CheckStatus.OK]


def assert_named(planted: Planted, words: str, results: list[CheckResult]) -> None:
    """One of the results says it, with its remedy."""
    told = [one for one in wrong(results) if words in one.detail]
    assert told, wrong(results)
    assert any(planted.remedy in f"{one.detail} {one.remedy}" for one in told), told


async def told_at_the_start(words: str) -> list[str]:
    """All that is said from the start on until those words have come, or it has ended with an error."""
    said: list[str] = []
    end = asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if words in line:
            end.set()

    with suppress(TimeoutError):
        async with asyncio.timeout(20):
            try:
                await serve_until(end, read_settings(), say)
            except OrchestratorError as error:
                said.append(in_words(error))
    return said


async def printed(world: World, chosen: Sequence[Planted]) -> str:
    """What the command prints, and exits with one, where all of that is wrong at once."""
    for planted in chosen:
        planted.plant(world)
    ended = await Shell(world.folder, world.settings).run("check")

    assert (1, "") == (ended.code, ended.err)
    for planted in chosen:
        assert planted.said in ended.out
        assert planted.remedy in ended.out
    return ended.out


def assert_told(planted: Planted, said: list[str]) -> None:
    """In one of the lines of a start, with its remedy."""
    told = [one for one in said if planted.said in one]
    assert told, said
    assert any(planted.remedy in one for one in told), told


def inactive(world: World) -> None:
    world.gpt.agent("plan").always = Fault(is_chat_active=0)


def out_of_credits(world: World) -> None:
    world.gpt.account = Account(max_queries=10, current_queries=10)


def scopes(*missing: str) -> Callable[[SlackWorld], None]:
    def plant(world: SlackWorld) -> None:
        world.slack.scopes = [scope for scope in REQUIRED_SCOPES if scope not in missing]

    return plant


def events_off(world: SlackWorld) -> None:
    """So it was from the beginning: nothing was ever heard."""
    world.slack.subscriptions.clear()
    world.database.unlink()
    world.heard = None


def not_in_channel(world: SlackWorld) -> None:
    world.general = world.slack.channel("lonely", bot=False)
    world.set(SLACK_ALLOWED_CHANNELS=world.general.id)


def swapped(world: SlackWorld) -> None:
    world.bot_token = world.slack.app_token
    world.set(SLACK_BOT_TOKEN=world.slack.app_token)


def unwritable(world: World) -> None:
    """A folder that nobody may write to; the superuser may, and is somebody else for a while."""
    world.folder.chmod(0o555)
    if os.geteuid() == 0:
        for path in world.folder.iterdir():
            os.chown(path, 65534, -1)
    world.closing.enter_context(without_privileges())


CORE = {
    "wrong key": Planted(
        lambda world: world.set(CUSTOMGPT_API_KEY="1234|" + "x" * 40),
        "CustomGPT does not accept the API key",
        "My profile → API keys",
    ),
    "wrong agent": Planted(
        lambda world: world.set(BUILDER_AGENT_PROJECT_ID="999"),
        "999: CustomGPT knows no agent with this id",
        "Correct BUILDER_AGENT_PROJECT_ID",
    ),
    "inactive agent": Planted(inactive, "102 (Planner) is not active", "add sources to it"),
    "no credits": Planted(out_of_credits, "0 of 10 queries left", "take a larger plan"),
    "unwritable database": Planted(unwritable, "cannot be written", "Give this user the right to write"),
    "wrong base URL": Planted(
        lambda world: world.set(CUSTOMGPT_BASE_URL=f"{world.gpt.url}/nowhere"),
        "is not CustomGPT's API",
        "CUSTOMGPT_BASE_URL (leave it out",
    ),
    "unreachable": Planted(lambda world: world.set(CUSTOMGPT_BASE_URL=NOWHERE), "cannot be reached", "the network"),
}
"""Whatever the platform."""

PLANTED = {
    **CORE,
    "missing scope": Planted(scopes("reactions:write"), "not granted: reactions:write", "Reinstall to Workspace"),
    "app not reinstalled": Planted(
        scopes("app_mentions:read", "commands", "files:read"),
        "the app was not reinstalled after its manifest changed",
        "Reinstall to Workspace",
    ),
    "events off": Planted(
        events_off, "no event has ever come", "Event Subscriptions must be on", "none has come since the start"
    ),
    "not in channel": Planted(not_in_channel, "the bot is not in #lonely", "/invite @orchestrator"),
    "app token for bot token": Planted(
        swapped, "is an app token", "Bot User OAuth Token", "is a token of the wrong kind"
    ),
    "wrong base URL of Slack": Planted(
        lambda world: world.set(SLACK_API_URL=world.gpt.url), "is not Slack's API", "SLACK_API_URL (leave it out"
    ),
    "clock skewed": Planted(lambda world: world.slack.shift_clock(-300.0), "clock is 5 min ahead of Slack's", "NTP"),
    "unreachable Slack": Planted(
        lambda world: world.set(SLACK_API_URL=f"{NOWHERE}/api/"), "cannot be reached", "SLACK_API_URL"
    ),
}
