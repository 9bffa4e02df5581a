from __future__ import annotations

import pytest

from core.durable.exporting import exported
from core.durable.hold import Hold
from core.durable.ledger import Ledger, OpenTurn
from core.errors import Trouble
from core.outcome import abandoned
from core.stages import STAGES
from core.store import Store
from core.stored import Exported
from core.turn import AgentFailure, AgentReply, Beginning, OnReject, TurnStatus
from tests.core.durable.around import REPLY, outcome, question, turn

TURN = turn(1, context={"tone": "dry"}, asker="Ada")
ENDED = tuple(status for status in TurnStatus if status not in (TurnStatus.QUEUED, TurnStatus.RUNNING))
SHOWN = (TurnStatus.COMPLETE, TurnStatus.UNREVIEWED, TurnStatus.REJECTED)


@pytest.fixture
async def hold(store: Store) -> Hold:
    """The first attempt at a turn."""
    await store.accept(TURN)
    return Hold(store.database, OpenTurn(TURN))


async def begin(hold: Hold, on_reject: OnReject = OnReject.WITHHOLD) -> None:
    await hold.keep_beginning(Beginning(None, 8_000, on_reject))


async def answer(hold: Hold, *stages: str) -> None:
    for stage in stages:
        await hold.enter(question(TURN, stage))
        await hold.keep(question(TURN, stage), AgentReply(f"The {stage}."))


async def export(store: Store) -> Exported:
    found = await exported(store.database, TURN.turn_id, STAGES)
    assert found is not None
    return found


async def test_a_turn_that_is_not_kept_has_no_export(store: Store) -> None:
    assert await exported(store.database, TURN.turn_id, STAGES) is None


async def test_a_turn_is_exported_before_anybody_was_asked(store: Store, hold: Hold) -> None:
    assert (
        Exported(TURN.turn_id, TURN.prompt, {"tone": "dry"}, "Ada", TURN.accepted_at, "queued", {}, {})
    ) == await export(store)


async def test_a_turn_that_has_ended_has_its_payload(store: Store, hold: Hold) -> None:
    await answer(hold, "research")
    await hold.end(outcome(TURN), '{"status": "complete"}')

    found = await export(store)

    assert ("complete", {"status": "complete"}) == (found.status, found.payload)
    assert {"research": ("about research", AgentReply("The research."))} == found.replies


async def test_slots_stand_in_the_order_of_the_stages_and_parts_in_that_of_their_numbers(
    store: Store, hold: Hold
) -> None:
    parts = [question(TURN, "review", part, 11) for part in range(11, 0, -1)]
    for asked in (*parts, question(TURN, "a stage of old"), question(TURN, "build"), question(TURN)):
        await hold.enter(asked)
    await hold.keep(question(TURN), REPLY)
    await hold.keep(parts[0], AgentFailure(Trouble.BUSY))

    replies = (await export(store)).replies

    assert ["research", "build", *(f"review.{n}" for n in range(1, 12)), "a stage of old"] == list(replies)
    assert (REPLY, None) == (replies["research"][1], replies["review.11"][1])


@pytest.mark.parametrize("status", ENDED)
async def test_a_withheld_turn_is_for_admins_until_a_verdict_lets_it_be_shown(
    store: Store, hold: Hold, status: TurnStatus
) -> None:
    await begin(hold)
    await answer(hold, "research", "build")

    assert (await export(store)).withheld

    await hold.end(outcome(TURN, status), "{}")

    assert (status not in SHOWN) is (await export(store)).withheld


@pytest.mark.parametrize("status", [None, *ENDED])
async def test_where_a_draft_is_shown_whatever_the_verdict_nothing_is_withheld(
    store: Store, hold: Hold, status: TurnStatus | None
) -> None:
    await begin(hold, OnReject.WARN)
    await answer(hold, "build")
    if status:
        await hold.end(outcome(TURN, status), "{}")

    assert not (await export(store)).withheld


async def test_what_was_withheld_stays_so_while_its_retry_waits_and_if_that_never_begins(
    store: Store, hold: Hold
) -> None:
    """Between the retry and its begin nobody knows by what rules it will go."""
    await begin(hold)
    await answer(hold, "build", "review")
    await hold.end(outcome(TURN, TurnStatus.WITHHELD), "{}")
    retried = await Ledger(store.database).retry(TURN.turn_id, ["review"], "me")
    assert retried is not None

    waiting = await export(store)

    assert (2, "queued", True, ["build"]) == (
        waiting.generation,
        waiting.status,
        waiting.withheld,
        list(waiting.replies),
    )

    await Hold(store.database, retried).end(abandoned(TURN), "")

    assert (await export(store)).withheld
