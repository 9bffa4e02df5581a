"""For what nothing rings for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Look until it is so."""
    while True:
        if await condition():
            return
        await asyncio.sleep(0.01)
