"""**I/O edge.** LiveReply: one message, updated in place, no faster than it may be.

The only loop shape that nobody in the field had to undo: one update in flight, the newest view wins, what looks the
same is not sent again, and the last view is guaranteed, after the update in flight has come back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import replace

from core.errors import SurfaceError
from core.events import Event
from core.ports import Surface
from core.text.redact import Redactor
from core.turn import MessageRef, TurnRequest
from core.view import TurnView, apply

log = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds after which the clock is shown anew although nothing happened: budgets are not spent on clocks."""


class LiveReply:
    """The live message of one turn. `emit` takes events at once; `interval` and `heartbeat` in seconds."""

    def __init__(
        self,
        surface: Surface,
        view: TurnView,
        *,
        redact: Redactor,
        interval: float = 0.5,
        heartbeat: float = HEARTBEAT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._surface = surface
        self._redact = redact
        self._interval = interval
        self._heartbeat = heartbeat
        self._now = now
        self.view = view
        self._message: MessageRef | None = None
        self._shown: Hashable = None
        self._shown_at = 0.0
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._updates: asyncio.Task[None] | None = None

    def emit(self, event: Event) -> None:
        """Fold an event into the view; it is shown when its time comes."""
        self.view = apply(self.view, event)
        self._changed.set()

    async def post(self, turn: TurnRequest) -> MessageRef | None:
        """Post the placeholder and begin to update it. Nothing where the platform refuses: `publish` tries again."""
        view = self._stamped()
        try:
            self._message = await self._surface.post(turn, view)
        except SurfaceError as error:
            log.warning("turn %s: not posted yet: %s", turn.turn_id, error)
            return None
        self._remember(view)
        self._updates = asyncio.create_task(self._update_until_the_end())
        return self._message

    async def publish(self, turn: TurnRequest) -> None:
        """Show the last view. It must arrive: raises `SurfaceError` where it does not."""
        await self.close()
        view = self._stamped()
        if self._message is None:
            self._message = await self._surface.post(turn, view)
        await self._surface.publish(self._message, view)

    async def close(self) -> None:
        """No further updates. The one in flight is waited for: cancelled, it might still land after the last."""
        self._ending.set()
        if self._updates:
            await self._updates
            self._updates = None

    async def _update_until_the_end(self) -> None:
        while await self._something_to_show():
            await self._update()
            await self._within(self._interval, self._ending)

    async def _something_to_show(self) -> bool:
        """Wait for a change, or for the heartbeat. False once the end has come."""
        await self._within(self._heartbeat, self._changed, self._ending)
        return not self._ending.is_set()

    @staticmethod
    async def _within(seconds: float, *events: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _update(self) -> None:
        idle = not self._changed.is_set()
        self._changed.clear()
        if not idle and self._looks_the_same():
            return
        assert self._message is not None
        view = self._stamped()
        try:
            await self._surface.update(self._message, view)
        except SurfaceError as error:
            log.warning("an update was lost: %s", error)
        else:
            self._remember(view)

    def _looks_the_same(self) -> bool:
        """Whether nothing but the clock would change."""
        return self._rendered(replace(self.view, now=self._shown_at)) == self._shown

    def _stamped(self) -> TurnView:
        return self._redact.deep(replace(self.view, now=self._now()))

    def _rendered(self, view: TurnView) -> Hashable:
        return self._surface.render(self._redact.deep(view))

    def _remember(self, view: TurnView) -> None:
        self._shown, self._shown_at = self._surface.render(view), view.now
