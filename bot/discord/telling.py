"""**Pure.** What somebody reads who has told the bot something other than a question."""

from __future__ import annotations

from collections.abc import Sequence

from bot.discord.components import MESSAGE, DiscordMessage, Text
from bot.discord.markdown import escaped
from core.stored import StoredTurn
from core.text import replies

MOST_TURNS = 10


def message(text: str) -> DiscordMessage:
    """A text that is our own: Markdown as it stands."""
    return DiscordMessage((Text(text[:MESSAGE]),))


def plain(text: str) -> DiscordMessage:
    """A text in which somebody else may have a word."""
    return DiscordMessage((Text(escaped(text, MESSAGE)),))


def plain_words(text: str) -> str:
    """The same as Markdown."""
    return escaped(text, MESSAGE)


def status(turns: Sequence[StoredTurn], now: float) -> str:
    """A line for each turn, the first in line first; people are named by Discord, and not pinged."""
    lines = [_line(turn, now) for turn in turns[:MOST_TURNS]]
    more = [replies.more_turns(len(turns) - MOST_TURNS)] if len(turns) > MOST_TURNS else []
    return "\n".join([*lines, *more]) or replies.NOTHING_OPEN


def _line(turn: StoredTurn, now: float) -> str:
    said = escaped(replies.open_turn(turn, turn.id, now), MESSAGE // MOST_TURNS)
    return said.replace(turn.id, f"<@{turn.asker}>")
