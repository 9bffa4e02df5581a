"""**I/O edge.** The outside of a process, which outlives it: what a child leaves there, and what is wrong with it."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from core.postgres import DRIVER
from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn, Endpoint
from tests.crash.child import Orders
from tests.crash.platform import ChatPlatform, Kind
from tests.crash.runner import PATIENCE, Child, Nursery

STAGES = ("research", "plan", "build", "review")
AT_ONCE = 4
"""Children that run at a time: they wait for a second or so, before they resume what is left to them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn, as it is submitted."""

    identity: str
    conversation: str
    prompt: str

    @property
    def id(self) -> str:
        return turn_id_of(self.identity)

    @property
    def submit(self) -> tuple[str, ...]:
        return ("submit", self.identity, self.conversation, self.prompt)


def two_turns(thread: str) -> tuple[Asked, Asked]:
    """The second waits in line for the first."""
    return (
        Asked(f"event:{thread}:1", thread, "How do bees choose a nest?"),
        Asked(f"event:{thread}:2", thread, "Say it in three lines."),
    )


Databases = Callable[[Path], str]
"""A folder → the URL of a new database; in that folder, if it is a file."""


@dataclass(slots=True)
class World:
    """The outside of a process, which outlives it: a folder, a database, and the two stand-ins.

    On a database for several processes a second one stands by: it takes over what the first one leaves as it dies.
    """

    nursery: Nursery
    stand_in: CustomGPTStandIn
    platform: ChatPlatform
    folder: Path
    databases: Databases
    database: str = ""
    _standby: Child | None = None
    _beside: list[asyncio.Task[None]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.database = self.databases(self.folder)

    @property
    def shared(self) -> bool:
        return not self.database.startswith("sqlite:")

    async def start(self, *do: tuple[Any, ...], **orders: Any) -> Child:
        """A child on its way; and one that stands by."""
        if self.shared and self._standby is None:
            alike = {name: orders[name] for name in ("concurrency", "interval") if name in orders}
            self._standby = await self.born(("pause",), **alike)
            await self._standby.said("opened")
        return await self.born(*do, **orders)

    async def goes_on(self, *, seconds: float = PATIENCE, **orders: Any) -> Child:
        """Once all children are dead: the one that stands by; or where there can be only one, the next."""
        if self._standby is None:
            return await self.run(seconds=seconds, **orders)
        standby, self._standby = self._standby, None
        standby.kill(signal.SIGUSR1)
        await standby.ended(seconds)
        assert standby.code == 0, standby.log.read_text()
        return standby

    async def born(self, *do: tuple[Any, ...], **orders: Any) -> Child:
        """A child, and nobody stands by."""
        number = next(self._numbers)
        given = {"stand_in": self.stand_in.url, "platform": self.platform.url, "database": self.database, **orders}
        log, out = self.folder / f"{number}.log", self.folder / f"{number}.out"
        return await self.nursery.child(Orders(do=do, **given), log, out)

    async def run(
        self, *do: tuple[Any, ...], expected: tuple[int, ...] = (0,), seconds: float = PATIENCE, **orders: Any
    ) -> Child:
        """A child that has ended, as expected."""
        child = await self.start(*do, **orders)
        code = await child.ended(seconds)
        if code not in expected:
            raise AssertionError(f"ended with {code}:\n{child.log.read_text()}")
        return child

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that happens meanwhile."""
        self._beside.append(asyncio.create_task(work))

    async def end(self) -> None:
        """Nobody stands by any more."""
        await asyncio.gather(*self._beside)
        if self._standby:
            self._standby.kill()
            await self._standby.ended()

    async def asked(self, turn: Asked, stage: str, *, events: int = 0) -> None:
        """Wait until a stage's question has come, and so many events of its answer have gone."""
        seen = 0

        def enough() -> bool:
            nonlocal seen
            seen += self.counted(turn.id)[stage] > 0
            return seen > events

        async with asyncio.timeout(PATIENCE):
            await self.stand_in.until(enough)

    def rows(self) -> dict[str, dict[str, Any]]:
        """The turns that were accepted, by id, in their order."""
        url = make_url(self.database)
        if not self.shared and not Path(str(url.database)).exists():
            return {}
        engine = create_engine(url.set(drivername=DRIVER) if self.shared else url, poolclass=NullPool)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM turns ORDER BY number")).mappings()
            return {row["id"]: dict(row) for row in rows}

    def status(self, turn: Asked) -> str:
        status: str = self.rows()[turn.id]["status"]
        return status

    def shown(self, turn: Asked) -> str:
        """What the only message of a turn shows."""
        (message,) = self.platform.of(turn.id)
        return message.shows

    def sent(self, turn_id: str) -> list[tuple[str, int, str]]:
        """What the agents were asked for a turn: slot, generation and prompt, the oldest first."""
        found = []
        for request in self.stand_in.requests(Endpoint.SEND):
            asked, slot, generation, _ = request.query["external_id"].split("-")
            if asked == turn_id:
                assert isinstance(request.body, dict)
                found.append((slot, int(generation), str(request.body["prompt"])))
        return found

    def counted(self, turn_id: str) -> Counter[str]:
        """How often each stage was asked."""
        return Counter(slot for slot, _, _ in self.sent(turn_id))


@asynccontextmanager
async def open_world(nursery: Nursery, folder: Path, databases: Databases) -> AsyncIterator[World]:
    async with CustomGPTStandIn() as stand_in, ChatPlatform() as platform:
        world = World(nursery, stand_in, platform, folder, databases)
        try:
            yield world
        finally:
            await world.end()


Point = Callable[[World], Awaitable[list[str]]]


async def each(world: World, points: Mapping[str, Point]) -> dict[str, list[str]]:
    """Every point in a world of its own, some at a time; the complaints about those that have any."""
    gate, found = asyncio.Semaphore(AT_ONCE), dict[str, list[str]]()

    async def one(name: str, point: Point) -> None:
        folder = world.folder / name
        folder.mkdir()
        async with gate, open_world(world.nursery, folder, world.databases) as its_own:
            try:
                wrong = await point(its_own)
            except (AssertionError, TimeoutError) as error:
                wrong = [f"{type(error).__name__} {error}"]
        if wrong:
            found[name] = wrong

    await asyncio.gather(*(one(name, point) for name, point in points.items()))
    return dict(sorted(found.items()))


def complaints(
    world: World, turns: tuple[Asked, ...], *, twice: tuple[str, str] | None = None, ends: int = 1
) -> list[str]:
    """What is wrong with turns of one thread that should have ended well, in their order.

    `twice` is the turn and the stage that may have been asked once more; `ends`: how often they have come to an end.
    """
    rows, found = world.rows(), []
    for turn in turns:
        row = rows.get(turn.id, {"status": "lost", "answer": ""})
        if row["status"] != "complete":
            found.append(f"{turn.id} is {row['status']}")
        else:
            found += _of_messages(world, turn, row["answer"], ends) + _of_questions(world, turn, twice)
    return found or [*_of_order(world, turns, rows)]


def _of_messages(world: World, turn: Asked, answer: str, ends: int) -> list[str]:
    messages = world.platform.of(turn.id)
    if len(messages) != 1:
        return [f"{turn.id} has {len(messages)} messages"]
    (message,) = messages
    kinds = [state.kind for state in message.states]
    if message.shows != answer:
        return [f"{turn.id} shows {message.shows[:40]!r} at the end: {', '.join(kinds)}"]
    if ends == 1 and Kind.UPDATE in kinds[kinds.index(Kind.PUBLISH) :]:
        return [f"{turn.id} was published, and updated after that: {', '.join(kinds)}"]
    return []


def _of_questions(world: World, turn: Asked, twice: tuple[str, str] | None) -> list[str]:
    found = []
    for stage in STAGES:
        most = 2 if twice == (turn.id, stage) else 1
        asked = world.counted(turn.id)[stage]
        if not 1 <= asked <= most:
            found.append(f"{turn.id} asked {stage} {asked} times")
    return found


def _of_order(world: World, turns: tuple[Asked, ...], rows: dict[str, dict[str, Any]]) -> list[str]:
    """Each turn is told of the one before, and asks only when that one has been answered."""
    order = [
        asked
        for request in world.stand_in.requests(Endpoint.SEND)
        if (asked := request.query["external_id"].split("-")[0]) in {turn.id for turn in turns}
    ]
    found = []
    if order != sorted(order, key=[turn.id for turn in turns].index):
        found.append(f"asked out of order: {order}")
    for before, turn in pairwise(turns):
        prompt = world.sent(turn.id)[0][2]
        answer = rows[before.id]["answer"]
        if before.prompt not in prompt or answer[:80] not in prompt:
            found.append(f"{turn.id} was not told of {before.id}")
    return found
