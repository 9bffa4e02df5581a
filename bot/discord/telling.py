"""**Pure.** What somebody reads who has told the bot something other than a question."""

from __future__ import annotations

from collections.abc import Sequence

from bot.discord.components import MESSAGE, DiscordMessage, Text
from bot.discord.markdown import escaped, escaped_but_links
from core.checks import CheckResult
from core.stored import StoredTurn
from core.text import replies
from core.text.parts import gathered

MOST_TURNS = 10
FOUND = 1_200
"""Characters of what one check has found, and of its remedy: a link, and all permissions by name, find room."""


def message(text: str) -> DiscordMessage:
    """A text that is our own: Markdown as it stands."""
    return DiscordMessage((Text(text[:MESSAGE]),))


def plain(text: str) -> DiscordMessage:
    """A text in which somebody else may have a word."""
    return DiscordMessage((Text(escaped(text, MESSAGE)),))


def status(turns: Sequence[StoredTurn], now: float) -> str:
    """A line for each turn, the first in line first; people are named by Discord, and not pinged."""
    lines = [_line(turn, now) for turn in turns[:MOST_TURNS]]
    more = [replies.more_turns(len(turns) - MOST_TURNS)] if len(turns) > MOST_TURNS else []
    return "\n".join([*lines, *more]) or replies.NOTHING_OPEN


def _line(turn: StoredTurn, now: float) -> str:
    said = escaped(replies.open_turn(turn, turn.id, now), MESSAGE // MOST_TURNS)
    return said.replace(turn.id, f"<@{turn.asker}>")


def checked(results: Sequence[CheckResult]) -> list[DiscordMessage]:
    """What a check has found, each with its remedy, in as many messages as that takes."""
    lines = [f"**{replies.checked(results)}**", *map(_found, results)]
    return [DiscordMessage((Text(text),)) for text in gathered(lines, MESSAGE)]


def _found(result: CheckResult) -> str:
    said = escaped_but_links(replies.found(result), FOUND)
    remedy = " ".join(result.remedy.split())
    return f"{said}\n-# → {escaped_but_links(remedy, FOUND)}" if remedy else said
