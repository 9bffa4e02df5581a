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
        self._pressed = False
        self._by = ""
        self._guards: set[asyncio.Future[None]] = set()

    def press(self, by: str) -> None:
        """A second press changes nothing."""
        if not self._pressed:
            self._pressed, self._by = True, by
            for guard in self._guards:
                _wake(guard)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T | Stopped:
        """What the work returns, or `Stopped` once it has been cancelled and has cleaned up."""
        if self._pressed:
            work.close()
            return Stopped(self._by)
        task = asyncio.create_task(work)
        guard = asyncio.get_running_loop().create_future()
        task.add_done_callback(lambda _: _wake(guard))
        self._guards.add(guard)  # no task that waits for the press: a thousand turns may stand in line
        try:
            await guard
            return task.result() if task.done() else Stopped(self._by)
        finally:
            self._guards.discard(guard)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _wake(guard: asyncio.Future[None]) -> None:
    if not guard.done():
        guard.set_result(None)
