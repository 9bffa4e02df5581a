"""**I/O edge.** What one person alone reads in Slack. It may be lost: nothing depends on it."""

from __future__ import annotations

import logging

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import SlackMessage
from bot.slack.web import call
from core.errors import SurfaceError

log = logging.getLogger(__name__)


async def whisper(client: AsyncWebClient, channel: str, user: str, thread_ts: str, said: SlackMessage) -> None:
    """To one person, in a channel or, with `thread_ts`, in a thread."""
    place = {"channel": channel, "user": user, "thread_ts": thread_ts or None}
    try:
        await call(client, "chat.postEphemeral", **place, **said.as_json())
    except SurfaceError as error:
        log.warning("%s was not told: %s", user, error)


async def answer(client: AsyncWebClient, url: str, said: SlackMessage) -> None:
    """To who has given a command, also where we are not. The address works for half an hour, five times."""
    assert client.session
    try:
        async with client.session.post(url, json={"response_type": "ephemeral", **said.as_json()}) as reply:
            if reply.status != 200:
                log.warning("a command was not answered: %s", reply.status)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.warning("a command was not answered: %s", type(error).__name__)
