"""**I/O edge.** Agents whose answers are kept as they come: nobody is asked twice for them, whatever dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from core.durable.hold import Entry, Hold
from core.errors import AgentError, Trouble
from core.events import Emit
from core.ports import Agents
from core.tally import AgentAnswered, AgentFailed, Count, uncounted
from core.turn import AgentFailure, AgentReply, Opinion, Question, TurnRequest

MOST_TAKEOVERS = 5
"""Processes in a row that may die under a turn; then its stage has failed, and the thread goes on."""


class Drain:
    """Lets what is under way end, and nothing new begin: what comes too late waits for the next process."""

    def __init__(self) -> None:
        self._closed = False
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def closed(self) -> bool:
        return self._closed

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        if self._closed:
            await asyncio.Event().wait()  # parked: this process will not begin it
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def close(self, seconds: float) -> bool:
        """Begin nothing more; wait until nothing is under way, at most so long. True if nothing is."""
        self._closed = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


class KeepingAgents:
    """Fills `Agents` over other agents, for one attempt at a turn."""

    def __init__(self, agents: Agents, hold: Hold, drain: Drain, count: Count = uncounted) -> None:
        self._agents = agents
        self._hold = hold
        self._drain = drain
        self._count = count

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        self._agents.prepare(turn, stages)

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        """One that CustomGPT may hold already, if it was asked for; or a new one."""
        async with self._drain.under_way():
            entry = await self._hold.enter(question)
            try:
                reply = _keepable(await self._ask(question, entry, emit))
            except AgentError as error:
                await self._hold.keep(question, AgentFailure(error.trouble, error.detail, error.queries))
                self._count(AgentFailed(question.stage, error.trouble))
                raise
            await self._hold.keep(question, reply)
            self._count(AgentAnswered(question.stage, reply.seconds))
            return reply

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        await self._agents.react(stage, reply, opinion)

    async def _ask(self, question: Question, entry: Entry, emit: Emit) -> AgentReply:
        if entry.takeovers > MOST_TAKEOVERS:
            raise AgentError(Trouble.CRASHED, f"{entry.takeovers} processes in a row ended under this turn")
        return await self._agents.ask(replace(question, reentered=entry.asked > 1), emit)


def _keepable(reply: AgentReply) -> AgentReply:
    """Postgres keeps no NUL in a text; it would refuse whatever this reply becomes a part of."""
    return replace(reply, text=reply.text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
