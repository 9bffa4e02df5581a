"""**I/O edge.** LiveReply: one message, updated in place, no faster than it may be.

The only loop shape that nobody in the field had to undo: one update in flight, the newest view wins, what looks the
same is not sent again, and the last view is guaranteed, after the update in flight has come back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import replace

from core.errors import MessageGone, Superseded, SurfaceBusy, SurfaceError
from core.events import Emit, Event, StageDelta, StageProgress, StageStarted, StageWaiting, TurnQueued
from core.pace import Paced
from core.ports import Messages, Surface
from core.remembered import Remembered
from core.surroundings import Opened
from core.tally import Fate
from core.text.redact import Redactor
from core.turn import MessageRef, TurnRequest
from core.view import TurnView, apply

log = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds after which the clock is shown anew although nothing happened: budgets are not spent on clocks."""


LIVE = (TurnQueued, StageWaiting, StageStarted)
"""Events that no kept step brings back: the turn itself is moving."""

PREVIEWS = (StageDelta, StageProgress)
"""Events that only make the draft longer: what they show may wait."""

PATIENCE = 3_600.0
"""Seconds for which a platform may refuse the last view before it is given up; the answer itself is kept."""


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: float = PATIENCE,
        messages: Messages | None = None,
        also: Emit | None = None,
        paced: Paced | None = None,
        fated: Callable[[Fate], None] = lambda _: None,
    ) -> None:
        self._surface = surface
        self._redact = redact
        self._interval = interval
        self._heartbeat = heartbeat
        self._now = now
        self._sleep = sleep
        self._patience = patience
        self._messages = messages or Remembered()
        self._also = also
        self._paced = paced or Paced()
        self._fated = fated
        self.view = view
        self._message: MessageRef | None = None
        self._unposted: tuple[TurnRequest, float] | None = None
        self._opened: Opened | None = None
        self._shown: Hashable = None
        self._shown_at = 0.0
        self._live = asyncio.Event()
        self._changed = asyncio.Event()
        self._boundary = asyncio.Event()
        self._ending = asyncio.Event()
        self._updates: asyncio.Task[None] | None = None

    def emit(self, event: Event) -> None:
        """Fold an event into the view; it is shown when its time comes. Whoever listens `also` hears it at once."""
        self.view = apply(self.view, event)
        self._changed.set()
        if not isinstance(event, PREVIEWS):
            self._boundary.set()
        if isinstance(event, LIVE):
            self._live.set()
        if self._also:
            self._also(event)

    async def post(self, turn: TurnRequest) -> MessageRef | None:
        """The turn's message, posted once, whatever dies. None where the platform refuses: it is tried again later."""
        try:
            return await self._post(turn)
        except SurfaceError as error:
            log.warning("turn %s: not posted yet: %s", turn.turn_id, error)
            self._unposted = turn, error.seconds if isinstance(error, SurfaceBusy) else 0.0
            return None

    async def _post(self, turn: TurnRequest) -> MessageRef:
        if kept := await self._messages.message():
            return kept
        first = await self._messages.begin_post()
        placed = await self._placed(turn, again=not first)
        found = None if first else await self._surface.find(placed)
        return await self._posted(placed, found)

    async def _placed(self, turn: TurnRequest, *, again: bool) -> TurnRequest:
        """The turn at its place; one that was asked where no thread was is given one."""
        said = replace(turn, prompt=self._redact(turn.prompt))
        if self._opened is None and (opened := await self._surface.open(said, again=again)):
            await self._messages.keep_place(opened)
            self._opened = opened
        turn = self._at_place(turn)
        if self._opened:
            await self._paced.at(self._surface.pace(turn))
        return turn

    def _at_place(self, turn: TurnRequest) -> TurnRequest:
        return replace(turn, address=self._opened.address) if self._opened else turn

    async def _posted(self, turn: TurnRequest, found: MessageRef | None = None) -> MessageRef:
        message = found
        if message is None:
            await self._paced.post()
            view = self._stamped()
            message = await self._surface.post(turn, view)
            self._remember(view)
        await self._messages.keep_message(message)
        return message

    def follow(self, message: MessageRef | None) -> None:
        """Keep the message up to date from now on; one that could not be posted is, as soon as the platform lets us."""
        if (message or self._unposted) and self._updates is None and not self._ending.is_set():
            self._message = message
            self._updates = asyncio.create_task(self._update_until_the_end())

    async def publish(self, turn: TurnRequest) -> None:
        """Show the last view, in a new message where the old one is gone. Repeated until the platform takes it.

        Given up after `patience` seconds, or a platform that is closed to us would hold its thread for ever; and at
        once where the place itself is gone.
        """
        await self.close()
        pauses = self._pauses()
        while True:
            try:
                return await self._publish(turn)
            except SurfaceError as error:
                pause = None if isinstance(error, MessageGone) else next(pauses, None)
                if pause is None:
                    self._fated(Fate.GIVEN_UP)
                    return log.error("turn %s: never published: %s", turn.turn_id, error)
                log.warning("turn %s: not published yet: %s", turn.turn_id, error)
                await self._wait_after(error, pause)

    async def _publish(self, turn: TurnRequest) -> None:
        message = self._message or await self._post(turn)
        turn = self._at_place(turn)
        await self._paced.last()
        try:
            await self._surface.publish(turn, message, self._stamped())
        except MessageGone:  # a process may have died between posting it anew and keeping where
            self._message = await self._posted(turn, await self._surface.find(turn))
            await self._paced.last()
            await self._surface.publish(turn, self._message, self._stamped())
        self._fated(Fate.PUBLISHED)

    async def _wait_after(self, error: SurfaceError, pause: float) -> None:
        """As long as the platform asks for, where it does."""
        if isinstance(error, SurfaceBusy):
            await self._paced.pause(error.seconds)
        await self._sleep(error.seconds if isinstance(error, SurfaceBusy) else pause)

    def _pauses(self) -> Iterator[float]:
        """1, 2, 4 … 60, 60 seconds, until the patience is used up."""
        pause, waited = 1.0, 0.0
        while waited < self._patience:
            yield pause
            waited += pause
            pause = min(60.0, 2 * pause)

    async def close(self) -> None:
        """No further updates. The one in flight is waited for: cancelled, it might still land after the last."""
        for event in (self._ending, self._live, self._changed):
            event.set()
        if self._updates:
            (failed,) = await asyncio.gather(self._updates, return_exceptions=True)
            self._updates = None
            if isinstance(failed, Exception) and not isinstance(failed, Superseded):
                # The last view must arrive, whatever became of those before.
                log.error("the updates broke off", exc_info=failed)

    async def _update_until_the_end(self) -> None:
        await self._post_after_all()
        while await self._something_to_show():
            await self._update()
            await self._within(self._interval, self._ending)

    async def _post_after_all(self) -> None:
        pauses = self._pauses()
        while self._message is None and self._unposted and (pause := next(pauses, None)):
            turn, asked = self._unposted
            await self._within(max(asked, pause), self._ending)
            if self._ending.is_set():
                return
            self._message = await self.post(turn)

    async def _something_to_show(self) -> bool:
        """Wait for a change, or for the heartbeat. False once the end has come.

        A turn that is run again over kept steps says what was shown long ago: nothing is, until it does something.
        """
        await self._live.wait()
        await self._within(self._heartbeat, self._changed)
        return not self._ending.is_set()

    @staticmethod
    async def _within(seconds: float | None, *events: asyncio.Event) -> None:
        if len(events) == 1:  # no task for it: a thousand turns may stand in line
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await events[0].wait()
            return
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
        if self._looks_the_same(self._now() if idle else self._shown_at):
            self._fated(Fate.SKIPPED)
        elif await self._allowed():
            await self._send()

    async def _send(self) -> None:
        assert self._message is not None
        self._changed.clear()
        view = self._stamped()
        try:
            await self._surface.update(self._message, view)
        except SurfaceError as error:
            log.warning("an update was lost: %s", error)
            self._fated(Fate.LOST)
            if isinstance(error, SurfaceBusy):
                await self._paced.pause(error.seconds)
                self._changed.set()  # so that it is shown after all
        else:
            self._remember(view)
            self._fated(Fate.SENT)

    async def _allowed(self) -> bool:
        """Wait until an update may be sent; a boundary need not wait for as long as a preview. False at the end."""
        delayed = False
        while not self._ending.is_set():
            boundary = self._boundary.is_set()
            wait = await self._paced.update(boundary=boundary)
            if not wait:
                self._boundary.clear()
                return True
            if not delayed:
                self._fated(Fate.DELAYED)
            delayed = True
            await self._within(wait, self._ending, *(() if boundary else (self._boundary,)))
        return False

    def _looks_the_same(self, at: float) -> bool:
        """Whether nothing would change, with the clock at `at`: as it is shown, what it says does not count."""
        return self._rendered(replace(self.view, now=at)) == self._shown

    def _stamped(self) -> TurnView:
        return self._redact.deep(replace(self.view, now=self._now()))

    def _rendered(self, view: TurnView) -> Hashable:
        return self._surface.render(self._redact.deep(view))

    def _remember(self, view: TurnView) -> None:
        self._shown, self._shown_at = self._surface.render(view), view.now
