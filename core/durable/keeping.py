"""**I/O edge.** Agents whose answers are kept: nobody is asked twice for what was answered, whatever died since."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from core.durable.ledger import Ledger
from core.errors import AgentError, Trouble
from core.events import Emit
from core.ports import Agents
from core.turn import AgentReply, Question, TurnRequest

MOST_ASKED = 6
"""Process starts that one question may cost without an answer; then its stage has failed, and the thread goes on."""


class Drain:
    """Lets what is under way end, and nothing new begin: what comes too late waits for the next process."""

    def __init__(self) -> None:
        self._closed = False
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

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
    """Fills `Agents` over other agents and the ledger."""

    def __init__(self, agents: Agents, ledger: Ledger, drain: Drain) -> None:
        self._agents = agents
        self._ledger = ledger
        self._drain = drain

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        self._agents.prepare(turn, stages)

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        """The kept answer; or one that CustomGPT may hold already, if it was asked for; or a new one."""
        async with self._drain.under_way():
            entry = await self._ledger.enter(question)
            if entry.reply:
                return entry.reply
            if entry.asked > MOST_ASKED:
                raise AgentError(Trouble.CRASHED, f"asked {MOST_ASKED} times, and each time the process ended")
            reply = await self._agents.ask(replace(question, reentered=entry.asked > 1), emit)
            await self._ledger.keep(question, reply)
            return reply
