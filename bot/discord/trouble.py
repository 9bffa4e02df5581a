"""**I/O edge.** Where an answer cannot stand where it should, who asked is told so where the question was asked."""

from __future__ import annotations

import logging
from collections import OrderedDict

import discord

from bot.discord.components import DiscordMessage, Text
from bot.discord.markdown import escaped
from bot.discord.metadata import TROUBLE, Posted
from bot.discord.sending import message_at, send
from bot.discord.web import (
    ARCHIVED,
    LOCKED,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_CHANNEL,
    Rest,
    asked,
    code_of,
)
from core.errors import SurfaceError
from core.text import replies
from core.turn import TurnRequest

log = logging.getLogger(__name__)

MOST_TOLD = 1_000
"""Turns of which is remembered that somebody was told: what cannot be published is tried for an hour."""

_SENTENCES = {
    UNKNOWN_CHANNEL: replies.THREAD_GONE,
    ARCHIVED: replies.THREAD_LOCKED,
    LOCKED: replies.THREAD_LOCKED,
    MISSING_ACCESS: replies.MAY_NOT_WRITE,
    MISSING_PERMISSIONS: replies.MAY_NOT_WRITE,
}


class Troubles:
    """What was told to whom."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._told: OrderedDict[str, None] = OrderedDict()

    async def tell(self, turn: TurnRequest, error: SurfaceError) -> None:
        """Once a turn; what nobody can do anything about is not told. It may be lost."""
        sentence = _SENTENCES.get(code_of(error))
        if sentence is None or turn.turn_id in self._told:
            return
        self._told[turn.turn_id] = None
        if len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        try:
            await self._tell(turn, DiscordMessage((Text(escaped(sentence, 1_000)),)))
        except SurfaceError as lost:
            log.warning("turn %s: nobody could be told: %s", turn.turn_id, lost)

    async def _tell(self, turn: TurnRequest, said: DiscordMessage) -> None:
        """Below the question, where that is another place; else to who asked alone."""
        address, client = turn.address, await self._rest.client()
        nonce = Posted(turn.turn_id, turn.generation, TROUBLE).nonce
        if address["asked_in"] != address.get("channel", address["asked_in"]):
            question = message_at(client, address["asked_in"], address["message"])
            await send(question.channel, said, nonce=nonce, answers=question)
        else:
            asker = discord.Object(int(turn.asker))
            await send(await asked("dm", lambda: client.create_dm(asker)), said, nonce=nonce)
