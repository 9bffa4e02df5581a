"""**I/O edge.** The line of a thread: its turns run one at a time, in the order of their places."""

from __future__ import annotations

import asyncio

from core.durable.ledger import Ledger
from core.events import Emit, TurnQueued
from core.turn import TurnRequest

FLOOR = 2.0
"""Seconds after which who waits looks again, though nobody woke it."""


class Line:
    """Whoever waits is woken when a turn of this process ends."""

    def __init__(self, ledger: Ledger, *, floor: float = FLOOR) -> None:
        self._ledger = ledger
        self._floor = floor
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """A turn has ended: all who wait look where they stand."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        """Wait until no earlier turn of the thread is open; each change of the position is told."""
        told = 1
        while True:
            moved = self._moved
            position = await self._ledger.position(turn.turn_id)
            if position == 1:
                return
            if position != told:
                told = position
                emit(TurnQueued(position))
            await _either(moved, self._floor)


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
