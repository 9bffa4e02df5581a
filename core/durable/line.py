"""**I/O edge.** The line of a thread: its turns run one at a time, in the order of their places."""

from __future__ import annotations

from core.bell import Bell, rung
from core.durable.ledger import Ledger, moving
from core.events import Emit, TurnQueued
from core.turn import TurnRequest

FLOOR = 10.0
"""Seconds after which who waits looks again, though nobody woke it."""


class Line:
    """Whoever waits is woken when a turn of its thread ends, whichever process ran it."""

    def __init__(self, ledger: Ledger, bell: Bell, *, floor: float = FLOOR) -> None:
        self._ledger = ledger
        self._bell = bell
        self._floor = floor

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        """Wait until no earlier turn of the thread is open; each change of the position is told."""
        told = 1
        with self._bell.heard(moving(turn.conversation_id)) as moved:
            while (position := await self._ledger.position(turn.turn_id)) > 1:
                if position != told:
                    told = position
                    emit(TurnQueued(position))
                await rung(moved, self._floor)
