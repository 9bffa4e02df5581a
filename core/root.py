"""**Pure.** What the composition root hands to every adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.tally import Count, uncounted


async def unnumbered() -> bytes:
    """Where nobody keeps numbers."""
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """`count` takes what is counted; `numbers` is the page of `/metrics`, `core.metrics.CONTENT_TYPE`."""

    count: Count = uncounted
    numbers: Callable[[], Awaitable[bytes]] = unnumbered


ALONE = Root()
"""Of an adapter that nobody has put together with others."""
