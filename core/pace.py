"""**I/O edge.** One turn's share of what a platform allows: its last update is kept back from the beginning on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from core.ports import Budget, Budgets, Pace


class Paced:
    """Without a pace everything may be sent at once."""

    def __init__(
        self,
        budgets: Budgets | None = None,
        pace: Pace | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budgets = budgets
        self._pace = pace
        self._sleep = sleep
        self._clock = clock
        self._updated_at: float | None = None
        self._reserved: AsyncExitStack | None = None

    @asynccontextmanager
    async def reserved(self) -> AsyncIterator[None]:
        """Keep the last update back for the length of the block."""
        async with AsyncExitStack() as self._reserved:
            await self._reserve()
            try:
                yield
            finally:
                self._reserved = None

    async def at(self, pace: Pace | None) -> None:
        """By this pace from now on: it hangs on where the message stands. What is kept back is so there."""
        if pace == self._pace:
            return
        self._pace = pace
        if self._reserved:
            await self._reserved.aclose()
            await self._reserve()

    async def _reserve(self) -> None:
        if self._reserved and self._budgets and self._pace:
            await self._reserved.enter_async_context(self._budgets.reserved(self._pace.updates.name))

    async def update(self, *, boundary: bool) -> float:
        """0.0: one may be sent now. Else the seconds until then. Previews leave a third of the budget to boundaries."""
        if not self._budgets or not self._pace:
            return 0.0
        if too_early := self._too_early():
            return too_early
        budget = self._pace.updates
        wait = await self._budgets.take(budget.name, budget.limit, keep=0 if boundary else budget.limit.most // 3)
        if not wait:
            self._updated_at = self._clock()
        return wait

    async def last(self) -> None:
        """Wait until the last update may be sent."""
        if self._pace:
            if too_early := self._too_early():
                await self._sleep(too_early)
            await self._wait_for(self._pace.updates, last=True)
            self._updated_at = self._clock()

    async def post(self) -> None:
        """Wait until a message may be posted."""
        if self._pace:
            await self._wait_for(self._pace.posts)

    async def pause(self, seconds: float) -> None:
        """The platform has asked for it."""
        if self._budgets and self._pace:
            await self._budgets.pause(self._pace.updates.name, seconds)

    def _too_early(self) -> float:
        """Seconds until this message may be updated again."""
        if self._pace is None or self._updated_at is None:
            return 0.0
        return max(0.0, self._updated_at + self._pace.apart - self._clock())

    async def _wait_for(self, budget: Budget, *, last: bool = False) -> None:
        while self._budgets and (wait := await self._budgets.take(budget.name, budget.limit, last=last)):
            await self._sleep(wait)
