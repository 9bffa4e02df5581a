"""What the tests of feedback stand on: answers to vote on, and processes that tell CustomGPT."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from core import ports
from core.database import Database, open_database
from core.durable.feedback import Feedback
from core.durable.hold import Hold
from core.durable.ledger import OpenTurn
from core.durable.upkeep import HOUR
from core.migrations.tables import feedback
from core.stages import STAGES
from core.store import Store
from core.turn import Opinion, Question
from tests.core.durable.around import REPLY, end, question, turn
from tests.core.waiting import until
from tests.fakes import ScriptedAgents

ID = turn(1).turn_id


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


def in_parts(parts: int) -> list[Question]:
    """All questions of a turn with so many reviews. The n-th is answered by the message n."""
    first = [question(turn(1), stage) for stage in ("research", "plan", "build")]
    return [*first, *(question(turn(1), "review", part, parts) for part in range(1, parts + 1))]


async def answered(store: Store, questions: Sequence[Question] = tuple(in_parts(1))) -> None:
    """The turn has ended, its agents have said something."""
    await store.accept(turn(1))
    hold = Hold(store.database, OpenTurn(turn(1)))
    for number, asked in enumerate(questions, 1):
        await hold.enter(asked)
        await hold.keep(asked, replace(REPLY, message_id=number))
    await end(store, turn(1))


async def untold(database: Database) -> set[str]:
    """Whose vote CustomGPT does not know of, as far as is kept."""
    async with database.reading() as connection:
        found = await connection.execute(select(feedback.c.person).where(feedback.c.told.is_(False)))
        return set(found.scalars())


async def all_told(database: Database) -> None:
    async def is_so() -> bool:
        return not await untold(database)

    await until(is_so)


class Process:
    """Feedback on a connection of its own; `agents` are the outside, which all of them share."""

    def __init__(self, database: Database, agents: ScriptedAgents, given: Feedback) -> None:
        self.database = database
        self.agents = agents
        self.feedback = given
        self.port: ports.Feedback = given  # the type checker's word that the port is filled

    async def vote(self, person: str, opinion: Opinion, generation: int = 1) -> bool:
        return await self.feedback.give(ID, generation, person, opinion)

    @property
    def known(self) -> dict[int | None, Opinion]:
        """What CustomGPT has of each message, after all that it was told."""
        return {message: opinion for _, message, opinion in self.agents.reactions}


@asynccontextmanager
async def process(
    url: str,
    agents: ScriptedAgents | None = None,
    *,
    started: bool = False,
    every: float = HOUR,
    now: Callable[[], float] | None = None,
) -> AsyncIterator[Process]:
    """One that lives as long as the block; `started`: with its rounds."""
    agents = agents or ScriptedAgents()
    clock: dict[str, Any] = {"now": now} if now else {}
    async with open_database(url) as database:
        given = Feedback(database, agents, STAGES, every=every, **clock)
        if started:
            given.start()
        try:
            yield Process(database, agents, given)
        finally:
            await given.close()
