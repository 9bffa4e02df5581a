"""**I/O edge.** Where a turn is answered: the thread that is opened on its question, or the place where it was asked.

A command's question is said in its channel first: what was deferred becomes "Ada asked: …". The token for that dies
after 15 minutes; from then on it is said by a message of our own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import discord

from bot.discord.components import DiscordMessage
from bot.discord.layout import layout
from bot.discord.metadata import QUESTION, Posted
from bot.discord.parse import Kind
from bot.discord.render import Hint, question, thread_name
from bot.discord.sending import message_at, send, update
from bot.discord.thread import seen_in
from bot.discord.web import (
    DEAD_TOKEN,
    HAS_THREAD,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_THREADS,
    NOBODY,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    asked,
    code_of,
)
from core.errors import MessageGone, SurfaceError, SurfaceInDoubt
from core.surroundings import Opened
from core.turn import TurnRequest

ARCHIVE: Final = 1440
"""Minutes without a word after which Discord archives a thread: a day; what is said there later opens it again."""

_NOT_ALLOWED = (NO_THREADS, MISSING_PERMISSIONS, MISSING_ACCESS)
_NO_DEFERRAL = (DEAD_TOKEN, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, UNKNOWN_MESSAGE)

Before = Callable[[], Awaitable[None]]


async def opened(client: discord.Client, turn: TurnRequest, *, mention: bool, before: Before) -> Opened:
    """Make the place; what was made before is found again. `mention`: what is said to nobody by name we do not see.

    Raises `SurfaceError`.
    """
    address = dict(turn.address)
    if "interaction" in address:
        address = {**_without_token(address), "message": await _question(client, turn, before)}
    thread = await _thread(client, address, turn.prompt) if address["kind"] == Kind.CHANNEL else None
    hint = _hint(address["kind"], thread, mention=mention)
    channel = thread or address["asked_in"]
    key = address["message"] if thread is None and address["kind"] in (Kind.CHANNEL, Kind.OTHER) else channel
    return Opened({**address, "channel": channel, **({"hint": hint.value} if hint else {})}, f"discord:{key}")


def _without_token(address: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in address.items() if key not in ("interaction", "application", "token")}


def _hint(kind: str, thread: str | None, *, mention: bool) -> Hint:
    if thread is None and kind in (Kind.CHANNEL, Kind.OTHER):
        return Hint.NO_THREAD
    return Hint.MENTION if thread and mention else Hint.NONE


async def _thread(client: discord.Client, address: Mapping[str, str], prompt: str) -> str | None:
    """The thread on the question; None where we may open none."""
    try:
        return await _open(client, address, prompt)
    except SurfaceInDoubt:
        return await _open(client, address, prompt)


async def _open(client: discord.Client, address: Mapping[str, str], prompt: str) -> str | None:
    async def create() -> str:
        channel = await client.fetch_channel(int(address["asked_in"]))
        if not isinstance(channel, discord.TextChannel):  # also one for announcements
            return ""
        message = channel.get_partial_message(int(address["message"]))
        return str((await message.create_thread(name=thread_name(prompt), auto_archive_duration=ARCHIVE)).id)

    try:
        return await asked("create thread", create) or None
    except SurfaceError as error:
        if code_of(error) == HAS_THREAD:
            return address["message"]  # a thread has the id of the message that it was opened on
        if code_of(error) in _NOT_ALLOWED:
            return None
        raise


async def _question(client: discord.Client, turn: TurnRequest, before: Before) -> str:
    """The id of the message that says what was asked."""
    address, said = turn.address, question(turn.prompt, turn.context, turn.address.get("name", ""))
    if message := address.get("message"):
        try:
            return await _resolved(client, address, said)
        except SurfaceError as error:
            if code_of(error) not in _NO_DEFERRAL:
                raise
        if await _updated(client, address["asked_in"], message, said):
            return message
    return await _said(client, turn, said, before)


async def _resolved(client: discord.Client, address: Mapping[str, str], said: DiscordMessage) -> str:
    """What was deferred becomes the question; however often that is done, it is the same message."""
    webhook, message = (
        discord.Webhook.partial(int(address["application"]), address["token"], client=client),
        address["message"],
    )
    edit = partial(webhook.edit_message, int(message), view=layout(said), allowed_mentions=NOBODY)
    await asked("answer a command", edit)
    return message


async def _updated(client: discord.Client, channel: str, message: str, said: DiscordMessage) -> bool:
    """By ourselves, when the token is dead. False where the message is gone."""
    try:
        await update(message_at(client, channel, message), said)
    except MessageGone:
        return False
    return True


async def _said(client: discord.Client, turn: TurnRequest, said: DiscordMessage, before: Before) -> str:
    """By a message of our own: the one that answered the command, if it is there; else a new one, posted once."""
    asked_in, command = turn.address["asked_in"], turn.address["interaction"]
    there = await seen_in(client, asked_in, after=str(int(command) - 1))
    found = next((one.id for one in there if one.by_us and one.interaction == command), None)
    if found and await _updated(client, asked_in, found, said):
        return found
    await before()
    place = client.get_partial_messageable(int(asked_in))
    return await send(place, said, nonce=Posted(turn.turn_id, 1, QUESTION).nonce)
