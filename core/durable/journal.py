"""**I/O edge.** What happens in a turn, told to who follows it: boundaries are kept, with a number that rises.

Whoever comes late, or comes back, reads them from the database. Pieces of streamed text are live only (`live.py`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict

from core.durable.hold import Hold, Note
from core.durable.live import Live
from core.errors import StoreError, Superseded
from core.events import (
    Event,
    PartCompleted,
    StageCompleted,
    StageDelta,
    StageFailed,
    StageProgress,
    StageStarted,
    StageWaiting,
    TurnEnded,
    TurnQueued,
    TurnStarted,
)
from core.stored import Happening
from core.turn import Outcome, TurnStatus

log = logging.getLogger(__name__)


GATHER = 0.1
"""Seconds: nobody follows a turn by its rows so closely that they would be late."""


def note_of(event: Event, generation: int, attempt: int) -> Note | None:
    """The event under its public name; None for what is not kept, or is with the end itself.

    `attempt` at the turn: a stage that is asked anew after a crash begins anew.
    """
    match event:
        case StageDelta() | StageProgress() | StageWaiting() | PartCompleted() | TurnEnded():
            return None
        case TurnQueued(position):
            return Note(f"{generation}:queued:{position}", "turn.queued", asdict(event))
        case TurnStarted():
            return Note(f"{generation}:started", "turn.started", asdict(event))
        case StageStarted(stage, part, _, nth):
            return Note(f"{generation}:{attempt}:{stage}:{part}:{nth}", "stage.started", asdict(event))
        case StageCompleted(stage):
            return Note(f"{generation}:{stage}:completed", "stage.completed", asdict(event))
        case StageFailed(stage):
            return Note(f"{generation}:{stage}:failed", "stage.failed", asdict(event))


def last_notes(outcome: Outcome, generation: int) -> list[Note]:
    """What is kept with the end of a turn: who stopped it, and that it is over."""
    name = "error" if outcome.status is TurnStatus.FAILED else "complete"
    end = Note(f"{generation}:ended", name, {"status": outcome.status})
    if outcome.status is not TurnStatus.STOPPED:
        return [end]
    return [Note(f"{generation}:stopped", "turn.stopped", {"by": outcome.stopped_by or ""}), end]


class Journal:
    """Takes a turn's events at once, and writes them behind: nobody waits for it but the end."""

    def __init__(self, hold: Hold, generation: int, live: Live) -> None:
        self._hold = hold
        self._generation = generation
        self._live = live
        self._seq = 0
        self._untold: list[tuple[Event, Note | None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._flushing = asyncio.Event()

    def emit(self, event: Event) -> None:
        """Fills `core.events.Emit`."""
        note = note_of(event, self._generation, self._hold.attempt)
        if note is None and not self._untold and self._writing is None:
            return self._live.tell(self._hold.turn_id, self._seq, event)
        self._untold.append((event, note))  # a piece comes after what was said before it
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return None

    async def flush(self) -> None:
        """Wait until all that was said is kept."""
        self._flushing.set()
        while self._writing:
            await self._writing

    async def _gather(self, seconds: float) -> None:
        """What comes soon after goes into the same transaction."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._flushing.wait()

    async def _write(self) -> None:
        try:
            while self._untold:
                await self._gather(GATHER)
                untold, self._untold = self._untold, []
                numbers = await self._keep([note for _, note in untold if note])
                for event, note in untold:
                    self._tell(event, note, numbers.get(note.key, 0) if note else 0)
        finally:
            self._writing = None

    def _tell(self, event: Event, note: Note | None, number: int) -> None:
        """`number`: the one it is kept under, if it is."""
        kept = Happening(number, note.name, note.fields) if note and number else None
        self._seq = max(self._seq, number)
        self._live.tell(self._hold.turn_id, self._seq, event, kept)

    async def _keep(self, notes: list[Note]) -> dict[str, int]:
        """The number under which each stands there, by its key."""
        try:
            there = await self._hold.keep_events(notes) if notes else []
        except Superseded:
            return {}  # whoever has it now says the same
        except StoreError as error:
            log.warning("turn %s: %d events are lost: %s", self._hold.turn_id, len(notes), error)
            return {}
        return {note.key: seq for note, seq in zip(notes, there, strict=True)}
