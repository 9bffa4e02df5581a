"""**I/O edge.** Conversations, their CustomGPT sessions, and turns, kept in one SQLite file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import StoreError
from core.migrations.tables import conversations, sessions, turns
from core.sqlite import IMMEDIATE, LOCK_TIMEOUT, engine_on, in_our_words, path_in, prepare
from core.turn import Exchange, Outcome, TurnRequest, TurnStatus

ANSWERED = (TurnStatus.COMPLETE, TurnStatus.UNREVIEWED, TurnStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as kept. Times in unix seconds; the last three are None until it has ended."""

    id: str
    conversation_id: str
    generation: int
    asker: str
    prompt: str
    context: Mapping[str, str]
    status: TurnStatus
    accepted_at: float
    ended_at: float | None
    answer: str | None
    payload: str | None


_STORED = [turns.c[name] for name in StoredTurn.__dataclass_fields__]


class Store:
    """Made by `open_store`. Every method is one transaction, and raises `StoreError`, nothing else."""

    def __init__(self, engine: AsyncEngine, path: Path, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._writer = engine.execution_options(begin=IMMEDIATE)
        self._path = path
        self._clock = clock
        # SQLite takes one writer at a time. Here they wait in the order of their calls, and awake at once.
        self._turnstile = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        with _cancellation_first(), in_our_words(self._path):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end of the block: what it has read stays true until then."""
        with _cancellation_first(), in_our_words(self._path):
            async with self._turnstile, self._writer.begin() as connection:
                yield connection

    async def session(self, conversation_id: str, slot: str) -> str | None:
        """The CustomGPT session of this slot of the conversation, if one was kept."""
        of_slot = (sessions.c.conversation_id == conversation_id) & (sessions.c.slot == slot)
        async with self.reading() as connection:
            found: str | None = await connection.scalar(select(sessions.c.session_id).where(of_slot))
            return found

    async def keep_session(self, conversation_id: str, slot: str, session_id: str) -> None:
        """Keep a session in place of the one before; the conversation is begun if it is new."""
        new = insert(sessions).values(conversation_id=conversation_id, slot=slot, session_id=session_id)
        async with self.writing() as connection:
            await self._begin_conversation(connection, conversation_id)
            await connection.execute(
                new.on_conflict_do_update(
                    index_elements=[sessions.c.conversation_id, sessions.c.slot],
                    set_={"session_id": new.excluded.session_id},
                )
            )

    async def accept(self, turn: TurnRequest) -> bool:
        """Keep a turn, last in its thread's line. False if its id was there: then nothing is kept."""
        async with self.writing() as connection:
            await self._begin_conversation(connection, turn.conversation_id)
            place = await next_place(connection, turn.conversation_id)
            row = insert(turns).values(_row_of(turn) | {"place": place})
            is_new = (await connection.execute(row.on_conflict_do_nothing(index_elements=[turns.c.id]))).rowcount == 1
            if not is_new:
                await connection.rollback()
            return is_new

    async def end(self, turn_id: str, outcome: Outcome, payload: str) -> None:
        """Keep how a turn ended; once more replaces it. Raises `StoreError` for a turn never accepted."""
        values = {"status": outcome.status, "answer": outcome.answer, "payload": payload}
        async with self.writing() as connection:
            ended = await connection.execute(
                update(turns).where(turns.c.id == turn_id).values(values | {"ended_at": self._clock()})
            )
            if ended.rowcount == 0:
                raise StoreError(f"The turn {turn_id} cannot be ended: it was never accepted.")

    async def last_exchange(self, conversation_id: str, before: str | None) -> Exchange | None:
        """The latest turn with an answer: of those before the turn `before` in the line, or of all."""
        answered = turns.c.status.in_(ANSWERED) & (turns.c.conversation_id == conversation_id)
        query = select(turns.c.prompt, turns.c.answer).where(answered)
        if before is not None:
            limit = select(turns.c.place).where(turns.c.id == before).scalar_subquery()
            query = query.where(turns.c.place < limit)
        async with self.reading() as connection:
            row = (await connection.execute(query.order_by(turns.c.place.desc()).limit(1))).first()
            return Exchange(prompt=row.prompt, answer=row.answer) if row else None

    async def turn(self, turn_id: str) -> StoredTurn | None:
        """What is kept of a turn."""
        query = select(*_STORED)
        async with self.reading() as connection:
            row = (await connection.execute(query.where(turns.c.id == turn_id))).mappings().first()
            return _turn_in(row) if row else None

    async def turns(self, limit: int = 50) -> list[StoredTurn]:
        """The latest, newest first."""
        query = select(*_STORED).order_by(turns.c.number.desc()).limit(limit)
        async with self.reading() as connection:
            return [_turn_in(row) for row in (await connection.execute(query)).mappings()]

    async def _begin_conversation(self, connection: AsyncConnection, conversation_id: str) -> None:
        new = insert(conversations).values(id=conversation_id, created_at=self._clock())
        await connection.execute(new.on_conflict_do_nothing())


@asynccontextmanager
async def open_store(
    url: str, *, clock: Callable[[], float] = time.time, lock_timeout: float = LOCK_TIMEOUT
) -> AsyncIterator[Store]:
    """Open `sqlite:///PATH`, made with mode 0600 if it is not there, its tables brought up to date.

    Raises `StoreError`: its sentence says what is wrong and what to do.
    """
    path = path_in(url)
    await asyncio.to_thread(prepare, path, lock_timeout)
    engine = engine_on(path, lock_timeout)
    try:
        yield Store(engine, path, clock=clock)
    finally:
        await engine.dispose()


@contextmanager
def _cancellation_first() -> Iterator[None]:
    """A task that is cancelled in the middle of a transaction is cancelled, whatever the database then complains of."""
    try:
        yield
    except StoreError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise asyncio.CancelledError from error
        raise


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
