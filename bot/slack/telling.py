"""**Pure.** What one person alone reads: help, what is running, what a check has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.slack.blocks import FALLBACK, SECTION, Section, SlackMessage
from bot.slack.config import COMMAND
from bot.slack.mrkdwn import escaped
from core.checks import CheckResult
from core.stored import StoredTurn
from core.text import replies
from core.text.parts import gathered

MOST_TURNS = 10


def message(text: str) -> SlackMessage:
    """A text that is our own: mrkdwn as it stands."""
    return SlackMessage(text[:FALLBACK], (Section(text[:SECTION]),))


def plain(text: str) -> SlackMessage:
    """A text in which somebody else may have a word."""
    return message(escaped(text, SECTION))


def help_text(name: str) -> str:
    return replies.HELP.format(mention=f"@{name}", command=COMMAND).replace("**", "*")


def status(turns: Sequence[StoredTurn], names: Mapping[str, str], now: float) -> str:
    """A line for each turn, the first in line first."""
    lines = [replies.open_turn(turn, names.get(turn.asker, turn.asker), now) for turn in turns[:MOST_TURNS]]
    more = [replies.more_turns(len(turns) - MOST_TURNS)] if len(turns) > MOST_TURNS else []
    return escaped("\n".join([*lines, *more]) or replies.NOTHING_OPEN, SECTION)


def checked(results: Sequence[CheckResult]) -> SlackMessage:
    """What a check has found, each with its remedy, in as many sections as that takes."""
    sections = gathered(map(_line, results), SECTION)
    return SlackMessage(escaped(replies.checked(results), FALLBACK), tuple(Section(text) for text in sections))


def _line(result: CheckResult) -> str:
    remedy = f"\n      → {escaped(result.remedy, SECTION // 4)}" if result.remedy else ""
    found = escaped(replies.found(result), SECTION // 3)
    return f"{found}{remedy}"
