"""**Pure.** Where a passage stands in a draft: to the letter, normalised, by likeness."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from core.text.spans import Span

ALIKE = 92.0
"""`fuzz.ratio`, of 100, from which a place is taken for the passage."""
AHEAD = 5.0
"""How much less alike the next best place has to be."""
LONGEST_ALIKE = 1_000
"""Characters. Likeness costs the square of the length; whoever quotes that much must quote it right."""
# The best window of the passage's own length is less alike than the best of any length by what that one is
# longer or shorter: at most 17.4 % where it is ALIKE, so that this loses none.
_WORTH_A_LOOK = 80.0

_UNIT = re.compile(r"\s+|.", re.DOTALL)
_TOKEN = re.compile(r"\w+|[^\w\s]+")
_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    "\u2026": "...",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A text with white space, quotes, dashes, ellipses made equal. `origins`: where each character stood."""

    text: str
    origins: tuple[Span, ...]

    def place(self, span: Span) -> Span:
        """Where a span of the plain text stands in the text it was made of."""
        return self.origins[span[0]][0], self.origins[span[1] - 1][1]

    def holds(self, span: Span) -> bool:
        """Does it begin and end where characters of the text do? An ellipsis is one, and three here."""
        start, end = span
        return self._begins(start) and self._begins(end)

    def _begins(self, at: int) -> bool:
        return not 0 < at < len(self.origins) or self.origins[at] != self.origins[at - 1]


@dataclass(frozen=True, slots=True)
class _Window:
    score: float
    span: Span


def plain(text: str) -> Plain:
    pieces: list[str] = []
    origins: list[Span] = []
    for unit in _UNIT.finditer(text):
        piece = " " if unit[0].isspace() else _SAME.get(unit[0], unit[0])
        pieces.append(piece)
        origins += [unit.span()] * len(piece)
    return Plain("".join(pieces), tuple(origins))


def occurrences(text: str, passage: str) -> list[Span]:
    """Every place of the passage, to the letter; they may overlap. It is not empty."""
    places, start = [], text.find(passage)
    while start >= 0:
        places.append((start, start + len(passage)))
        start = text.find(passage, start + 1)
    return places


def equals(draft: Plain, passage: str) -> list[Span]:
    """Every place of the draft that equals the plain passage."""
    return [draft.place(span) for span in occurrences(draft.text, passage) if draft.holds(span)]


def alikes(draft: Plain, passage: str) -> list[Span]:
    """The place most like the plain passage, and others that come too near to it; none if it is unlike.

    Places begin and end at the borders of words.
    """
    if len(passage) > LONGEST_ALIKE:
        return []
    best = _best(draft.text, passage, (0, len(draft.text)))
    if best is None or best.score < ALIKE:
        return []
    start, end = best.span
    others = (_best(draft.text, passage, region) for region in ((0, start), (end, len(draft.text))))
    rivals = [other for other in others if other and other.score > best.score - AHEAD]
    return [draft.place(window.span) for window in (best, *rivals)]


def _best(text: str, passage: str, region: Span) -> _Window | None:
    """The most alike window of whole words: the best window of any characters, its ends moved one by one."""
    first, last = region
    rough = fuzz.partial_ratio_alignment(passage, text[first:last], score_cutoff=_WORTH_A_LOOK)
    if rough is None or rough.dest_start == rough.dest_end:
        return None
    start, end = first + rough.dest_start, first + rough.dest_end
    slack = 4 + len(passage) // 4
    tokens = list(_tokens(text, (max(first, start - slack), min(last, end + slack))))
    starts = [token for token, _ in tokens if abs(token - start) <= slack]
    ends = [token for _, token in tokens if abs(token - end) <= slack]
    return _fit(text, passage, starts, ends, end)


def _fit(text: str, passage: str, starts: list[int], ends: list[int], end: int) -> _Window | None:
    """Best start for this end, best end for that start, best start for that end."""
    if not starts or not ends:
        return None

    def likeness(span: Span) -> tuple[float, int]:
        return fuzz.ratio(passage, text[span[0] : span[1]]), span[0] - span[1]

    start = _choose(starts, lambda at: likeness((at, end)))
    end = _choose(ends, lambda at: likeness((start, at)))
    start = _choose(starts, lambda at: likeness((at, end)))
    return _Window(likeness((start, end))[0], (start, end)) if start < end else None


def _choose(places: Iterable[int], likeness: Callable[[int], tuple[float, int]]) -> int:
    return max(places, key=likeness)


def _tokens(text: str, region: Span) -> Iterator[Span]:
    """The words, and the runs of signs between them, that stand in the region as a whole."""
    first, last = region
    while 0 < first < last and text[first - 1].isalnum() and text[first].isalnum():
        first += 1
    for token in _TOKEN.finditer(text, first):
        if token.end() > last:
            break
        yield token.span()
