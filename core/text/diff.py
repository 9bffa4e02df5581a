"""**Pure.** What an edit changes: the words or lines that stay, go, and come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import LCSseq

MOST = 5_000
"""Words on either side: comparing costs their product, in bits. Beyond, lines are compared, or nothing."""

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"\s+|[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Change(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, never empty."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class _Hunk:
    """What stays, and what is changed behind it."""

    kept: str
    removed: str = ""
    added: str = ""

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))


def diff(find: str, replace: str) -> tuple[Piece, ...]:
    """By words. Without the added pieces it is `find`, without the removed ones `replace`; these stand before those."""
    before, after = _WORD.findall(find), _WORD.findall(replace)
    if max(len(before), len(after)) > MOST:
        return line_diff(find, replace)
    return tuple(_pieces(_readable(_hunks(before, after))))


def line_diff(find: str, replace: str) -> tuple[Piece, ...]:
    """The same by lines; a piece may have several, each with its line feed."""
    before, after = _LINE.findall(find), _LINE.findall(replace)
    if max(len(before), len(after)) > MOST:
        return tuple(_pieces([_Hunk("", find, replace)]))
    return tuple(_pieces(_hunks(before, after)))


def _hunks(before: Sequence[str], after: Sequence[str]) -> list[_Hunk]:
    hunks, kept, removed, added = [], 0, 0, 0
    for block in LCSseq.opcodes(before, after):
        if block.tag == "equal":
            hunks.append(_hunk(before, after, kept, (removed, block.src_start), (added, block.dest_start)))
            kept, removed, added = block.src_start, block.src_end, block.dest_end
    return [*hunks, _hunk(before, after, kept, (removed, len(before)), (added, len(after)))]


def _hunk(
    before: Sequence[str], after: Sequence[str], kept: int, removed: tuple[int, int], added: tuple[int, int]
) -> _Hunk:
    """From word `kept` on something stays, and then goes what is between the numbers of `removed`."""
    return _Hunk("".join(before[kept : removed[0]]), "".join(before[slice(*removed)]), "".join(after[slice(*added)]))


def _readable(hunks: Sequence[_Hunk]) -> list[_Hunk]:
    """Without the odd word that stays in the midst of a change: two sentences are easier to read than a mosaic."""
    return _joined(_joined(hunks, _says_nothing), _is_short)


def _joined(hunks: Sequence[_Hunk], is_lost: Callable[[_Hunk, _Hunk], bool]) -> list[_Hunk]:
    """Where what stays between two changes is lost, they are one."""
    read: list[_Hunk] = []
    for hunk in hunks:
        if read and read[-1].size and hunk.size and is_lost(read[-1], hunk):
            last = read.pop()
            hunk = _Hunk(last.kept, last.removed + hunk.kept + hunk.removed, last.added + hunk.kept + hunk.added)
        read.append(hunk)
    return read


def _says_nothing(_: _Hunk, hunk: _Hunk) -> bool:
    return not any(map(str.isalnum, hunk.kept))


def _is_short(before: _Hunk, hunk: _Hunk) -> bool:
    return len(hunk.kept) <= min(before.size, hunk.size)


def _pieces(hunks: Sequence[_Hunk]) -> Iterator[Piece]:
    for hunk in hunks:
        for change, text in ((Change.KEPT, hunk.kept), (Change.REMOVED, hunk.removed), (Change.ADDED, hunk.added)):
            if text:
                yield Piece(change, text)
