"""What is counted of durable turns: each thing once, where it happens."""

from __future__ import annotations

import asyncio
import logging

import pytest

from core.durable.ledger import Ledger
from core.errors import AgentError, Trouble
from core.store import open_store
from core.subject import hashed, subject
from core.tally import (
    AgentAnswered,
    AgentFailed,
    Fate,
    MessageUpdated,
    Tallied,
    TurnAccepted,
    TurnClosed,
    TurnRetried,
    TurnTaken,
)
from core.turn import TurnStatus
from tests.core.durable.around import Desk, turn


@pytest.fixture
def desk(database_url: str) -> Desk:
    return Desk(database_url)


def but_updates(counted: list[Tallied]) -> list[Tallied]:
    return [one for one in counted if not isinstance(one, MessageUpdated)]


ANSWERED = [AgentAnswered(stage, 1.0) for stage in ("research", "plan", "build", "review")]


async def test_a_turn_is_accepted_and_ends_once_and_each_agent_answers_once(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        for _ in range(3):
            await turns.submit(turn(1))
        await turns.idle()

    ended = TurnClosed("memory", TurnStatus.COMPLETE)
    assert [TurnAccepted("memory"), *ANSWERED, ended] == but_updates(desk.counted)


async def test_what_the_platform_is_shown_is_counted_as_it_takes_it(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.idle()

    fates = [one.fate for one in desk.counted if isinstance(one, MessageUpdated)]
    assert desk.surface.kinds.count("update") == fates.count(Fate.SENT)
    assert 1 == fates.count(Fate.PUBLISHED)


async def test_an_agent_that_gives_no_answer_is_counted_as_that(desk: Desk) -> None:
    desk.agents.answers["plan"] = AgentError(Trouble.NO_CREDITS)
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.idle()

    ended = TurnClosed("memory", TurnStatus.FAILED)
    assert [AgentFailed("plan", Trouble.NO_CREDITS), ended] == but_updates(desk.counted)[2:]


async def test_what_is_kept_from_before_is_not_counted_again(desk: Desk) -> None:
    desk.agents.answers["review"] = AgentError(Trouble.NO_CREDITS)
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.idle()
        desk.counted.clear()
        desk.agents.answers["review"] = '{"score": 92, "verdict": "approve", "summary": "Good."}'
        await turns.retry(turn(1).turn_id, "review")
        await turns.idle()

    reviewed = AgentAnswered("review", 1.0)
    assert [TurnRetried("memory"), reviewed, TurnClosed("memory", TurnStatus.COMPLETE)] == but_updates(desk.counted)


async def test_what_cannot_be_retried_is_no_retry(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        await turns.retry(turn(1).turn_id)

    assert [] == desk.counted


async def test_what_another_process_left_is_counted_as_taken_over(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
    desk.agents.hold.clear()
    desk.counted.clear()

    async with desk.open() as (turns, _):
        await turns.idle()

    assert [TurnTaken("memory"), *ANSWERED[2:], TurnClosed("memory", TurnStatus.COMPLETE)] == [
        one if not isinstance(one, AgentAnswered) else AgentAnswered(one.stage, 1.0)
        for one in but_updates(desk.counted)
    ]


async def test_the_queue_is_seen_from_any_process(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, _):
        for n in (1, 2, 3):
            await turns.submit(turn(n))
        await desk.agents.begun["research"].wait()
        async with open_store(desk.url) as beside:
            queue = await Ledger(beside.database).queue()
        desk.agents.hold["research"].set()
        await turns.idle()

    assert {TurnStatus.RUNNING: 1, TurnStatus.QUEUED: 2} == queue.turns


class Listening(logging.Handler):
    """What each line is about, noted where it is written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, dict[str, str]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), dict(subject())))


async def test_every_line_written_while_a_turn_is_worked_on_says_which(desk: Desk) -> None:
    listening, core = Listening(), logging.getLogger("core")
    level = core.level
    core.addHandler(listening)
    core.setLevel(logging.DEBUG)
    try:
        async with desk.open() as (turns, _):
            await turns.submit(turn(1))
            await turns.idle()
    finally:
        core.removeHandler(listening)
        core.setLevel(level)

    of_turn = {"turn": turn(1).turn_id, "thread": hashed(turn(1).conversation_id)}
    about = dict(listening.lines)
    assert of_turn == about["attempt 1 begins"]
    asked = [ids for message, ids in listening.lines if message.startswith("asks: ")]
    assert [{**of_turn, "stage": stage} for stage in ("research", "plan", "build", "review")] == asked
    assert any(message.startswith("complete after") and ids == of_turn for message, ids in listening.lines)
