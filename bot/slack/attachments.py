"""**I/O edge.** What people attach to a question: fetched from Slack with the bot's token, and sent nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from core.attached import File
from core.fence import passed
from core.text.attachments import MOST_BYTES


async def fetched(file: File, client: AsyncWebClient) -> bytes | None:
    """At most one byte more than may be; None where Slack does not give it out. Raises `OSError`."""
    if not _is_slacks(file.url, client.base_url):
        return None
    try:
        return await _fetched(client, file.url, pages="html" in file.mimetype)
    except aiohttp.ClientError as error:
        raise OSError(type(error).__name__) from error


def _is_slacks(url: str, base_url: str) -> bool:
    """Only there the token may go: a file that lies elsewhere, in somebody's drive, is linked all the same."""
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    slacks = parts.scheme == "https" and (parts.hostname or "").endswith((".slack.com", ".slack-files.com"))
    return slacks or (parts.scheme, parts.netloc) == (base.scheme, base.netloc)


async def _fetched(client: AsyncWebClient, url: str, *, pages: bool) -> bytes | None:
    """At most one byte more than may be; None where Slack shows a page to sign in instead."""
    assert client.session
    await passed()
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.get(url, headers=headers, allow_redirects=False) as answer:
        page = answer.content_type == "text/html" and not pages
        if answer.status != 200 or page:
            return None
        return await _at_most(answer.content, MOST_BYTES + 1)


async def _at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    read = b""
    while len(read) < most and (piece := await stream.read(most - len(read))):
        read += piece
    return read
