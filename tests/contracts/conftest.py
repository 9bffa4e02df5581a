"""The platforms that the conformance suite is run on: one line each."""

from __future__ import annotations

import pytest

from tests.contracts.discord_harness import open_discord_harness
from tests.contracts.harness import Platform
from tests.contracts.http_harness import open_http_harness
from tests.contracts.slack_harness import open_slack_harness

CHATS: dict[str, Platform] = {"slack": open_slack_harness, "discord": open_discord_harness}
PLATFORMS: dict[str, Platform] = {**CHATS, "http": open_http_harness}


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Platform:
    return PLATFORMS[request.param]


@pytest.fixture(params=CHATS)
def chat(request: pytest.FixtureRequest) -> Platform:
    """One where people talk to each other, and a message holds so much and no more."""
    return CHATS[request.param]
