from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from core.durable.hold import Hold, Note
from core.durable.ledger import Ledger, OpenTurn, happening, moving
from core.errors import Superseded, Trouble
from core.store import Store
from core.stored import Happening
from core.turn import AgentFailure, Beginning, Exchange, MessageRef, OnReject, TurnStatus
from tests.core.durable.around import REPLY, bury, everything, kept, live, outcome, question, turn

BEGINNING = Beginning(Exchange("And wasps?", "No."), 8_000, OnReject.WITHHOLD)
ASKED = question(turn(1))

WRITES: dict[str, Callable[[Hold], Awaitable[object]]] = {
    "begin to post": lambda hold: hold.begin_post(),
    "keep the message": lambda hold: hold.keep_message(MessageRef("C1/18")),
    "keep the beginning": lambda hold: hold.keep_beginning(BEGINNING),
    "ask": lambda hold: hold.enter(ASKED),
    "ask what was not asked yet": lambda hold: hold.enter(question(turn(1), "plan")),
    "keep a reply": lambda hold: hold.keep(ASKED, REPLY),
    "keep a failure": lambda hold: hold.keep(ASKED, AgentFailure(Trouble.BUSY)),
    "keep events": lambda hold: hold.keep_events([Note("1:started", "turn.started", {})]),
    "end": lambda hold: hold.end(outcome(turn(1)), "{}"),
}


@pytest.fixture
async def hold(store: Store) -> Hold:
    """The first attempt at a turn that runs."""
    await live(store.database, "me", "other")
    await store.accept(turn(1), "me")
    first = Hold(store.database, OpenTurn(turn(1), owner="me"), clock=lambda: 50.0)
    await first.enter(ASKED)
    return first


async def taken_over(store: Store) -> Hold:
    """The process that held it died."""
    await bury(store.database, "me")
    (one,) = await Ledger(store.database).take_over("other", {"memory"})
    return Hold(store.database, one)


async def refused(store: Store, hold: Hold) -> bool:
    """Whether each write is refused, and none changes anything."""
    before = await everything(store.database)
    for write in WRITES.values():
        with pytest.raises(Superseded, match="attempt 1 is not the last"):
            await write(hold)
    return before == await everything(store.database)


async def test_who_was_taken_for_dead_writes_nothing_more(store: Store, hold: Hold) -> None:
    await taken_over(store)

    assert await refused(store, hold)


async def test_an_attempt_that_broke_off_writes_nothing_more(store: Store, hold: Hold) -> None:
    await Ledger(store.database).again(OpenTurn(turn(1), owner="me"))

    assert await refused(store, hold)


async def test_what_has_ended_is_not_written_to_by_who_held_it_nor_after_its_retry(store: Store, hold: Hold) -> None:
    await hold.end(outcome(turn(1)), "{}")

    assert await refused(store, hold)

    await Ledger(store.database).retry(turn(1).turn_id, [], "other")

    assert await refused(store, hold)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_who_takes_over_writes(store: Store, hold: Hold, write: Callable[[Hold], Awaitable[object]]) -> None:
    other = await taken_over(store)
    before = await everything(store.database)

    await write(other)

    assert before != await everything(store.database)


async def test_only_the_first_begins_to_post_whoever_comes_next(store: Store, hold: Hold) -> None:
    assert [True, False] == [await hold.begin_post() for _ in range(2)]

    other = await taken_over(store)

    assert not await other.begin_post()


async def test_a_message_is_kept(store: Store, hold: Hold) -> None:
    assert await hold.message() is None

    await hold.keep_message(MessageRef("C1/17"))
    other = await taken_over(store)

    assert "C1/17" == await other.message()


async def test_what_a_turn_goes_by_is_kept_for_who_takes_it_over(store: Store, hold: Hold) -> None:
    await hold.keep_beginning(BEGINNING)
    await bury(store.database, "me")

    (one,) = await Ledger(store.database).take_over("other", {"memory"})

    assert BEGINNING == one.beginning


async def test_a_question_says_how_often_it_was_asked(hold: Hold) -> None:
    plan = question(turn(1), "plan")

    assert [2, 3, 1] == [(await hold.enter(asked)).asked for asked in (ASKED, ASKED, plan)]


async def test_a_turn_runs_from_its_first_question(store: Store) -> None:
    await store.accept(turn(1))

    assert TurnStatus.QUEUED == (await kept(store, 1)).status

    await Hold(store.database, OpenTurn(turn(1))).enter(ASKED)

    assert TurnStatus.RUNNING == (await kept(store, 1)).status


async def test_what_came_of_a_question_is_kept_by_slot(store: Store, hold: Hold) -> None:
    parts = [question(turn(1), "review", part, 2) for part in (1, 2)]
    for asked in parts:
        await hold.enter(asked)
    await hold.keep(ASKED, REPLY)
    await hold.keep(parts[1], AgentFailure(Trouble.NO_CREDITS, "429", 3))
    other = await taken_over(store)

    assert {"research": REPLY, "review.2": AgentFailure(Trouble.NO_CREDITS, "429", 3)} == await other.kept()
    assert {"review.1": ("about review", None), "review.2": ("about review", None)}.items() <= (
        await Ledger(store.database).replies(turn(1).turn_id)
    ).items()


@pytest.mark.parametrize("came", [REPLY, AgentFailure(Trouble.BUSY)])
async def test_whoever_gets_as_far_as_an_answer_does_not_die_of_the_turn(
    store: Store, hold: Hold, came: AgentFailure
) -> None:
    other = await taken_over(store)

    assert 1 == (await other.enter(ASKED)).takeovers

    await other.keep(ASKED, came)

    assert 0 == (await other.enter(question(turn(1), "plan"))).takeovers


async def test_events_are_numbered_in_their_order_each_key_once_also_over_attempts(store: Store, hold: Hold) -> None:
    ledger = Ledger(store.database)
    started, ended = Note("1:started", "turn.started", {"at": 1.5}), Note("1:ended", "complete", {"status": "complete"})

    assert [1] == await hold.keep_events([started])
    assert [1, 2, 1] == await (await taken_over(store)).keep_events([started, ended, started])

    every = [Happening(1, "turn.started", {"at": 1.5}), Happening(2, "complete", {"status": "complete"})]
    assert every == await ledger.events(turn(1).turn_id)
    assert every[1:] == await ledger.events(turn(1).turn_id, after=1)


async def test_who_follows_a_turn_is_told_of_its_events(store: Store, hold: Hold) -> None:
    with store.database.bell.heard(happening(turn(1).turn_id)) as told:
        await hold.keep_events([Note("1:started", "turn.started", {})])

        assert told.is_set()


async def test_the_end_of_a_turn_is_kept_and_told_to_its_thread(store: Store, hold: Hold) -> None:
    with store.database.bell.heard(moving("thread")) as told:
        await hold.end(outcome(turn(1), TurnStatus.UNREVIEWED), '{"status": "unreviewed"}')

        assert told.is_set()
    stored = await kept(store, 1)
    assert (TurnStatus.UNREVIEWED, "Answer.", '{"status": "unreviewed"}', 50.0) == (
        stored.status,
        stored.answer,
        stored.payload,
        stored.ended_at,
    )


async def test_a_turn_that_was_never_accepted_cannot_end(store: Store) -> None:
    with pytest.raises(Superseded):
        await Hold(store.database, OpenTurn(turn(7))).end(outcome(turn(7)), "{}")
