"""Who only reads: what happens in a turn, lists of conversations, readiness; on either database."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import pairwise

import pytest

from core.durable.turns import DurableTurns
from core.stored import Happening
from core.turn import TurnStatus
from tests.core.durable.around import Desk, turn
from tests.fakes import ANSWERS


@pytest.fixture
def desk(database_url: str) -> Desk:
    return Desk(database_url)


async def watched(turns: DurableTurns, n: int, after: int = 0) -> list[Happening]:
    async with asyncio.timeout(30):
        return [event async for event in turns.records.watch(turn(n).turn_id, after)]


def text_of(events: list[Happening], stage: str) -> str:
    return "".join(event.fields["text"] for event in events if not event.kept and event.fields["stage"] == stage)


def finished(stage: str) -> str:
    """The answer but for its last word, which nobody knows to be whole."""
    return re.sub(r"\S+\Z", "", str(ANSWERS[stage]))


def numbers(events: list[Happening]) -> list[int]:
    return [event.seq for event in events if event.kept]


async def test_who_watches_sees_each_stage_with_its_text_in_its_place(desk: Desk) -> None:
    drafting = ("research", "plan", "build")
    desk.agents.hold.update({stage: asyncio.Event() for stage in drafting})
    events: list[Happening] = []
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        async with asyncio.timeout(30):
            async for event in turns.records.watch(turn(1).turn_id):
                events.append(event)
                if not event.kept and event.fields["stage"] in drafting:
                    desk.agents.hold[event.fields["stage"]].set()

    assert list(range(1, len(numbers(events)) + 1)) == numbers(events)
    assert ("complete", {"status": "complete"}) == (events[-1].name, events[-1].fields)
    assert [finished(stage) for stage in drafting] == [text_of(events, stage) for stage in drafting]
    for before, event in pairwise(events):
        if not event.kept:
            assert (before.seq, before.fields["stage"]) == (event.seq, event.fields["stage"])


async def test_who_comes_in_the_middle_of_a_stage_gets_what_was_written_so_far(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
        events = []
        async with asyncio.timeout(30):
            async for event in turns.records.watch(turn(1).turn_id):
                events.append(event)
                if event.name == "stage.delta" and event.fields["stage"] == "build":
                    desk.agents.hold["build"].set()

    assert finished("build") == text_of(events, "build")


async def test_who_comes_back_misses_nothing_that_is_kept(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.ended(turn(1).turn_id)
        every = await watched(turns, 1)
        rest = await watched(turns, 1, after=every[3].seq)

    assert every[4:] == rest
    assert all(event.kept for event in every)


async def test_the_end_is_told_once_it_can_be_read(desk: Desk) -> None:
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        async for event in turns.records.watch(turn(1).turn_id):
            if event.name == "complete":
                kept = await store.turn(turn(1).turn_id)

    assert kept is not None
    assert kept.payload is not None


async def test_the_clock_of_a_retry_begins_when_it_was_retried(desk: Desk) -> None:
    """Whichever process goes on with it."""
    yesterday = time.time() - 86_400
    async with desk.open() as (turns, _):
        await turns.submit(turn(1, accepted_at=yesterday))
        await turns.ended(turn(1).turn_id)
        desk.agents.hold["review"] = asyncio.Event()
        retried = time.time()
        await turns.retry(turn(1).turn_id, "review")
        await desk.agents.begun["review"].wait()
    del desk.agents.hold["review"]
    async with desk.open() as (turns, _):
        await turns.idle()
        events = await watched(turns, 1)

    first, again = (event.fields["at"] for event in events if event.name == "turn.started")
    shown = [view for _, view in desk.surface.calls if view.generation == 2 and view.started_at]
    assert yesterday == first
    assert retried <= again
    assert {again} == {view.started_at for view in shown}
    assert all(view.elapsed < 3_600 for view in shown)


async def test_a_turn_that_was_stopped_says_by_whom_and_then_that_it_is_over(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
        await turns.stop(turn(1).turn_id, "Ada")
        events = await watched(turns, 1)

    last = [(event.name, event.fields) for event in events[-2:]]
    assert [("turn.stopped", {"by": "Ada"}), ("complete", {"status": "stopped"})] == last


async def test_a_stage_that_is_asked_anew_after_a_restart_begins_anew(desk: Desk) -> None:
    desk.agents.hold["build"] = asyncio.Event()
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await desk.agents.begun["build"].wait()
    del desk.agents.hold["build"]

    async with desk.open() as (turns, _):
        await turns.idle()
        events = await watched(turns, 1)

    begun = [event.fields["stage"] for event in events if event.name == "stage.started"]
    assert ["research", "plan", "build", "build", "review"] == begun
    assert list(range(1, len(events) + 1)) == numbers(events)


async def test_conversations_are_listed_the_last_used_first(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        for n, thread in ((1, "http:me:a"), (2, "http:me:b"), (3, "http:you:c"), (4, "http:me:a"), (5, "http_me:d")):
            await turns.submit(turn(n, thread, accepted_at=float(n)))
        await turns.idle()
        mine = await turns.records.conversations("http:me:", limit=10)
        one = await turns.records.conversations("http:me:", limit=1)
        earlier = await turns.records.conversations("http:me:", limit=10, before=mine[0].last)

    assert [("http:me:a", "Prompt 1?", 1.0, 4.0, 2), ("http:me:b", "Prompt 2?", 2.0, 2.0, 1)] == [
        (found.id, found.title, found.begun_at, found.last_at, found.turns) for found in mine
    ]
    assert {TurnStatus.COMPLETE} == {found.status for found in mine}
    assert mine[:1] == one
    assert mine[1:] == earlier


async def test_no_page_of_conversations_leaves_one_out_whatever_the_clocks_say(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        for n, at in enumerate((5.0, 5.0, 9.0, 5.0, 1.0)):
            await turns.submit(turn(n, f"http:me:{n}", accepted_at=at))
        await turns.idle()
        pages, before = [], None
        while page := await turns.records.conversations("http:me:", limit=2, before=before):
            pages.append([one.id for one in page])
            before = page[-1].last

    assert [["http:me:4", "http:me:3"], ["http:me:2", "http:me:1"], ["http:me:0"]] == pages


async def test_what_is_a_wildcard_to_a_database_is_none_to_us(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        await turns.submit(turn(1, "http:me:a"))
        await turns.idle()
        found = [await turns.records.conversations(prefix, limit=10) for prefix in ("http:%", "http_me:", "http:me:a")]

    assert [0, 0, 1] == list(map(len, found))


async def test_the_turns_of_a_conversation_are_in_their_order(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        for n, thread in ((1, "a"), (2, "b"), (3, "a")):
            await turns.submit(turn(n, thread))
        await turns.idle()
        found = await turns.records.turns_of("a", limit=9)

    assert [turn(1).turn_id, turn(3).turn_id] == [one.id for one in found]


async def test_a_process_that_can_run_turns_is_ready_and_one_that_ends_is_not(desk: Desk) -> None:
    async with desk.open() as (turns, _):
        assert {} == await turns.records.ready()
        await turns.close()

        assert {"turns": "shutting down"} == await turns.records.ready()
