"""The durable turns in one process: the real engine on SQLite, scripted agents, a surface in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.durable.turns import DurableTurns, Wiring, open_turns
from core.durable.upkeep import DAY, Upkeep
from core.errors import PromptTooLong
from core.store import Store, StoredTurn, open_store
from core.turn import TurnRequest, TurnStatus
from tests.fakes import MemorySurface, ScriptedAgents, a_pipeline, a_turn


class Desk:
    """Durable turns over fakes, in a folder that outlives them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "kept.db"
        self.agents = ScriptedAgents()
        self.surface = MemorySurface()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[DurableTurns, Store]]:
        async with open_store(f"sqlite:///{self.path}") as store:
            wiring = Wiring(
                store=store,
                pipeline=a_pipeline(self.agents),
                surfaces={"memory": self.surface},
                interval=0.0,
                poll=0.01,
                shutdown=0.0,
            )
            async with open_turns(wiring, self.path) as turns:
                yield turns, store

    def statuses(self, turn: TurnRequest) -> list[str]:
        """The states in which a turn was shown, each once."""
        shown = [view for _, view in self.surface.calls if view.outcome and view.outcome.turn_id == turn.turn_id]
        return list(dict.fromkeys(str(view.status) for view in shown))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def turn(n: int, thread: str = "thread", **changes: object) -> TurnRequest:
    return a_turn(f"Prompt {n}?", identity=f"test:{n}", conversation_id=thread, surface="memory", **changes)


async def kept(store: Store, n: int) -> StoredTurn:
    stored = await store.turn(turn(n).turn_id)
    assert stored is not None
    return stored


async def test_a_turn_is_answered_and_kept(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        assert await turns.submit(turn(1))
        await turns.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, "Bees dance. They agree.") == (stored.status, stored.answer)
    assert ("post", "publish") == (desk.surface.kinds[0], desk.surface.kinds[-1])


async def test_what_happened_is_kept_in_order_and_once_also_over_a_restart(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
    del desk.agents.hold["build"]

    async with desk.open() as (turns, _):
        await turns.idle()
        events = await turns.events(turn(1).turn_id)
        rest = await turns.events(turn(1).turn_id, after=events[2][0])

    names = [name for _, name, _ in events]
    assert list(range(1, len(events) + 1)) == [seq for seq, _, _ in events]
    assert ["turn.started", "complete"] == [names[0], names[-1]]
    completed = [fields["stage"] for _, name, fields in events if name == "stage.completed"]
    assert ["research", "plan", "build", "review"] == completed
    assert events[3:] == rest


async def test_five_deliveries_at_once_start_one_turn(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        taken = await asyncio.gather(*(turns.submit(turn(1)) for _ in range(5)))
        await turns.idle()

    assert [False] * 4 + [True] == sorted(taken)
    assert 4 == len(desk.agents.asked)
    assert 1 == desk.surface.kinds.count("post")


async def test_a_turn_that_cannot_be_taken_leaves_no_trace(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        with pytest.raises(PromptTooLong):
            await turns.submit(a_turn("q" * 9_000, surface="memory"))
        stored = await store.turns()

    assert [] == stored


async def test_the_turns_of_a_thread_run_in_order_and_say_where_they_stand(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, _):
        for n in (1, 2, 3):
            await turns.submit(turn(n))
        await desk.agents.begun["research"].wait()
        while not {2, 3} <= {view.position for _, view in desk.surface.calls}:
            desk.surface.updated.clear()
            await desk.surface.updated.wait()
        asked_meanwhile = {question.turn_id for question in desk.agents.asked}
        desk.agents.hold["research"].set()
        await turns.idle()

    assert {turn(1).turn_id} == asked_meanwhile
    order = [question.turn_id for question in desk.agents.asked if question.stage == "review"]
    assert [turn(n).turn_id for n in (1, 2, 3)] == order
    second = [q.prompt for q in desk.agents.asked if q.turn_id == turn(2).turn_id]
    assert all("Prompt 1?" in prompt and "Bees dance. They agree." in prompt for prompt in second)


async def test_threads_run_beside_each_other(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, _):
        for n in (1, 2):
            await turns.submit(turn(n, thread=f"thread {n}"))
        await desk.agents.has_asked(2)
        desk.agents.hold["research"].set()
        await turns.idle()

    assert 8 == len(desk.agents.asked)


async def test_a_running_turn_is_stopped_and_the_next_one_runs_only_then(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await turns.submit(turn(2))
        await desk.agents.begun["build"].wait()
        assert await turns.stop(turn(1).turn_id, "Ada")
        del desk.agents.hold["build"]
        await turns.idle()
        stored = [(await kept(store, n)).status for n in (1, 2)]

    assert [TurnStatus.STOPPED, TurnStatus.COMPLETE] == stored
    assert ["stopped"] == desk.statuses(turn(1))


async def test_a_waiting_turn_is_stopped_without_asking_anybody(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await turns.submit(turn(2))
        await desk.agents.begun["research"].wait()
        assert await turns.stop(turn(2).turn_id, "Ada")
        await turns.ended(turn(2).turn_id)
        desk.agents.hold["research"].set()
        await turns.idle()
        stored = [(await kept(store, n)).status for n in (1, 2)]

    assert [TurnStatus.COMPLETE, TurnStatus.STOPPED] == stored
    assert {turn(1).turn_id} == {question.turn_id for question in desk.agents.asked}


async def test_going_on_after_a_stop_asks_only_what_is_missing(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
        await turns.stop(turn(1).turn_id, "Ada")
        await turns.ended(turn(1).turn_id)
        del desk.agents.hold["build"]
        assert await turns.retry(turn(1).turn_id)
        await turns.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, 2) == (stored.status, stored.generation)
    assert ["research", "plan", "build", "build", "review"] == [question.stage for question in desk.agents.asked]
    assert [False] * 3 + [True] * 2 == [question.fresh for question in desk.agents.asked]
    assert 1 == desk.surface.kinds.count("post")


async def test_a_retry_from_a_stage_asks_it_and_what_follows_anew(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.ended(turn(1).turn_id)
        desk.agents.answers["build"] = "Bees vote."
        assert await turns.retry(turn(1).turn_id, "build")
        await turns.ended(turn(1).turn_id)

    assert ["research", "plan", "build", "review", "build", "review"] == [q.stage for q in desk.agents.asked]
    assert "Bees vote." == (desk.surface.last.outcome and desk.surface.last.outcome.answer)


async def test_a_turn_that_runs_is_not_retried(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["research"].wait()

        assert not await turns.retry(turn(1).turn_id)

        desk.agents.hold["research"].set()
        await turns.idle()


async def test_what_a_process_leaves_the_next_one_finishes(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
    before = len(desk.agents.asked)
    del desk.agents.hold["build"]

    async with desk.open() as (turns, store):
        await turns.idle()
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status
    assert ["build", "review"] == [question.stage for question in desk.agents.asked[before:]]
    assert desk.agents.asked[before].reentered
    assert 1 == desk.surface.kinds.count("post")


async def test_what_was_accepted_and_not_started_is_started_by_the_next(desk: Desk) -> None:
    async with open_store(f"sqlite:///{desk.path}") as store:
        await store.accept(turn(1))

    async with desk.open() as (turns, store):
        await turns.idle()
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status


async def test_a_turn_for_a_surface_that_is_not_here_waits_for_a_process_that_has_it(desk: Desk) -> None:
    async with open_store(f"sqlite:///{desk.path}") as store:
        await store.accept(a_turn(identity="test:1", surface="slack"))

    async with desk.open() as (_, store):
        stored = await kept(store, 1)

    assert stored.ended_at is None
    assert [] == desk.agents.asked


async def test_a_turn_of_a_terminal_that_is_gone_ends_with_it(desk: Desk) -> None:
    async with open_store(f"sqlite:///{desk.path}") as store:
        await store.accept(a_turn(identity="test:1", surface="terminal"))

    async with desk.open() as (_, store):
        stored = await kept(store, 1)

    assert TurnStatus.STOPPED == stored.status
    assert [] == desk.agents.asked


async def test_what_is_old_is_forgotten_by_us_and_by_the_engine(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        for n in (1, 2):
            await turns.submit(turn(n))
        await turns.idle()
        ended_at = (await kept(store, 2)).ended_at or 0.0
        upkeep = Upkeep(turns._ledger, turns._engine, surfaces=[], days=30, now=lambda: ended_at + 30 * DAY + 1)
        forgotten = await upkeep.forget_old()
        known = await turns._engine.known([turn(n).turn_id for n in (1, 2)])
        stored = await store.turns()

    assert (2, {}, []) == (forgotten, known, stored)
