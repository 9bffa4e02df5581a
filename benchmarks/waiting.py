"""**I/O edge.** What a turn costs that only waits in its thread's line.

python -m benchmarks.waiting URL      a worker
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time

from benchmarks.agents import TimedAgents, durable, turn
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.processes import resident, told, workers
from core.durable.turns import DurableTurns

SAYS = "950 more turns in fifty lines in which as many wait already, on SQLite, shown nowhere."
THREADS = 50
WAITING = THREADS * 19
WATCHED = 12.0
"""Seconds: each looks whether it is its turn every ten."""


async def measured(ground: Ground) -> list[Figure]:
    (said,) = await workers("benchmarks.waiting", (await ground.sqlite(),))
    return [
        Figure("memory of a waiting turn", said["bytes"] / 1024, "KB", aim=20.0),
        Figure("CPU of 100 waiting turns", said["percent"] * 100 / WAITING, "% of a core"),
    ]


async def worker(url: str) -> None:
    agents = TimedAgents()
    agents.may_answer.clear()
    async with durable(url, agents) as turns:
        await told()
        for n in range(THREADS):
            await turns.submit(turn(f"first:{n}", f"thread {n}"))
        await agents.all_asked(THREADS)
        await stand(turns, "first")  # what is loaded and reserved once is no turn's
        before = resident()
        await stand(turns, "second")
        found = {"bytes": (resident() - before) / WAITING, "percent": await share(WATCHED) / 2}
        print(json.dumps(found), flush=True)


async def stand(turns: DurableTurns, wave: str) -> None:
    """So many more stand in line."""
    for n in range(WAITING):
        await turns.submit(turn(f"{wave}:{n}", f"thread {n % THREADS}"))
    await asyncio.sleep(2.0)  # until all do
    gc.collect()


async def share(seconds: float) -> float:
    """Per cent of a core that this process takes."""
    begun = time.process_time()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - begun) / seconds


if __name__ == "__main__":
    asyncio.run(worker(sys.argv[1]))
