"""The durable turns of one process, on either database: scripted agents, a surface in memory."""

from __future__ import annotations

import asyncio
import logging

import pytest

from core.durable.ledger import Ledger
from core.durable.upkeep import DAY, Retention
from core.errors import PromptTooLong
from core.logs import SUBJECT
from core.logs import _mark as mark
from core.store import open_store
from core.surroundings import Background
from core.turn import TurnRequest, TurnStatus
from tests.core.durable.around import Desk, kept, turn
from tests.fakes import MemorySurface, a_turn


@pytest.fixture
def desk(database_url: str) -> Desk:
    return Desk(database_url)


async def test_a_turn_is_answered_and_kept(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        assert await turns.submit(turn(1))
        await turns.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, "Bees dance. They agree.") == (stored.status, stored.answer)
    assert ("post", "publish") == (desk.surface.kinds[0], desk.surface.kinds[-1])


async def test_what_is_shown_of_a_turn_leads_to_its_page_also_after_a_restart(desk: Desk) -> None:
    desk.pages = "https://ask.example"
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
        key = (await kept(store, 1)).page_key
    del desk.agents.hold["build"]

    async with desk.open() as (turns, _):
        await turns.idle()

    assert key
    assert {f"https://ask.example/t/{turn(1).turn_id}/{key}"} == {view.page for _, view in desk.surface.calls}


async def test_what_happened_is_kept_in_order_and_once_also_over_a_restart(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
    del desk.agents.hold["build"]

    async with desk.open() as (turns, _):
        await turns.idle()
        events = [event async for event in turns.records.watch(turn(1).turn_id)]
        rest = [event async for event in turns.records.watch(turn(1).turn_id, after=events[2].seq)]

    names = [event.name for event in events]
    assert list(range(1, len(events) + 1)) == [event.seq for event in events]
    assert ["turn.started", "complete"] == [names[0], names[-1]]
    completed = [event.fields["stage"] for event in events if event.name == "stage.completed"]
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


async def test_from_a_stage_that_there_is_not_nothing_is_retried(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await turns.ended(turn(1).turn_id)
        kept = await store.turn(turn(1).turn_id)

        assert not await turns.retry(turn(1).turn_id, "nowhere")
        assert kept == await store.turn(turn(1).turn_id)


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
    async with open_store(desk.url) as store:
        await store.accept(turn(1))

    async with desk.open() as (turns, store):
        await turns.idle()
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status


async def test_a_turn_for_a_surface_that_is_not_here_waits_for_a_process_that_has_it(desk: Desk) -> None:
    async with open_store(desk.url) as store:
        await store.accept(a_turn(identity="test:1", surface="slack"))

    async with desk.open() as (_, store):
        stored = await kept(store, 1)

    assert stored.ended_at is None
    assert [] == desk.agents.asked


async def test_a_turn_of_a_terminal_that_is_gone_ends_with_it(desk: Desk) -> None:
    async with open_store(desk.url) as store:
        await store.accept(a_turn(identity="test:1", surface="terminal"))

    async with desk.open() as (_, store):
        stored = await kept(store, 1)

    assert TurnStatus.STOPPED == stored.status
    assert [] == desk.agents.asked


async def test_the_log_tells_threads_apart_and_says_nothing_of_their_names(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(mark)
    with caplog.at_level(logging.INFO):
        async with desk.open() as (turns, _):
            for n, thread in ((1, "http:a1b2:ada@example.com"), (2, "http:a1b2:ada@example.com"), (3, "other")):
                await turns.submit(turn(n, thread))
            await turns.idle()
    caplog.handler.removeFilter(mark)

    ends = [record for record in caplog.records if "complete after" in record.message]
    assert 2 == len({getattr(record, SUBJECT)["thread"] for record in ends})
    assert "ada@example.com" not in "".join(str(record.__dict__) for record in caplog.records)


async def test_what_is_old_is_forgotten(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        for n in (1, 2):
            await turns.submit(turn(n))
        await turns.idle()
        ended_at = (await kept(store, 2)).ended_at or 0.0
        ledger = Ledger(store.database)
        young = await Retention(ledger, days=30, now=lambda: ended_at + 29 * DAY).forget_old()
        old = await Retention(ledger, days=30, now=lambda: ended_at + 30 * DAY + 1).forget_old()
        stored = await store.turns()
        begun = await store.begin_anew("thread")

    assert (0, 2, []) == (young, old, stored)
    assert not begun


async def test_the_turns_of_many_threads_are_each_asked_once(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        await asyncio.gather(*(turns.submit(turn(n, thread=f"thread {n % 4}")) for n in range(12)))
        await turns.idle()
        statuses = {(await kept(store, n)).status for n in range(12)}

    assert {TurnStatus.COMPLETE} == statuses
    asked = [(question.turn_id, question.stage) for question in desk.agents.asked]
    assert 4 * 12 == len(asked) == len(set(asked))


async def test_calls_at_once_take_their_places_in_their_order(desk: Desk) -> None:
    desk.agents.hold["research"] = asyncio.Event()
    async with desk.open() as (turns, store):
        await asyncio.gather(*(turns.submit(turn(n)) for n in range(8)))
        stored = await store.turns()
        desk.agents.hold["research"].set()
        await turns.idle()

    assert [turn(n).prompt for n in range(8)] == [one.prompt for one in reversed(stored)]
    assert [turn(n).turn_id for n in range(8)] == [q.turn_id for q in desk.agents.asked if q.stage == "build"]


async def test_an_answer_with_what_no_database_keeps_is_kept_all_the_same(desk: Desk) -> None:
    desk.agents.answers["build"] = "Bees\0dance."
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await turns.idle()
        stored = await kept(store, 1)

    assert (TurnStatus.COMPLETE, "Bees\ufffddance.") == (stored.status, stored.answer)


class Overheard(MemorySurface):
    """Somebody said something before that no database keeps."""

    async def background(self, turn: TurnRequest) -> Background:
        return Background("Ben: half a \ud83d and a \0.", ("odd\ud83d.txt: not read",))


async def test_what_was_said_before_breaks_no_turn_whatever_it_is(database_url: str) -> None:
    desk = Desk(database_url, surface=Overheard())
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        async with asyncio.timeout(30):
            await turns.ended(turn(1).turn_id)
        stored = await kept(store, 1)

    assert TurnStatus.COMPLETE == stored.status
    assert "half a \N{REPLACEMENT CHARACTER} and a \N{REPLACEMENT CHARACTER}." in desk.agents.prompts()["research"]
