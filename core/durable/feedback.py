"""**I/O edge.** What people think of answers: remembered, and told to CustomGPT in the background.

Told is what most people think of an answer, to each message that its rated stages have left. Several processes may do
so at once, and nobody knows whose request arrives last. So who has told looks once more, and tells again where it is
otherwise by now; until that has gone well, the vote that it was for counts as not told, and is seen to by the upkeep.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, insert, riding_out
from core.durable.ledger import Ledger
from core.durable.upkeep import DAY, HOUR, again_and_again, cancelled
from core.errors import OrchestratorError, StoreError
from core.migrations.tables import feedback, turns
from core.ports import Agents
from core.stages.stage import Stage
from core.subject import about
from core.text.budget import check_ids
from core.turn import AgentReply, Opinion

log = logging.getLogger(__name__)

Answer = tuple[str, int]
"""The turn's id, and its generation: one that is retried gets another answer, and votes of its own."""

Cast = Mapping[str, float]
"""Votes that were just given: person → when, in unix seconds. Who has voted again since is not meant."""


def majority(counts: Mapping[Opinion, int]) -> Opinion:
    """What most people think; nothing, where as many think otherwise. Who has withdrawn has no vote."""
    liked, disliked = counts.get(Opinion.LIKED, 0), counts.get(Opinion.DISLIKED, 0)
    if liked == disliked:
        return Opinion.NEUTRAL
    return Opinion.LIKED if liked > disliked else Opinion.DISLIKED


class Feedback:
    """Made once for a process; `start` it, `close` it. What is given raises `RequestError` and `StoreError`.

    `every`: seconds between two rounds over what CustomGPT was not told. `now` in unix seconds.
    """

    def __init__(
        self,
        database: Database,
        agents: Agents,
        stages: Sequence[Stage],
        *,
        every: float = HOUR,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._votes = Votes(database)
        self._ledger = Ledger(database)
        self._agents = agents
        self._rated = frozenset(stage.name for stage in stages if stage.rated)
        self._every = every
        self._now = now
        self._waiting: dict[Answer, dict[str, float]] = {}
        self._telling: dict[Answer, asyncio.Task[None]] = {}
        self._rounds: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self) -> None:
        """Tell what an earlier process has not, now and in rounds."""
        self._rounds = {asyncio.create_task(again_and_again(self.tell_again, every=self._every, at_once=True))}

    async def close(self) -> None:
        """Tell nothing more; what is left is told after the next start."""
        self._closed = True
        await cancelled({*self._rounds, *self._telling.values()})

    async def give(self, turn_id: str, generation: int, person: str, opinion: Opinion) -> bool:
        """Remember what a person thinks in place of what they thought before; `NEUTRAL` takes it back.

        False where there is no such answer: the turn is not known, has not ended, or was retried meanwhile.
        """
        check_ids(turn_id=turn_id, person=person)
        answer, at = (turn_id, generation), self._now()
        stands = await self._votes.cast(answer, person, opinion, at)
        if stands and not self._closed:
            self._begin(answer, {person: at})
        return stands

    async def opinion(self, turn_id: str, generation: int, person: str) -> Opinion | None:
        """What a person thinks; `NEUTRAL` once it was taken back, None if they never said anything."""
        return await self._votes.opinion((turn_id, generation), person)

    async def counts(self, turn_id: str, generation: int) -> dict[Opinion, int]:
        """How many people hold each opinion."""
        return await self._votes.counts((turn_id, generation))

    async def tell_again(self) -> None:
        """Tell what was given within a day and not told, one answer after the other."""
        for answer, cast in (await self._votes.untold(self._now() - DAY)).items():
            await asyncio.wait({self._begin(answer, cast)})

    def _begin(self, answer: Answer, cast: Cast) -> asyncio.Task[None]:
        """One task at a time for each answer: it goes on for what is given meanwhile."""
        self._waiting.setdefault(answer, {}).update(cast)
        if answer not in self._telling:
            self._telling[answer] = asyncio.create_task(self._tell_all(answer))
        return self._telling[answer]

    async def _tell_all(self, answer: Answer) -> None:
        try:
            with about(turn=answer[0]):
                while cast := self._waiting.pop(answer, None):
                    await self._try_to_tell(answer, cast)
        finally:
            del self._telling[answer]

    async def _try_to_tell(self, answer: Answer, cast: Cast) -> None:
        try:
            await self._tell(answer, cast)
        except StoreError as error:
            log.warning("turn %s: what people think of it is told later: %s", answer[0], error)
        except Exception:  # it is told in the next round, and whoever votes meanwhile shall not lose their vote
            log.exception("turn %s: telling what people think of it broke off", answer[0])

    async def _tell(self, answer: Answer, cast: Cast) -> None:
        """Tell what most think until that is still so afterwards."""
        while True:
            replies = await self._replies(answer)  # before we look whether the answer stands: so they are its own
            opinion = await self._votes.standing(answer)
            if opinion is None or not await self._react(answer, replies, opinion):
                return
            if await self._votes.settle(answer, opinion, cast):
                return

    async def _replies(self, answer: Answer) -> list[tuple[str, AgentReply]]:
        """Stage and reply, for each message that is rated."""
        kept = await self._ledger.replies(answer[0])
        staged = [(slot.partition(".")[0], reply) for slot, (_, reply) in kept.items()]
        return [(stage, reply) for stage, reply in staged if stage in self._rated and reply]

    async def _react(self, answer: Answer, replies: Sequence[tuple[str, AgentReply]], opinion: Opinion) -> bool:
        """Whether all of them were told. What cannot be told of one keeps nothing from the others."""
        async with asyncio.TaskGroup() as group:
            told = [group.create_task(self._told(answer, stage, reply, opinion)) for stage, reply in replies]
        return all(task.result() for task in told)

    async def _told(self, answer: Answer, stage: str, reply: AgentReply, opinion: Opinion) -> bool:
        try:
            await self._agents.react(stage, reply, opinion)
        except OrchestratorError as error:  # the slots, too, may be kept in a database
            log.warning("turn %s: %s was not told “%s”: %s", answer[0], stage, opinion, error)
            return False
        return True


class Votes:
    """The rows. Each method is one transaction, and raises `StoreError`, nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @riding_out
    async def cast(self, answer: Answer, person: str, opinion: Opinion, at: float) -> bool:
        """Keep a vote. False where there is no such answer; one that stands cannot go away meanwhile."""
        values = {"turn_id": answer[0], "generation": answer[1], "person": person, "reaction": opinion, "at": at}
        async with self._database.writing() as connection:
            if (await connection.execute(_ended(answer).with_for_update())).first() is None:
                return False
            row = insert(connection, feedback).values(values)
            latest = {"reaction": row.excluded.reaction, "at": row.excluded.at, "told": False}
            await connection.execute(row.on_conflict_do_update(index_elements=[*feedback.primary_key], set_=latest))
            return True

    @riding_out
    async def opinion(self, answer: Answer, person: str) -> Opinion | None:
        mine = select(feedback.c.reaction).where(_of(answer), feedback.c.person == person)
        async with self._database.reading() as connection:
            found = await connection.scalar(mine)
            return None if found is None else Opinion(found)

    @riding_out
    async def counts(self, answer: Answer) -> dict[Opinion, int]:
        async with self._database.reading() as connection:
            return await _counts(connection, answer)

    @riding_out
    async def standing(self, answer: Answer) -> Opinion | None:
        """What most people think; None if the answer is no more."""
        async with self._database.reading() as connection:
            stands = (await connection.execute(_ended(answer))).first() is not None
            return majority(await _counts(connection, answer)) if stands else None

    @riding_out
    async def settle(self, answer: Answer, opinion: Opinion, cast: Cast) -> bool:
        """These votes have been told, if that is still what most people think; else False."""
        meant = tuple_(feedback.c.person, feedback.c.at).in_([*cast.items()])
        async with self._database.writing() as connection:
            # Nobody else votes or settles until we are done: rows locked in different orders would wait for each other.
            await connection.execute(_ended(answer).with_for_update())
            if majority(await _counts(connection, answer)) is not opinion:
                return False
            await connection.execute(update(feedback).where(_of(answer), meant).values(told=True))
            return True

    @riding_out
    async def untold(self, since: float) -> dict[Answer, dict[str, float]]:
        """Votes given after `since` that were not told, the oldest first, of answers that still stand."""
        stands = (turns.c.id == feedback.c.turn_id) & (turns.c.generation == feedback.c.generation)
        query = select(feedback).join(turns, stands & turns.c.ended_at.is_not(None))
        query = query.where(feedback.c.told.is_(False), feedback.c.at > since).order_by(feedback.c.at)
        found: dict[Answer, dict[str, float]] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(query):
                found.setdefault((row.turn_id, row.generation), {})[row.person] = row.at
        return found


def _ended(answer: Answer) -> Select[tuple[str]]:
    """The turn, if it has ended and this is its answer."""
    return select(turns.c.id).where(
        turns.c.id == answer[0], turns.c.generation == answer[1], turns.c.ended_at.is_not(None)
    )


def _of(answer: Answer) -> ColumnElement[bool]:
    return (feedback.c.turn_id == answer[0]) & (feedback.c.generation == answer[1])


async def _counts(connection: AsyncConnection, answer: Answer) -> dict[Opinion, int]:
    query = select(feedback.c.reaction, func.count()).where(_of(answer)).group_by(feedback.c.reaction)
    found = dict([tuple(row) for row in await connection.execute(query)])
    return {opinion: found.get(opinion, 0) for opinion in Opinion}
