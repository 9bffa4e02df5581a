"""**I/O edge.** Files in Slack: given in three calls, the last of which shows them."""

from __future__ import annotations

import json

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web import patiently
from core.errors import SurfaceError, SurfaceInDoubt


async def upload(client: AsyncWebClient, name: str, text: str, *, channel: str, thread_ts: str) -> None:
    """A text as a file in a thread. Raises `SurfaceError`."""
    content = text.encode()
    place = await patiently(client, "files.getUploadURLExternal", filename=name, length=len(content))
    await _send(client, str(place["upload_url"]), content)
    await patiently(
        client,
        "files.completeUploadExternal",
        files=json.dumps([{"id": place["file_id"], "title": name}]),
        channel_id=channel,
        thread_ts=thread_ts,
    )


async def _send(client: AsyncWebClient, url: str, content: bytes) -> None:
    assert client.session
    try:
        async with client.session.post(url, data=content) as answer:
            if answer.status != 200:
                raise (SurfaceInDoubt if answer.status >= 500 else SurfaceError)(f"file upload: {answer.status}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SurfaceInDoubt(f"file upload: {type(error).__name__}") from error
