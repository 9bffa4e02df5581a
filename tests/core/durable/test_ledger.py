from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.durable.ledger import Ledger, workflow_id
from core.store import Store, open_store
from core.turn import AgentReply, Citation, MessageRef, Outcome, Question, TurnRequest, TurnStatus
from tests.fakes import a_turn

REPLY = AgentReply("Bees.", (Citation(7, "Seven", "https://example.com/7"),), 12, "s", 3.0, 2.0, 2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/kept.db", clock=lambda: 50.0) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store)


def turn(n: int, thread: str = "thread") -> TurnRequest:
    address = {"channel": "C1"}
    return a_turn(f"Prompt {n}", identity=f"test:{n}", conversation_id=thread, surface="memory", address=address)


def question(of: TurnRequest, stage: str = "research", part: int = 1, parts: int = 1) -> Question:
    return Question(of.turn_id, 1, of.conversation_id, stage, f"about {stage}", part, parts)


async def end(store: Store, of: TurnRequest, status: TurnStatus = TurnStatus.COMPLETE) -> None:
    await store.end(of.turn_id, Outcome(of.turn_id, of.conversation_id, status, "Answer."), "{}")


async def test_an_open_turn_is_the_request_that_was_accepted(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))

    (one,) = await ledger.open_turns()

    assert (turn(1), 1, None) == (one.turn, one.attempt, one.stop_by)


async def test_the_line_is_in_the_order_of_acceptance_and_of_its_thread_alone(store: Store, ledger: Ledger) -> None:
    for n, thread in ((1, "a"), (2, "b"), (3, "a"), (4, "a")):
        await store.accept(turn(n, thread))

    assert [1, 1, 2, 3] == [await ledger.position(turn(n).turn_id) for n in (1, 2, 3, 4)]

    await end(store, turn(1, "a"))

    assert [1, 2] == [await ledger.position(turn(n).turn_id) for n in (3, 4)]


async def test_five_deliveries_at_once_are_one_turn(store: Store, ledger: Ledger) -> None:
    taken = await asyncio.gather(*(store.accept(turn(1)) for _ in range(5)))

    assert [False] * 4 + [True] == sorted(taken)
    assert 1 == len(await ledger.open_turns())
    assert 1 == await ledger.position(turn(1).turn_id)


async def test_only_the_first_begins_to_post(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))

    assert [True, False] == [await ledger.begin_post(turn(1).turn_id) for _ in range(2)]


async def test_a_message_is_kept(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    assert await ledger.message(turn(1).turn_id) is None

    await ledger.keep_message(turn(1).turn_id, MessageRef("C1/17"))

    assert "C1/17" == await ledger.message(turn(1).turn_id)


async def test_a_question_is_new_then_begun_then_answered(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    asked = question(turn(1))

    new, begun = await ledger.enter(asked), await ledger.enter(asked)
    await ledger.keep(asked, REPLY)
    answered = await ledger.enter(asked)

    assert [(None, 1), (None, 2), (REPLY, 3)] == [(e.reply, e.asked) for e in (new, begun, answered)]
    assert {"research": ("about research", REPLY)} == await ledger.replies(turn(1).turn_id)


async def test_a_turn_is_stopped_once_and_not_after_its_end(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))

    assert await ledger.ask_to_stop(turn(1).turn_id, "Ada")
    assert not await ledger.ask_to_stop(turn(1).turn_id, "Bob")

    await store.accept(turn(2))
    await end(store, turn(2))

    assert not await ledger.ask_to_stop(turn(2).turn_id, "Ada")


async def test_a_retry_keeps_what_came_before_and_goes_to_the_end_of_the_line(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    for asked in (
        question(turn(1)),
        question(turn(1), "build"),
        question(turn(1), "review", 1, 2),
        question(turn(1), "review", 2, 2),
    ):
        await ledger.enter(asked)
        await ledger.keep(asked, REPLY)
    await end(store, turn(1))
    await store.accept(turn(2))

    again = await ledger.retry(turn(1).turn_id, ["build", "review"])

    assert again is not None
    assert (2, 2, f"{turn(1).turn_id}#2") == (again.turn.generation, again.attempt, again.workflow_id)
    assert ["research"] == list(await ledger.replies(turn(1).turn_id))
    assert [1, 2] == [await ledger.position(turn(n).turn_id) for n in (2, 1)]


async def test_going_on_keeps_every_answer_and_forgets_what_was_cut(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    await ledger.enter(question(turn(1)))
    await ledger.keep(question(turn(1)), REPLY)
    await ledger.enter(question(turn(1), "plan"))
    await end(store, turn(1), TurnStatus.STOPPED)

    await ledger.retry(turn(1).turn_id, [])

    assert ["research"] == list(await ledger.replies(turn(1).turn_id))


async def test_a_turn_that_runs_is_not_retried(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))

    assert await ledger.retry(turn(1).turn_id, ["plan"]) is None
    assert await ledger.retry("nobody", []) is None


async def test_what_is_forgotten_is_gone_and_what_is_open_stays(store: Store, ledger: Ledger) -> None:
    for n in (1, 2):
        await store.accept(turn(n))
        await ledger.enter(question(turn(n)))
    await end(store, turn(1))

    old = await ledger.ended_before(51.0, 10)
    await ledger.forget([turn(1).turn_id, turn(2).turn_id])

    assert [(turn(1).turn_id, 1)] == old
    assert [] == await ledger.ended_before(50.0, 10)
    assert [turn(2)] == [one.turn for one in await ledger.open_turns()]
    assert await store.turn(turn(1).turn_id) is None


def test_an_attempt_has_its_own_workflow() -> None:
    assert ["abc", "abc#2"] == [workflow_id("abc", 1), workflow_id("abc", 2)]
