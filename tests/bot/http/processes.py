"""`orchestrator run --only http` as a process, and its clients."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from core.stages import STAGES
from sandbox.customgpt import CustomGPTStandIn
from tests.bot.shell import Shell

TOKEN = "ada-token-0123456789"
QUESTION = {"messages": [{"role": "user", "content": "How do bees choose?"}]}
PATIENCE = 60.0

Events = list[dict[str, Any]]


class Process:
    """One that listens."""

    def __init__(self, child: asyncio.subprocess.Process, url: str) -> None:
        self.child = child
        self.url = url
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """So that it never waits for somebody to read what it says."""
        assert self.child.stderr
        async for _ in self.child.stderr:
            pass

    async def kill(self) -> None:
        """As kill -9 does."""
        if self.child.returncode is None:
            self.child.kill()
        await asyncio.gather(self.child.wait(), self._reading)

    async def ask(self, key: str, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": key, **headers}
        async with httpx.AsyncClient(base_url=self.url, headers=sent, timeout=PATIENCE) as client:
            return await client.post("/v1/chat", json=QUESTION)

    async def events(self, first: dict[str, Any], until: Sequence[str] = ()) -> Events:
        """Those that are numbered, until one of this name and stage, or until the connection ends."""
        found: Events = []
        async with asyncio.timeout(PATIENCE), connect(f"{self.url.replace('http', 'ws')}/v1/chat/stream") as socket:
            await socket.send(json.dumps({"token": TOKEN, **first}))
            try:
                while not until or not found or [found[-1]["type"], found[-1].get("stage")] != list(until):
                    event = json.loads(await socket.recv())
                    found += [event] if event["type"] != "stage.delta" else []
            except ConnectionClosed:
                return found
        return found


def shell_for(gpt: CustomGPTStandIn, folder: Path, database: str) -> Shell:
    ids = {stage.setting: str(gpt.agents[stage.name]) for stage in STAGES}
    ours = {
        "CUSTOMGPT_API_KEY": gpt.key,
        "CUSTOMGPT_BASE_URL": gpt.url,
        "ORCHESTRATOR_DATABASE_URL": database,
        "ORCHESTRATOR_HTTP_PORT": "0",
        "ORCHESTRATOR_API_TOKENS": TOKEN,
        "ORCHESTRATOR_TURNS_PER_USER_HOUR": "1000",
    }
    return Shell(folder, {**ours, **ids})


async def born(shell: Shell) -> Process:
    child = await shell.start("run", "--only", "http")
    assert child.stderr
    async with asyncio.timeout(PATIENCE):
        async for line in child.stderr:
            if found := re.search(r"HTTP is at (http://[\d.:]+)", line.decode()):
                return Process(child, found[1])
    raise AssertionError("it ended and never listened")


@asynccontextmanager
async def several(shell: Shell, count: int = 1) -> AsyncIterator[list[Process]]:
    """So many of them; whoever is added to the list is ended, too."""
    living = list(await asyncio.gather(*(born(shell) for _ in range(count))))
    try:
        yield living
    finally:
        await asyncio.gather(*(process.kill() for process in living))
