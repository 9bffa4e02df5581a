"""**Pure.** Long texts in mrkdwn: cut to the room that there is, and divided among sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.slack.blocks import SECTION
from bot.slack.mrkdwn import escaped
from core.text.parts import gathered
from core.text.telling import REST

_LONGEST_ENTITY = 5

_GROWTH = 10
"""Escaped, a text is never so many times as long."""

_BETWEEN = "\n\n"


def cut(text: str, room: int) -> str:
    """A text, escaped, of at most `room` characters; what does not fit is pointed to at its end."""
    whole = in_full(text[: room + 1])  # escaped, it is no shorter
    return whole if len(whole) <= room else cut_anyway(text, room)


def cut_anyway(text: str, room: int) -> str:
    """The same of a text that is known not to fit."""
    return escaped(text, max(1, room - len(REST) + 1)).removesuffix("…") + REST


def in_full(text: str) -> str:
    """Escaped, however long."""
    return escaped(text, _GROWTH * len(text))


def sections(text: str) -> Iterator[str]:
    """An escaped text in pieces that each fit a section, divided between paragraphs, lines or words, if there are."""
    while len(text) > SECTION:
        at = _place(text)
        if text[:at].strip():
            yield text[:at].rstrip()
        text = text[at:].lstrip("\n")
    if text.strip():
        yield text


def _place(text: str) -> int:
    for sign in ("\n\n", "\n", " "):
        at = text.rfind(sign, SECTION // 2, SECTION)
        if at > 0:
            return at
    entity = text.rfind("&", SECTION - _LONGEST_ENTITY, SECTION)
    return entity if entity > 0 else SECTION


def packed(entries: Iterable[str], room: int, reserve: int) -> list[str]:
    """As many of the entries as find room, from the first on. Unless all do, `reserve` is kept free.

    Entries are made only as they are asked for.
    """
    taken, used, fitting = list[str](), 0, 0
    for entry in entries:
        used += len(entry) + (len(_BETWEEN) if taken else 0)
        if used > room:
            return taken[:fitting]
        taken.append(entry)
        fitting += used <= room - reserve
    return taken


def joined(entries: Sequence[str]) -> list[str]:
    """Entries as texts for sections, several of them in one."""
    return gathered(entries, SECTION, _BETWEEN)
