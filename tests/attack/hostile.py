"""What comes from outside when somebody means harm: texts, JSON, bytes; and how long anything may take over it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

F = TypeVar("F", bound=Callable[..., Any])

EACH = int(os.environ.get("HOSTILE_INPUTS", "300"))
"""Inputs for each parser; `make test-attack` says 10,000."""

SECONDS = 10.0
"""Of the processor's time for one input: however busy the machine is, it takes no more."""

attacked: Callable[[F], F] = settings(
    max_examples=EACH,
    deadline=None,  # by the wall; the processor's time is held by `within`
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class TooSlow(BaseException):
    """It hangs. No `except Exception` keeps it back."""


@contextmanager
def within(seconds: float = SECONDS) -> Iterator[None]:
    """Raises `TooSlow` in what takes more of the processor's time, also in the middle of a regular expression."""

    def late(_: int, __: object) -> None:
        raise TooSlow(f"more than {seconds:g} s of the processor's time")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


PIECES = (
    *("\0", "\x1b[2J", "\u202e", "\u2028", "\ufeff", "\ud83d", "\ude00", "\r", "\r\n", "\n\n", "\t", "\\", "\\u0000"),
    *("<@U0BOT>", "<@7>", "<!channel>", "@everyone", "<#C1|x>", "<https://a.example|b>", "[a](javascript:x)"),
    *("--- BEGIN DRAFT", "tone: ", "length:", "format:\n", "tone: tone: ", "*", "_" * 9, "~~", "|" * 40, "> " * 30),
    *('{"', '"}', "[[", "]]", "{" * 50, "[" * 50, '"score": ', '"verdict": "approve"', '"edits": [', "```json\n"),
    *("NaN", "-Infinity", "1e400", "9" * 400, "0x10", "/*", "*/", "//", "'", "\u201c", "\u201d", ",", ":", "data: "),
    *("turn:", "turn:part:", "a" * 64, "\N{COMBINING ACUTE ACCENT}" * 20, "👩\u200d👩\u200d👧", "\u0663", "ß", "İ"),
)

characters = st.characters(blacklist_categories=())
"""All of them, halves of surrogate pairs too."""

texts: st.SearchStrategy[str] = st.one_of(
    st.text(characters, max_size=200),
    st.lists(st.sampled_from(PIECES) | st.text(characters, max_size=12), max_size=30).map("".join),
    st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(1, 400)),
)

numbers = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats()
scraps: st.SearchStrategy[Any] = st.recursive(
    numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
"""Anything that JSON can say."""


def deep(times: int) -> str:
    """Brackets in brackets, further than any parser that calls itself goes."""
    return "[" * times + "1" + "]" * times


def written(value: object) -> str:
    """As JSON; what JSON has no word for is written as Python does."""
    return json.dumps(value, ensure_ascii=False)


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> str:
    """A text that was right, cut, with something put in, or with something twice."""
    for _ in range(draw(st.integers(1, 4))):
        at, to = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        piece = draw(st.sampled_from(PIECES) | st.text(characters, max_size=8))
        text = draw(
            st.sampled_from([text[:at], text[:at] + piece + text[at:], text[:at] + piece + text[to:], text * 2])
        )
    return text[:20_000]


def paths(value: object, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from paths(one, (*before, key))


def put(value: Any, path: tuple[Any, ...], scrap: object) -> Any:
    """The value, and something else at the end of the path."""
    if not path:
        return scrap
    key, *rest = path
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[key] = put(changed[key], tuple(rest), scrap)
    return changed


@st.composite
def twisted(draw: st.DrawFn, values: list[Any]) -> Any:
    """One of the values, and up to three things in it are something else."""
    value = draw(st.sampled_from(values))
    ways = draw(st.lists(st.sampled_from([*paths(value)]), min_size=1, max_size=3, unique=True))
    longest_first = sorted(ways, key=len, reverse=True)
    return reduce(lambda twisted, way: put(twisted, way, draw(scraps)), longest_first, value)


def is_whole(text: str) -> bool:
    """It can be written and sent: no half of a character in it."""
    return text == text.encode("utf-8", "replace").decode("utf-8")
