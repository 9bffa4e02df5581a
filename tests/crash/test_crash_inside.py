"""Killed from the outside, in the middle of a step: while the platform or an agent has its request."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from sandbox.customgpt import Fault as AgentFault
from tests.crash.platform import Deed, Fault, Kind
from tests.crash.runner import KILLED, Child
from tests.crash.world import STAGES, Point, World, complaints, each, two_turns

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ALL = bool(os.environ.get("CRASH_MATRIX"))
FIRST, SECOND = 0, 1
SHOWN = (Kind.POST, Kind.UPDATE, Kind.PUBLISH)
SLOW = AgentFault(first_byte_delay=0.3)
"""Long enough for an update."""

ENDLESS = 1_000_000
TEXT = '{"score": 90, "verdict": "approve", "summary": "Good.", "findings": [], "edits": []}'
"""What may stand in the place of any agent's answer."""

RECEIVED = AgentFault(stall=True, stored=False)
CUT = AgentFault(stall_after=2, stored=False)
CUT_BUT_STORED = AgentFault(stall_after=2, stored=True)
UNFINISHED = AgentFault(stall_after=ENDLESS, stored=True, answer=TEXT, delta_size=1)


def before(kill: Deed) -> Fault:
    return Fault(before=kill, stored=False)


def after(kill: Deed) -> Fault:
    return Fault(after=kill)


def killed_by_the_platform(kind: Kind, moment: Callable[[Deed], Fault], which: int) -> Point:
    async def survive(world: World) -> list[str]:
        turns = two_turns("thread")
        children: list[Child] = []
        world.platform.script(kind, moment(lambda: children[0].obeys_and_dies()), turn_id=turns[which].id)
        world.stand_in.agent("research").script(SLOW, SLOW)
        children.append(await world.start(*(turn.submit for turn in turns)))
        assert KILLED == await children[0].ended()
        await world.goes_on()
        return complaints(world, turns)

    return survive


@pytest.mark.parametrize("kind", SHOWN)
async def test_killed_while_the_platform_has_a_request(world: World, kind: Kind) -> None:
    points = {
        f"{kind}-{moment.__name__}-{which}": killed_by_the_platform(kind, moment, which)
        for moment in (before, after)
        for which in (FIRST, SECOND)
    }

    assert {} == await each(world, points)


def killed_in_the_agents_hands(stage: str, which: int, fault: AgentFault, events: int) -> Point:
    again = not fault.keeps

    async def survive(world: World) -> list[str]:
        turns = two_turns("thread")
        cut = turns[which]
        world.stand_in.agent(stage).script(*[AgentFault()] * which, fault)
        child = await world.start(*(turn.submit for turn in turns))
        await world.asked(cut, stage, events=events)
        await child.obeys_and_dies()
        await child.ended()
        await world.goes_on()
        asked = world.counted(cut.id)[stage]
        found = complaints(world, turns, twice=(cut.id, stage) if again else None)
        return found or ([] if asked == 1 + again else [f"asked {asked} times"])

    return survive


@pytest.mark.parametrize("which", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.parametrize(
    ("fault", "events"),
    [
        pytest.param(RECEIVED, 0, id="received"),
        pytest.param(CUT, 4, id="after-some-deltas"),
        pytest.param(CUT_BUT_STORED, 4, id="after-some-deltas-but-stored"),
        pytest.param(UNFINISHED, len(TEXT), id="stored-and-not-finished"),
    ],
)
async def test_killed_while_an_agent_answers(world: World, fault: AgentFault, events: int, which: int) -> None:
    """What CustomGPT holds is found there; what it does not hold is asked once more, and nothing else is.

    Every stage with every fault; of which of two turns, only the whole matrix has both.
    """
    stages = STAGES if ALL else STAGES[which::2]
    points = {stage: killed_in_the_agents_hands(stage, which, fault, events) for stage in stages}

    assert {} == await each(world, points)


async def test_a_reply_that_is_lost_costs_no_second_message(world: World) -> None:
    turns = two_turns("thread")
    for kind in SHOWN:
        world.platform.script(kind, Fault(lost=True), Fault(lost=True))

    await world.run(*(turn.submit for turn in turns))

    assert [] == complaints(world, turns)


async def test_a_platform_that_refuses_for_a_while_has_it_all_in_the_end(world: World) -> None:
    turns = two_turns("thread")
    for kind in SHOWN:
        world.platform.script(kind, Fault(status=503, stored=False))

    await world.run(*(turn.submit for turn in turns))

    assert [] == complaints(world, turns)
