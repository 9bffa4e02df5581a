"""**I/O edge.** Conversations, their CustomGPT sessions, and turns, as they are kept in the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Subquery, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, begins_with, insert, lock, open_database, riding_out
from core.errors import StoreError, TooManyTurns
from core.migrations.tables import aliases, conversations, heard, sessions, turns, uses
from core.ports import Budget
from core.sqlite import LOCK_TIMEOUT
from core.stored import Conversation, StoredTurn
from core.turn import Exchange, TurnRequest, TurnStatus

GLANCE = 2.0
"""Seconds in which a database that is well answers."""

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
    async def accept(
        self, turn: TurnRequest, owner: str | None = None, quota: Budget | None = None
    ) -> TurnRequest | None:
        """Keep a turn of the process `owner`, last in its thread's line; as it is from then on.

        None if its id was there: nothing is kept, and nothing taken from the quota. Raises `TooManyTurns`.
        """
        async with self.database.writing() as connection:
            known_as: str = (await connection.execute(select(canonical(turn.conversation_id)))).scalar_one()
            place, chapter = await self._first_or_next_place(connection, known_as)
            turn = replace(turn, conversation_id=known_as, chapter=chapter)
            row = insert(connection, turns).values(_row_of(turn) | {"place": place, "owner": owner})
            once = row.on_conflict_do_nothing(index_elements=[turns.c.id]).returning(turns.c.id)
            if (await connection.execute(once)).first() is None:
                await connection.rollback()
                return None
            if quota:
                await use(connection, quota, self._clock())
            return turn

    @riding_out
    async def begin_anew(self, conversation_id: str) -> bool:
        """The next turn of a conversation knows nothing of those before. False if there were none."""
        row = update(conversations).where(conversations.c.id == canonical(conversation_id))
        async with self.database.writing() as connection:
            return (await connection.execute(row.values(chapter=conversations.c.chapter + 1))).rowcount == 1

    @riding_out
    async def last_exchange(self, conversation_id: str, before: str | None) -> Exchange | None:
        """The latest turn with an answer: of those before the turn `before` in the line and its chapter, or of all."""
        answered = turns.c.status.in_(ANSWERED) & (turns.c.conversation_id == canonical(conversation_id))
        query = select(turns.c.prompt, turns.c.answer).where(answered)
        if before is not None:
            mine = select(turns.c.place, turns.c.chapter).where(turns.c.id == before).subquery()
            query = query.join(mine, (turns.c.place < mine.c.place) & (turns.c.chapter == mine.c.chapter))
        async with self.database.reading() as connection:
            row = (await connection.execute(query.order_by(turns.c.place.desc()).limit(1))).first()
            return Exchange(prompt=row.prompt, answer=row.answer) if row else None

    @riding_out
    async def askers(self, conversation_id: str) -> frozenset[str]:
        """Who has asked in a conversation."""
        query = select(turns.c.asker).where(turns.c.conversation_id == canonical(conversation_id)).distinct()
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
    async def open_on(self, surface: str) -> list[StoredTurn]:
        """Those of a surface that have not ended, in the order of acceptance."""
        query = select(*_STORED).where(turns.c.ended_at.is_(None), turns.c.surface == surface)
        query = query.order_by(turns.c.number + 0)  # else SQLite walks through all that have ended (`BY_ACCEPTANCE`)
        async with self.database.reading() as connection:
            return [_turn_in(row) for row in (await connection.execute(query)).mappings()]

    @riding_out
    async def hear(self, surface: str) -> None:
        """Keep that something was heard of a platform just now."""
        async with self.database.writing() as connection:
            row = insert(connection, heard).values(surface=surface, at=self._clock())
            latest = {"at": row.excluded.at}
            await connection.execute(row.on_conflict_do_update(index_elements=[heard.c.surface], set_=latest))

    @riding_out
    async def heard(self, surface: str) -> float | None:
        """When a platform was last heard of, in unix seconds; None if it never was."""
        async with self.database.reading() as connection:
            at: float | None = await connection.scalar(select(heard.c.at).where(heard.c.surface == surface))
            return at

    @riding_out
    async def turns(self, limit: int = 50) -> list[StoredTurn]:
        """The latest, newest first."""
        query = select(*_STORED).order_by(turns.c.number.desc()).limit(limit)
        async with self.database.reading() as connection:
            return [_turn_in(row) for row in (await connection.execute(query)).mappings()]

    @riding_out
    async def conversations(self, prefix: str, *, limit: int, before: int | None = None) -> list[Conversation]:
        """Those whose id begins so, the last used first; `before`: used last before the turn of that number."""
        numbers = func.min(turns.c.number).label("first"), func.max(turns.c.number).label("last")
        mine = select(turns.c.conversation_id, func.count().label("turns"), *numbers)
        async with self.database.reading() as connection:
            named = mine.where(begins_with(connection, turns.c.conversation_id, prefix))
            query = _listed(named.group_by(turns.c.conversation_id).subquery(), before).limit(limit)
            rows = (await connection.execute(query)).mappings()
            return [Conversation(**{**row, "status": TurnStatus(row["status"])}) for row in rows]

    @riding_out
    async def turns_of(self, conversation_id: str, *, limit: int, before: str | None = None) -> list[StoredTurn]:
        """The latest of a conversation, of those before the turn `before`, in the order of acceptance."""
        query = select(*_STORED).where(turns.c.conversation_id == canonical(conversation_id))
        if before is not None:
            first = select(turns.c.number).where(turns.c.id == before).scalar_subquery()
            query = query.where(turns.c.number < first)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.order_by(turns.c.number.desc()).limit(limit))).mappings()
            return [_turn_in(row) for row in rows][::-1]

    async def trouble(self) -> str:
        """Why the database cannot be used just now; empty where it can. Who asks does not want to wait until it can."""
        try:
            async with asyncio.timeout(GLANCE), self.database.reading() as connection:
                await connection.execute(select(1))
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return f"The database has not answered for {GLANCE:g} s."
        return ""

    async def _first_or_next_place(self, connection: AsyncConnection, conversation_id: str) -> tuple[int, int]:
        """As `next_place`; in one statement with its beginning, as it may be forgotten in between."""
        new = insert(connection, conversations).values(id=conversation_id, created_at=self._clock(), last_place=1)
        next_one = {"last_place": conversations.c.last_place + 1}
        counted = new.on_conflict_do_update(index_elements=[conversations.c.id], set_=next_one)
        found = (await connection.execute(counted.returning(conversations.c.last_place, conversations.c.chapter))).one()
        return found.last_place, found.chapter

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


def _listed(grouped: Subquery, before: int | None) -> Select[Any]:
    """Conversations with their first turn and their last, the last used first."""
    first, last = turns.alias(), turns.alias()
    query = select(
        grouped.c.conversation_id.label("id"),
        first.c.prompt.label("title"),
        first.c.accepted_at.label("begun_at"),
        last.c.accepted_at.label("last_at"),
        grouped.c.turns,
        last.c.status,
        grouped.c.last,
    ).select_from(grouped.join(first, first.c.number == grouped.c.first).join(last, last.c.number == grouped.c.last))
    if before is not None:
        query = query.where(grouped.c.last < before)
    return query.order_by(grouped.c.last.desc())


async def next_place(connection: AsyncConnection, conversation_id: str) -> tuple[int, int]:
    """The next place in the thread's line, and its chapter.

    The row is locked until the transaction ends: places are in its order.
    """
    row = update(conversations).where(conversations.c.id == conversation_id)
    counted = row.values(last_place=conversations.c.last_place + 1)
    found = (await connection.execute(counted.returning(conversations.c.last_place, conversations.c.chapter))).one()
    return found.last_place, found.chapter


def canonical(conversation_id: str) -> ColumnElement[str]:
    """The conversation that is meant by a name: it may have been opened under another one."""
    known = select(aliases.c.conversation_id).where(aliases.c.id == conversation_id).scalar_subquery()
    return func.coalesce(known, literal(conversation_id))


async def use(connection: AsyncConnection, quota: Budget, now: float) -> None:
    """One more of so many. Raises `TooManyTurns`, which undoes the transaction."""
    await lock(connection, quota.name)
    mine, limit = uses.c.budget == quota.name, quota.limit
    await connection.execute(delete(uses).where(mine, uses.c.at <= now - limit.seconds))
    used, oldest = (await connection.execute(select(func.count(), func.min(uses.c.at)).where(mine))).one()
    if used >= limit.most:
        raise TooManyTurns(limit.most, max(1.0, oldest + limit.seconds - now))
    await connection.execute(uses.insert().values(budget=quota.name, at=now))


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
        "chapter": turn.chapter,
        "page_key": turn.page_key,
    }


def _turn_in(row: RowMapping) -> StoredTurn:
    return StoredTurn(**{**row, "status": TurnStatus(row["status"])})
