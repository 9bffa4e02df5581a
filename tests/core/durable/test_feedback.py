from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.durable.feedback import majority
from core.durable.hold import Hold
from core.durable.ledger import Ledger, OpenTurn
from core.durable.upkeep import DAY
from core.errors import AgentError, RequestError, Trouble
from core.store import Store
from core.turn import AgentFailure, Opinion
from tests.core.durable.around import end, question, turn
from tests.core.durable.votes import ID, Clock, Process, all_told, answered, in_parts, process, untold
from tests.core.waiting import until
from tests.fakes import ScriptedAgents

LIKED, DISLIKED, NEUTRAL = Opinion.LIKED, Opinion.DISLIKED, Opinion.NEUTRAL
BUSY = AgentError(Trouble.BUSY, "429")


@pytest.fixture
async def here(store: Store, database_url: str) -> AsyncIterator[Process]:
    """A process, and a turn that has ended."""
    await answered(store)
    async with process(database_url) as one:
        yield one


async def again(ledger: Ledger) -> OpenTurn:
    """The turn is retried from its review on."""
    one = await ledger.retry(ID, ["review"], "me")
    assert one is not None
    return one


# What most people think

COUNTS = st.integers(0, 50)


@given(COUNTS, COUNTS)
def test_the_majority_is_what_more_people_think_and_nothing_where_it_is_a_tie(liked: int, disliked: int) -> None:
    most = majority({LIKED: liked, DISLIKED: disliked})

    assert (LIKED if liked > disliked else DISLIKED if disliked > liked else NEUTRAL) is most


@given(COUNTS, COUNTS, COUNTS)
def test_who_has_withdrawn_has_no_vote(liked: int, disliked: int, neutral: int) -> None:
    counts = {LIKED: liked, DISLIKED: disliked}

    assert majority(counts) is majority({**counts, NEUTRAL: neutral})


# What is remembered


async def test_an_opinion_is_remembered_and_can_be_changed_and_taken_back(here: Process) -> None:
    for opinion in (LIKED, DISLIKED, NEUTRAL, LIKED):
        assert await here.vote("Ada", opinion)
        assert opinion is await here.feedback.opinion(ID, 1, "Ada")

    assert await here.feedback.opinion(ID, 1, "Bob") is None


async def test_each_person_counts_once(here: Process) -> None:
    for person, opinion in (("Ada", LIKED), ("Bob", LIKED), ("Eve", DISLIKED), ("Joe", NEUTRAL), ("Bob", DISLIKED)):
        await here.vote(person, opinion)

    assert {LIKED: 1, DISLIKED: 2, NEUTRAL: 1} == await here.feedback.counts(ID, 1)
    assert {LIKED: 0, DISLIKED: 0, NEUTRAL: 0} == await here.feedback.counts(ID, 2)


async def test_there_is_no_opinion_on_what_is_not_known_or_has_not_ended(store: Store, database_url: str) -> None:
    async with process(database_url) as here:
        assert not await here.vote("Ada", LIKED)

        await store.accept(turn(1))

        assert not await here.vote("Ada", LIKED)

        await end(store, turn(1))

        assert not await here.vote("Ada", LIKED, generation=2)
        assert await here.vote("Ada", LIKED)


async def test_a_turn_that_is_retried_is_another_answer(here: Process, ledger: Ledger, store: Store) -> None:
    await here.vote("Ada", LIKED)
    one = await again(ledger)

    assert not await here.vote("Bob", LIKED)
    assert not await here.vote("Bob", LIKED, generation=2)

    await end(store, one)

    assert await here.vote("Bob", DISLIKED, generation=2)
    assert LIKED is await here.feedback.opinion(ID, 1, "Ada")
    assert await here.feedback.opinion(ID, 2, "Ada") is None
    assert {LIKED: 0, DISLIKED: 1, NEUTRAL: 0} == await here.feedback.counts(ID, 2)


@pytest.mark.parametrize(("turn_id", "person"), [("", "Ada"), (ID, ""), (ID, "A\0"), (ID, "\ud800"), (ID, "A" * 513)])
async def test_a_name_that_no_database_takes_is_refused(here: Process, turn_id: str, person: str) -> None:
    with pytest.raises(RequestError):
        await here.feedback.give(turn_id, 1, person, LIKED)


async def test_with_its_turn_an_opinion_is_forgotten(here: Process, ledger: Ledger) -> None:
    await here.vote("Ada", LIKED)
    await all_told(here.database)

    assert 1 == await ledger.forget(60.0, 10)
    assert await here.feedback.opinion(ID, 1, "Ada") is None
    assert not await here.vote("Ada", LIKED)


# What CustomGPT is told


async def test_the_builder_and_the_reviewer_are_told_of_each_message_and_nobody_else(
    store: Store, database_url: str
) -> None:
    await answered(store, in_parts(3))
    async with process(database_url) as here:
        await here.vote("Ada", LIKED)
        await all_told(here.database)

        parts = [("review", 4, LIKED), ("review", 5, LIKED), ("review", 6, LIKED)]
        assert [("build", 3, LIKED), *parts] == sorted(here.agents.reactions, key=str)


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        ([("Ada", DISLIKED)], DISLIKED),
        ([("Ada", LIKED), ("Ada", NEUTRAL)], NEUTRAL),
        ([("Ada", LIKED), ("Bob", DISLIKED)], NEUTRAL),
        ([("Ada", LIKED), ("Bob", DISLIKED), ("Eve", LIKED)], LIKED),
        ([("Ada", LIKED), ("Bob", DISLIKED), ("Eve", LIKED), ("Eve", NEUTRAL), ("Ada", NEUTRAL)], DISLIKED),
    ],
)
async def test_told_is_what_most_people_think(here: Process, votes: list[tuple[str, Opinion]], told: Opinion) -> None:
    for person, opinion in votes:
        await here.vote(person, opinion)
    await all_told(here.database)

    assert {3: told, 4: told} == here.known


async def test_a_stage_that_did_not_answer_is_told_nothing(store: Store, database_url: str) -> None:
    await store.accept(turn(1))
    hold, asked = Hold(store.database, OpenTurn(turn(1))), question(turn(1), "review")
    await hold.enter(asked)
    await hold.keep(asked, AgentFailure(Trouble.BUSY))
    await end(store, turn(1))
    async with process(database_url) as here:
        await here.vote("Ada", LIKED)
        await all_told(here.database)

        assert [] == here.agents.reactions


async def test_who_votes_waits_for_nobody_and_what_comes_meanwhile_is_told_after_it(here: Process) -> None:
    here.agents.may_react = asyncio.Event()
    await here.vote("Ada", LIKED)
    await here.agents.reacting.wait()
    for person in ("Bob", "Eve"):
        await here.vote(person, DISLIKED)
    here.agents.may_react.set()
    await all_told(here.database)

    assert {3: DISLIKED, 4: DISLIKED} == here.known


async def test_a_retry_meanwhile_ends_the_telling(here: Process, ledger: Ledger) -> None:
    here.agents.unwilling["build"] = [BUSY]
    await here.vote("Ada", LIKED)
    await until(lambda: _is_done(here))
    here.agents.reactions.clear()
    await again(ledger)
    await here.feedback.tell_again()

    assert [] == here.agents.reactions
    assert LIKED is await here.feedback.opinion(ID, 1, "Ada")


# What cannot be told at once


async def _is_done(here: Process) -> bool:
    """The first attempt: it fails with the builder, not with the reviewer."""
    return not here.agents.unwilling["build"] and bool(here.agents.reactions)


async def test_what_fails_is_told_in_a_later_round(here: Process, caplog: pytest.LogCaptureFixture) -> None:
    here.agents.unwilling["build"] = [BUSY]
    await here.vote("Ada", LIKED)
    await until(lambda: _is_done(here))

    assert {"Ada"} == await untold(here.database)
    assert {4: LIKED} == here.known
    assert "build was not told “liked”: busy: 429" in caplog.text

    await here.feedback.tell_again()

    assert set() == await untold(here.database)
    assert {3: LIKED, 4: LIKED} == here.known


async def test_rounds_follow_one_another_until_all_is_told(store: Store, database_url: str) -> None:
    await answered(store)
    agents = ScriptedAgents()
    agents.unwilling["review"] = [BUSY, BUSY, BUSY]
    async with process(database_url, agents, started=True, every=0.01) as here:
        await here.vote("Ada", LIKED)
        await all_told(here.database)

        assert [] == agents.unwilling["review"]
        assert {3: LIKED, 4: LIKED} == here.known


async def test_after_a_day_nobody_tries_any_more_and_it_is_still_remembered(store: Store, database_url: str) -> None:
    await answered(store)
    agents, clock = ScriptedAgents(), Clock()
    agents.unwilling["build"] = [BUSY, BUSY]
    async with process(database_url, agents, now=clock) as here:
        await here.vote("Ada", LIKED)
        await until(lambda: _has_tried(agents, 1))
        clock.time += DAY - 1
        await here.feedback.tell_again()

        assert [] == agents.unwilling["build"]

        clock.time += 1
        agents.reactions.clear()
        await here.feedback.tell_again()

        assert [] == agents.reactions
        assert {"Ada"} == await untold(here.database)
        assert LIKED is await here.feedback.opinion(ID, 1, "Ada")


async def _has_tried(agents: ScriptedAgents, left: int) -> bool:
    return len(agents.unwilling["build"]) == left and bool(agents.reactions)


async def test_what_a_process_could_not_tell_before_its_end_is_told_by_the_next(
    store: Store, database_url: str
) -> None:
    await answered(store)
    async with process(database_url) as here:
        here.agents.may_react = asyncio.Event()
        await here.vote("Ada", LIKED)
        await here.agents.reacting.wait()

    assert [] == here.agents.reactions

    async with process(database_url, started=True) as later:
        await all_told(later.database)

        assert {3: LIKED, 4: LIKED} == later.known


async def test_what_is_given_while_the_process_ends_is_told_by_the_next(here: Process, database_url: str) -> None:
    await here.feedback.close()

    assert await here.vote("Ada", LIKED)
    assert {"Ada"} == await untold(here.database)

    async with process(database_url, started=True) as later:
        await all_told(later.database)

    assert [] == here.agents.reactions


async def test_an_opinion_that_was_told_and_is_changed_is_told_again(here: Process, database_url: str) -> None:
    await here.vote("Ada", LIKED)
    await all_told(here.database)
    await here.feedback.close()
    await here.vote("Ada", DISLIKED)

    assert {"Ada"} == await untold(here.database)

    async with process(database_url, here.agents, started=True) as later:
        await all_told(later.database)

        assert {3: DISLIKED, 4: DISLIKED} == later.known


async def test_a_telling_that_breaks_costs_nobody_else_their_vote(
    here: Process, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    here.agents.unwilling["build"] = [ZeroDivisionError("ours")]
    await here.vote("Ada", LIKED)
    await until(lambda: _has_broken(caplog))

    assert {"Ada"} == await untold(here.database)

    await here.vote("Bob", LIKED)
    await here.feedback.tell_again()
    await all_told(here.database)

    assert {3: LIKED, 4: LIKED} == here.known


async def _has_broken(caplog: pytest.LogCaptureFixture) -> bool:
    return "broke off" in caplog.text
