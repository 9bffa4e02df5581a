"""**I/O edge.** Durable turns on SQLite while 200 of them run: acceptance, first question, restart."""

from __future__ import annotations

import asyncio
import statistics
import time

from benchmarks.agents import TimedAgents, durable, turn
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from core.durable.turns import DurableTurns

SAYS = "200 turns running, 25 more a second, on SQLite; agents of 2 s in the same process."
RUNNING = 200
MEASURED = 100
AGENT_SECONDS = 2.0
GAP = 0.04
"""Seconds between two of the measured turns: 25 a second."""


async def measured(ground: Ground) -> list[Figure]:
    agents = TimedAgents(AGENT_SECONDS)
    async with durable(await ground.sqlite(), agents) as turns:
        figures = await under_load(turns, agents)
    return [*figures, Figure("200 turns resumed after a restart", await resumed(await ground.sqlite()), "s")]


async def under_load(turns: DurableTurns, agents: TimedAgents) -> list[Figure]:
    """Accept further turns while the first ones run."""
    for n in range(RUNNING):
        await turns.submit(turn(f"first:{n}"))
    accepted: dict[str, float] = {}
    took = []
    for n in range(MEASURED):
        request = turn(f"more:{n}")
        begun = time.perf_counter()
        await turns.submit(request)
        accepted[request.turn_id] = time.perf_counter()
        took.append(accepted[request.turn_id] - begun)
        await asyncio.sleep(GAP)
    await agents.all_asked(RUNNING + MEASURED)
    waits = [max(0.0, agents.first[turn_id] - at) for turn_id, at in accepted.items()]
    return [
        Figure("acceptance, p99", 1e3 * percentile(took, 99), "ms", aim=50.0),
        Figure("first question after acceptance, p95", 1e3 * percentile(waits, 95), "ms", aim=150.0),
    ]


async def resumed(url: str) -> float:
    """Seconds from a start until each of 200 turns that were under way is under way again."""
    held = TimedAgents()
    held.may_answer.clear()
    async with durable(url, held) as turns:
        for n in range(RUNNING):
            await turns.submit(turn(f"resumed:{n}"))
        await held.all_asked(RUNNING)
    agents = TimedAgents(AGENT_SECONDS)
    begun = time.perf_counter()
    async with durable(url, agents):
        await agents.all_asked(RUNNING)
        return time.perf_counter() - begun


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]
