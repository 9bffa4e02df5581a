"""**I/O edge.** What people attach to a question, read as background: by whatever way a platform gives it out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

from core.surroundings import Background
from core.text.attachments import EMPTY, MOST_BYTES, NO_TEXT, NOT_FETCHED, TOO_LARGE, decoded, joined, obstacle, unread

MOST_FILES = 10
"""Slack and Discord take as many with one message."""

PATIENCE = 20.0
"""Seconds for each: the question can be answered without."""


@dataclass(frozen=True, slots=True)
class File:
    """A file beside the words. `size` in bytes; `url` is empty where the platform gives it to nobody."""

    id: str
    name: str
    mimetype: str = ""
    size: int = 0
    url: str = ""


Fetch = Callable[[File], Awaitable[bytes | None]]
"""Its content, at least the first `MOST_BYTES` and one more; None where it cannot be had. May raise `OSError`."""


def kept(files: Sequence[File]) -> str:
    """As they are kept in a turn's address."""
    return json.dumps([asdict(file) for file in files[:MOST_FILES]])


async def read(files: str, fetch: Fetch) -> Background:
    """The texts among the `kept` files, and which were not read, each with why."""
    given = [File(**one) for one in json.loads(files)]
    found = await asyncio.gather(*(_read(file, fetch) for file in given))
    texts = [(file.name, text) for file, (text, _) in zip(given, found, strict=True) if text]
    missing = [unread(file.name, why) for file, (_, why) in zip(given, found, strict=True) if why]
    return Background(joined(texts), tuple(missing))


async def _read(file: File, fetch: Fetch) -> tuple[str, str]:
    """A file's text; or why there is none."""
    if why := obstacle(file.name, file.mimetype, file.size):
        return "", why
    try:
        async with asyncio.timeout(PATIENCE):
            content = await fetch(file)
    except (TimeoutError, OSError):
        content = None
    return _text(content) if content is not None else ("", NOT_FETCHED)


def _text(content: bytes) -> tuple[str, str]:
    if len(content) > MOST_BYTES:
        return "", TOO_LARGE
    text = decoded(content)
    if text is None:
        return "", NO_TEXT
    return (text, "") if text.strip() else ("", EMPTY)
