"""**I/O edge.** The boundary events of a turn, kept with a number that rises, also over a crash.

Whoever comes late, or comes back, reads them from the database. Pieces of streamed text are live only.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from core.durable.hold import Hold
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

log = logging.getLogger(__name__)


GATHER = 0.1
"""Seconds: nobody follows a turn by its rows so closely that they would be late."""


@dataclass(frozen=True, slots=True)
class Note:
    """An event as it is kept. A turn that is run again over kept steps says the same again: `key` tells it."""

    key: str
    name: str
    fields: dict[str, Any]


def note_of(event: Event, generation: int) -> Note | None:
    """The event under its public name; None for what is not kept."""
    match event:
        case StageDelta() | StageProgress() | StageWaiting() | PartCompleted():
            return None
        case TurnQueued(position):
            return Note(f"{generation}:queued:{position}", "turn.queued", asdict(event))
        case TurnStarted():
            return Note(f"{generation}:started", "turn.started", asdict(event))
        case StageStarted(stage, part, _, attempt):
            return Note(f"{generation}:{stage}:{part}:{attempt}", "stage.started", asdict(event))
        case StageCompleted(stage):
            return Note(f"{generation}:{stage}:completed", "stage.completed", asdict(event))
        case StageFailed(stage):
            return Note(f"{generation}:{stage}:failed", "stage.failed", asdict(event))
        case TurnEnded(outcome):
            return Note(f"{generation}:ended", _ending(outcome.status), {"status": outcome.status})


def _ending(status: str) -> str:
    return {"stopped": "turn.stopped", "failed": "error"}.get(status, "complete")


class Journal:
    """Takes a turn's events at once, and writes them behind: nobody waits for it but the end."""

    def __init__(self, hold: Hold, generation: int) -> None:
        self._hold = hold
        self._generation = generation
        self._notes: list[Note] = []
        self._writing: asyncio.Task[None] | None = None
        self._flushing = asyncio.Event()

    def emit(self, event: Event) -> None:
        """Fills `core.events.Emit`."""
        if note := note_of(event, self._generation):
            self._notes.append(note)
            if self._writing is None:
                self._writing = asyncio.create_task(self._write())

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
            await self._gather(GATHER)
            while notes := self._notes:
                self._notes = []
                await self._keep(notes)
        finally:
            self._writing = None

    async def _keep(self, notes: list[Note]) -> None:
        try:
            await self._hold.keep_events([(n.key, n.name, n.fields) for n in notes])
        except Superseded:
            return  # whoever has it now says the same
        except StoreError as error:
            log.warning("turn %s: %d events are lost: %s", self._hold.turn_id, len(notes), error)
