"""**I/O edge.** Turns per second with agents that answer at once, and the CPU time that a turn takes.

On SQLite, and on Postgres with one process and with two. Prints a table and a line of JSON.

python -m benchmarks.throughput                 all of it
python -m benchmarks.throughput URL NAME N      one process: N turns, once its standard input says so
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence

from benchmarks.durable import durable
from core.events import Emit, StageStarted
from core.turn import AgentReply, Opinion, Question, TurnRequest
from tests.postgres import running

TURNS = 400
"""Of all processes together; each in a thread of its own."""


class InstantAgents:
    """Answers at once."""

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Nothing to open."""

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Nobody has an opinion here."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        emit(StageStarted(question.stage, question.part, question.parts))
        return AgentReply("An answer of some words.", asked_at=time.time())


async def worker(url: str, name: str, count: int) -> None:
    """Says when it is ready, and at the end what it took."""
    async with durable(url, InstantAgents()) as turns:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun, cpu = time.time(), time.process_time()
        for n in range(count):
            identity = f"bench:{name}:{n}"
            await turns.submit(TurnRequest(identity, identity, "Why?", surface="bench", accepted_at=time.time()))
        await turns.idle()
        took = {"begun": begun, "ended": time.time(), "cpu": time.process_time() - cpu}
    print(json.dumps(took | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


async def measured(url: str, processes: int) -> dict[str, float]:
    """So many processes at once, from the first turn to the last end."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "benchmarks.throughput", url)
    started = [
        await asyncio.create_subprocess_exec(*command, str(n), str(TURNS // processes), stdin=pipe, stdout=pipe)
        for n in range(processes)
    ]
    for process in started:
        assert process.stdout
        await process.stdout.readline()
    said = [
        json.loads(out.splitlines()[-1]) for out, _ in await asyncio.gather(*(p.communicate(b"\n") for p in started))
    ]
    seconds = max(one["ended"] for one in said) - min(one["begun"] for one in said)
    return {
        "turns_per_s": TURNS / seconds,
        "cpu_ms_per_turn": 1e3 * sum(one["cpu"] for one in said) / TURNS,
        "peak_mb": max(one["peak_mb"] for one in said),
    }


async def main() -> None:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        found["SQLite, one process"] = await measured(f"sqlite:///{folder}/bench.db", 1)
    with running() as server:
        found["Postgres, one process"] = await measured(server.fresh(), 1)
        found["Postgres, two processes"] = await measured(server.fresh(), 2)
    for name, one in found.items():
        rate, cpu, peak = one["turns_per_s"], one["cpu_ms_per_turn"], one["peak_mb"]
        print(f"{name:<24} {rate:6.1f} turns/s  {cpu:6.1f} ms CPU a turn  {peak:5.0f} MB at most")
    print(json.dumps(found))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        asyncio.run(worker(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(main())
