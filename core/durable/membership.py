"""**I/O edge.** This process among those that share the database.

Each shows itself every two seconds, by the database's clock. Who has not for eight is taken for dead: a survivor
deletes its row, and its turns are taken over. It may only have been frozen: so before it touches the outside it makes
`certain` that it is still counted among the living; if it is not, it gives up its turns, and joins anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, literal, select, update

from core.database import NOW, Database
from core.durable.ledger import LEFT
from core.errors import StoreError, Superseded
from core.migrations.tables import processes, turns

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beats:
    """Seconds between two beats, and without one after which a process is taken for dead."""

    every: float = 2.0
    stale: float = 8.0

    @property
    def sure(self) -> float:
        """So long after a beat nobody can have taken us for dead, whatever the beats of others: a beat less."""
        return self.stale - self.every


BEATS = Beats()


def boot_clock() -> float:
    """Seconds that also pass while the process is frozen or the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Membership:
    """One at a time for a process. Nothing here is tried again: the next beat is soon enough."""

    def __init__(self, database: Database, *, beats: Beats = BEATS, clock: Callable[[], float] = boot_clock) -> None:
        self.id = ""
        self._database = database
        self._beats = beats
        self._clock = clock
        self._seen = 0.0
        self._since = 0.0
        self._beaten = asyncio.Event()

    async def join(self) -> None:
        """Be counted. A database that is ours alone has nobody else: whoever stands there is gone."""
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        began = self._clock()
        async with self._database.writing() as connection:
            if not self._database.shared:
                await connection.execute(delete(processes))
            await connection.execute(insert(processes).values(id=name, beat=self._now()))
        self.id = name
        self._since = began
        self._seen_at(began)

    async def leave(self) -> None:
        """Hand on what is open. What is left by who could not do this is found by the others."""
        async with self._database.writing([LEFT]) as connection:
            mine = turns.c.ended_at.is_(None) & (turns.c.owner == self.id)
            await connection.execute(update(turns).where(mine).values(owner=None))
            await connection.execute(delete(processes).where(processes.c.id == self.id))

    async def certain(self, member: str) -> None:
        """Return once it is sure that `member` is this process, and nobody takes it for dead. Raises `Superseded`."""
        while member == self.id:
            beaten = self._beaten
            if not self._database.shared or self._clock() - self._seen < self._beats.sure:
                return
            await beaten.wait()
        raise Superseded(f"this process was taken for dead as {member}")

    async def lost(self, member: str) -> None:
        """Return once `member` was taken for dead; or may have been: who is cut off from the database is not told."""
        while member == self.id and not self._cut_off():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._beats.every if self._database.shared else None):
                    await self._beaten.wait()

    def _cut_off(self) -> bool:
        return self._database.shared and self._clock() - self._seen >= self._beats.stale

    async def run(self, lost: Callable[[], None]) -> None:
        """Beat until cancelled. `lost` is called when all that was ours has become others'."""
        while self._database.shared:
            try:
                await self._once(lost)
            except StoreError as error:
                log.warning("%s is not seen by the others for now: %s", self.id, error)
            await asyncio.sleep(self._beats.every)

    async def _once(self, lost: Callable[[], None]) -> None:
        if not self.id:
            await self.join()
        elif not await self._beat():
            log.warning("%s was taken for dead: its turns are others' now", self.id)
            self.id = ""
            self._seen_at(0.0)
            lost()
            await self.join()
        if self._clock() - self._since > self._beats.stale:
            await self._bury()

    async def _beat(self) -> bool:
        """False if we are not among the living any more."""
        began = self._clock()
        mine = update(processes).where(processes.c.id == self.id)
        async with self._database.writing(apart=True) as connection:
            alive = (await connection.execute(mine.values(beat=self._now()))).rowcount == 1
        if alive:
            if began - self._seen > self._beats.sure:
                self._since = began  # the database was away, for the others too: they get as long as anybody to beat
            self._seen_at(began)
        return alive

    async def _bury(self) -> None:
        """Delete who has not been seen: its turns belong to nobody then. One survivor does it."""
        stale = select(processes.c.id).where(processes.c.beat < self._now() - self._beats.stale)
        dead = stale.with_for_update(skip_locked=True).scalar_subquery()
        async with self._database.writing(apart=True) as connection:
            row = delete(processes).where(processes.c.id.in_(dead)).returning(processes.c.id)
            names = (await connection.execute(row)).scalars().all()
        for name in names:
            log.warning("%s has died", name)
            self._database.bell.ring(LEFT)

    def _seen_at(self, moment: float) -> None:
        self._seen = moment
        self._beaten.set()
        self._beaten = asyncio.Event()

    def _now(self) -> ColumnElement[float]:
        """On a database that is ours alone nobody looks."""
        return NOW if self._database.shared else literal(0.0)
