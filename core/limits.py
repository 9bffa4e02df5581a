"""**I/O edge.** Limits of the outside: so many CustomGPT requests at once. In memory, for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count


class MemorySlots:
    """At most `limit` blocks at once; a free slot goes to the smallest seniority, then to who came first."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._arrivals = count()
        self._line: list[tuple[float, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def hold(self, seniority: float, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold a slot for the length of the block. `on_wait` is called once, if it must be waited for."""
        await self._take(seniority, on_wait)
        try:
            yield
        finally:
            self._hand_on()

    async def _take(self, seniority: float, on_wait: Callable[[], None]) -> None:
        if self._free:
            self._free -= 1
            return
        on_wait()
        turn = asyncio.get_running_loop().create_future()
        heappush(self._line, (seniority, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the slot was given in the very moment of the cancellation
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._line:
            _, _, turn = heappop(self._line)
            if not turn.done():  # who was cancelled still stands in the line, and is passed over
                turn.set_result(None)
                return
        self._free += 1
