"""**Pure.** An answer as chat platforms show it: in pieces that each fit a message, and whole, as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from core.stages import TITLES
from core.text import wording
from core.text.links import safe_links, web_address
from core.text.markdown import split
from core.text.marks import link_citations
from core.text.parts import closed_parts
from core.text.printable import printable
from core.turn import Outcome, TurnStatus

HEADS = {
    TurnStatus.REJECTED: "⚠",
    TurnStatus.WITHHELD: "⚠",
    TurnStatus.FAILED: "✗",
    TurnStatus.STOPPED: "■",
}
"""What stands before the word on a turn that has no answer, or one that is advised against."""

_MARKUP = re.compile(r"[*`~]+|^[ \t]*#{1,6}[ \t]+|(?<!\w)_+|_++(?!\w)", re.MULTILINE)

Write = Callable[[str], str]
"""Markdown → what this platform may be given. Done twice it changes no more."""


def file_name(turn_id: str, generation: int) -> str:
    """The name of the whole answer: `answer-TURN-gN.md`."""
    return f"answer-{turn_id}-g{generation}.md"


def bare_words(markdown: str) -> str:
    """Without the marks of Markdown."""
    return _MARKUP.sub("", markdown).strip()


def pieces(outcome: Outcome, room: int, write: Write) -> list[str]:
    """The answer in Markdown, its marks leading to the sources, in pieces of at most `room` characters."""
    addresses = {source.n: address for source in outcome.sources if (address := web_address(source.url or ""))}
    text = _linked(safe_links(printable(outcome.answer)), addresses, room)
    return [piece for part in closed_parts(write(text), room) for piece in _safe_again(part, room, write)]


def whole(outcome: Outcome) -> str:
    """The answer as a file: as it is, with its sources and its footer."""
    listed = [f"{source.n}. {wording.source_label(source)} {source.url or ''}".rstrip() for source in outcome.sources]
    blocks = [outcome.answer.strip(), *_titled(listed), wording.headline(outcome, TITLES), wording.reviewed(outcome)]
    return printable("\n\n".join(filter(None, blocks)) + "\n")


def _linked(text: str, addresses: Mapping[int, str], room: int) -> str:
    """Each mark is a link; where that would cost a further message, only the first of each source is."""
    every = link_citations(text, addresses)
    return every if len(every) // room == len(text) // room else link_citations(text, addresses, once=True)


def _safe_again(part: str, room: int, write: Write) -> list[str]:
    """A cut may have made words of what was code. What is put in never doubles a text, so halves fit."""
    again = write(safe_links(part))
    if len(again) <= room:
        return [again]
    return [safe for piece in split(again, room // 2) if piece.strip() for safe in _safe_again(piece, room, write)]


def _titled(listed: list[str]) -> Iterator[str]:
    if listed:
        yield f"## {wording.SOURCES}"
        yield "\n".join(listed)
