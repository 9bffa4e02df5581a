"""**Pure.** Find the JSON object in what an agent wrote, and forgive what agents do to JSON."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from json_repair import repair_json

# A fence at the beginning of a line, to its end or to the end of a text that was cut off.
_FENCED = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
# Line breaks may stand in strings. Nothing else is forgiven here: what this reads is kept to the letter.
_DECODER = json.JSONDecoder(strict=False)
# What json-repair raises on rubbish: too deep, too long a number, and its own surprise, as seen.
_UNREPAIRABLE = (ValueError, RecursionError, AssertionError, LookupError, TypeError)
# A whole string, a bracket, a comma, or the quote of a string without an end.
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)
_CLOSED_BY = {"{": "}", "[": "]"}
MOST_BEGINNINGS = 10
"""So many braces are tried as the beginning of an object without an end."""
DEEPEST = 200
"""So many brackets in brackets are closed; JSON's own reader goes no further than a thousand."""
# Where a string may begin: behind these; where it may end: before those. And what ends what began with which.
_BEFORE_STRING = "{[,:"
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|\Z)")
_CLOSING = {'"': '"', "'": "'", "\u201c": '\u201d\u201c"', "\u201e": '\u201c\u201d"', "\u2018": "\u2019'"}


@dataclass(frozen=True, slots=True)
class Found:
    """An object. `cut`: its text ended before it did, so that what it says last may be half of what was meant."""

    fields: dict[str, object]
    cut: bool = False


def read_object(text: str, wanted: Collection[str]) -> Found | None:
    """The object with most of the `wanted` keys, in any case, or the first of these; None without any.

    It may stand in a fence, in prose, in a list or in another object; may have trailing commas, comments,
    other quotes; may break off. What is valid JSON is read as it stands. Never raises.
    """
    names = frozenset(key.lower() for key in wanted)
    whole = _best(map(Found, _objects(_decoded(text.strip()))), names)
    if whole is not None:
        return whole
    written = list(_written_objects(text))
    best = _best(written, names)
    if best is not None and _score(best, names) == len(names):
        return best
    return _best([*written, *_repaired_objects(text)], names)


def _best(objects: Iterable[Found], names: frozenset[str]) -> Found | None:
    best = max(objects, key=lambda found: _score(found, names), default=None)
    return best if best is not None and _score(best, names) else None


def _score(found: Found, names: frozenset[str]) -> int:
    return len(names & {key.lower() for key in found.fields})


def _decoded(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _written_objects(text: str) -> Iterator[Found]:
    """Valid objects, wherever they stand, and one whose end is missing."""
    start, patience = text.find("{"), MOST_BEGINNINGS
    while start >= 0:
        value, end = _decoded_at(text, start)
        yield from map(Found, _objects(value))
        if value is None and patience:
            patience -= 1
            yield from (Found(fields, cut=True) for fields in _objects(_completed(text[start:])))
        start = text.find("{", end)


def _decoded_at(text: str, start: int) -> tuple[object, int]:
    """The value that begins there and where it ends; if none does, one may begin with the next character."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start + 1


def _completed(text: str) -> object:
    """What the beginning of valid JSON says: its open strings and brackets closed, or else its last item left out."""
    closing: list[str] = []
    last = (0, "")
    for mark in _MARK.finditer(text):
        match mark[0]:
            case "{" | "[" as opening:
                if len(closing) == DEEPEST:
                    return None
                closing.insert(0, _CLOSED_BY[opening])
                last = mark.end(), "".join(closing)
            case "}" | "]":
                closing.pop(0)
                if not closing:
                    return None
            case ",":
                last = mark.start(), "".join(closing)
            case '"':
                closing.insert(0, '"')
                break
    whole = _decoded(text + "".join(closing))
    return _decoded(text[: last[0]] + last[1]) if whole is None else whole


def _repaired_objects(text: str) -> Iterator[Found]:
    """What can be made of each fence, and of all from the first brace on."""
    fenced = (match[1] for match in _FENCED.finditer(text))
    for piece in (*fenced, text[text.find("{") :]):
        if "{" in piece:
            cut = _breaks_off(piece)
            yield from (Found(fields, cut) for fields in _objects(_repaired(piece)))


def _breaks_off(text: str) -> bool:
    """Does a bracket stay open? Strings are as in JSON, and in other quotes; in doubt, it does."""
    depth, at, before = 0, 0, ""
    while at < len(text):
        sign = text[at]
        if depth and sign in _CLOSING and before in _BEFORE_STRING:
            at = _end_of_string(text, at)
        depth = max(0, depth + (sign in "{[") - (sign in "}]"))
        before = before if sign.isspace() else sign
        at += 1
    return depth > 0


def _end_of_string(text: str, start: int) -> int:
    """Where the closing quote stands, or the end of the text: quotes may stand in a string unescaped."""
    closing = _CLOSING[text[start]]
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in closing and _AFTER_STRING.match(text, at + 1):
            return at
        at += 1
    return at


def _repaired(text: str) -> object:
    try:
        return repair_json(text, return_objects=True, skip_json_loads=True)
    except _UNREPAIRABLE:
        return None


def _objects(value: object) -> Iterator[dict[str, object]]:
    """The object and those in it, the outer before the inner."""
    waiting = deque([value])
    while waiting:
        match waiting.popleft():
            case dict() as found:
                yield found
                waiting += found.values()
            case list() as several:
                waiting += several
