"""**Pure.** An answer in parts that can each be read by itself: a fence that is cut is closed, and opened again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.text.markdown import split
from core.text.passages import read
from core.text.spans import Span

_OPENING = re.compile(
    r"(?P<quote>[ \t]*(?:>[ \t]?)*)[^`~\n]*?(?P<fence>`{3,20}|~{3,20})(?P<info>[^`\n]{0,40})(?:\n|\Z)"
)

ROOM = 200
"""Kept in each part for the fences that are put in; those with more before or behind them are not opened again."""

LEAST = 2 * ROOM
"""A limit below this leaves no room for fences."""


@dataclass(frozen=True, slots=True)
class _Fence:
    span: Span
    opening: str
    closing: str


def closed_parts(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters; all of the text is in them, and none is blank.

    Cut where `core.text.markdown.split` cuts. Joined, they are the text but for fences that were put in, and blanks.
    """
    if limit < LEAST:
        raise ValueError(f"a part holds at least {LEAST} characters")
    if len(text) <= limit:
        return [text] if text.strip() else []
    fences, parts, start = list(_fences(text)), [], 0
    for piece in split(text, limit - ROOM):
        end = start + len(piece)
        parts.append(_closed(text, start, end, fences))
        start = end
    return [part for part in parts if part.strip()]


def gathered(entries: Iterable[str], limit: int, between: str = "\n") -> list[str]:
    """Entries, of which none is longer than `limit`, several of them in one text."""
    texts: list[str] = []
    for entry in entries:
        longer = f"{texts[-1]}{between}{entry}" if texts else entry
        texts = [*texts[:-1], longer] if len(longer) <= limit else [*texts, entry]
    return texts


def _closed(text: str, start: int, end: int, fences: list[_Fence]) -> str:
    """The text from start to end, with the fences that its ends stand in."""
    before = next((fence for fence in fences if _holds(fence, start)), None)
    behind = next((fence for fence in fences if _holds(fence, end)), None)
    if before and text[start : before.span[1]].strip() == before.closing.strip():
        start, before = before.span[1], None  # nothing is left of it but its end
    if behind and text[behind.span[0] : end].strip() == behind.opening.strip():
        end, behind = behind.span[0], None  # nothing is there yet but its beginning, and the next part has that
    piece = _reopened(text, start, end, before) if before else text[start:end]
    return f"{piece.rstrip()}\n{behind.closing}" if behind else piece


def _reopened(text: str, start: int, end: int, fence: _Fence) -> str:
    own_end = text[start - 1] != "\n"  # of a line whose words are in the part before
    piece = text[start:end]
    return fence.opening + (piece.removeprefix("\n") if own_end else piece)


def _holds(fence: _Fence, at: int) -> bool:
    return fence.span[0] < at < fence.span[1]


def _fences(text: str) -> Iterator[_Fence]:
    page = read(text)
    for token in page.tokens:
        opening = _OPENING.match(text, page.span(token)[0]) if token.type == "fence" else None
        if opening and opening["fence"] == token.markup and len(opening["quote"]) <= ROOM // 5:
            quote = opening["quote"] if ">" in opening["quote"] else ""
            closing = quote + opening["fence"]
            yield _Fence(page.span(token), f"{closing}{opening['info'].rstrip()}\n", closing)
