"""Turns that break off though their process lives: a bug, or a database that was away for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from core.durable.hold import Hold, Note
from core.durable.keeping import MOST_TAKEOVERS
from core.durable.ledger import OpenTurn
from core.durable.turns import DurableTurns
from core.errors import DatabaseFull, Trouble
from core.events import StageDelta, TurnStarted
from core.store import Store
from core.turn import AgentReply, MessageRef, Question, TurnRequest, TurnStatus
from core.view import TurnView
from tests.core.durable.around import Desk, kept, turn
from tests.fakes import MemorySurface, ScriptedAgents

BUG = ZeroDivisionError("a bug")


class BreakingAgents(ScriptedAgents):
    """One stage breaks off so many times, in a way that nobody has thought of. `broke` counts the breaks."""

    def __init__(self, stage: str, times: int, error: Exception = BUG) -> None:
        super().__init__()
        self.stage = stage
        self.times = times
        self.error = error
        self.broke = 0

    async def ask(self, question: Question, emit: object) -> AgentReply:
        if question.stage == self.stage and self.broke < self.times:
            self.asked.append(question)
            self.broke += 1
            raise self.error
        return await super().ask(question, emit)  # type: ignore[arg-type]


@pytest.fixture
def desk(database_url: str) -> Desk:
    return Desk(database_url)


async def swept(turns: DurableTurns, store: Store) -> None:
    """Sweep until the turn has ended, whenever it has broken off."""
    while (await kept(store, 1)).ended_at is None:
        await turns.sweep()
        await asyncio.sleep(0)


async def test_a_turn_that_broke_off_is_begun_again_and_nobody_is_asked_twice(desk: Desk) -> None:
    desk.agents = BreakingAgents("build", 1)
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await swept(turns, store)
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status
    assert ["research", "plan", "build", "build", "review"] == [question.stage for question in desk.agents.asked]
    assert [False, False, False, True, False] == [question.reentered for question in desk.agents.asked]
    assert 1 == desk.surface.kinds.count("post")


async def test_a_turn_that_breaks_off_again_and_again_ends_with_an_honest_failure(desk: Desk) -> None:
    desk.agents = BreakingAgents("build", 1_000)
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await swept(turns, store)
        stored = await kept(store, 1)

    assert TurnStatus.FAILED == stored.status
    assert MOST_TAKEOVERS + 1 == [question.stage for question in desk.agents.asked].count("build")
    outcome = desk.surface.last.outcome
    assert outcome is not None
    assert outcome.failure is not None
    assert ("build", Trouble.CRASHED) == (outcome.failure.stage, outcome.failure.trouble)
    assert ["done", "done", "failed"] == [record.status for record in outcome.stages]


async def test_a_full_disk_is_not_held_against_a_turn(desk: Desk) -> None:
    desk.agents = BreakingAgents("build", 3 * MOST_TAKEOVERS, DatabaseFull("The disk is full."))
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await swept(turns, store)
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status
    assert 3 * MOST_TAKEOVERS == desk.agents.broke


async def test_a_turn_that_breaks_off_does_not_hold_its_thread_for_ever(desk: Desk) -> None:
    desk.agents = BreakingAgents("research", MOST_TAKEOVERS + 1)
    async with desk.open() as (turns, store):
        for n in (1, 2):
            await turns.submit(turn(n))
        await swept(turns, store)
        await turns.ended(turn(2).turn_id)
        stored = [(await kept(store, n)).status for n in (1, 2)]

    assert [TurnStatus.FAILED, TurnStatus.COMPLETE] == stored


class BrokenSurface(MemorySurface):
    """It shows nothing: whatever is asked of it breaks, for some turns."""

    def __init__(self, *turn_ids: str) -> None:
        super().__init__()
        self.turn_ids = turn_ids

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        if turn.turn_id in self.turn_ids:
            raise ZeroDivisionError("a bug")
        return await super().post(turn, view)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        return None


async def test_a_turn_that_can_not_even_be_shown_ends_and_its_thread_goes_on(desk: Desk) -> None:
    desk.surface = BrokenSurface(turn(1).turn_id)
    async with desk.open() as (turns, store):
        for n in (1, 2):
            await turns.submit(turn(n))
        await swept(turns, store)
        await turns.ended(turn(2).turn_id)
        stored = [(await kept(store, n)).status for n in (1, 2)]
        await asyncio.gather(*turns._running._tasks.values())
        followed = turns._running._live._turns

    assert {} == followed
    assert [TurnStatus.FAILED, TurnStatus.COMPLETE] == stored
    assert 8 == len(desk.agents.asked)


async def test_who_waits_and_who_runs_is_left_alone_by_the_sweep(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, _):
        for n in (1, 2):
            await turns.submit(turn(n))
        await desk.agents.begun["research"].wait()
        for _ in range(10):
            await turns.sweep()
        desk.agents.hold["research"].set()
        await turns.idle()

    assert 8 == len(desk.agents.asked)
    assert not any(question.reentered for question in desk.agents.asked)


async def test_nothing_is_left_of_a_turn_whose_events_cannot_be_written_down(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        running, one = turns._running, OpenTurn(turn(1))
        followed: list[str] = []

        async def told() -> None:
            async with running._journal(one, BrokenHold(store.database, one)) as journal:
                journal.emit(StageDelta("build", "Bees "))
                journal.emit(TurnStarted(1.0))
                followed.extend(running._live._turns)

        with pytest.raises(ZeroDivisionError):
            await told()

        assert [one.turn.turn_id] == followed
        assert {} == running._live._turns


class BrokenHold(Hold):
    async def keep_events(self, notes: Sequence[Note]) -> list[int]:
        raise BUG
