"""**I/O edge.** A turn in the hands of the process that runs it: what may be written about it only there.

A fence: each write names the attempt that it belongs to. A process that was frozen, and whose turn another one has
taken over meanwhile, finds a later attempt in the row: `Superseded`, and nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, insert, riding_out
from core.durable.codec import failure_from, reply_from
from core.durable.ledger import OPEN, OpenTurn, happening, moving
from core.errors import Superseded
from core.migrations.tables import aliases, stage_results, turn_events, turns
from core.surroundings import Opened
from core.turn import AgentFailure, AgentReply, Beginning, MessageRef, Outcome, Question, TurnStatus


@dataclass(frozen=True, slots=True)
class Note:
    """An event as it is kept. A turn that is run again over kept steps says the same again: `key` tells it."""

    key: str
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """How often a question was asked, this time with it; `takeovers`: processes in a row that died under its turn."""

    asked: int
    takeovers: int


class Hold:
    """One attempt at a turn. Raises `Superseded`, and other `StoreError`s."""

    def __init__(self, database: Database, one: OpenTurn, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self.turn_id, self.attempt = one.key
        self._conversation_id = one.turn.conversation_id

    @riding_out
    async def message(self) -> MessageRef | None:
        async with self._database.reading() as connection:
            kept = await connection.scalar(select(turns.c.message).where(turns.c.id == self.turn_id))
            return MessageRef(kept) if kept else None

    @riding_out
    async def begin_post(self) -> bool:
        """True for the first who begins to post; after that a message may be there already."""
        first = self._mine().where(turns.c.post_begun.is_(False)).values(post_begun=True)
        async with self._database.writing() as connection:
            if (await connection.execute(first)).rowcount == 1:
                return True
            await self._fenced(connection, post_begun=True)
            return False

    @riding_out
    async def keep_message(self, message: MessageRef) -> None:
        async with self._database.writing() as connection:
            await self._fenced(connection, message=message)

    @riding_out
    async def keep_place(self, opened: Opened) -> None:
        """Where the turn is from now on; its thread is known as its conversation."""
        alias = {"id": opened.alias, "conversation_id": self._conversation_id}
        async with self._database.writing() as connection:
            await self._fenced(connection, address=dict(opened.address))
            if opened.alias != self._conversation_id:
                await connection.execute(insert(connection, aliases).values(alias).on_conflict_do_nothing())

    @riding_out
    async def keep_beginning(self, beginning: Beginning) -> None:
        async with self._database.writing() as connection:
            await self._fenced(connection, beginning=asdict(beginning))

    @riding_out
    async def kept(self) -> dict[str, AgentReply | AgentFailure]:
        """What came of the questions of earlier attempts, by slot."""
        query = select(stage_results).where(stage_results.c.turn_id == self.turn_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            return {row.slot: came for row in rows if (came := _came(row))}

    @riding_out
    async def enter(self, question: Question) -> Entry:
        """Keep that a question is being asked, and with it that its turn runs."""
        async with self._database.writing() as connection:
            takeovers = await self._fenced(connection, status=TurnStatus.RUNNING)
            row = insert(connection, stage_results)
            new = row.values(turn_id=question.turn_id, slot=question.slot, prompt=question.prompt)
            counted = new.on_conflict_do_update(
                index_elements=[stage_results.c.turn_id, stage_results.c.slot],
                set_={"asked": stage_results.c.asked + 1},
            )
            asked: int = (await connection.execute(counted.returning(stage_results.c.asked))).scalar_one()
            return Entry(asked, takeovers)

    @riding_out
    async def keep(self, question: Question, came: AgentReply | AgentFailure) -> None:
        """What an agent answered, or why it did not. Whoever gets that far does not die of this turn."""
        column = "reply" if isinstance(came, AgentReply) else "failure"
        of_slot = (stage_results.c.turn_id == question.turn_id) & (stage_results.c.slot == question.slot)
        async with self._database.writing() as connection:
            await self._fenced(connection, takeovers=0)
            await connection.execute(update(stage_results).where(of_slot).values({column: asdict(came)}))

    @riding_out
    async def keep_events(self, notes: Sequence[Note]) -> list[int]:
        """Keep them in their order, each key once, and tell who follows the turn. The numbers as they stand there."""
        async with self._database.writing([happening(self.turn_id)]) as connection:
            await self._fenced(connection, attempt=self.attempt)
            return await self._noted(connection, notes)

    async def _noted(self, connection: AsyncConnection, notes: Sequence[Note]) -> list[int]:
        """The turn's row is locked: nobody else counts on."""
        kept = select(turn_events.c.key, turn_events.c.seq).where(turn_events.c.turn_id == self.turn_id)
        there = {row.key: row.seq for row in await connection.execute(kept)}
        last, new = max(there.values(), default=0), {note.key: note for note in notes if note.key not in there}
        there |= {key: seq for seq, key in enumerate(new, last + 1)}
        rows = [{"turn_id": self.turn_id, "seq": there[key], **asdict(note)} for key, note in new.items()]
        if rows:
            await connection.execute(turn_events.insert(), rows)
        return [there[note.key] for note in notes]

    @riding_out
    async def end(self, outcome: Outcome, payload: str, notes: Sequence[Note] = ()) -> None:
        """Keep how the turn ended, and the events that say so; the line of its thread moves on."""
        values = {"status": outcome.status, "answer": outcome.answer, "payload": payload, "ended_at": self._clock()}
        async with self._database.writing([moving(self._conversation_id), happening(self.turn_id)]) as connection:
            await self._fenced(connection, **values)
            await self._noted(connection, notes)

    def _mine(self) -> Update:
        return update(turns).where(turns.c.id == self.turn_id, turns.c.attempt == self.attempt, OPEN)

    async def _fenced(self, connection: AsyncConnection, **values: object) -> int:
        """Change the turn's row, which is locked by that until the transaction ends; its takeovers so far."""
        held: int | None = await connection.scalar(self._mine().values(values).returning(turns.c.takeovers))
        if held is None:
            raise Superseded(f"the turn {self.turn_id} was taken over: attempt {self.attempt} is not the last")
        return held


def _came(row: Row[Any]) -> AgentReply | AgentFailure | None:
    if row.reply:
        return reply_from(row.reply)
    return failure_from(row.failure) if row.failure else None
