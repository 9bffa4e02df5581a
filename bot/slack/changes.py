"""**Pure.** What a reviewer found and changed, in mrkdwn: a finding with its quote, an edit as a diff."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.fitting import cut, cut_anyway, in_full
from bot.slack.mrkdwn import defused, escaped
from core.text import telling
from core.text.diff import Change, Piece, diff, line_diff
from core.text.links import BREAK
from core.text.printable import printable

_LABEL = 120
_MARKED = re.compile(r"[~*`\n]")
"""What mrkdwn would misread within marks."""

_TICKS = re.compile("`(?=`)")
_SIGNS = {Change.KEPT: "  ", Change.REMOVED: "- ", Change.ADDED: "+ "}


def finding_of(finding: Mapping[str, Any], limit: int) -> str:
    """A finding of the payload, in at most `limit` characters."""
    label = f"*{escaped(telling.finding(finding['severity'], finding['kind']), _LABEL)}*"
    quote = " ".join(printable(finding["quote"]).split())
    quoted = f"\n> {cut(quote, limit // 3)}" if quote else ""
    message = cut(printable(finding["message"]).strip(), limit - len(label) - len(quoted) - 2)
    return f"{label}  {message}".rstrip() + quoted


def edit_of(edit: Mapping[str, Any], limit: int) -> str:
    """An edit of the payload, applied or left out, as a diff, in at most `limit` characters."""
    label = f"*{escaped(telling.fate(edit['status'], edit.get('why')), _LABEL)}*"
    reason = cut(printable(edit["reason"]).strip(), limit // 3)
    said = f"{label}  {reason}".rstrip()
    return f"{said}\n{_change(printable(edit['find']), printable(edit['replace']), limit - len(said) - 1)}"


def _change(find: str, replace: str, limit: int) -> str:
    """Word by word where marks can be read in it, else line by line as code."""
    by_words = "" if _MARKED.search(find + replace) else _by_words(diff(find, replace))
    return by_words if 0 < len(by_words) <= limit else _by_lines(line_diff(find, replace), limit)


def _by_words(pieces: Sequence[Piece]) -> str:
    """~Gone~ and *new*; empty where nothing of it would be seen."""
    if not any(piece.text.strip() for piece in pieces if piece.change is not Change.KEPT):
        return ""
    return defused("".join(map(_marked, pieces)))


def _marked(piece: Piece) -> str:
    """Marks hold only around words, and only apart from others: a character that nobody sees parts them."""
    words, text = piece.text.strip(), in_full(piece.text)
    if piece.change is Change.KEPT or not words:
        return text
    mark = "~" if piece.change is Change.REMOVED else "*"
    before, _, after = piece.text.partition(words)
    return f"{before}{BREAK}{mark}{in_full(words)}{mark}{BREAK}{after}"


def _by_lines(pieces: Sequence[Piece], limit: int) -> str:
    lines = [_SIGNS[piece.change] + line for piece in pieces for line in piece.text.splitlines() or [""]]
    text = _TICKS.sub(f"`{BREAK}", "\n".join(lines))
    whole, around = in_full(text), len("```\n\n```")
    if len(whole) + around <= limit:
        return f"```\n{whole}\n```"
    room = limit - around - 1
    return f"```\n{cut_anyway(text, room).removesuffix(telling.REST)}\n```\n{telling.REST}"
