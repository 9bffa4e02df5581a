"""**I/O edge.** Durable turns on SQLite while 200 of them run: acceptance, first question, restart, idle.

The agents answer in this process: what is measured is ours and the database's. Prints a table and a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
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

RUNNING = 200
MEASURED = 200
AGENT_SECONDS = 2.0
GAP = 0.04
"""Seconds between two of the measured turns: 25 a second."""

IDLE_SECONDS = 10.0


class TimedAgents:
    """Answers after a while; remembers when each turn was first asked. `held` agents answer only when let."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.all_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Nothing to open."""

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Nobody has an opinion here."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        self.first.setdefault(question.turn_id, time.perf_counter())
        if len(self.first) >= RUNNING:
            self.all_asked.set()
        emit(StageStarted(question.stage, question.part, question.parts))
        asked_at = time.time()
        await asyncio.sleep(AGENT_SECONDS)
        await self.may_answer.wait()
        return AgentReply("An answer of some words.", asked_at=asked_at, seconds=AGENT_SECONDS)


@asynccontextmanager
async def durable(url: str, agents: Agents) -> AsyncIterator[DurableTurns]:
    """Durable turns over agents of our own, shown nowhere."""
    pipeline = Pipeline(stages=STAGES, agents=agents, redact=Redactor(), prompt_limit=8_000, on_reject=OnReject.WARN)
    async with open_store(url) as store:
        membership = Membership(store.database)
        surfaces = {"bench": Silent()}
        wiring = Wiring(store=store, membership=membership, pipeline=pipeline, surfaces=surfaces, shutdown=0.0)
        async with open_turns(wiring) as turns:
            yield turns


def turn(n: int) -> TurnRequest:
    identity, thread = f"bench:{n}", f"thread {n}"
    return TurnRequest(identity, thread, "Why?", surface="bench", accepted_at=time.time())


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


async def under_load(turns: DurableTurns, agents: TimedAgents) -> dict[str, float]:
    """Accept further turns, 25 a second, while the first ones run."""
    for n in range(RUNNING):
        await turns.submit(turn(n))
    accepted: dict[str, float] = {}
    took = []
    for n in range(RUNNING, RUNNING + MEASURED):
        request = turn(n)
        begun = time.perf_counter()
        await turns.submit(request)
        accepted[request.turn_id] = time.perf_counter()
        took.append(accepted[request.turn_id] - begun)
        await asyncio.sleep(GAP)
    await asyncio.sleep(1.0)
    waits = [max(0.0, agents.first[turn_id] - at) for turn_id, at in accepted.items()]
    return {"accept_p99_ms": 1e3 * percentile(took, 99), "first_question_p95_ms": 1e3 * percentile(waits, 95)}


async def restarted(url: str) -> float:
    """Seconds from the start of a process until each of 200 turns that were under way is under way again."""
    agents = TimedAgents()
    begun = time.perf_counter()
    async with durable(url, agents) as turns:
        await agents.all_asked.wait()
        resumed = time.perf_counter() - begun
        await turns.idle()
    return resumed


async def idle_share(turns: DurableTurns) -> float:
    """Per cent of a core that this process takes when no turn is open."""
    await turns.idle()
    begun = time.process_time()
    await asyncio.sleep(IDLE_SECONDS)
    return 100 * (time.process_time() - begun) / IDLE_SECONDS


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        agents = TimedAgents()
        async with durable(f"sqlite:///{folder}/load.db", agents) as turns:
            measured = await under_load(turns, agents)
            measured["idle_percent"] = await idle_share(turns)
        held = TimedAgents()
        held.may_answer.clear()
        async with durable(f"sqlite:///{folder}/restart.db", held) as turns:
            for n in range(RUNNING):
                await turns.submit(turn(n))
            await asyncio.sleep(1.0)
        measured["resumed_s"] = await restarted(f"sqlite:///{folder}/restart.db")
    say(measured)


def say(measured: dict[str, float]) -> None:
    print(f"acceptance p99      {measured['accept_p99_ms']:7.1f} ms  {RUNNING} turns running, aim ≤ 50")
    print(f"first question p95  {measured['first_question_p95_ms']:7.1f} ms  after acceptance, idle thread, aim ≤ 150")
    print(f"idle                {measured['idle_percent']:7.2f} %   of a core, aim ≤ 1")
    print(f"all resumed         {measured['resumed_s']:7.2f} s   {RUNNING} turns, after a restart")
    print(json.dumps(measured))


if __name__ == "__main__":
    asyncio.run(main())
