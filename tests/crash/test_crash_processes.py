"""What becomes of turns as processes come and go: many at once, poisonous ones, other pipelines, two at a time."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest

from core.errors import Trouble
from core.text.wording import trouble
from sandbox.customgpt import Endpoint
from sandbox.customgpt import Fault as AgentFault
from tests.crash.world import STAGES, Asked, Point, World, complaints, each, two_turns

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

STUCK = AgentFault(stall=True, stored=False)
TEXT = '{"score": 90, "verdict": "approve", "summary": "Good.", "findings": [], "edits": []}'
"""What may stand in the place of any agent's answer."""

BRIEF = AgentFault(answer=TEXT, delta_size=len(TEXT), cites=())
DEATHS = 6
MANY = 200 if os.environ.get("CRASH_MATRIX") else 50


@pytest.mark.timeout(600)
async def test_many_running_turns_are_killed_and_all_of_them_finish_once(world: World) -> None:
    """All of them are being answered when the process dies: what CustomGPT holds is not asked for again."""
    turns = [Asked(f"event:{n}", f"thread-{n}", f"How do bees choose nest {n}?") for n in range(MANY)]
    for stage in STAGES:
        world.stand_in.agent(stage).always = BRIEF
    world.stand_in.agent("research").always = AgentFault(stall=True, answer=TEXT, cites=())
    child = await world.start(*(turn.submit for turn in turns), concurrency=MANY, interval=0.5)
    await world.stand_in.until(lambda: len(world.stand_in.requests(Endpoint.SEND)) == MANY)
    child.kill()
    await child.ended()
    world.stand_in.agent("research").always = BRIEF

    await world.goes_on(concurrency=MANY, interval=0.5, seconds=300.0)

    assert [] == [one for turn in turns for one in complaints(world, (turn,))]
    assert MANY == len(world.platform.messages)


@pytest.mark.parametrize("stage", ["build"])
async def test_a_poisonous_turn_ends_with_an_honest_message_and_the_next_answers(
    lonely_world: World, stage: str
) -> None:
    first, second = two_turns("thread")
    lonely_world.stand_in.agent(stage).script(*[STUCK] * DEATHS)
    for death in range(DEATHS):
        child = await lonely_world.start(*(() if death else (first.submit, second.submit)))
        await lonely_world.stand_in.until(lambda: lonely_world.counted(first.id)[stage] > death)  # noqa: B023 - awaited at once
        await child.obeys_and_dies()
        await child.ended()

    await lonely_world.goes_on()

    assert "failed" == lonely_world.status(first)
    assert trouble(Trouble.CRASHED) in lonely_world.shown(first)
    assert DEATHS == lonely_world.counted(first.id)[stage]
    assert [] == complaints(lonely_world, (second,))


CHANGES = {
    "added-at-the-end": ("research", "plan", "build", "review", "check=review"),
    "added-in-the-middle": ("research", "facts=research", "plan", "build", "review"),
    "renamed": ("research", "plan", "write=build", "review"),
    "left-out": ("research", "plan", "build"),
}


def changed_under(cut: str, stages: tuple[str, ...]) -> Point:
    async def survive(world: World) -> list[str]:
        turns = two_turns("thread")
        world.stand_in.agent(cut).script(STUCK)
        child = await world.start(*(turn.submit for turn in turns))
        await world.asked(turns[0], cut)
        await child.obeys_and_dies()
        await child.ended()
        await world.run(stages=stages)
        for turn in turns:
            assert world.status(turn) in ("complete", "unreviewed", "failed")
            assert world.shown(turn)
            assert "Working" not in world.shown(turn)
        done = STAGES[: STAGES.index(cut)]
        assert [1] * len(done) == [world.counted(turns[0].id)[stage] for stage in done]
        return []

    return survive


async def test_turns_in_flight_end_though_the_pipeline_has_changed(lonely_world: World) -> None:
    points = {
        f"{change}-{cut}": changed_under(cut, stages)
        for change, stages in CHANGES.items()
        for cut in ("research", "build", "review")
    }

    assert {} == await each(lonely_world, points)


async def test_a_second_process_on_the_same_database_is_refused(lonely_world: World) -> None:
    turn, _ = two_turns("thread")
    lonely_world.stand_in.agent("plan").script(AgentFault(first_byte_delay=1.0))
    child = await lonely_world.start(turn.submit)
    await lonely_world.asked(turn, "plan")

    second = await lonely_world.run(expected=(1,))
    await child.ended()

    assert "Another orchestrator is running on the database" in second.log.read_text()
    assert [] == complaints(lonely_world, (turn,))


async def test_a_process_that_is_told_to_end_finishes_the_stage_and_leaves_the_rest(lonely_world: World) -> None:
    turns = two_turns("thread")
    first, second = turns
    lonely_world.stand_in.agent("build").script(AgentFault(first_byte_delay=0.7))
    child = await lonely_world.start(*(turn.submit for turn in turns))
    await lonely_world.asked(first, "build")
    await child.obeyed()

    told = time.monotonic()
    child.kill(signal.SIGTERM)
    code = await child.ended()
    took = time.monotonic() - told

    assert 0 == code
    assert took < 15  # not the 25 s that it may take
    assert Counter(("research", "plan", "build")) == lonely_world.counted(first.id)
    assert Counter() == lonely_world.counted(second.id)

    await lonely_world.goes_on()

    assert [] == complaints(lonely_world, turns)
