"""**I/O edge.** `orchestrator run` in processes of their own: killed, started again, watched."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

from benchmarks.processes import resident
from scripts.soaking.findings import Sample

ROOT = Path(__file__).parents[2]
AGAIN = 1.0
"""Seconds until a process that has ended is started again."""

GLANCE = 1.0
"""Seconds between two looks at the memory."""

LEAVING = 60.0
"""Seconds that a process may take to end in good order."""


class Bot:
    """One of them. It lives until it is let go, whatever becomes of its process."""

    def __init__(self, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._log = log
        self._leaving = False
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def live(self) -> None:
        """Start it again and again."""
        while not self._leaving:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot", "run", "--only", "slack,discord"),
                    env=self._environment,
                    cwd=self._folder,
                    stdout=log,
                    stderr=log,
                )
            self.starts += 1
            await self._process.wait()
            if not self._leaving:
                await asyncio.sleep(AGAIN)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def leave(self) -> None:
        """In good order."""
        self._leaving = True
        self.signal(signal.SIGTERM)


class Bots:
    """All of them, and what they take."""

    def __init__(self, living: list[Bot], chance: Random) -> None:
        self._living = living
        self._chance = chance
        self._tasks = [asyncio.create_task(bot.live()) for bot in living]
        self._begun = time.monotonic()
        self.samples: list[Sample] = []
        self._watching = asyncio.create_task(self._watch())

    @property
    def starts(self) -> int:
        return sum(bot.starts for bot in self._living)

    def kill_one(self) -> bool:
        """One that lives; False where none does."""
        alive = [bot for bot in self._living if bot.pid]
        if alive:
            self._chance.choice(alive).kill()
        return bool(alive)

    async def leave(self) -> None:
        """In good order; who hangs is killed."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        for bot in self._living:
            bot.leave()
        await asyncio.wait(self._tasks, timeout=LEAVING)
        for bot, task in zip(self._living, self._tasks, strict=True):
            bot.kill()
            await task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(GLANCE)
            for pid in filter(None, (bot.pid for bot in self._living)):
                with suppress(OSError):  # it may just have died
                    self.samples.append(Sample(time.monotonic() - self._begun, pid, resident(pid)))


@asynccontextmanager
async def bots(count: int, environment: Mapping[str, str], folder: Path, chance: Random) -> AsyncIterator[Bots]:
    """Nothing of the caller's own settings gets in."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {**inherited, "PYTHONPATH": str(ROOT), **environment}
    started = Bots([Bot(given, folder, folder / f"bot-{n}.log") for n in range(count)], chance)
    try:
        yield started
    finally:
        await started.leave()
