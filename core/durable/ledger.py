"""**I/O edge.** The rows of the durable turns, for everybody: lines, stops, retries, takeovers, what is kept of them.

Each method is one transaction. What only the process may write that runs a turn stands in `hold.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, select, update
from sqlalchemy.engine import RowMapping

from core.database import Database, riding_out
from core.durable.codec import beginning_from, reply_from
from core.migrations.tables import (
    aliases,
    conversations,
    feedback,
    processes,
    sessions,
    stage_results,
    turn_events,
    turns,
    uses,
)
from core.ports import Budget
from core.store import next_place, use
from core.stored import Happening
from core.tally import Queue
from core.turn import AgentReply, Beginning, TurnRequest, TurnStatus

OPEN = turns.c.ended_at.is_(None)

BY_ACCEPTANCE = turns.c.number + 0
"""The order of acceptance, for the few that are open: one that no index gives keeps SQLite from walking through all
turns that there ever were. It takes the index of the open ones then."""

LEFT = "left"
"""The topic under which is rung that there may be turns that are nobody's."""

STOPS = "stops"
"""The topic under which is rung that some turn was asked to stop."""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that has not ended, whose it is, and which attempt at it this is."""

    turn: TurnRequest
    attempt: int = 1
    owner: str | None = None
    stop_by: str | None = None
    beginning: Beginning | None = None
    takeovers: int = 0

    @property
    def key(self) -> tuple[str, int]:
        return self.turn.turn_id, self.attempt


class Ledger:
    """Raises `StoreError`, nothing else."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    @riding_out
    async def open_turn(self, turn_id: str) -> OpenTurn | None:
        """The turn, unless it has ended or is not known."""
        found = await self._open(turns.c.id == turn_id)
        return found[0] if found else None

    @riding_out
    async def oldest(self) -> OpenTurn | None:
        """The one that was accepted first of all that have not ended."""
        found = await self._open(OPEN, most=1)
        return found[0] if found else None

    @riding_out
    async def open_turns(self, owner: str) -> list[OpenTurn]:
        """Those of one process that have not ended, in the order of acceptance."""
        return await self._open(turns.c.owner == owner)

    async def _open(self, which: ColumnElement[bool], most: int | None = None) -> list[OpenTurn]:
        query = select(turns).where(OPEN, which).order_by(BY_ACCEPTANCE).limit(most)
        async with self._database.reading() as connection:
            return [_open_turn(row) for row in (await connection.execute(query)).mappings()]

    async def queue(self) -> Queue:
        """How many have not ended. Asked once: who wants to know asks again soon."""
        since = func.coalesce(turns.c.retried_at, turns.c.accepted_at)
        waits = case((turns.c.status == TurnStatus.QUEUED, since))
        query = select(turns.c.status, func.count(), func.min(waits)).where(OPEN).group_by(turns.c.status)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        waiting = [at for _, _, at in rows if at is not None]
        return Queue({TurnStatus(status): number for status, number, _ in rows}, min(waiting, default=None))

    @riding_out
    async def position(self, turn_id: str) -> int:
        """1: it is this turn's turn; 2: one is before it in its thread."""
        mine = select(turns.c.conversation_id, turns.c.place).where(turns.c.id == turn_id).subquery()
        earlier = (turns.c.conversation_id == mine.c.conversation_id) & (turns.c.place < mine.c.place)
        query = select(func.count()).select_from(turns.join(mine, earlier)).where(OPEN)
        async with self._database.reading() as connection:
            return 1 + int((await connection.execute(query)).scalar_one())

    @riding_out
    async def replies(self, turn_id: str) -> dict[str, tuple[str, AgentReply | None]]:
        """Slot → prompt and reply."""
        query = select(stage_results).where(stage_results.c.turn_id == turn_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
            return {row["slot"]: (row["prompt"], reply_from(row["reply"]) if row["reply"] else None) for row in rows}

    @riding_out
    async def ask_to_stop(self, turn_id: str, by: str) -> bool:
        """True for who stops a turn first, if it has not ended; the process that runs it is told."""
        first = turns.c.stop_by.is_(None) | (turns.c.stop_by == by)
        row = update(turns).where(turns.c.id == turn_id, OPEN, first).values(stop_by=by)
        async with self._database.writing([STOPS]) as connection:
            return (await connection.execute(row)).rowcount == 1

    @riding_out
    async def stopped(self, owner: str) -> dict[str, str]:
        """The open turns of a process that were asked to stop, and by whom."""
        query = select(turns.c.id, turns.c.stop_by).where(OPEN, turns.c.owner == owner, turns.c.stop_by.is_not(None))
        async with self._database.reading() as connection:
            return {row.id: row.stop_by for row in await connection.execute(query)}

    @riding_out
    async def retry(
        self,
        turn_id: str,
        stages: Sequence[str],
        owner: str,
        *,
        generation: int | None = None,
        quota: Budget | None = None,
    ) -> OpenTurn | None:
        """An ended turn once more, last in its line, without what `stages` had left.

        None if it has not ended, or is no longer of the `generation`. Raises `TooManyTurns`.
        """
        ended = select(turns).where(turns.c.id == turn_id, ~OPEN, turns.c.identity != "").with_for_update()
        async with self._database.writing() as connection:
            row = (await connection.execute(ended)).mappings().first()
            if row is None or generation not in (None, row["generation"]):
                return None
            await connection.execute(delete(stage_results).where(_of_stages(turn_id, stages)))
            if quota:
                await use(connection, quota, self._clock())
            place, _ = await next_place(connection, row["conversation_id"])
            changes = {
                "place": place,
                "generation": row["generation"] + 1,
                "attempt": row["attempt"] + 1,
                "owner": owner,
                "takeovers": 0,
                "retried_at": self._clock(),
                "status": TurnStatus.QUEUED,
                **dict.fromkeys(("ended_at", "stop_by", "answer", "payload", "beginning")),
            }
            await connection.execute(update(turns).where(turns.c.id == turn_id).values(changes))
            return _open_turn({**row, **changes})

    @riding_out
    async def take_over(self, owner: str, surfaces: Collection[str]) -> list[OpenTurn]:
        """Take the open turns of these surfaces that belong to nobody who lives. Each goes to one process alone.

        It counts for a turn where its process died while it ran; one that it was handed on by does not.
        """
        living = select(processes.c.id)
        nobodys = turns.c.owner.is_(None) | turns.c.owner.not_in(living)
        begun = (turns.c.status == TurnStatus.RUNNING) | turns.c.beginning.is_not(None)
        died = turns.c.owner.is_not(None) & begun
        row = update(turns).where(OPEN, turns.c.surface.in_(surfaces), nobodys)
        taken = row.values(
            owner=owner, attempt=turns.c.attempt + 1, takeovers=turns.c.takeovers + case((died, 1), else_=0)
        )
        async with self._database.writing() as connection:
            rows = (await connection.execute(taken.returning(turns))).mappings().all()
            return [_open_turn(row) for row in sorted(rows, key=lambda row: int(row["number"]))]

    @riding_out
    async def hand_on(self, one: OpenTurn) -> None:
        """Leave a turn that cannot be shown here to whoever can."""
        row = update(turns).where(OPEN, turns.c.id == one.turn.turn_id, turns.c.attempt == one.attempt)
        async with self._database.writing([LEFT]) as connection:
            await connection.execute(row.values(owner=None))

    @riding_out
    async def again(self, one: OpenTurn, *, counts: bool = True) -> OpenTurn | None:
        """A turn of ours that nobody runs, though we live: another attempt, which `counts` as a takeover or does not.

        None if it has changed meanwhile.
        """
        row = update(turns).where(OPEN, turns.c.id == one.turn.turn_id, turns.c.attempt == one.attempt)
        taken = row.values(attempt=turns.c.attempt + 1, takeovers=turns.c.takeovers + int(counts))
        async with self._database.writing() as connection:
            found = (await connection.execute(taken.returning(turns))).mappings().first()
            return _open_turn(found) if found else None

    @riding_out
    async def events(self, turn_id: str, after: int = 0) -> list[Happening]:
        """What was kept since number `after`."""
        of_turn = (turn_events.c.turn_id == turn_id) & (turn_events.c.seq > after)
        query = select(turn_events.c.seq, turn_events.c.name, turn_events.c.fields).where(of_turn)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(turn_events.c.seq))
            return [Happening(row.seq, row.name, row.fields) for row in rows]

    @riding_out
    async def forget(self, before: float, limit: int) -> int:
        """Delete turns that ended before `before`, the oldest first, and what they left; how many."""
        async with self._database.writing() as connection:
            old = select(turns.c.id).where(turns.c.ended_at < before).order_by(turns.c.number).limit(limit)
            ids = (await connection.execute(old.with_for_update(skip_locked=True))).scalars().all()
            await connection.execute(delete(uses).where(uses.c.at < before))
            for table in (stage_results, turn_events, feedback):
                await connection.execute(delete(table).where(table.c.turn_id.in_(ids)))
            await connection.execute(delete(turns).where(turns.c.id.in_(ids)))
            return len(ids)

    @riding_out
    async def forget_empty(self, before: float, limit: int) -> int:
        """Delete conversations that were begun before `before` and of which no turn is kept; how many.

        First they are locked, then it is looked again: somebody may have asked there meanwhile.
        """
        of = conversations.c.id
        empty = ~exists().where(turns.c.conversation_id == of)
        old = select(of).where(conversations.c.created_at < before, empty).limit(limit)
        async with self._database.writing() as connection:
            locked = (await connection.execute(old.with_for_update(skip_locked=True))).scalars().all()
            ids = (await connection.execute(select(of).where(of.in_(locked), empty))).scalars().all()
            for table in (sessions, aliases):
                await connection.execute(delete(table).where(table.c.conversation_id.in_(ids)))
            await connection.execute(delete(conversations).where(of.in_(ids)))
            return len(ids)


def moving(conversation_id: str) -> str:
    """The topic under which is rung that a turn of a thread has ended."""
    return f"line:{conversation_id}"


def happening(turn_id: str) -> str:
    """The topic under which is rung that an event of a turn was kept."""
    return f"events:{turn_id}"


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
        chapter=row["chapter"],
        page_key=row["page_key"],
        retried_at=row["retried_at"],
    )
    beginning = row["beginning"] and beginning_from(row["beginning"])
    return OpenTurn(turn, row["attempt"], row["owner"], row["stop_by"], beginning or None, row["takeovers"])
