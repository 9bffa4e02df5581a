"""**I/O edge.** The stand-in, and the real clients that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Limits, SlackStandIn, User

QUICK = Limits(window=1.0, post_burst=100, ack=0.2, retries=(0.0, 0.05, 0.05))
"""So short that a test sees the end of it."""

Connected = Callable[[AsyncApp], AbstractAsyncContextManager[AsyncSocketModeHandler]]


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=QUICK) as server:
        yield server


@pytest.fixture
def ada(slack: SlackStandIn) -> User:
    return slack.person("Ada")


@pytest.fixture
def general(slack: SlackStandIn, ada: User) -> Channel:
    return slack.channel("general", [ada])


def client_of(slack: SlackStandIn, token: str | None = None) -> AsyncWebClient:
    """The real client, with no retries of its own."""
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.url, retry_handlers=[])


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    return client_of(slack)


def app_of(slack: SlackStandIn, **options: Any) -> AsyncApp:
    """A real app, that hears of its own bot too."""
    return AsyncApp(client=client_of(slack), ignoring_self_events_enabled=False, **options)


async def connect(client: SocketModeClient) -> None:
    await client.connect()  # type: ignore[no-untyped-call]


async def close(client: SocketModeClient) -> None:
    """Close the socket and end the client's tasks."""
    await client.close()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def connected(slack: SlackStandIn, app: AsyncApp, *, ping: float = 0.1) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app with an open socket, closed in the end with all its tasks."""
    listener = AsyncSocketModeHandler(app, slack.app_token, ping_interval=ping)
    before = slack.connections
    await connect(listener.client)
    await slack.until(lambda: slack.connections > before)
    try:
        yield listener
    finally:
        await close(listener.client)


async def refused(awaitable: Any) -> dict[str, Any]:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    body: dict[str, Any] = caught.value.response.data
    return body


async def error_of(awaitable: Any) -> str:
    return str((await refused(awaitable))["error"])
