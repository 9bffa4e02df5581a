"""**I/O edge.** Messages posted and updated: nobody is pinged by them, and none is posted twice."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.discord.components import DiscordMessage
from bot.discord.layout import files, layout
from bot.discord.web import NOBODY, asked
from core.errors import SurfaceError

log = logging.getLogger(__name__)


def message_at(client: discord.Client, channel: str, message: str) -> discord.PartialMessage:
    """A message of which nothing is known but where it stands."""
    return client.get_partial_messageable(int(channel)).get_partial_message(int(message))


async def send(
    place: discord.abc.Messageable,
    message: DiscordMessage,
    *,
    nonce: str,
    answers: discord.PartialMessage | None = None,
    called: str = "",
) -> str:
    """Its id. `answers`: a reply to that one, if it is still there; `called`: who is pinged. Raises `SurfaceError`.

    Discord keeps a nonce for some minutes, and gives the message back that it was posted with.
    """
    pings = discord.AllowedMentions(users=[discord.Object(int(called))]) if called else NOBODY
    reference: Any = discord.MessageReference.from_message(answers, fail_if_not_exists=False) if answers else None

    async def posted() -> discord.Message:
        return await place.send(
            view=layout(message),
            files=files(message),
            nonce=nonce,
            allowed_mentions=pings,
            reference=reference,
            mention_author=False,
        )

    return str((await asked("post", posted)).id)


async def update(known: discord.PartialMessage, message: DiscordMessage) -> None:
    """Raises `SurfaceError`."""
    await asked("update", lambda: known.edit(view=layout(message), allowed_mentions=NOBODY))


async def quietly(what: str, call: Callable[[], Awaitable[object]]) -> bool:
    """What is nice to have: it may be done already, or we may not. False where it was not done."""
    try:
        await asked(what, call)
    except SurfaceError as error:
        log.info("left out: %s", error)
        return False
    return True
