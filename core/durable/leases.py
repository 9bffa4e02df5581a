"""**I/O edge.** What only one process at a time may do: a lease, which goes with its process as that leaves or dies.

The others wait for it. They look again when somebody has left, and after some seconds: nobody may have rung.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import delete, select

from core.bell import rung
from core.database import Database, insert, riding_out
from core.durable.ledger import LEFT
from core.durable.membership import Membership
from core.durable.upkeep import cancelled
from core.errors import StoreError
from core.migrations.tables import leases

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class Leases:
    """Of this process. `floor`: seconds after which who waits looks again."""

    def __init__(self, database: Database, membership: Membership, *, floor: float) -> None:
        self._database = database
        self._membership = membership
        self._floor = floor

    async def lead(self, name: str, work: Work) -> None:
        """Do the work once no other process does; raises what it raises. Handed on when it has ended.

        Who is taken for dead, or cut off from the database for as long as that takes, gives it up: others do it now.
        It waits for it like anybody, and does it again.
        """
        done = False
        while not done:
            try:
                done = await self._led(await self._taken(name), name, work)
            finally:
                await self._release(name)

    async def _led(self, member: str, name: str, work: Work) -> bool:
        """False where it was given up."""
        working, lost = asyncio.create_task(work()), asyncio.create_task(self._membership.lost(member))
        try:
            await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
                return True
            log.warning("%s is given up: %s was taken for dead, or may have been", name, member)
            return False
        finally:
            await cancelled({working, lost})

    async def _taken(self, name: str) -> str:
        """Wait until it is ours; as whom we have it."""
        with self._database.bell.heard(LEFT) as left:
            while not await self._is_ours(name, member := self._membership.id):
                log.debug("%s is for another process now", name)
                await rung(left, self._floor)
        log.info("%s is for this process now: %s", name, member)
        return member

    async def _is_ours(self, name: str, member: str) -> bool:
        """Without a name of our own we are nobody: a moment ago we were taken for dead."""
        try:
            await self._membership.certain(member)  # who is cut off finds out first whether it is alive
            return bool(member) and await self._take(name, member)
        except StoreError as error:  # also where we are taken for dead in this very moment
            log.warning("nobody knows for now whose %s is: %s", name, error)
            return False

    @riding_out
    async def _take(self, name: str, member: str) -> bool:
        """Who has it already has it still."""
        async with self._database.writing() as connection:
            row = insert(connection, leases).values(name=name, process=member)
            await connection.execute(row.on_conflict_do_nothing())
            return await connection.scalar(select(leases.c.process).where(leases.c.name == name)) == member

    async def _release(self, name: str) -> None:
        """Tried once: who comes back has it still, and it goes with who does not."""
        mine = (leases.c.name == name) & (leases.c.process == self._membership.id)
        try:
            async with self._database.writing(left := []) as connection:
                if (await connection.execute(delete(leases).where(mine))).rowcount:
                    left.append(LEFT)
        except StoreError as error:
            log.warning("%s is handed on later: %s", name, error)
