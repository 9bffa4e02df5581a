from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from core.durable.hold import Hold, Note
from core.durable.ledger import LEFT, STOPS, Ledger, OpenTurn
from core.errors import Trouble
from core.store import Store, open_store
from core.surroundings import Opened
from core.tally import Queue
from core.turn import AgentFailure, Beginning, OnReject, TurnRequest, TurnStatus
from tests.core.durable.around import REPLY, bury, end, live, question, turn

HERE = {"memory"}


def hold(store: Store, one: OpenTurn) -> Hold:
    return Hold(store.database, one)


async def begin(store: Store, n: int, owner: str | None = None) -> Hold:
    """A turn that runs: its first agent has been asked."""
    await store.accept(turn(n), owner)
    holding = hold(store, OpenTurn(turn(n), owner=owner))
    await holding.enter(question(turn(n)))
    return holding


async def takeovers(store: Store, one: OpenTurn) -> int:
    return (await hold(store, one).enter(question(one.turn))).takeovers


def ids(found: Sequence[OpenTurn]) -> list[str]:
    return [one.turn.prompt for one in found]


async def test_an_open_turn_is_the_request_that_was_accepted(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1, context={"tone": "“dry”"}), "me")

    assert OpenTurn(turn(1, context={"tone": "“dry”"}), owner="me") == await ledger.open_turn(turn(1).turn_id)


async def test_a_turn_that_has_ended_or_is_not_known_is_not_open(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    await end(store, turn(1))

    assert await ledger.open_turn(turn(1).turn_id) is None
    assert await ledger.open_turn("nobody") is None


async def test_the_open_turns_of_a_process_are_in_the_order_of_acceptance(store: Store, ledger: Ledger) -> None:
    for n, owner in ((1, "me"), (2, "other"), (3, "me"), (4, None), (5, "me")):
        await store.accept(turn(n), owner)
    await end(store, turn(3))

    assert ["Prompt 1?", "Prompt 5?"] == ids(await ledger.open_turns("me"))


async def test_the_oldest_is_the_first_that_has_not_ended(store: Store, ledger: Ledger) -> None:
    assert await ledger.oldest() is None

    for n in (1, 2, 3):
        await store.accept(turn(n, thread=f"thread {n}"))
    await end(store, turn(1))
    oldest = await ledger.oldest()

    assert "Prompt 2?" == (oldest and oldest.turn.prompt)


# The line


async def test_the_line_is_in_the_order_of_acceptance_and_of_its_thread_alone(store: Store, ledger: Ledger) -> None:
    for n, thread in ((1, "a"), (2, "b"), (3, "a"), (4, "a")):
        await store.accept(turn(n, thread))

    assert [1, 1, 2, 3] == [await ledger.position(turn(n).turn_id) for n in (1, 2, 3, 4)]

    await end(store, turn(1, "a"))

    assert [1, 2] == [await ledger.position(turn(n).turn_id) for n in (3, 4)]


async def test_five_deliveries_at_once_are_one_turn(store: Store, ledger: Ledger) -> None:
    taken = await asyncio.gather(*(store.accept(turn(1), "me") for _ in range(5)))

    assert 1 == sum(one is not None for one in taken)
    assert 1 == len(await ledger.open_turns("me"))
    assert 1 == await ledger.position(turn(1).turn_id)


# Stops


async def test_a_turn_is_stopped_by_the_first_who_asks_and_asking_twice_changes_nothing(
    store: Store, ledger: Ledger
) -> None:
    await store.accept(turn(1), "me")

    assert [True, False, True] == [await ledger.ask_to_stop(turn(1).turn_id, by) for by in ("Ada", "Bob", "Ada")]
    assert {turn(1).turn_id: "Ada"} == await ledger.stopped("me")


async def test_a_turn_that_has_ended_or_is_not_known_is_not_stopped(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1), "me")
    await ledger.ask_to_stop(turn(1).turn_id, "Ada")
    await end(store, turn(1))

    assert not await ledger.ask_to_stop(turn(1).turn_id, "Ada")
    assert not await ledger.ask_to_stop("nobody", "Ada")
    assert {} == await ledger.stopped("me")


async def test_each_process_learns_of_the_stops_of_its_own_turns(store: Store, ledger: Ledger) -> None:
    for n, owner in ((1, "me"), (2, "other"), (3, "me")):
        await store.accept(turn(n), owner)
    for n in (1, 2):
        await ledger.ask_to_stop(turn(n).turn_id, "Ada")

    assert {turn(1).turn_id: "Ada"} == await ledger.stopped("me")


async def test_a_stop_is_rung(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    with store.database.bell.heard(STOPS) as told:
        await ledger.ask_to_stop(turn(1).turn_id, "Ada")

        assert told.is_set()


# Retries


async def test_a_retry_keeps_what_came_before_and_goes_to_the_end_of_the_line(store: Store, ledger: Ledger) -> None:
    holding = await begin(store, 1)
    for asked in (
        question(turn(1)),
        question(turn(1), "build"),
        question(turn(1), "review", 1, 2),
        question(turn(1), "review", 2, 2),
    ):
        await holding.enter(asked)
        await holding.keep(asked, REPLY)
    await end(store, turn(1))
    await store.accept(turn(2))

    again = await ledger.retry(turn(1).turn_id, ["build", "review"], "me")

    assert again is not None
    assert (2, 2, "me") == (again.turn.generation, again.attempt, again.owner)
    assert {"research": ("about research", REPLY)} == await ledger.replies(turn(1).turn_id)
    assert [1, 2] == [await ledger.position(turn(n).turn_id) for n in (2, 1)]
    assert again == await ledger.open_turn(turn(1).turn_id)


async def test_a_retry_is_remembered_with_its_time_whoever_takes_the_turn_over(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1, accepted_at=100.0), "me")
    await end(store, turn(1))
    again = await Ledger(store.database, clock=lambda: 900.0).retry(turn(1).turn_id, [], "me")
    (taken,) = await ledger.take_over("other", HERE)
    await end(store, taken)
    later = await Ledger(store.database, clock=lambda: 950.0).retry(turn(1).turn_id, [], "me")

    assert again is not None
    assert later is not None
    assert [900.0, 900.0, 950.0] == [one.turn.since for one in (again, taken, later)]
    assert [100.0] * 3 == [one.turn.accepted_at for one in (again, taken, later)]


async def test_going_on_keeps_every_answer_and_forgets_what_was_cut_or_failed(store: Store, ledger: Ledger) -> None:
    holding = await begin(store, 1)
    await holding.keep(question(turn(1)), REPLY)
    for stage in ("plan", "build"):
        await holding.enter(question(turn(1), stage))
    await holding.keep(question(turn(1), "build"), AgentFailure(Trouble.BUSY))
    await end(store, turn(1), TurnStatus.STOPPED)

    await ledger.retry(turn(1).turn_id, [], "me")

    assert ["research"] == list(await ledger.replies(turn(1).turn_id))


async def test_a_retry_forgets_who_stopped_it_and_what_it_went_by(store: Store, ledger: Ledger) -> None:
    holding = await begin(store, 1)
    await holding.keep_beginning(Beginning(None, 8_000, OnReject.WARN))
    await ledger.ask_to_stop(turn(1).turn_id, "Ada")
    await end(store, turn(1), TurnStatus.STOPPED)

    again = await ledger.retry(turn(1).turn_id, [], "me")

    assert again is not None
    assert (None, None) == (again.stop_by, again.beginning)
    assert 0 == await takeovers(store, again)


async def test_a_turn_that_runs_is_not_retried(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))

    assert await ledger.retry(turn(1).turn_id, ["plan"], "me") is None
    assert await ledger.retry("nobody", [], "me") is None


async def test_of_five_retries_at_once_one_counts(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1))
    await end(store, turn(1))

    found = await asyncio.gather(*(ledger.retry(turn(1).turn_id, [], f"p{n}") for n in range(5)))

    (one,) = [again for again in found if again]
    assert 2 == one.turn.generation
    assert one == await ledger.open_turn(turn(1).turn_id)


# Takeovers


async def test_only_what_belongs_to_nobody_who_lives_is_taken_over(store: Store, ledger: Ledger) -> None:
    await live(store.database, "me", "another")
    for n, owner in ((1, "dead"), (2, "another"), (3, None), (4, "me")):
        await store.accept(turn(n), owner)

    taken = await ledger.take_over("me", HERE)

    assert [(turn(1), 2, "me"), (turn(3), 2, "me")] == [(one.turn, one.attempt, one.owner) for one in taken]
    assert taken == [await ledger.open_turn(turn(n).turn_id) for n in (1, 3)]
    assert [] == await ledger.take_over("me", HERE)


async def test_what_has_ended_or_is_shown_elsewhere_is_not_taken_over(store: Store, ledger: Ledger) -> None:
    await live(store.database, "me")
    await store.accept(turn(1), "dead")
    await end(store, turn(1))
    await store.accept(turn(2, surface="slack"), "dead")

    assert [] == await ledger.take_over("me", HERE)
    assert ["Prompt 2?"] == ids(await ledger.take_over("me", {"slack", "discord"}))


async def test_each_orphan_goes_to_one_of_those_who_take_at_once(database_url: str) -> None:
    async with open_store(database_url) as one, open_store(database_url) as other:
        await live(one.database, "one", "other")
        for n in range(20):
            await one.accept(turn(n, thread=f"thread {n}"), "dead")

        taken = await asyncio.gather(
            *(Ledger(store.database).take_over(name, HERE) for store, name in ((one, "one"), (other, "other")) * 3)
        )
        owned = [one for name in ("one", "other") for one in await Ledger(other.database).open_turns(name)]

    every = [one for some in taken for one in some]
    assert sorted(turn(n).prompt for n in range(20)) == sorted(ids(every)) == sorted(ids(owned))
    assert {2} == {one.attempt for one in every}


async def test_a_takeover_counts_where_the_process_died_while_the_turn_ran(store: Store, ledger: Ledger) -> None:
    await live(store.database, "me", "first", "second")
    await begin(store, 1, owner="first")
    await store.accept(turn(2), "first")  # it only waited
    await begin(store, 3)  # it was handed on
    await bury(store.database, "first")

    once = await ledger.take_over("second", HERE)
    await bury(store.database, "second")
    twice = await ledger.take_over("me", HERE)

    assert [(1, 2), (2, 2), (3, 2)] == [(n, one.attempt) for n, one in enumerate(once, 1)]
    assert [2, 0, 1] == [await takeovers(store, one) for one in twice]


async def test_another_attempt_is_the_next_and_counts(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1), "me")
    first = OpenTurn(turn(1), owner="me")

    second = await ledger.again(first)

    assert second is not None
    assert (2, "me", 1) == (second.attempt, second.owner, await takeovers(store, second))


async def test_there_is_no_other_attempt_at_what_others_have_or_what_has_ended(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1), "me")
    first = OpenTurn(turn(1), owner="me")
    second = await ledger.again(first)
    assert second is not None

    assert await ledger.again(first) is None

    await end(store, second)

    assert await ledger.again(second) is None


async def test_what_is_handed_on_is_nobodys_and_is_rung(store: Store, ledger: Ledger) -> None:
    await live(store.database, "me")
    await store.accept(turn(1), "me")
    with store.database.bell.heard(LEFT) as left:
        await ledger.hand_on(OpenTurn(turn(1), owner="me"))

        assert left.is_set()
    assert ["Prompt 1?"] == ids(await ledger.take_over("me", HERE))


async def test_who_holds_an_earlier_attempt_hands_nothing_on(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1), "me")
    await ledger.again(OpenTurn(turn(1)))

    await ledger.hand_on(OpenTurn(turn(1)))

    assert ["Prompt 1?"] == ids(await ledger.open_turns("me"))


# Forgetting


async def test_what_is_forgotten_is_gone_with_all_it_left_and_what_is_open_stays(store: Store, ledger: Ledger) -> None:
    for n in (1, 2):
        holding = await begin(store, n)
        await holding.keep_events([Note("1:started", "turn.started", {})])
    await end(store, turn(1))

    assert 0 == await ledger.forget(50.0, 10)
    assert 1 == await ledger.forget(50.1, 10)
    assert await store.turn(turn(1).turn_id) is None
    assert ({}, []) == (await ledger.replies(turn(1).turn_id), await ledger.events(turn(1).turn_id))
    assert 1 == len(await ledger.events(turn(2).turn_id))
    assert await ledger.open_turn(turn(2).turn_id) is not None


async def test_a_conversation_is_forgotten_with_its_last_turn(store: Store, ledger: Ledger) -> None:
    """With its sessions and its other names; what is asked there next begins it anew."""
    before = time.time() + 1.0
    for n, thread in ((1, "over"), (2, "long"), (3, "long"), (4, "open")):
        await store.accept(turn(n, thread))
        await store.keep_session(thread, "build", f"session-{n}")
    await Hold(store.database, OpenTurn(turn(1, "over"))).keep_place(Opened({}, "alias"))
    await store.begin_anew("over")
    for n, thread in ((1, "over"), (2, "long")):
        await end(store, turn(n, thread))
    while await ledger.forget(60.0, 1):
        pass

    assert [1, 0] == [await ledger.forget_empty(before, 10) for _ in range(2)]
    assert 0 == await ledger.forget_empty(0.0, 10)
    assert [None, "session-3", "session-4"] == [
        await store.session(thread, "build") for thread in ("over", "long", "open")
    ]
    for name in ("alias", "over"):
        again = await store.accept(turn(name == "alias", name, identity=name))
        assert again
        assert (name, 0) == (again.conversation_id, again.chapter)


async def test_a_conversation_that_is_asked_in_meanwhile_stays(store: Store, ledger: Ledger) -> None:
    for n in range(20):
        await store.accept(turn(n, f"thread {n}"))
        await end(store, turn(n, f"thread {n}"))
    await ledger.forget(60.0, 100)

    asked = (store.accept(turn(n, f"thread {n}", identity=f"again:{n}")) for n in range(20))
    accepted = await asyncio.gather(*asked, *(ledger.forget_empty(time.time() + 1.0, 5) for _ in range(8)))

    assert 20 == len([one for one in accepted if isinstance(one, TurnRequest)])
    assert 20 == len(await store.turns())


async def test_no_more_is_forgotten_at_once_than_asked_for_the_oldest_first(store: Store, ledger: Ledger) -> None:
    for n in (1, 2, 3):
        await store.accept(turn(n))
        await end(store, turn(n))

    assert [2, 1, 0] == [await ledger.forget(60.0, 2) for _ in range(3)]


async def test_the_queue_says_how_many_have_not_ended_and_since_when_they_wait(store: Store, ledger: Ledger) -> None:
    assert Queue({}, None) == await ledger.queue()

    await begin(store, 1)
    await store.accept(turn(2, accepted_at=700.0))
    await store.accept(turn(3, accepted_at=600.0))
    await store.accept(turn(4, accepted_at=500.0))
    await end(store, turn(4))

    assert Queue({TurnStatus.RUNNING: 1, TurnStatus.QUEUED: 2}, 600.0) == await ledger.queue()


async def test_a_retried_turn_waits_since_it_was_retried(store: Store, ledger: Ledger) -> None:
    await store.accept(turn(1, accepted_at=100.0))
    await end(store, turn(1))
    await Ledger(store.database, clock=lambda: 900.0).retry(turn(1).turn_id, [], "me")

    assert Queue({TurnStatus.QUEUED: 1}, 900.0) == await ledger.queue()
