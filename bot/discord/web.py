"""**I/O edge.** Discord's REST API by discord.py: one client, logged in when it is first needed, errors in our words.

The library waits where Discord asks it to (429), and repeats what failed there (500, 502, 504) by itself; what is
posted carries a nonce, so that nothing is posted twice by that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord
from pydantic import SecretStr

from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.fence import passed
from core.tally import Count, uncounted
from core.too_fast import watched

TIMEOUT = 60.0
"""Seconds for a call with all its waiting; the library's own is five minutes for a single request."""

LONGEST_WAIT = 30.0
"""Seconds for which the library waits by itself where it is asked to; it takes no less than this."""

RETRY_AFTER = 30.0
"""Seconds, where a refusal does not say."""

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
TOO_MANY_OLD_EDITS = 30046
ACKNOWLEDGED = 40060
MISSING_ACCESS, MISSING_PERMISSIONS, DEAD_TOKEN = 50001, 50013, 50027
NO_THREADS, ARCHIVED, HAS_THREAD, LOCKED = 50024, 50083, 160004, 160005
"""<https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>"""

T = TypeVar("T")


class Rest:
    """A client that is logged in when it is first needed. `login` raises `SurfaceError`.

    `reads`: does Discord let us read what is said to nobody by name? As far as it was asked last.
    """

    def __init__(self, login: Callable[[], Awaitable[discord.Client]]) -> None:
        self.reads = False
        self._login = login
        self._client: discord.Client | None = None
        self._alone = asyncio.Lock()

    async def client(self) -> discord.Client:
        """Raises `SurfaceError`."""
        async with self._alone:
            if self._client is None:
                self._client = await self._login()
                self.reads = may_read(self._client.application_flags)
            return self._client

    async def look_again(self) -> bool:
        """Whether we may read that now: it can be granted, or taken away, at any time. Raises `SurfaceError`."""
        client = await self.client()
        self.reads = may_read((await asked("application", client.application_info)).flags)
        return self.reads

    async def close(self) -> None:
        if self._client:
            await self._client.close()


def may_read(flags: discord.ApplicationFlags) -> bool:
    """Is the Message Content intent granted? <https://docs.discord.com/developers/resources/application>"""
    return flags.gateway_message_content or flags.gateway_message_content_limited


async def logged_in(token: SecretStr, count: Count = uncounted) -> discord.Client:
    """A client that never listens, to be closed. Raises `SurfaceError`."""
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        max_messages=None,
        max_ratelimit_timeout=LONGEST_WAIT,
        allowed_mentions=NOBODY,
        http_trace=watched("discord", count),
    )
    try:
        await asked("login", lambda: client.login(token.get_secret_value()))
    except BaseException:
        await client.close()
        raise
    return client


NOBODY = discord.AllowedMentions.none()


async def asked(what: str, call: Callable[[], Awaitable[T]], *, seconds: float = TIMEOUT) -> T:
    """What Discord answers. Raises `SurfaceError`; `SurfaceInDoubt` where nobody knows whether it was done."""
    await passed()
    try:
        async with asyncio.timeout(seconds):
            return await call()
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise translated(what, error) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:  # the library takes every body for Discord's
        raise SurfaceInDoubt(f"{what}: {type(error).__name__}") from error


def translated(what: str, error: BaseException) -> SurfaceError:
    """What an error of the library means to us."""
    match error:
        case discord.RateLimited():
            return SurfaceBusy(what, error.retry_after)
        case discord.LoginFailure():
            return SurfaceError(f"{what}: 401, the token is not good")
        case discord.HTTPException():
            return _refused(what, error)
        case discord.DiscordException():
            return SurfaceError(f"{what}: {error}")
        case _:
            return SurfaceInDoubt(f"{what}: {type(error).__name__}")


def _refused(what: str, error: discord.HTTPException) -> SurfaceError:
    said = f"{what}: {error.status} {error.code or ''} {error.text[:200]}".rstrip()
    if error.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
        return MessageGone(said)
    if error.status == 429 or error.code == TOO_MANY_OLD_EDITS:
        return SurfaceBusy(said, RETRY_AFTER)
    return SurfaceInDoubt(said) if error.status >= 500 else SurfaceError(said)


def code_of(error: SurfaceError) -> int:
    """Discord's code for what is wrong; 0 where there is none."""
    return error.__cause__.code if isinstance(error.__cause__, discord.HTTPException) else 0
