"""**I/O edge.** What is done again and again beside the turns."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from core.bell import Bell, rung
from core.durable.ledger import Ledger
from core.errors import StoreError

log = logging.getLogger(__name__)

HOUR = 3_600.0
DAY = 86_400.0
BATCH = 100
"""Turns deleted in one transaction: a small one, so that nobody who accepts has to wait for it."""


async def again_and_again(
    work: Callable[[], Awaitable[object]],
    *,
    every: float,
    bell: Bell | None = None,
    topic: str = "",
    at_once: bool = False,
) -> None:
    """Until cancelled, every so many seconds, and when it rings. What the database refuses is put off.

    `at_once`: for the first time without waiting.
    """
    with (bell or Bell()).heard(topic) as ear:
        if at_once:
            await _once(work)
        while True:
            await rung(ear, every)
            await _once(work)


async def _once(work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except StoreError as error:
        log.warning("the upkeep is put off: %s", error)
    except Exception:  # the next time may go well; without a next time turns would be forgotten
        log.exception("the upkeep broke off")


class Retention:
    """Forgets turns that ended longer ago than so many days, and conversations of which nothing is left."""

    def __init__(self, ledger: Ledger, *, days: float, now: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._days = days
        self._now = now

    async def forget_old(self) -> int:
        """Delete what is old enough; how many turns."""
        forgotten, before = 0, self._now() - self._days * DAY
        while some := await self._ledger.forget(before, BATCH):
            forgotten += some
        while await self._ledger.forget_empty(before, BATCH):
            pass
        return forgotten


def cancelled(tasks: set[asyncio.Task[None]]) -> Awaitable[object]:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    return asyncio.gather(*tasks, return_exceptions=True)
