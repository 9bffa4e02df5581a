"""What the conformance suite asks of a platform: a stand-in that misbehaves, and the real adapter against it.

A further platform is one more file that fills `Harness`, and its line in `conftest.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path
from typing import Any, Protocol

from bot.app import App
from core.turn import FollowUps, TurnStatus
from sandbox.customgpt import CustomGPTStandIn, Fault

APPROVED = '{"score": 92, "verdict": "approve", "summary": "Good.", "findings": [], "edits": []}'
ANSWER = "Bees dance, and when enough of them dance for the same place, they fly."
FOREVER = 60.0
"""Seconds between two updates where a test wants one update, and then the last."""


class Step(StrEnum):
    """What an adapter does on its platform for a turn. The further parts of a long answer count from 2."""

    POST = auto()
    UPDATE = auto()
    PUBLISH = auto()
    PART_2 = auto()
    PART_3 = auto()
    FILE_BEGUN = auto()
    FILE_DONE = auto()


class Trouble(StrEnum):
    """What becomes of one call."""

    REPLY_LOST = auto()
    NOT_STORED = auto()
    SERVER_ERROR = auto()
    HTML = auto()
    BUSY = auto()
    """The platform asks to wait for a second."""


class Mishap(StrEnum):
    """What becomes of the events of one question."""

    FIVE_TIMES = auto()
    OTHER_ORDER = auto()
    LOST = auto()
    NOT_ACKNOWLEDGED = auto()
    CUT = auto()
    """The connection is cut as they come."""
    AFTER_THE_NEXT = auto()
    """They come after those of the next question."""


class Loss(StrEnum):
    """How a connection is lost."""

    CUT = auto()
    GOODBYE = auto()
    WARNING = auto()
    REFUSED = auto()
    """Cut, and none is let in for a while."""
    STALE = auto()
    """Cut, and where it was opened it never opens again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on the platform. `where` is the harness's own."""

    turn_id: str
    conversation_id: str
    text: str
    where: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of ours: all that it ever showed, oldest first, and whom that ever called."""

    states: tuple[str, ...]
    pings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def last(self) -> str:
        return self.states[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How the bot is set up for a test. `accept`, `interval` in seconds."""

    interval: float = 0.05
    notify_after: float = 60.0
    follow_ups: FollowUps = FollowUps.PARTICIPANTS
    withhold: bool = False
    accept: float = 2.5
    database: str = ""
    concurrency: int = 5
    shutdown: float = 25.0
    per_hour: int = 1_000
    """Turns that a person may have."""
    platform: Mapping[str, str] = field(default_factory=dict)
    """Settings of the platform's own."""


WAYS = Ways()


class Harness(Protocol):
    """A platform with its adapter, listening, and the app behind it. The bot's agents answer `ANSWER` at once."""

    gpt: CustomGPTStandIn
    app: App

    async def ask(self, prompt: str, *, after: Asked | None = None, who: str = "Ada") -> Asked:
        """Somebody asks the bot, in a place of its own or in the thread of another question."""

    async def say(self, text: str, after: Asked, *, who: str = "Ada") -> Asked:
        """Somebody says something in a thread, to nobody by name."""

    async def visible(self, asked: Asked) -> None:
        """Wait until there is a message of ours."""

    async def showing(self, asked: Asked, words: str) -> None:
        """Wait until the message that lives shows these words."""

    async def settled(self) -> None:
        """Wait until every event has been taken, and every turn has ended."""

    def shown(self, asked: Asked) -> list[Shown]:
        """Our messages for a question that are there, oldest first: the one that lives, further parts, the file."""

    def mark(self, asked: Asked) -> frozenset[str]:
        """What stands beside the question: "at work", "answered", "not answered"."""

    async def marked(self, asked: Asked) -> None:
        """Wait until something does."""

    def fail(self, step: Step, *troubles: Trouble) -> None:
        """What becomes of that step, the next times that it is done. With `interval=FOREVER`."""

    def befall(self, *mishaps: Mishap) -> None:
        """What becomes of the events of the next questions."""

    async def lose(self, loss: Loss) -> None:
        """The connection is lost; until it is there again."""

    async def second_connection(self) -> None:
        """From now on events come over either of two."""

    def delete_answer(self, asked: Asked) -> None: ...

    def delete_question(self, asked: Asked) -> None: ...

    def database_held(self) -> AbstractAsyncContextManager[None]:
        """Nobody can write to the database for the length of the block."""

    async def refused(self) -> None:
        """Wait until the adapter has let an event go unacknowledged."""

    def updates(self, asked: Asked) -> list[float]:
        """When the platform was asked to update messages for a question, in seconds, refusals included."""

    @property
    def hurried(self) -> Sequence[str]:
        """The calls for which the platform said that we were too fast, without a test having asked it to."""


Point = Callable[[Harness], Awaitable[list[str]]]
"""Something that is done on a platform of its own; the complaints about it."""


class Platform(Protocol):
    """Opens a harness."""

    def __call__(self, folder: Path, ways: Ways = WAYS) -> AbstractAsyncContextManager[Harness]: ...


AT_ONCE = 6


async def each(
    platform: Platform, folder: Path, points: Mapping[str, Point], ways: Ways = WAYS
) -> dict[str, list[str]]:
    """Every point on a platform of its own, some at a time: most of them wait. The complaints about those with any."""
    gate, found = asyncio.Semaphore(AT_ONCE), dict[str, list[str]]()

    async def one(name: str, point: Point) -> None:
        (its_own := folder / name).mkdir()
        async with gate, platform(its_own, ways) as harness:
            try:
                wrong = await point(harness)
            except TimeoutError:
                wrong = ["it never comes to an end"]
            if wrong:
                found[name] = wrong

    async with asyncio.TaskGroup() as group:
        for name, point in points.items():
            group.create_task(one(name, point))
    return found


@asynccontextmanager
async def held(file: Path) -> AsyncIterator[None]:
    """Nobody can write to a SQLite file for the length of the block."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def prepared(gpt: CustomGPTStandIn) -> CustomGPTStandIn:
    """Agents that answer what a test can foresee."""
    answers = {"research": "Bees scout.", "plan": "1. Scouts\n2. Dance", "build": ANSWER, "review": APPROVED}
    for name, answer in answers.items():
        gpt.agent(name).always = Fault(answer=answer, cites=())
    return gpt


async def ended(harness: Harness, asked: Asked) -> TurnStatus | None:
    """How a turn has ended; None if there is none."""
    kept = await harness.app.store.turn(asked.turn_id)
    return kept.status if kept else None


async def complaints(harness: Harness, *questions: Asked, answer: str = ANSWER) -> list[str]:
    """What is wrong with questions that should each have been answered, once, in one message."""
    found = [f"too fast: {call}" for call in harness.hurried]
    for asked in questions:
        shown = harness.shown(asked)
        if (status := await ended(harness, asked)) is not TurnStatus.COMPLETE:
            found.append(f"{asked.text!r} is {status}")
        elif len(shown) != 1:
            found.append(f"{asked.text!r} has {len(shown)} messages: {[one.last[:60] for one in shown]}")
        else:
            found += [f"{asked.text!r}: {wrong}" for wrong in _of_states(shown[0], answer)]
        if harness.mark(asked) != {"answered"}:
            found.append(f"{asked.text!r} is marked {set(harness.mark(asked))}")
    return found


def _of_states(shown: Shown, answer: str) -> list[str]:
    answered = [answer in state and "Reviewed" in state for state in shown.states]
    if not answered[-1]:
        return [f"shows {shown.last[:60]!r} at the end"]
    if False in answered[answered.index(True) :]:
        return ["was updated after its answer"]
    return [f"calls {shown.pings}"] if shown.pings else []
