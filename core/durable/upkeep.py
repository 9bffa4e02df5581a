"""**I/O edge.** What must be done beside the turns: start what was accepted and not started, forget what is old."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from core.durable.engine import Engine
from core.durable.ledger import Ledger, workflow_id
from core.errors import OrchestratorError

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
"""Between two looks for turns that were accepted and not given to the engine."""

HOUSE_SECONDS = 3_600.0
"""Between two looks for what is old enough to be forgotten."""

DAY = 86_400.0
BATCH = 100
"""Turns deleted in one transaction: a small one, so that nobody who accepts has to wait for it."""


class Upkeep:
    """Runs until cancelled. `surfaces` are those whose turns this process takes on; `days` is the retention."""

    def __init__(
        self,
        ledger: Ledger,
        engine: Engine,
        *,
        surfaces: Collection[str],
        days: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._surfaces = surfaces
        self._days = days
        self._now = now

    async def run(self) -> None:
        """Both, again and again. What the database refuses is tried again the next time."""
        looked = 0.0
        while True:
            try:
                if self._now() - looked >= HOUSE_SECONDS:
                    looked = self._now()
                    await self.forget_old()
                await self.sweep()
            except OrchestratorError as error:
                log.warning("the upkeep is put off: %s", error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Give the engine what it does not know, or has given up: it crashed in between, or the pipeline changed."""
        open_turns = [one for one in await self._ledger.open_turns() if one.turn.surface in self._surfaces]
        known = await self._engine.known([one.workflow_id for one in open_turns])
        for one in open_turns:
            match known.get(one.workflow_id):
                case None:
                    await self._engine.start(one.workflow_id)
                case False:
                    again = await self._ledger.new_attempt(one)
                    await self._engine.start(again.workflow_id)
                case True:
                    continue

    async def forget_old(self) -> int:
        """Delete what ended longer ago than the retention, the engine's rows with ours; how many turns."""
        forgotten = 0
        while old := await self._ledger.ended_before(self._now() - self._days * DAY, BATCH):
            attempts = [workflow_id(turn_id, n) for turn_id, last in old for n in range(1, last + 1)]
            await self._engine.forget(attempts)
            await self._ledger.forget([turn_id for turn_id, _ in old])
            forgotten += len(old)
        return forgotten
