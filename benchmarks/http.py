"""**I/O edge.** 200 open WebSockets on 50 running turns: is an event lost, and how late does a stage's end come?"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import Any

from pydantic import SecretStr
from websockets.asyncio.client import connect

from benchmarks.durable import percentile
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from bot.http.adapter import HTTPAdapter, open_http
from bot.http.bodies import Chat
from bot.http.config import read_http
from bot.http.parse import turn_of
from core.durable.membership import Membership
from core.durable.turns import DurableTurns, open_turns
from core.durable.wiring import Wiring
from core.events import Emit, StageDelta, StageStarted
from core.pipeline import Pipeline
from core.stages import STAGES
from core.store import open_store
from core.text.redact import Redactor
from core.turn import AgentReply, OnReject, Opinion, Question, TurnRequest

SAYS = (
    "200 WebSockets on 50 running turns, SQLite; agents that write for 2 s in the server's process, clients that read "
    "in another. Deltas are dropped where a client is slow; what is kept never is."
)
RUNNING = 50
SOCKETS = 200
PIECES = 10
"""Deltas of each stage, one every `GAP` seconds."""

GAP = 0.2
LATEST = 1_000.0
"""Milliseconds."""

PATIENCE = 60.0
"""Seconds until it is given up that all sockets are open."""

TOKENS = [f"bench-token-{n}-0123456789" for n in range(4)]
"""Of as many callers: one may follow so many turns at once. They open nothing but the benchmark."""
Heard = list[tuple[str, list[tuple[str, str, int, float]]]]
"""For each socket its turn, and of each event the type, stage, number, and when it came."""


class Writers:
    """Write their answers piece by piece once all are listened to; `ended`: when a stage of a turn did."""

    def __init__(self) -> None:
        self.may_write = asyncio.Event()
        self.begun = 0
        self.ended: dict[tuple[str, str], float] = {}

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Nothing to open."""

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Nobody has an opinion here."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        await self.may_write.wait()
        if question.stage == STAGES[0].name:  # so that stages do not all end at once
            self.begun += 1
            await asyncio.sleep(PIECES * GAP * self.begun / RUNNING)
        emit(StageStarted(question.stage, question.part, question.parts))
        asked_at, words = time.time(), [f"word {n} of them all. " for n in range(PIECES)]
        for word in words:
            await asyncio.sleep(GAP)
            emit(StageDelta(question.stage, word, question.part))
        self.ended[question.turn_id, question.stage] = time.time()
        return AgentReply("".join(words), asked_at=asked_at, seconds=time.time() - asked_at)


@asynccontextmanager
async def served(url: str, agents: Writers) -> AsyncIterator[tuple[HTTPAdapter, DurableTurns]]:
    """Turns over agents of our own, served over HTTP."""
    pipeline = Pipeline(stages=STAGES, agents=agents, redact=Redactor(), prompt_limit=8_000, on_reject=OnReject.WARN)
    settings = read_http({"ORCHESTRATOR_HTTP_PORT": "0", "ORCHESTRATOR_API_TOKENS": ",".join(TOKENS)})
    async with open_http(settings, SecretStr("-")) as adapter, open_store(url) as store:
        membership, surfaces = Membership(store.database), {adapter.name: adapter.surface}
        wiring = Wiring(store=store, membership=membership, pipeline=pipeline, surfaces=surfaces, shutdown=0.0)
        async with open_turns(wiring) as turns:
            listening = asyncio.create_task(adapter.listen(turns))
            try:
                yield adapter, turns
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


class _Reader:
    """What the process of the clients knows: how many of them hear something, and whom to tell once all do."""

    all_hear: Event
    hearing = 0


def _begin(all_hear: Event) -> None:
    _Reader.all_hear = all_hear


async def _follow(url: str, turn_id: str, token: str) -> tuple[str, list[tuple[str, str, int, float]]]:
    found: list[tuple[str, str, int, float]] = []
    async with connect(url, max_queue=None, open_timeout=60) as socket:
        await socket.send(json.dumps({"token": token, "turn_id": turn_id}))
        async for message in socket:
            event = json.loads(message)
            if not found:
                _Reader.hearing += 1
                if _Reader.hearing == SOCKETS:
                    _Reader.all_hear.set()
            found.append((event["type"], event.get("stage", ""), event["seq"], time.time()))
    return turn_id, found


async def _follow_all(url: str, followed: Sequence[tuple[str, str]]) -> Heard:
    return await asyncio.gather(*(_follow(url, *one) for one in followed))


def clients(url: str, followed: Sequence[tuple[str, str]]) -> Heard:
    """In a process of their own; each follows a turn with the token that it belongs to."""
    return asyncio.run(_follow_all(url, followed))


async def heard(adapter: HTTPAdapter, turns: DurableTurns, agents: Writers) -> Heard:
    chat = Chat.model_validate({"messages": [{"role": "user", "content": "Why?"}]})
    access = adapter.served(turns).access
    callers = [caller for token in TOKENS if (caller := access.caller(token, loopback=True))]
    asked = [turn_of(chat, callers[n % len(TOKENS)], key=str(n), now=time.time()) for n in range(RUNNING)]
    for turn in asked:
        await turns.submit(turn)
    url = f"{(await adapter.listening).replace('http', 'ws')}/v1/chat/stream"
    belongs = [(turn.turn_id, TOKENS[n % len(TOKENS)]) for n, turn in enumerate(asked)]
    followed = [belongs[n % RUNNING] for n in range(SOCKETS)]
    context = get_context("spawn")
    all_hear = context.Event()
    with ProcessPoolExecutor(1, context, initializer=_begin, initargs=(all_hear,)) as pool:
        reading = asyncio.get_running_loop().run_in_executor(pool, clients, url, followed)
        hearing: asyncio.Future[bool] = asyncio.ensure_future(asyncio.to_thread(all_hear.wait, PATIENCE))
        either: set[asyncio.Future[Any]] = {hearing, reading}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        agents.may_write.set()
        return await reading


def judged(heard: Heard, agents: Writers) -> list[Figure]:
    lost, late, types = 0, list[float](), Counter[str]()
    for turn_id, events in heard:
        kept = [number for kind, _, number, _ in events if kind != "stage.delta"]
        lost += len(set(range(1, 2 * len(STAGES) + 3)) - set(kept))
        late += [at - agents.ended[turn_id, stage] for kind, stage, _, at in events if kind == "stage.completed"]
        types.update(kind for kind, _, _, _ in events)
    written = SOCKETS * len(STAGES) * PIECES
    return [
        Figure("events lost", lost, aim=0.0),
        Figure("from a stage's end to its event, p95", 1e3 * percentile(late, 95), "ms", LATEST),
        Figure("deltas that came, of those written", 100 * types["stage.delta"] / written, "%"),
    ]


async def measured(ground: Ground) -> list[Figure]:
    agents = Writers()
    async with served(await ground.sqlite(), agents) as (adapter, turns):
        return judged(await heard(adapter, turns, agents), agents)
