"""**Pure.** Find the JSON object in what an agent wrote, and forgive what agents do to JSON."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from json_repair import repair_json

# A fence at the beginning of a line, to its end or to the end of a text that was cut off.
_FENCED = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
# Line breaks may stand in strings. Nothing else is forgiven here: what this reads is kept to the letter.
_DECODER = json.JSONDecoder(strict=False)
# What json-repair raises on rubbish: too deep, too long a number, and its own surprise, as seen.
_UNREPAIRABLE = (ValueError, RecursionError, AssertionError, LookupError, TypeError)


def read_object(text: str, wanted: Collection[str]) -> dict[str, object] | None:
    """The object with most of the `wanted` keys, in any case, or the first of these; None without any.

    It may stand in a fence, in prose, in a list or in another object; may have trailing commas, comments,
    other quotes; may break off. What is valid JSON is read as it stands. Never raises.
    """
    names = frozenset(key.lower() for key in wanted)
    whole = _best(_objects(_decoded(text.strip())), names)
    if whole is not None:
        return whole
    written = list(_written_objects(text))
    best = _best(written, names)
    if best is not None and _score(best, names) == len(names):
        return best
    return _best([*written, *_repaired_objects(text)], names)


def _best(objects: Iterable[dict[str, object]], names: frozenset[str]) -> dict[str, object] | None:
    best = max(objects, key=lambda found: _score(found, names), default=None)
    return best if best is not None and _score(best, names) else None


def _score(found: dict[str, object], names: frozenset[str]) -> int:
    return len(names & {key.lower() for key in found})


def _decoded(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _written_objects(text: str) -> Iterator[dict[str, object]]:
    """Valid objects, wherever they stand."""
    start = text.find("{")
    while start >= 0:
        value, end = _decoded_at(text, start)
        yield from _objects(value)
        start = text.find("{", end)


def _decoded_at(text: str, start: int) -> tuple[object, int]:
    """The value that begins there and where it ends; if none does, one may begin with the next character."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start + 1


def _repaired_objects(text: str) -> Iterator[dict[str, object]]:
    """What can be made of each fence, and of all from the first brace on."""
    fenced = (match[1] for match in _FENCED.finditer(text))
    for piece in (*fenced, text[text.find("{") :]):
        if "{" in piece:
            yield from _objects(_repaired(piece))


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
