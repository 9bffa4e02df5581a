"""What may be set up wrong, one thing at a time: how it is made so, in which words it is said, what to do about it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.slack.config import REQUIRED_SCOPES
from core.durable.lock import exclusive
from core.store import open_store
from sandbox.customgpt import Account, CustomGPTStandIn, Fault
from sandbox.slack import Channel, SlackStandIn
from tests.core.test_sqlite_troubles import without_privileges

NOWHERE = "http://127.0.0.1:9"


@dataclass
class World:
    """Both stand-ins, and a bot that is set up for them. A test plants what is wrong."""

    gpt: CustomGPTStandIn
    slack: SlackStandIn
    folder: Path
    environment: pytest.MonkeyPatch
    general: Channel
    bot_token: str
    settings: dict[str, str] = field(default_factory=dict)
    heard: float | None = field(default_factory=time.time)
    closing: ExitStack = field(default_factory=ExitStack)

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


@dataclass(frozen=True, slots=True)
class Planted:
    """What is wrong: how it is made so, in which words it is said, and what to do about it."""

    plant: Callable[[World], object]
    said: str
    remedy: str
    in_the_chat: str = ""
    """The words there, where they are others."""


def inactive(world: World) -> None:
    world.gpt.agent("plan").always = Fault(is_chat_active=0)


def out_of_credits(world: World) -> None:
    world.gpt.account = Account(max_queries=10, current_queries=10)


def scopes(*missing: str) -> Callable[[World], None]:
    def plant(world: World) -> None:
        world.slack.scopes = [scope for scope in REQUIRED_SCOPES if scope not in missing]

    return plant


def events_off(world: World) -> None:
    """So it was from the beginning: nothing was ever heard."""
    world.slack.subscriptions.clear()
    world.database.unlink()
    world.heard = None


def not_in_channel(world: World) -> None:
    world.general = world.slack.channel("lonely", bot=False)
    world.set(SLACK_ALLOWED_CHANNELS=world.general.id)


def swapped(world: World) -> None:
    world.bot_token = world.slack.app_token
    world.set(SLACK_BOT_TOKEN=world.slack.app_token)


def unwritable(world: World) -> None:
    """A folder that nobody may write to; the superuser may, and is somebody else for a while."""
    world.folder.chmod(0o555)
    if os.geteuid() == 0:
        for path in world.folder.iterdir():
            os.chown(path, 65534, -1)
    world.closing.enter_context(without_privileges())


PLANTED = {
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
    "unwritable database": Planted(unwritable, "cannot be written", "Give this user the right to write"),
    "wrong base URL": Planted(
        lambda world: world.set(CUSTOMGPT_BASE_URL=f"{world.gpt.url}/nowhere"),
        "is not CustomGPT's API",
        "CUSTOMGPT_BASE_URL (leave it out",
    ),
    "wrong base URL of Slack": Planted(
        lambda world: world.set(SLACK_API_URL=world.gpt.url), "is not Slack's API", "SLACK_API_URL (leave it out"
    ),
    "clock skewed": Planted(lambda world: world.slack.shift_clock(-300.0), "clock is 5 min ahead of Slack's", "NTP"),
    "unreachable": Planted(lambda world: world.set(CUSTOMGPT_BASE_URL=NOWHERE), "cannot be reached", "the network"),
    "unreachable Slack": Planted(
        lambda world: world.set(SLACK_API_URL=f"{NOWHERE}/api/"), "cannot be reached", "SLACK_API_URL"
    ),
}
