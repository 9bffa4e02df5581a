"""**I/O edge.** What is being worked on, for the log. Put up around a task, it holds for all that the task begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})

_SUBJECT: ContextVar[Mapping[str, str]] = ContextVar("subject", default=NOTHING)


def hashed(name: str) -> str:
    """In place of a name that a client may have chosen itself: the same for the same, and nothing of what it says."""
    return sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """For the length of the block the log names these ids too: `turn`, `thread`, `stage`. No text of anybody's."""
    token = _SUBJECT.set({**_SUBJECT.get(), **ids})
    try:
        yield
    finally:
        _SUBJECT.reset(token)


def subject() -> Mapping[str, str]:
    """The ids of what is being worked on; none outside of every turn."""
    return _SUBJECT.get()
