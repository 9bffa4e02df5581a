"""Several processes that tell CustomGPT of one answer: the last state wins, whatever arrives last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from core.store import Store
from core.turn import Opinion
from tests.core.durable.votes import ID, Process, all_told, answered, process, untold
from tests.core.waiting import until
from tests.fakes import ScriptedAgents

LIKED, DISLIKED, NEUTRAL = Opinion.LIKED, Opinion.DISLIKED, Opinion.NEUTRAL


class Sides:
    """Two processes and what CustomGPT has heard of both; each has requests of its own that can be held up."""

    def __init__(self, ours: Process, theirs: Process) -> None:
        self.ours = ours
        self.theirs = theirs


@pytest.fixture
async def sides(store: Store, database_url: str) -> AsyncIterator[Sides]:
    await answered(store)
    ours, theirs = ScriptedAgents(), ScriptedAgents()
    theirs.reactions = ours.reactions  # one outside, in the order in which things arrive there
    async with AsyncExitStack() as stack:
        yield Sides(
            await stack.enter_async_context(process(database_url, ours)),
            await stack.enter_async_context(process(database_url, theirs)),
        )


async def held_up(one: Process, person: str, opinion: Opinion) -> asyncio.Event:
    """A vote whose telling is on its way, and does not arrive until the event is set."""
    arrives = one.agents.may_react = asyncio.Event()
    await one.vote(person, opinion)
    await one.agents.reacting.wait()
    return arrives


async def theirs_alone_is_told(sides: Sides) -> bool:
    return {"Ada"} == await untold(sides.ours.database)


async def test_what_arrives_late_is_put_right(sides: Sides) -> None:
    arrives = await held_up(sides.ours, "Ada", LIKED)
    await sides.theirs.vote("Bob", DISLIKED)
    await until(lambda: theirs_alone_is_told(sides))

    assert {3: NEUTRAL, 4: NEUTRAL} == sides.ours.known

    arrives.set()
    await all_told(sides.ours.database)

    assert {LIKED, NEUTRAL} == {opinion for *_, opinion in sides.ours.agents.reactions}
    assert {3: NEUTRAL, 4: NEUTRAL} == sides.ours.known


async def test_who_dies_before_it_could_look_again_leaves_it_to_the_next_round(sides: Sides) -> None:
    await held_up(sides.ours, "Ada", LIKED)
    await sides.theirs.vote("Bob", DISLIKED)
    await until(lambda: theirs_alone_is_told(sides))
    await sides.ours.feedback.close()
    sides.ours.agents.reactions += [("build", 3, LIKED), ("review", 4, LIKED)]  # it arrived all the same

    await sides.theirs.feedback.tell_again()

    assert set() == await untold(sides.theirs.database)
    assert {3: NEUTRAL, 4: NEUTRAL} == sides.theirs.known


async def test_a_vote_that_was_changed_elsewhere_is_told_by_who_changed_it(sides: Sides) -> None:
    arrives = await held_up(sides.ours, "Ada", LIKED)
    late = await held_up(sides.theirs, "Ada", DISLIKED)
    arrives.set()
    await until(lambda: sides_know(sides, DISLIKED))

    assert {"Ada"} == await untold(sides.ours.database)

    late.set()
    await all_told(sides.ours.database)

    assert {3: DISLIKED, 4: DISLIKED} == sides.ours.known


async def sides_know(sides: Sides, opinion: Opinion) -> bool:
    return {3: opinion, 4: opinion} == sides.ours.known


async def test_twenty_people_at_once_in_two_processes_are_all_counted(sides: Sides) -> None:
    people = {f"P{n}": DISLIKED if n % 3 else LIKED for n in range(20)}
    both = [sides.ours, sides.theirs]
    given = await asyncio.gather(
        *(both[n % 2].vote(person, opinion) for n, (person, opinion) in enumerate(people.items()))
    )
    await all_told(sides.ours.database)

    assert [True] * 20 == given
    assert {LIKED: 7, DISLIKED: 13, NEUTRAL: 0} == await sides.ours.feedback.counts(ID, 1)
    assert {3: DISLIKED, 4: DISLIKED} == sides.ours.known


async def test_one_person_in_two_processes_has_one_vote(sides: Sides) -> None:
    await asyncio.gather(*(side.vote("Ada", LIKED) for side in (sides.ours, sides.theirs) for _ in range(5)))
    await all_told(sides.ours.database)

    assert {LIKED: 1, DISLIKED: 0, NEUTRAL: 0} == await sides.theirs.feedback.counts(ID, 1)
    assert {3: LIKED, 4: LIKED} == sides.ours.known


async def test_both_may_tell_the_same_in_their_rounds(store: Store, database_url: str) -> None:
    await answered(store)
    agents = ScriptedAgents()
    async with process(database_url, agents) as first:
        await first.feedback.close()
        await first.vote("Ada", LIKED)
    async with process(database_url, agents, started=True) as one, process(database_url, agents, started=True):
        await all_told(one.database)

        assert {3: LIKED, 4: LIKED} == one.known
