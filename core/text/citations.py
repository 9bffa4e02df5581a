"""**Pure.** Citation marks in an answer, `[1]` or `[1, 7]`: those whose source nobody knows are taken out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from core.text.passages import Passage, read
from core.text.spans import Span, replace_spans

_MARK = re.compile(r"\[([1-9][0-9]{0,2}(?:[ \t]*,[ \t]*[1-9][0-9]{0,2})*)\]")
# Marks in a row, with the space before them. `[[1]]` is no mark, and neither is what stands in such brackets.
_MARKS = re.compile(rf"(?P<space>(?<=\S)[ \t]+)?(?P<marks>(?<!\[)(?:{_MARK.pattern})+)(?!\])(?=(?P<after>[ \t]*))")

_NESTED = 20  # as deep as a CommonMark parser looks


@dataclass(frozen=True, slots=True)
class _Change:
    span: Span
    text: str
    unknown: tuple[int, ...]


def keep_known_citations(text: str, known: Collection[int]) -> tuple[str, tuple[int, ...]]:
    """Take out the marks of unknown numbers; returns these too, in order, each once.

    Code, links, images, definitions, footnotes, escaped brackets are no marks. The space before a mark goes
    with it. Repeated while there is something to do: `[1,[7]2]` is a mark only when its inside is gone.
    """
    unknown: dict[int, None] = {}
    for _ in range(_NESTED):
        changes = [change for passage in read(text).passages for change in _changes(passage, known)]
        if not changes:
            break
        unknown.update(dict.fromkeys(number for change in changes for number in change.unknown))
        text = replace_spans(text, [(change.span, change.text) for change in changes])
    return text, tuple(unknown)


def _changes(passage: Passage, known: Collection[int]) -> Iterator[_Change]:
    for match in _MARKS.finditer(_plain(passage)):
        unknown = tuple(number for number in _numbers(match["marks"]) if number not in known)
        if unknown:
            yield _Change(*_without(passage, match, known), unknown)


def _without(passage: Passage, match: re.Match[str], known: Collection[int]) -> tuple[Span, str]:
    """What is replaced, and by what. Where nothing stays, the space before the marks goes too."""
    kept = _MARK.sub(lambda mark: _known_part(mark, known), match["marks"])
    start, end = match.span("marks")
    if not kept and match["space"] and not _glues(match.string[end : end + 1]):
        start = match.start()
    elif not kept and _begins_line(match.string, start):
        end = match.end("after")
    return passage.place((start, end)), kept


def _known_part(mark: re.Match[str], known: Collection[int]) -> str:
    kept = [number for number in mark[1].split(",") if int(number) in known]
    if len(kept) == len(mark[1].split(",")):
        return mark[0]
    return f"[{', '.join(number.strip() for number in kept)}]" if kept else ""


def _numbers(marks: str) -> Iterator[int]:
    for mark in _MARK.finditer(marks):
        yield from map(int, mark[1].split(","))


def _plain(passage: Passage) -> str:
    """The content with all that is code, a link, escaped and so on blotted out, at the same length."""
    plain = list(passage.content)
    for _, (start, end) in passage.notes:
        plain[start:end] = "\0" * (end - start)
    return "".join(plain)


def _glues(following: str) -> bool:
    """Would what follows stick to the word before, or become a link with it?"""
    return following.isalnum() or following in ("(", "[")


def _begins_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"
