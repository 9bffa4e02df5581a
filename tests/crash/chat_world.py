"""**I/O edge.** A chat platform around a process that is killed: a question, its thread, and what is wrong there."""

from __future__ import annotations

import asyncio
import signal
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

from sandbox.customgpt import CustomGPTStandIn, Endpoint
from sandbox.customgpt import Fault as AgentFault
from tests.contracts.harness import APPROVED, Shown
from tests.contracts.long import LONG, of_parts
from tests.crash.child import Orders
from tests.crash.runner import Child, Nursery
from tests.crash.world import AT_ONCE, Databases

NOBODY = "http://127.0.0.1:9"
Q = TypeVar("Q")
"""A question, as the platform has it."""


class ChatWorld(ABC, Generic[Q]):
    """CustomGPT, a platform, a database, and children that listen."""

    def __init__(self, nursery: Nursery, gpt: CustomGPTStandIn, folder: Path, database: str) -> None:
        self.nursery, self.gpt, self.folder, self.database = nursery, gpt, folder, database
        self.children: list[Child] = []
        self._numbers = count(1)

    @property
    @abstractmethod
    def platform(self) -> dict[str, Any]:
        """What a child must know to listen there."""

    @abstractmethod
    async def heard(self, connections: int) -> None:
        """Wait until so many listen."""

    @abstractmethod
    async def quiet(self) -> None:
        """Wait until somebody listens, and has been told all."""

    @abstractmethod
    def ask(self) -> Q: ...

    @abstractmethod
    def shown(self, question: Q) -> list[Shown]:
        """Our messages for it, the notice last."""

    @abstractmethod
    def marked(self, question: Q) -> set[str]:
        """What stands beside it."""

    @property
    @abstractmethod
    def called(self) -> set[str]:
        """Whom the notice calls."""

    answered = "✅"

    async def born(self, **orders: Any) -> Child:
        """A child that listens until it is told to end."""
        number = next(self._numbers)
        given = {"stand_in": self.gpt.url, "platform": NOBODY, "database": self.database}
        quick = {"interval": 60.0, "notify_after": 0.0, "do": (("pause",),), **self.platform}
        log, out = self.folder / f"{number}.log", self.folder / f"{number}.out"
        child = await self.nursery.child(Orders(**{**given, **quick, **orders}), log, out)
        self.children.append(child)
        return child

    async def listening(self, child: Child, connections: int = 1) -> None:
        """Wait until it is; or dead before that."""
        hears = asyncio.create_task(self.heard(connections))
        ends: list[asyncio.Future[Any]] = [hears, child.dead]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        hears.cancel()
        await asyncio.gather(hears, return_exceptions=True)

    async def finished(self, child: Child) -> None:
        """It takes what the platform still has for it, ends all turns, and then itself."""
        await self.quiet()
        child.kill(signal.SIGUSR1)
        code = await child.ended()
        assert code == 0, child.log.read_text()

    async def goes_on(self) -> None:
        """The next process, from its start to its end."""
        child = await self.born()
        await self.finished(child)

    async def end(self) -> None:
        for child in self.children:
            child.kill()
            await child.ended()

    def asked(self) -> Counter[str]:
        """How often each slot was asked."""
        sent = self.gpt.requests(Endpoint.SEND)
        return Counter(request.query["external_id"].rsplit("-", 2)[0] for request in sent)

    def complaints(self, question: Q, *, twice: bool = True) -> list[str]:
        """What is wrong with a long answer; `twice`: an agent may have been asked when the process died."""
        messages = self.shown(question)
        if not messages:
            return ["there is no answer"]
        *answer, notice = messages
        most = 2 if twice else 1
        again = [slot for slot, asked in self.asked().items() if asked > most]
        return [
            *of_parts(answer),
            *([] if self.called == set(notice.pings) else [f"the last message is {notice.last[:60]!r}"]),
            *([] if {self.answered} == self.marked(question) else [f"marked {self.marked(question)}"]),
            *([] if "Reviewed 92/100" in answer[0].last else [f"shows {answer[0].last[-60:]!r}"]),
            *([f"asked again: {again}"] if again or sum(n > 1 for n in self.asked().values()) > 1 else []),
        ]


def prepared(gpt: CustomGPTStandIn) -> CustomGPTStandIn:
    """Agents that give a long answer."""
    answers = {"research": "Bees scout.", "plan": "1. Scouts", "build": LONG, "review": APPROVED}
    for stage, answer in answers.items():
        gpt.agent(stage).always = AgentFault(answer=answer, cites=(), delta_size=4_000)
    return gpt


W = TypeVar("W", bound=ChatWorld[Any])
Opener = Callable[[Nursery, Path, Databases], AbstractAsyncContextManager[W]]


async def each(
    opener: Opener[W],
    nursery: Nursery,
    folder: Path,
    databases: Databases,
    points: Mapping[str, Callable[[W], Awaitable[list[str]]]],
) -> dict[str, list[str]]:
    """Every point in a world of its own, some at a time; the complaints about those that have any."""
    gate, found = asyncio.Semaphore(AT_ONCE), dict[str, list[str]]()

    async def one(name: str, point: Callable[[W], Awaitable[list[str]]]) -> None:
        (its_own := folder / name).mkdir()
        async with gate, opener(nursery, its_own, databases) as world:
            try:
                wrong = await point(world)
            except (AssertionError, TimeoutError) as error:
                wrong = [f"{type(error).__name__} {error}"]
        if wrong:
            found[name] = wrong

    await asyncio.gather(*(one(name, point) for name, point in points.items()))
    return dict(sorted(found.items()))
