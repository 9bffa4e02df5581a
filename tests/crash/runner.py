"""**I/O edge.** Children and where they come from, as the tests see them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.crash.child import OBEYED, Orders

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
PATIENCE = 30.0
"""Seconds after which a child hangs: it is killed, and its log shown."""


class Child:
    """A process that was started. `code` as `subprocess` has it: a signal is negative."""

    def __init__(self, pid: int, log: Path, out: Path) -> None:
        self.pid = pid
        self.log = log
        self.out = out
        self.dead: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if not self.dead.done():
            os.kill(self.pid, number)

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Its exit code. Raises `AssertionError` with its log where it hangs."""
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self.dead)
        except TimeoutError:
            self.kill()
            raise AssertionError(f"it hangs:\n{self.log.read_text()}") from None

    async def obeyed(self) -> None:
        """Wait until it has done all that it was told; or is dead before that."""
        await self._until(lambda: self.dead.done() or self._has_said(OBEYED))

    async def obeys_and_dies(self) -> None:
        """Killed, but not before: what it has not taken yet, nobody owes an answer to."""
        await self.obeyed()
        self.kill()

    async def said(self, words: str) -> None:
        """Wait until it says so in its log."""
        await self._until(lambda: self.dead.done() or self._has_said(words))
        if not self._has_said(words):
            raise AssertionError(f"it died:\n{self.log.read_text()}")

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                if true():
                    return
                await asyncio.sleep(0.02)  # a file tells nobody that it has grown

    def _has_said(self, words: str) -> bool:
        return self.log.exists() and words in self.log.read_text()

    @property
    def code(self) -> int:
        return self.dead.result()

    @property
    def returned(self) -> list[Any]:
        """What its orders returned."""
        returned: list[Any] = json.loads(self.out.read_text())
        return returned


class Nursery:
    """Where children come from. They are born in the order of their orders, and told of before they are dead."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._expected: deque[tuple[Path, Path, asyncio.Future[Child]]] = deque()
        self._living: dict[int, Child] = {}

    async def child(self, orders: Orders, log: Path, out: Path) -> Child:
        assert self._process.stdin
        born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._expected.append((log, out, born))
        line = json.dumps({"orders": str(orders), "log": str(log), "out": str(out)})
        self._process.stdin.write(f"{line}\n".encode())
        return await born

    async def listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            match line.decode().split():
                case "born", pid:
                    log, out, born = self._expected.popleft()
                    self._living[int(pid)] = child = Child(int(pid), log, out)
                    born.set_result(child)
                case "dead", pid, code:
                    self._living.pop(int(pid)).dead.set_result(int(code))


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.nursery", stdin=pipe, stdout=pipe, cwd=ROOT
    )
    nursery = Nursery(process)
    listening = asyncio.create_task(nursery.listen())
    try:
        yield nursery
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()
        await listening
