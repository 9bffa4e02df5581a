"""**I/O edge.** What people attach to a question: fetched from Slack with the bot's token, and sent nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.parse import File
from core.fence import passed
from core.surroundings import Background
from core.text.attachments import EMPTY, MOST_BYTES, NO_TEXT, NOT_FETCHED, TOO_LARGE, decoded, joined, obstacle, unread

MOST_FILES = 10
"""Slack takes as many with one message."""

PATIENCE = 20.0
"""Seconds for all of them: the question can be answered without."""


def kept(files: Sequence[File]) -> str:
    """As they are kept in a turn's address."""
    return json.dumps([asdict(file) for file in files[:MOST_FILES]])


async def read(client: AsyncWebClient, files: str) -> Background:
    """The texts among the `kept` files, and which were not read, each with why."""
    given = [File(**one) for one in json.loads(files)]
    found = await asyncio.gather(*(_read(client, file) for file in given))
    texts = [(file.name, text) for file, (text, _) in zip(given, found, strict=True) if text]
    return Background(
        joined(texts), tuple(unread(file.name, why) for file, (_, why) in zip(given, found, strict=True) if why)
    )


async def _read(client: AsyncWebClient, file: File) -> tuple[str, str]:
    """A file's text; or why there is none."""
    if why := obstacle(file.name, file.mimetype, file.size):
        return "", why
    if not _is_slacks(file.url, client.base_url):
        return "", NOT_FETCHED
    try:
        async with asyncio.timeout(PATIENCE):
            content = await _fetched(client, file.url, pages="html" in file.mimetype)
    except (aiohttp.ClientError, TimeoutError, OSError):
        content = None
    if content is None:
        return "", NOT_FETCHED
    return _text(content)


def _text(content: bytes) -> tuple[str, str]:
    if len(content) > MOST_BYTES:
        return "", TOO_LARGE
    text = decoded(content)
    if text is None:
        return "", NO_TEXT
    return (text, "") if text.strip() else ("", EMPTY)


def _is_slacks(url: str, base_url: str) -> bool:
    """Only there the token may go: a file that lies elsewhere, in somebody's drive, is linked all the same."""
    parts, base = urlsplit(url), urlsplit(base_url)
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
