"""**I/O edge.** What people attach to a question: fetched from where Discord keeps it, which takes no token."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from bot.discord.config import API_URL
from core.attached import File
from core.fence import passed
from core.text.attachments import MOST_BYTES

_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
_TIMEOUT = aiohttp.ClientTimeout(total=20.0, connect=5.0)


async def fetched(file: File, api_url: str) -> bytes | None:
    """At most one byte more than may be; None where it is not there. Raises `OSError`."""
    if not _is_discords(file.url, api_url):
        return None
    await passed()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(file.url, allow_redirects=False) as answer,
        ):
            return await _at_most(answer.content, MOST_BYTES + 1) if answer.status == 200 else None
    except (aiohttp.ClientError, ValueError) as error:
        raise OSError(f"{type(error).__name__}") from error


def _is_discords(url: str, api_url: str) -> bool:
    """Whatever an attachment says: from no other place is anything fetched in our name."""
    try:
        parts, base = urlsplit(url), urlsplit(api_url)
    except ValueError:
        return False
    if api_url == API_URL:
        return parts.scheme == "https" and parts.hostname in _HOSTS
    return (parts.scheme, parts.hostname) == (base.scheme, base.hostname) or parts.hostname in _HOSTS


async def _at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    read = b""
    while len(read) < most and (piece := await stream.read(most - len(read))):
        read += piece
    return read
