"""**I/O edge.** What stands in a Discord channel or thread: our own messages by their buttons, and what people said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import discord

from bot.discord.metadata import Posted, posted
from bot.discord.web import asked

MOST = 1_000
"""Messages that are looked through, a request for each hundred: in a busy channel much may be said below a question."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message. `ours` says which of a turn's it is, where it is one; `answers`: the message that it replies to.

    `interaction`: the command that it answers. Ids as texts.
    """

    id: str
    author: str
    name: str
    text: str
    bot: bool
    by_us: bool
    ours: Posted | None
    files: tuple[str, ...] = ()
    answers: str = ""
    interaction: str = ""


async def seen_in(
    client: discord.Client, channel: str, *, after: str | None = None, before: str | None = None, most: int = MOST
) -> list[Seen]:
    """The first messages there after one, else the last, or the last before one; the oldest first.

    Raises `SurfaceError`.
    """
    place = client.get_partial_messageable(int(channel))
    bounds = {"after": _object(after), "before": _object(before)}

    async def read() -> list[Seen]:
        found = place.history(limit=most, oldest_first=bool(after), **bounds)
        return [seen(message, client) async for message in found]

    there = await asked("messages", read)
    return there if after else there[::-1]


def seen(message: discord.Message, client: discord.Client) -> Seen:
    """What matters of a message."""
    by_us = client.user is not None and message.author.id == client.user.id
    reference = message.reference.message_id if message.reference else None
    command = message.interaction_metadata
    return Seen(
        id=str(message.id),
        author=str(message.author.id),
        name=message.author.display_name,
        text=message.content,
        bot=message.author.bot or message.webhook_id is not None,
        by_us=by_us,
        ours=posted(custom_ids(message.components)) if by_us else None,
        files=tuple(one.filename for one in message.attachments),
        answers=str(reference or ""),
        interaction=str(command.id) if command else "",
    )


def custom_ids(components: Iterable[object]) -> Iterator[str]:
    """Of all buttons and menus, however deep."""
    for component in components:
        if custom_id := getattr(component, "custom_id", None):
            yield str(custom_id)
        yield from custom_ids(getattr(component, "children", None) or ())


def _object(id_: str | None) -> discord.Object | None:
    return discord.Object(int(id_)) if id_ else None
