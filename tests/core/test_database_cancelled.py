"""Who is cancelled in the middle of a transaction."""

from __future__ import annotations

import asyncio

from core.database import Database, riding_out
from core.migrations.tables import conversations
from core.store import open_store


class Diary:
    """Writes slowly."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writing = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ended = False

    @riding_out
    async def write(self, name: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                conversations.insert().values(id=name, created_at=0.0).returning(conversations.c.id)
            )
            self.writing.set()
            await self.may_end.wait()
        self.ended = True


async def test_a_transaction_is_cancelled_only_once_it_has_ended_and_nothing_stays_locked(database_url: str) -> None:
    async with open_store(database_url, lock_timeout=1.0) as store:
        diary = Diary(store.database)
        task = asyncio.create_task(diary.write("one"))
        await diary.writing.wait()
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)

        assert not task.done()

        diary.may_end.set()
        (cancelled,) = await asyncio.gather(task, return_exceptions=True)

        assert isinstance(cancelled, asyncio.CancelledError)
        assert diary.ended
        await diary.write("two")
