"""What the tests of the durable turns stand on: rows, and desks that stand for processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, insert, select

from core.database import Database
from core.durable.hold import Hold
from core.durable.ledger import OpenTurn
from core.durable.membership import BEATS, Beats, Membership
from core.durable.turns import DurableTurns, open_turns
from core.durable.wiring import Wiring
from core.migrations.tables import processes, stage_results, turn_events, turns
from core.store import Store, open_store
from core.stored import StoredTurn
from core.tally import Tallied
from core.turn import AgentReply, Citation, Outcome, Question, TurnRequest, TurnStatus
from tests.fakes import MemorySurface, ScriptedAgents, a_pipeline, a_turn

REPLY = AgentReply("Bees.", (Citation(7, "Seven", "https://example.com/7"),), 12, "s", 3.0, 2.0, 2)


def turn(n: int, thread: str = "thread", **changes: Any) -> TurnRequest:
    fields = {"identity": f"test:{n}", "conversation_id": thread, "surface": "memory", "address": {"channel": "C1"}}
    return a_turn(f"Prompt {n}?", **{**fields, **changes})


def question(of: TurnRequest, stage: str = "research", part: int = 1, parts: int = 1) -> Question:
    return Question(of.turn_id, 1, of.conversation_id, stage, f"about {stage}", part, parts)


def outcome(of: TurnRequest, status: TurnStatus = TurnStatus.COMPLETE) -> Outcome:
    return Outcome(of.turn_id, of.conversation_id, status, "Answer.")


async def end(store: Store, one: OpenTurn | TurnRequest, status: TurnStatus = TurnStatus.COMPLETE) -> None:
    """It ends at 50.0."""
    held = one if isinstance(one, OpenTurn) else OpenTurn(one)
    await Hold(store.database, held, clock=lambda: 50.0).end(outcome(held.turn, status), "{}")


async def kept(store: Store, n: int) -> StoredTurn:
    stored = await store.turn(turn(n).turn_id)
    assert stored is not None
    return stored


async def live(database: Database, *members: str) -> None:
    """These are among the living."""
    async with database.writing() as connection:
        await connection.execute(insert(processes), [{"id": member, "beat": 0.0} for member in members])


async def bury(database: Database, member: str) -> None:
    """As a survivor does with who has not been seen."""
    async with database.writing() as connection:
        await connection.execute(delete(processes).where(processes.c.id == member))


async def living(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(processes.c.id))).scalars())


async def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that is kept of turns."""
    found = {}
    async with database.reading() as connection:
        for table in (turns, stage_results, turn_events):
            rows = await connection.execute(select(table).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows]
    return found


class Desk:
    """Durable turns over fakes: a process, as far as a database can tell."""

    def __init__(self, url: str, *, surface: MemorySurface | None = None, beats: Beats = BEATS) -> None:
        self.url = url
        self.beats = beats
        self.agents = ScriptedAgents()
        self.surface = surface or MemorySurface()
        self.name = "memory"
        self.counted: list[Tallied] = []
        self.pages = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[DurableTurns, Store]]:
        async with open_store(self.url) as store:
            wiring = Wiring(
                store=store,
                membership=Membership(store.database, beats=self.beats),
                pipeline=a_pipeline(self.agents),
                surfaces={self.name: self.surface},
                interval=0.0,
                shutdown=0.0,
                count=self.counted.append,
                pages=self.pages,
            )
            async with open_turns(wiring) as turns:
                yield turns, store

    def statuses(self, turn: TurnRequest) -> list[str]:
        """The states in which a turn was shown, each once."""
        shown = [view for _, view in self.surface.calls if view.outcome and view.outcome.turn_id == turn.turn_id]
        return list(dict.fromkeys(str(view.status) for view in shown))
