"""**I/O edge.** The bell: whoever waits for something to happen is woken, also where it happened in another process.

A ring says only "look again": what has happened stands in the database. One that is lost costs a wait's floor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Rings within this process. `rung_by` others as well where a database passes rings on."""

    def __init__(self) -> None:
        self._ears: dict[str, set[asyncio.Event]] = {}

    def ring(self, topic: str) -> None:
        """Wake all who listen for it."""
        for ear in self._ears.get(topic, ()):
            ear.set()

    def ring_all(self) -> None:
        """Wake everybody: nobody knows what was missed."""
        for topic in self._ears:
            self.ring(topic)

    @contextmanager
    def heard(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set by each ring from now on; whoever waits for it clears it."""
        ear = asyncio.Event()
        self._ears.setdefault(topic, set()).add(ear)
        try:
            yield ear
        finally:
            self._ears[topic].discard(ear)
            if not self._ears[topic]:
                del self._ears[topic]


async def rung(ear: asyncio.Event, floor: float) -> bool:
    """Wait for the next ring, at most `floor` seconds; false where none came."""
    try:
        async with asyncio.timeout(floor):
            await ear.wait()
    except TimeoutError:
        return False
    ear.clear()
    return True
