"""**I/O edge.** Agents that answer in this process, and durable turns over them: what is measured is ours alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.terminal.surface import Silent
from core.durable.membership import Membership
from core.durable.turns import DurableTurns, open_turns
from core.durable.wiring import Wiring
from core.events import Emit, StageStarted
from core.pipeline import Pipeline
from core.ports import Agents
from core.stages import STAGES
from core.store import open_store
from core.text.redact import Redactor
from core.turn import AgentReply, OnReject, Opinion, Question, TurnRequest


class TimedAgents:
    """Answer after so many seconds, once they may; remember when each turn was first asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.first: dict[str, float] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._seconds = seconds
        self._asked = asyncio.Condition()

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Nothing to open."""

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Nobody has an opinion here."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        self.first.setdefault(question.turn_id, time.perf_counter())
        async with self._asked:
            self._asked.notify_all()
        emit(StageStarted(question.stage, question.part, question.parts))
        asked_at = time.time()
        await asyncio.sleep(self._seconds)
        await self.may_answer.wait()
        return AgentReply("An answer of some words.", asked_at=asked_at, seconds=self._seconds)

    async def all_asked(self, turns: int) -> None:
        """Wait until so many turns have asked."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.first) >= turns)


@asynccontextmanager
async def durable(url: str, agents: Agents) -> AsyncIterator[DurableTurns]:
    """Durable turns, shown nowhere."""
    pipeline = Pipeline(stages=STAGES, agents=agents, redact=Redactor(), prompt_limit=8_000, on_reject=OnReject.WARN)
    async with open_store(url) as store:
        membership = Membership(store.database)
        surfaces = {"bench": Silent()}
        wiring = Wiring(store=store, membership=membership, pipeline=pipeline, surfaces=surfaces, shutdown=0.0)
        async with open_turns(wiring) as turns:
            yield turns


def turn(name: str, thread: str = "") -> TurnRequest:
    """In a thread of its own unless one is named."""
    identity = f"bench:{name}"
    return TurnRequest(identity, thread or identity, "Why?", surface="bench", accepted_at=time.time())
