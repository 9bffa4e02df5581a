"""**I/O edge.** The last word before each request to the outside: is the turn that it belongs to still ours?

Put up around a turn's task, it holds for all that the task begins. Edges ask before each request, not once for many.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Certain = Callable[[], Awaitable[None]]

_FENCE: ContextVar[Certain | None] = ContextVar("fence", default=None)


@contextmanager
def fenced(certain: Certain) -> Iterator[None]:
    """For the length of the block `certain` has the last word: it returns, or raises `Superseded`."""
    token = _FENCE.set(certain)
    try:
        yield
    finally:
        _FENCE.reset(token)


async def passed() -> None:
    """Return where nothing stands in the way. Raises `Superseded`."""
    if certain := _FENCE.get():
        await certain()
