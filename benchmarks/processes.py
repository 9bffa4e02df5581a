"""**I/O edge.** Processes beside the one that measures: the stand-in for CustomGPT, the bot itself, workers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.ground import CONCURRENCY
from core.stages import STAGES
from sandbox.customgpt import AGENTS, KEY

ROOT = Path(__file__).parents[1]
PIPE = asyncio.subprocess.PIPE
TICKS = os.sysconf("SC_CLK_TCK")
MANY = 10_000_000
"""Queries in the stand-in's account: none of the parts is about running out of them."""


@asynccontextmanager
async def customgpt() -> AsyncIterator[str]:
    """The address of a stand-in in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "sandbox", "--port", "0", stdout=PIPE, cwd=ROOT
    )
    try:
        assert process.stdout
        url = (await process.stdout.readline()).decode().strip().partition("=")[2]
        yield url
    finally:
        await ended(process)


async def paced(url: str, seconds: float) -> None:
    """From now on its agents answer after so long, all at once."""
    async with httpx.AsyncClient(base_url=url) as client:
        (await client.put("/control/account", json={"max_queries": MANY})).raise_for_status()
        for agent in AGENTS.values():
            knobs = {"first_byte_delay": seconds, "delta_delay": 0.0}
            (await client.put(f"/control/agents/{agent}", json=knobs)).raise_for_status()


def settings_for(url: str, database: str) -> dict[str, str]:
    """The environment of a bot that asks the stand-in at `url`."""
    return {
        "CUSTOMGPT_BASE_URL": url,
        "CUSTOMGPT_API_KEY": KEY,
        "CUSTOMGPT_CONCURRENCY": str(CONCURRENCY),
        "ORCHESTRATOR_DATABASE_URL": database,
        "ORCHESTRATOR_TURNS_PER_USER_HOUR": str(MANY),
        "ORCHESTRATOR_LOG_LEVEL": "error",
        **{stage.setting: str(AGENTS[stage.name]) for stage in STAGES},
    }


class Bot:
    """`orchestrator run` in a process of its own, once it has said that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        self.process = process
        self.started_in = seconds

    @property
    def cpu(self) -> float:
        """Seconds of a core that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def resident(self) -> int:
        """Bytes in memory."""
        return resident(self.process.pid)


def resident(pid: int | str = "self") -> int:
    """Bytes of a process in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def bot(environment: Mapping[str, str], folder: Path) -> AsyncIterator[Bot]:
    """Nothing of the caller's own settings gets in: they are read where there is no `.env`."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    path = {"PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--only", "slack"),
        env={**inherited, **path, **environment},
        stderr=PIPE,
        cwd=folder,
    )
    try:
        await _ready(process)
        ours = Bot(process, time.perf_counter() - begun)
        drained = asyncio.create_task(_drained(process))
        yield ours
    finally:
        await ended(process)
    await drained


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stderr
    said = b""
    while line := await process.stderr.readline():
        said += line
        if line.startswith(b"Ready"):
            return
    raise SystemExit(f"The bot did not start:\n{said.decode()}")


async def _drained(process: asyncio.subprocess.Process) -> None:
    """What it says from now on is for nobody; unread it would hold it up."""
    assert process.stderr
    async for _ in process.stderr:
        pass


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def workers(module: str, *orders: Sequence[object]) -> list[dict[str, Any]]:
    """A process for each order, `python -m MODULE ORDER…`; started together, once all are ready; what each found."""
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *map(str, order)), stdin=PIPE, stdout=PIPE, cwd=ROOT
        )
        for order in orders
    ]
    for process in started:
        assert process.stdout
        await process.stdout.readline()
    outputs = await asyncio.gather(*(process.communicate(b"\n") for process in started))
    return [json.loads(out.splitlines()[-1]) for out, _ in outputs]


async def told() -> None:
    """In a worker: say that it is ready, and wait until all are."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
