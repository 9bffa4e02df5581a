"""**I/O edge.** Waiting for something to become true, without asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Changes:
    """Whoever changes something says so; who waits asks again then, in a task of their own."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notice(self) -> None:
        """Something has changed."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, true: Callable[[], object], seconds: float) -> None:
        """Wait until `true()` holds; asked now and after every change. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while not true():
                await self._change()

    async def _change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            self._waiting.remove(waiter)
