"""**I/O edge.** So many uses in any stretch of time: updates of a workspace, turns of a user.

A use is taken before it is made. Some may be kept back (`reserved`) for those who must not go without, and a budget may
be paused, as the outside asks for it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import NOW, Database, insert, lock, riding_out
from core.migrations.tables import pauses, reserves, uses
from core.ports import Limit

SOON = 1.0
"""Seconds until another look, where all that is left is reserved: nobody knows when that ends."""

SWEEP = 60.0
"""Seconds between two looks for what can be forgotten."""


def wait_for(limit: Limit, used: int, kept: int, age: float | None) -> float:
    """0.0 where one more fits beside what is kept back; else the seconds until it may. `age`: of the oldest use."""
    if used + kept < limit.most:
        return 0.0
    if age is None or used < limit.most:
        return min(SOON, limit.seconds)
    return max(0.001, limit.seconds - age)


class MemoryBudgets:
    """For one process. Fills `core.ports.Budgets`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._uses: defaultdict[str, deque[float]] = defaultdict(deque)
        self._reserved: Counter[str] = Counter()
        self._paused: dict[str, float] = {}
        self._over: dict[str, float] = {}
        self._swept = clock()

    async def take(self, budget: str, limit: Limit, *, keep: int = 0, last: bool = False) -> float:
        now = self._clock()
        self._sweep(now)
        used, self._over[budget] = self._uses[budget], now + limit.seconds
        if (paused := self._paused.get(budget, 0.0) - now) > 0:
            return paused
        while used and used[0] <= now - limit.seconds:
            used.popleft()
        kept = 0 if last else self._reserved[budget] + keep
        wait = wait_for(limit, len(used), kept, now - used[0] if used else None)
        if not wait:
            used.append(now)
        return wait

    async def pause(self, budget: str, seconds: float) -> None:
        self._paused[budget] = max(self._paused.get(budget, 0.0), self._clock() + seconds)

    @asynccontextmanager
    async def reserved(self, budget: str) -> AsyncIterator[None]:
        self._reserved[budget] += 1
        try:
            yield
        finally:
            self._reserved[budget] -= 1
            if not self._reserved[budget]:
                del self._reserved[budget]

    def _sweep(self, now: float) -> None:
        """Forget what nothing hangs on any more: there may be a budget for each turn that ever was."""
        if now < self._swept + SWEEP:
            return
        self._swept = now
        for budget in [name for name, over in self._over.items() if over <= now]:
            del self._uses[budget], self._over[budget]
        self._paused = {name: until for name, until in self._paused.items() if until > now}


class SharedBudgets:
    """Over all processes, by the database's clock. Fills `core.ports.Budgets`.

    `process` says under which id this one is counted: what it has reserved goes with it, should it die.
    """

    def __init__(self, database: Database, process: Callable[[], str]) -> None:
        self._database = database
        self._process = process
        # One of us at a time stands in line for a lock: a process that is frozen can hold it up only once.
        self._alone = asyncio.Lock()

    @riding_out
    async def take(self, budget: str, limit: Limit, *, keep: int = 0, last: bool = False) -> float:
        async with self._alone, self._database.writing() as connection:
            await lock(connection, budget)
            now: float = (await connection.execute(select(NOW))).scalar_one()
            until: float | None = await connection.scalar(select(pauses.c.until).where(pauses.c.budget == budget))
            if until is not None and until > now:
                return until - now
            wait = await self._wait(connection, budget, limit, now, None if last else keep)
            if not wait:
                await connection.execute(uses.insert().values(budget=budget, at=now))
            return wait

    async def _wait(
        self, connection: AsyncConnection, budget: str, limit: Limit, now: float, keep: int | None
    ) -> float:
        over = (uses.c.budget == budget) & (uses.c.at <= now - limit.seconds)
        await connection.execute(delete(uses).where(over))
        used = select(func.count(), func.min(uses.c.at)).where(uses.c.budget == budget)
        number, oldest = (await connection.execute(used)).one()
        kept = 0 if keep is None else keep + await self._kept(connection, budget)
        return wait_for(limit, number, kept, None if oldest is None else now - oldest)

    async def _kept(self, connection: AsyncConnection, budget: str) -> int:
        kept = select(func.count()).select_from(reserves).where(reserves.c.budget == budget)
        return int((await connection.execute(kept)).scalar_one())

    @riding_out
    async def pause(self, budget: str, seconds: float) -> None:
        async with self._database.writing() as connection:
            row = insert(connection, pauses).values(budget=budget, until=NOW + seconds)
            longest = {"until": func.greatest(pauses.c.until, row.excluded.until)}
            await connection.execute(row.on_conflict_do_update(index_elements=[pauses.c.budget], set_=longest))

    @asynccontextmanager
    async def reserved(self, budget: str) -> AsyncIterator[None]:
        mine = secrets.token_hex(8)
        try:
            await self._reserve(mine, budget)
            yield
        finally:  # also where nobody knows whether it was reserved
            await self._release(mine)

    @riding_out
    async def _reserve(self, mine: str, budget: str) -> None:
        async with self._database.writing() as connection:
            row = insert(connection, reserves).values(id=mine, budget=budget, process=self._process())
            await connection.execute(row.on_conflict_do_nothing())

    @riding_out
    async def _release(self, mine: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(reserves).where(reserves.c.id == mine))
