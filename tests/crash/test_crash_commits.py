"""Killed between any two commits of any database: nothing is lost, nothing is asked twice, the order is kept.

Every commit that changes something is a point. `make test` kills just before each of them: every state that the
database can be found in. `CRASH_MATRIX=1` kills just after each too (nothing that
follows has been done then), and kills the process that resumes as well.
"""

from __future__ import annotations

import os

import pytest

from tests.crash.fuse import Kill
from tests.crash.runner import KILLED
from tests.crash.world import Point, World, complaints, each, two_turns

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

ALL = bool(os.environ.get("CRASH_MATRIX"))
SPARE = 4
"""Points past the last commit: how many there are is not always the same."""


class Sweep:
    """Kills two turns of one thread at a commit, and goes on. Counts how often it came to that."""

    def __init__(self) -> None:
        self.killed = 0

    async def commits(self, world: World) -> range:
        """The points, by a run that nobody kills; every third, where not all are wanted."""
        child = await world.run(*(turn.submit for turn in two_turns("unkilled")))
        return range(1, 1 + SPARE + child.log.read_text().count(": commit "), 1 if ALL else 3)

    def at(self, first: Kill, second: Kill | None = None) -> Point:
        async def survive(world: World) -> list[str]:
            turns = two_turns("thread")
            submits = [turn.submit for turn in turns]
            child = await world.run(*submits, kill=first, expected=(0, KILLED))
            self.killed += child.code == KILLED
            if second:
                await world.run(kill=second, from_start=True, expected=(0, KILLED))
            if child.code == KILLED:
                await world.goes_on()
            if len(world.rows()) < len(turns):  # what was never accepted is delivered again
                await world.run(*submits)
            return complaints(world, turns)

        return survive


async def test_killed_before_any_commit_nothing_is_lost(world: World) -> None:
    sweep = Sweep()

    found = await each(world, {f"before-{n}": sweep.at(Kill("before", n)) for n in await sweep.commits(world)})

    assert {} == found
    assert (35 if ALL else 11) < sweep.killed


if ALL:

    async def test_killed_after_any_commit_nothing_is_lost(world: World) -> None:
        sweep = Sweep()

        found = await each(world, {f"after-{n}": sweep.at(Kill("after", n)) for n in await sweep.commits(world)})

        assert {} == found
        assert 35 < sweep.killed

    @pytest.mark.parametrize("first", [5, 25, 45])
    async def test_who_resumes_may_be_killed_too(world: World, first: int) -> None:
        sweep = Sweep()
        commits = await sweep.commits(world)
        found = await each(world, {f"again-{n}": sweep.at(Kill("before", first), Kill("before", n)) for n in commits})

        assert {} == found
