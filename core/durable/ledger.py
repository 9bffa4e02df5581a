"""**I/O edge.** Our own rows of the durable turns: lines, messages, stage results, stops, retries.

Each method is one transaction. The engine keeps what its steps returned; what outlives a workflow (a retry keeps the
earlier stages) and what others must see (who stopped it, whose turn it is) stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import RowMapping

from core.durable.codec import reply_from
from core.migrations.tables import stage_results, turn_events, turns
from core.store import Store, next_place
from core.turn import AgentReply, MessageRef, Question, TurnRequest, TurnStatus

OPEN = turns.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that has not ended, and which attempt at it this is."""

    turn: TurnRequest
    attempt: int
    stop_by: str | None

    @property
    def workflow_id(self) -> str:
        return workflow_id(self.turn.turn_id, self.attempt)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a question: its reply, or how often it was asked, this time with it, without one."""

    reply: AgentReply | None
    asked: int


def workflow_id(turn_id: str, attempt: int) -> str:
    """What the engine calls an attempt at a turn."""
    return turn_id if attempt == 1 else f"{turn_id}#{attempt}"


class Ledger:
    """Raises `StoreError`, nothing else."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open_turn(self, turn_id: str) -> OpenTurn | None:
        """The turn, unless it has ended or is not known."""
        found = await self._open(turns.c.id == turn_id)
        return found[0] if found else None

    async def open_turns(self) -> list[OpenTurn]:
        """All that have not ended, in the order of acceptance."""
        return await self._open(OPEN)

    async def _open(self, which: ColumnElement[bool]) -> list[OpenTurn]:
        query = select(turns).where(OPEN, which).order_by(turns.c.number)
        async with self._store.reading() as connection:
            return [_open_turn(row) for row in (await connection.execute(query)).mappings()]

    async def position(self, turn_id: str) -> int:
        """1: it is this turn's turn; 2: one is before it in its thread."""
        mine = select(turns.c.conversation_id, turns.c.place).where(turns.c.id == turn_id).subquery()
        earlier = (turns.c.conversation_id == mine.c.conversation_id) & (turns.c.place < mine.c.place)
        query = select(func.count()).select_from(turns.join(mine, earlier)).where(OPEN)
        async with self._store.reading() as connection:
            return 1 + int((await connection.execute(query)).scalar_one())

    async def begin_post(self, turn_id: str) -> bool:
        """True for the first who begins to post; after that a message may be there already."""
        row = update(turns).where(turns.c.id == turn_id, turns.c.post_begun.is_(False)).values(post_begun=True)
        async with self._store.writing() as connection:
            return (await connection.execute(row)).rowcount == 1

    async def message(self, turn_id: str) -> MessageRef | None:
        async with self._store.reading() as connection:
            kept = await connection.scalar(select(turns.c.message).where(turns.c.id == turn_id))
            return MessageRef(kept) if kept else None

    async def keep_message(self, turn_id: str, message: MessageRef) -> None:
        await self._set(turn_id, message=message)

    async def enter(self, question: Question) -> Entry:
        """Look up what is kept of a question, and keep that it is being asked, and with it that its turn runs."""
        runs = update(turns).where(turns.c.id == question.turn_id, turns.c.status == TurnStatus.QUEUED)
        row = insert(stage_results).values(turn_id=question.turn_id, slot=question.slot, prompt=question.prompt)
        async with self._store.writing() as connection:
            await connection.execute(runs.values(status=TurnStatus.RUNNING))
            counted = row.on_conflict_do_update(
                index_elements=[stage_results.c.turn_id, stage_results.c.slot],
                set_={"asked": stage_results.c.asked + 1},
            )
            kept = (await connection.execute(counted.returning(stage_results.c.reply, stage_results.c.asked))).one()
            return Entry(reply_from(kept.reply) if kept.reply else None, kept.asked)

    async def keep(self, question: Question, reply: AgentReply) -> None:
        async with self._store.writing() as connection:
            await connection.execute(update(stage_results).where(_is(question)).values(reply=asdict(reply)))

    async def replies(self, turn_id: str) -> dict[str, tuple[str, AgentReply | None]]:
        """Slot → prompt and reply."""
        query = select(stage_results).where(stage_results.c.turn_id == turn_id)
        async with self._store.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
            return {row["slot"]: (row["prompt"], reply_from(row["reply"]) if row["reply"] else None) for row in rows}

    async def ask_to_stop(self, turn_id: str, by: str) -> bool:
        """True for the first who stops a turn that has not ended."""
        row = update(turns).where(turns.c.id == turn_id, OPEN, turns.c.stop_by.is_(None)).values(stop_by=by)
        async with self._store.writing() as connection:
            return (await connection.execute(row)).rowcount == 1

    async def retry(self, turn_id: str, stages: Sequence[str]) -> OpenTurn | None:
        """An ended turn once more, last in its line, without what `stages` had left. None if it has not ended."""
        async with self._store.writing() as connection:
            ended = select(turns).where(turns.c.id == turn_id, ~OPEN, turns.c.identity != "")
            row = (await connection.execute(ended)).mappings().first()
            if row is None:
                return None
            await connection.execute(delete(stage_results).where(_of_stages(turn_id, stages)))
            changes = {
                "place": await next_place(connection, row["conversation_id"]),
                "generation": row["generation"] + 1,
                "attempt": row["attempt"] + 1,
                "status": TurnStatus.QUEUED,
                **dict.fromkeys(("ended_at", "stop_by", "answer", "payload")),
            }
            await connection.execute(update(turns).where(turns.c.id == turn_id).values(changes))
            return _open_turn({**row, **changes})

    async def new_attempt(self, open_turn: OpenTurn) -> OpenTurn:
        """The same turn under another workflow: the engine has given the one before up."""
        attempt = open_turn.attempt + 1
        await self._set(open_turn.turn.turn_id, attempt=attempt)
        return OpenTurn(open_turn.turn, attempt, open_turn.stop_by)

    async def keep_events(self, turn_id: str, events: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Keep events (key, name, fields) in their order, each key once."""
        last = select(func.coalesce(func.max(turn_events.c.seq), 0)).where(turn_events.c.turn_id == turn_id)
        async with self._store.writing() as connection:
            seq = int((await connection.execute(last)).scalar_one())
            for key, name, fields in events:
                row = insert(turn_events).values(turn_id=turn_id, seq=seq + 1, key=key, name=name, fields=fields)
                seq += (await connection.execute(row.on_conflict_do_nothing())).rowcount

    async def events(self, turn_id: str, after: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
        """Number, name and fields of what was kept since number `after`."""
        of_turn = (turn_events.c.turn_id == turn_id) & (turn_events.c.seq > after)
        query = select(turn_events.c.seq, turn_events.c.name, turn_events.c.fields).where(of_turn)
        async with self._store.reading() as connection:
            rows = await connection.execute(query.order_by(turn_events.c.seq))
            return [(row.seq, row.name, row.fields) for row in rows]

    async def ended_before(self, moment: float, limit: int) -> list[tuple[str, int]]:
        """Turn ids and attempts of what ended before `moment`, oldest first."""
        query = select(turns.c.id, turns.c.attempt).where(turns.c.ended_at < moment)
        async with self._store.reading() as connection:
            rows = await connection.execute(query.order_by(turns.c.number).limit(limit))
            return [(row.id, row.attempt) for row in rows]

    async def forget(self, turn_ids: Sequence[str]) -> None:
        """Delete turns and what they left."""
        async with self._store.writing() as connection:
            ended = select(turns.c.id).where(turns.c.id.in_(turn_ids), ~OPEN)
            for table in (stage_results, turn_events):
                await connection.execute(delete(table).where(table.c.turn_id.in_(ended)))
            await connection.execute(delete(turns).where(turns.c.id.in_(turn_ids), ~OPEN))

    async def _set(self, turn_id: str, **values: object) -> None:
        async with self._store.writing() as connection:
            await connection.execute(update(turns).where(turns.c.id == turn_id).values(values))


def _is(question: Question) -> ColumnElement[bool]:
    return (stage_results.c.turn_id == question.turn_id) & (stage_results.c.slot == question.slot)


def _of_stages(turn_id: str, stages: Sequence[str]) -> ColumnElement[bool]:
    """Their slots: `review`, and `review.1`, `review.2` …; and whatever was asked and not answered."""
    slots = [or_(stage_results.c.slot == stage, stage_results.c.slot.like(f"{stage}.%")) for stage in stages]
    return (stage_results.c.turn_id == turn_id) & or_(stage_results.c.reply.is_(None), *slots)


def _open_turn(row: Mapping[str, Any] | RowMapping) -> OpenTurn:
    turn = TurnRequest(
        identity=row["identity"],
        conversation_id=row["conversation_id"],
        prompt=row["prompt"],
        context=row["context"],
        asker=row["asker"],
        accepted_at=row["accepted_at"],
        generation=row["generation"],
        surface=row["surface"],
        address=row["address"],
    )
    return OpenTurn(turn, row["attempt"], row["stop_by"])
