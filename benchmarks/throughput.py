"""**I/O edge.** Turns per second with agents that answer at once; what a turn costs in CPU time and transactions.

python -m benchmarks.throughput URL NAME N      a worker: N turns, each in a thread of its own
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from sqlalchemy import Engine, event

from benchmarks.agents import TimedAgents, durable, turn
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.processes import resident, told, workers

SAYS = "Agents that answer at once, shown nowhere: the database and we ourselves are all there is."
TURNS = 300
"""Of all processes together."""


async def measured(ground: Ground) -> list[Figure]:
    return [
        *await _with("SQLite, one process", await ground.sqlite(), 1),
        *await _with("Postgres, one process", await ground.postgres(), 1),
        *await _with("Postgres, two processes", await ground.postgres(), 2),
    ]


async def _with(name: str, url: str, processes: int) -> list[Figure]:
    """So many processes at once, from the first turn to the last end."""
    orders = [(url, n, TURNS // processes) for n in range(processes)]
    said = await workers("benchmarks.throughput", *orders)
    seconds = max(one["ended"] for one in said) - min(one["begun"] for one in said)
    return [
        Figure(f"{name}: turns a second", TURNS / seconds),
        Figure(f"{name}: CPU a turn", 1e3 * sum(one["cpu"] for one in said) / TURNS, "ms"),
        Figure(f"{name}: commits a turn", sum(one["commits"] for one in said) / TURNS),
        Figure(f"{name}: statements a turn", sum(one["statements"] for one in said) / TURNS),
        Figure(f"{name}: memory at the end", max(one["memory"] for one in said), "MB"),
    ]


class Counted:
    """What goes to the database in this process."""

    def __init__(self) -> None:
        self.commits = self.statements = 0
        event.listen(Engine, "commit", self._commit)
        event.listen(Engine, "before_cursor_execute", self._statement)

    def _commit(self, *_: object) -> None:
        self.commits += 1

    def _statement(self, *_: object) -> None:
        self.statements += 1


async def worker(url: str, name: str, count: int) -> None:
    async with durable(url, TimedAgents()) as turns:
        await told()
        counted, begun, cpu = Counted(), time.time(), time.process_time()
        for n in range(count):
            await turns.submit(turn(f"{name}:{n}"))
        await turns.idle()
        took = {"begun": begun, "ended": time.time(), "cpu": time.process_time() - cpu}
        took |= {"commits": counted.commits, "statements": counted.statements}
    print(json.dumps(took | {"memory": resident() / 2**20}), flush=True)


if __name__ == "__main__":
    asyncio.run(worker(sys.argv[1], sys.argv[2], int(sys.argv[3])))
