"""**I/O edge.** Conversations, their CustomGPT sessions, and turns, as they are kept in the database."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, insert, open_database, riding_out
from core.migrations.tables import conversations, sessions, turns
from core.sqlite import LOCK_TIMEOUT
from core.stored import StoredTurn
from core.turn import Exchange, TurnRequest, TurnStatus

ANSWERED = (TurnStatus.COMPLETE, TurnStatus.UNREVIEWED, TurnStatus.REJECTED)


_STORED = [turns.c[name] for name in StoredTurn.__dataclass_fields__]


class Store:
    """Made by `open_store`. Every method is one transaction, and raises `StoreError`, nothing else."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self._clock = clock

    @riding_out
    async def session(self, conversation_id: str, slot: str) -> str | None:
        """The CustomGPT session of this slot of the conversation, if one was kept."""
        of_slot = (sessions.c.conversation_id == conversation_id) & (sessions.c.slot == slot)
        async with self.database.reading() as connection:
            found: str | None = await connection.scalar(select(sessions.c.session_id).where(of_slot))
            return found

    @riding_out
    async def keep_session(self, conversation_id: str, slot: str, session_id: str) -> None:
        """Keep a session in place of the one before; the conversation is begun if it is new."""
        async with self.database.writing() as connection:
            await self._begin_conversation(connection, conversation_id)
            new = insert(connection, sessions).values(conversation_id=conversation_id, slot=slot, session_id=session_id)
            await connection.execute(
                new.on_conflict_do_update(
                    index_elements=[sessions.c.conversation_id, sessions.c.slot],
                    set_={"session_id": new.excluded.session_id},
                )
            )

    @riding_out
    async def accept(self, turn: TurnRequest, owner: str | None = None) -> bool:
        """Keep a turn of the process `owner`, last in its thread's line. False if its id was there: nothing is kept."""
        async with self.database.writing() as connection:
            await self._begin_conversation(connection, turn.conversation_id)
            place = await next_place(connection, turn.conversation_id)
            row = insert(connection, turns).values(_row_of(turn) | {"place": place, "owner": owner})
            once = row.on_conflict_do_nothing(index_elements=[turns.c.id]).returning(turns.c.id)
            is_new = (await connection.execute(once)).first() is not None
            if not is_new:
                await connection.rollback()
            return is_new

    @riding_out
    async def last_exchange(self, conversation_id: str, before: str | None) -> Exchange | None:
        """The latest turn with an answer: of those before the turn `before` in the line, or of all."""
        answered = turns.c.status.in_(ANSWERED) & (turns.c.conversation_id == conversation_id)
        query = select(turns.c.prompt, turns.c.answer).where(answered)
        if before is not None:
            limit = select(turns.c.place).where(turns.c.id == before).scalar_subquery()
            query = query.where(turns.c.place < limit)
        async with self.database.reading() as connection:
            row = (await connection.execute(query.order_by(turns.c.place.desc()).limit(1))).first()
            return Exchange(prompt=row.prompt, answer=row.answer) if row else None

    @riding_out
    async def askers(self, conversation_id: str) -> frozenset[str]:
        """Who has asked in a conversation."""
        query = select(turns.c.asker).where(turns.c.conversation_id == conversation_id).distinct()
        async with self.database.reading() as connection:
            return frozenset((await connection.execute(query)).scalars())

    @riding_out
    async def turn(self, turn_id: str) -> StoredTurn | None:
        """What is kept of a turn."""
        query = select(*_STORED)
        async with self.database.reading() as connection:
            row = (await connection.execute(query.where(turns.c.id == turn_id))).mappings().first()
            return _turn_in(row) if row else None

    @riding_out
    async def turns(self, limit: int = 50) -> list[StoredTurn]:
        """The latest, newest first."""
        query = select(*_STORED).order_by(turns.c.number.desc()).limit(limit)
        async with self.database.reading() as connection:
            return [_turn_in(row) for row in (await connection.execute(query)).mappings()]

    async def _begin_conversation(self, connection: AsyncConnection, conversation_id: str) -> None:
        new = insert(connection, conversations).values(id=conversation_id, created_at=self._clock())
        await connection.execute(new.on_conflict_do_nothing())


@asynccontextmanager
async def open_store(
    url: str, *, clock: Callable[[], float] = time.time, lock_timeout: float = LOCK_TIMEOUT
) -> AsyncIterator[Store]:
    """A store on a database of its own, see `open_database`."""
    async with open_database(url, lock_timeout=lock_timeout) as database:
        yield Store(database, clock=clock)


async def next_place(connection: AsyncConnection, conversation_id: str) -> int:
    """The next place in the thread's line. The row is locked until the transaction ends: places are in its order."""
    row = update(conversations).where(conversations.c.id == conversation_id)
    counted = row.values(last_place=conversations.c.last_place + 1).returning(conversations.c.last_place)
    place: int = (await connection.execute(counted)).scalar_one()
    return place


def _row_of(turn: TurnRequest) -> dict[str, object]:
    return {
        "id": turn.turn_id,
        "conversation_id": turn.conversation_id,
        "generation": turn.generation,
        "asker": turn.asker,
        "prompt": turn.prompt,
        "context": dict(turn.context),
        "status": TurnStatus.QUEUED,
        "accepted_at": turn.accepted_at,
        "identity": turn.identity,
        "surface": turn.surface,
        "address": dict(turn.address),
    }


def _turn_in(row: RowMapping) -> StoredTurn:
    return StoredTurn(**{**row, "status": TurnStatus(row["status"])})
