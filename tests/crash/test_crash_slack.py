"""Killed while Slack has a call, between any two parts of a long answer, and at commits: one answer, each part once.

`make test` kills before a sample of the commits; `CRASH_MATRIX=1` before and after each.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.customgpt import Fault as AgentFault
from sandbox.slack import Fault
from tests.crash.conftest import sqlite
from tests.crash.fuse import Kill
from tests.crash.runner import KILLED, Child, Nursery
from tests.crash.slack_world import Point, SlackWorld, each, open_slack_world
from tests.postgres import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

ALL = bool(os.environ.get("CRASH_MATRIX"))
PARTS = 4
"""Messages that the answer takes, the first included; behind them comes the notice."""

CALLS = {
    "chat.postMessage": 1 + PARTS,
    "chat.update": 2,
    "reactions.add": 2,
    "reactions.remove": 1,
    "files.getUploadURLExternal": 1,
    "files.completeUploadExternal": 1,
}
"""How often each is called for a long answer, if nothing goes wrong."""

Moment = Callable[[Callable[[], None]], Fault]


def before(kill: Callable[[], None]) -> Fault:
    return Fault(before=lambda _: kill(), drop=True)


def after(kill: Callable[[], None]) -> Fault:
    return Fault(after=lambda _: kill())


def killed_at(method: str, nth: int, moment: Moment) -> Point:
    async def survive(world: SlackWorld) -> list[str]:
        children: list[Child] = []
        world.slack.script(method, *[Fault()] * nth, moment(lambda: children[0].kill()))
        world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=0.3))
        children.append(await world.born())
        await world.listening(children[0])
        question = world.ask()
        assert KILLED == await children[0].ended()
        await world.goes_on()
        return world.complaints(question)

    return survive


async def test_a_long_answer_takes_the_calls_that_are_counted_here(nursery: Nursery, tmp_path: Path) -> None:
    async with open_slack_world(nursery, tmp_path, sqlite) as world:
        world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=0.3))
        child = await world.born()
        await world.listening(child)
        question = world.ask()
        await world.finished(child)

        assert [] == world.complaints(question, twice=False)
        assert CALLS == {method: len(world.slack.calls(method)) for method in CALLS}


@pytest.mark.parametrize("method", CALLS)
async def test_killed_while_slack_has_a_call(nursery: Nursery, tmp_path: Path, method: str) -> None:
    points = {
        f"{moment.__name__}-{nth}": killed_at(method, nth, moment)
        for nth in range(CALLS[method])
        for moment in (before, after)
    }

    assert {} == await each(nursery, tmp_path, sqlite, points)


class Sweep:
    """Kills at a commit, and goes on. Counts how often it came to that."""

    def __init__(self) -> None:
        self.killed = 0

    def at(self, kill: Kill) -> Point:
        async def survive(world: SlackWorld) -> list[str]:
            child = await world.born(kill=kill)
            await world.listening(child)
            question = world.ask()
            settled = asyncio.create_task(self._ended_otherwise(world, child))
            ends: list[asyncio.Future[Any]] = [settled, child.dead]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if child.dead.done() and child.code == KILLED:
                self.killed += 1
                await world.goes_on()
            await settled
            return world.complaints(question)

        return survive

    async def _ended_otherwise(self, world: SlackWorld, child: Child) -> None:
        """There are fewer commits than that: it answers, and ends when it is told to."""
        white = "white_check_mark"
        await world.slack.until(lambda: any(white in one.reactions for one in world.general.messages.values()), 30.0)
        child.kill(signal.SIGUSR1)
        await child.ended()


async def test_killed_before_a_commit_nothing_is_lost(nursery: Nursery, tmp_path: Path) -> None:
    sweep, step = Sweep(), 1 if ALL else 5
    points = {f"before-{n}": sweep.at(Kill("before", n)) for n in range(1, 30, step)}
    late = {f"after-{n}": sweep.at(Kill("after", n)) for n in range(1, 30)} if ALL else {}

    assert {} == await each(nursery, tmp_path, sqlite, {**points, **late})
    assert len(points) // 2 < sweep.killed


async def test_another_process_that_listens_finishes_what_a_dead_one_began(
    nursery: Nursery, tmp_path: Path, postgres: Server
) -> None:
    def dies_at(method: str, nth: int) -> Point:
        async def survive(world: SlackWorld) -> list[str]:
            first = await world.born()
            await world.listening(first)
            question = world.ask()
            world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=1.0))
            world.slack.script(method, *[Fault()] * nth, after(first.kill))
            await world.slack.until(lambda: world.slack.quiet)
            second = await world.born()
            assert KILLED == await first.ended()
            await world.finished(second)
            return world.complaints(question)

        return survive

    points = {"post": dies_at("chat.postMessage", 0), "part": dies_at("chat.postMessage", 2)}

    assert {} == await each(nursery, tmp_path, lambda _: postgres.fresh(), points)
