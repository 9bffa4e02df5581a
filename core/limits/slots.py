"""**I/O edge.** So many CustomGPT requests at once; the oldest turn first."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bell import rung
from core.database import NOW, Database, insert, lock, riding_out
from core.errors import StoreError, Superseded
from core.migrations.tables import slots

log = logging.getLogger(__name__)

FLOOR = 5.0
"""Seconds after which who waits looks again: who held a slot may have died, and rung nobody."""

AGAIN = 1.0
"""Seconds until what the database has refused is tried again."""

PARTING = 3.0
"""Seconds for which a lost connection is ridden out by who leaves: it has other things to do."""


class MemorySlots:
    """At most `limit` blocks at once; a free slot goes to the smallest seniority, then to who came first."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._arrivals = count()
        self._line: list[tuple[float, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def hold(self, seniority: float, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold a slot for the length of the block. `on_wait` is called once, if it must be waited for."""
        await self._take(seniority, on_wait)
        try:
            yield
        finally:
            self._hand_on()

    async def _take(self, seniority: float, on_wait: Callable[[], None]) -> None:
        if self._free:
            self._free -= 1
            return
        on_wait()
        turn = asyncio.get_running_loop().create_future()
        heappush(self._line, (seniority, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the slot was given in the very moment of the cancellation
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._line:
            _, _, turn = heappop(self._line)
            if not turn.done():  # who was cancelled still stands in the line, and is passed over
                turn.set_result(None)
                return
        self._free += 1


class SharedSlots:
    """The same over all processes: a row for each request that is under way, or waits to be.

    `process` says under which id this one is counted: the rows go with it, should it die.
    """

    def __init__(
        self,
        database: Database,
        budget: str,
        limit: int,
        process: Callable[[], str],
        *,
        floor: float = FLOOR,
        parting: float = PARTING,
    ) -> None:
        self._database = database
        self._budget = budget
        self._limit = limit
        self._process = process
        self._floor = floor
        self._parting = parting
        self._left: set[str] = set()
        self._handing_on: asyncio.Task[None] | None = None
        # One of us at a time stands in line for the lock: a process that is frozen can hold it up only once.
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, seniority: float, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold a slot for the length of the block. `on_wait` is called once, if it must be waited for."""
        mine = secrets.token_hex(8)
        with self._database.bell.heard(_granting(mine)) as granted:
            try:
                if not await self._arrive(mine, seniority):
                    on_wait()
                    while not await self._is_held(mine):
                        await rung(granted, self._floor)
                yield
            finally:
                self._left.add(mine)
                await asyncio.wait({self._part()}, timeout=self._parting)

    async def aclose(self) -> None:
        """Hand on what is left, if that can be done at once; else it goes with the process."""
        if self._left:
            await asyncio.wait({self._part()}, timeout=self._parting)
        if self._handing_on:
            self._handing_on.cancel()
            await asyncio.gather(self._handing_on, return_exceptions=True)

    @riding_out
    async def _arrive(self, mine: str, seniority: float) -> bool:
        """Take a place; true where a slot is free for it."""
        granted: list[str] = []
        async with self._alone, self._database.writing(granted) as connection:
            await lock(connection, self._budget)
            row = insert(connection, slots).values(
                id=mine,
                budget=self._budget,
                process=self._process(),
                seniority=seniority,
                since=NOW,
                held=False,
            )
            await connection.execute(row.on_conflict_do_nothing())
            granted += await self._hand_out(connection)
        return _granting(mine) in granted

    @riding_out
    async def _is_held(self, mine: str) -> bool:
        """Whether it was granted meanwhile. Where it was not, what the dead have left is handed out."""
        async with self._database.reading() as connection:
            held: bool | None = await connection.scalar(select(slots.c.held).where(slots.c.id == mine))
        if held is None:
            raise Superseded("this process was taken for dead as it waited for a slot")
        if not held and not self._alone.locked():
            await self._hand_on()
        return held

    def _part(self) -> asyncio.Task[None]:
        """In a task of its own: who leaves may be cancelled, and the database away for longer than they can wait."""
        if self._handing_on is None or self._handing_on.done():
            self._handing_on = asyncio.create_task(self._hand_on_all())
        return self._handing_on

    async def _hand_on_all(self) -> None:
        while self._left:
            left = frozenset(self._left)
            try:
                await self._hand_on()
            except StoreError as error:
                log.warning("%d slots are handed on later: %s", len(left), error)
                await asyncio.sleep(AGAIN)
            else:
                self._left -= left

    async def _hand_on(self) -> None:
        granted: list[str] = []
        async with self._alone, self._database.writing(granted) as connection:
            await lock(connection, self._budget)
            granted += await self._hand_out(connection)

    async def _hand_out(self, connection: AsyncConnection) -> Sequence[str]:
        """Give free slots to those who wait, the oldest turn first; the topics to ring."""
        ours = slots.c.budget == self._budget
        if self._left:
            await connection.execute(delete(slots).where(slots.c.id.in_(self._left)))
        free = select(self._limit - func.count()).where(ours, slots.c.held).scalar_subquery()
        line = select(slots.c.id).where(ours, ~slots.c.held).order_by(slots.c.seniority, slots.c.since)
        first = line.limit(func.greatest(free, 0)).scalar_subquery()
        given = update(slots).where(slots.c.id.in_(first)).values(held=True).returning(slots.c.id)
        return [_granting(one) for one in (await connection.execute(given)).scalars()]


def _granting(one: str) -> str:
    """The topic under which is rung that a slot was granted."""
    return f"slot:{one}"
