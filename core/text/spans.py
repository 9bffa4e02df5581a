"""**Pure.** Stretches of a text: whether they meet, and what the text is with others in their places."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
"""From (included) and to (excluded), in characters."""


def overlap(one: Span, other: Span) -> bool:
    """Do they have a character in common?"""
    return one[0] < other[1] and other[0] < one[1]


def replace_spans(text: str, changes: Iterable[tuple[Span, str]]) -> str:
    """Put each new text in the place of its span; these do not overlap. All else is kept as it is."""
    pieces, done = [], 0
    for (start, end), new in sorted(changes):
        pieces += [text[done:start], new]
        done = end
    return "".join([*pieces, text[done:]])
