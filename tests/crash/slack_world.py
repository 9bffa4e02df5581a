"""**I/O edge.** Slack around a process that is killed: a question, what stands in its thread, what is wrong there."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn, Endpoint
from sandbox.customgpt import Fault as AgentFault
from sandbox.slack import Channel, Limits, Message, SlackStandIn, User
from sandbox.slack.transcript import body
from tests.contracts.harness import APPROVED, Shown
from tests.contracts.long import LONG, of_parts
from tests.crash.child import Orders
from tests.crash.runner import PATIENCE, Child, Nursery
from tests.crash.world import AT_ONCE, Databases

NOBODY = "http://127.0.0.1:9"
LIMITS = Limits(post_interval=0.0, retries=(0.0, 0.1, 0.1, 0.1, 0.1))


@dataclass(slots=True)
class SlackWorld:
    """Two stand-ins, a database, and children that listen."""

    nursery: Nursery
    gpt: CustomGPTStandIn
    slack: SlackStandIn
    folder: Path
    database: str
    ada: User
    general: Channel
    children: list[Child] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def born(self, **orders: Any) -> Child:
        """A child that listens until it is told to end."""
        number = next(self._numbers)
        given = {"stand_in": self.gpt.url, "platform": NOBODY, "slack": self.slack.url, "database": self.database}
        quick = {"interval": 60.0, "notify_after": 0.0, "do": (("pause",),)}
        log, out = self.folder / f"{number}.log", self.folder / f"{number}.out"
        child = await self.nursery.child(Orders(**{**given, **quick, **orders}), log, out)
        self.children.append(child)
        return child

    async def listening(self, child: Child, sockets: int = 1) -> None:
        """Wait until it is; or dead before that."""
        hears = asyncio.create_task(self.slack.until(lambda: self.slack.sockets >= sockets, PATIENCE))
        ends: list[asyncio.Future[Any]] = [hears, child.dead]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        hears.cancel()
        await asyncio.gather(hears, return_exceptions=True)

    def ask(self) -> Message:
        return self.slack.mention(self.ada, self.general, "Everything about bees, please")

    async def finished(self, child: Child) -> None:
        """It takes what Slack still has for it, ends all turns, and then itself."""
        await self.slack.until(lambda: self.slack.quiet and self.slack.sockets, PATIENCE)
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

    def complaints(self, question: Message, *, twice: bool = True) -> list[str]:
        """What is wrong with a long answer; `twice`: an agent may have been asked when the process died."""
        *answer, notice = self._shown(question)
        most = 2 if twice else 1
        again = [slot for slot, asked in self.asked().items() if asked > most]
        return [
            *of_parts(answer),
            *([] if {f"<@{self.ada.id}>"} == set(notice.pings) else [f"the last message is {notice.last[:60]!r}"]),
            *([] if {"white_check_mark"} == set(question.reactions) else [f"marked {set(question.reactions)}"]),
            *([] if "Reviewed 92/100" in answer[0].last else [f"shows {answer[0].last[-60:]!r}"]),
            *([f"asked again: {again}"] if again or sum(n > 1 for n in self.asked().values()) > 1 else []),
        ]

    def _shown(self, question: Message) -> list[Shown]:
        turn_id = turn_id_of(f"slack:{self.slack.team.id}:{question.channel}:{question.ts}")
        ours = [one for one in self.slack.said(self.general) if turn_id in self._of(one)]
        return [self._look(message) for message in ours]

    def _of(self, message: Message) -> str:
        names = "".join(file.name for file in self.slack.files(message))
        return names or str((message.metadata or {}).get("event_payload", {}).get("turn_id"))

    def _look(self, message: Message) -> Shown:
        states = tuple("\n".join(body(self.slack.world, one.text, one.blocks)) for one in message.states)
        files = tuple((file.content or b"").decode() for file in self.slack.files(message))
        return Shown(states, tuple(self.slack.pings(message)), files)


@asynccontextmanager
async def open_slack_world(nursery: Nursery, folder: Path, databases: Databases) -> AsyncIterator[SlackWorld]:
    async with CustomGPTStandIn() as gpt, SlackStandIn(limits=LIMITS) as slack:
        answers = {"research": "Bees scout.", "plan": "1. Scouts", "build": LONG, "review": APPROVED}
        for stage, answer in answers.items():
            gpt.agent(stage).always = AgentFault(answer=answer, cites=(), delta_size=4_000)
        ada = slack.person("Ada")
        general = slack.channel("general", [ada])
        world = SlackWorld(nursery, gpt, slack, folder, databases(folder), ada, general)
        try:
            yield world
        finally:
            await world.end()


Point = Callable[[SlackWorld], Awaitable[list[str]]]


async def each(
    nursery: Nursery, folder: Path, databases: Databases, points: Mapping[str, Point]
) -> dict[str, list[str]]:
    """Every point in a world of its own, some at a time; the complaints about those that have any."""
    gate, found = asyncio.Semaphore(AT_ONCE), dict[str, list[str]]()

    async def one(name: str, point: Point) -> None:
        (its_own := folder / name).mkdir()
        async with gate, open_slack_world(nursery, its_own, databases) as world:
            try:
                wrong = await point(world)
            except (AssertionError, TimeoutError) as error:
                wrong = [f"{type(error).__name__} {error}"]
        if wrong:
            found[name] = wrong

    await asyncio.gather(*(one(name, point) for name, point in points.items()))
    return dict(sorted(found.items()))
