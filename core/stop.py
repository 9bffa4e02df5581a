"""**I/O edge.** A turn's stop button."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from core.turn import Stopped

T = TypeVar("T")


class Stop:
    """Pressed once, by somebody; whatever is guarded then ends, and says by whom."""

    def __init__(self) -> None:
        self._pressed = asyncio.Event()
        self._by = ""

    def press(self, by: str) -> None:
        """A second press changes nothing."""
        if not self._pressed.is_set():
            self._by = by
            self._pressed.set()

    async def guard(self, work: Coroutine[Any, Any, T]) -> T | Stopped:
        """What the work returns, or `Stopped` once it has been cancelled and has cleaned up."""
        if self._pressed.is_set():
            work.close()
            return Stopped(self._by)
        task = asyncio.create_task(work)
        pressed = asyncio.create_task(self._pressed.wait())
        try:
            await asyncio.wait({task, pressed}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            return Stopped(self._by)
        finally:
            pressed.cancel()
            task.cancel()
            await asyncio.gather(task, pressed, return_exceptions=True)
