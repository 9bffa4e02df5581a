"""Killed while Discord has a call, between any two parts of a long answer, and at commits: one answer, each part once.

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
from sandbox.discord import Fault
from tests.core.rows import rows
from tests.crash.conftest import sqlite
from tests.crash.discord_world import Asked, DiscordWorld, Point, each, open_discord_world
from tests.crash.fuse import Kill
from tests.crash.runner import KILLED, PATIENCE, Child, Nursery
from tests.postgres import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

ALL = bool(os.environ.get("CRASH_MATRIX"))
CALLS = {
    "threads.create": 1,
    "messages.create": 11,
    "messages.create+file": 1,
    "messages.update": 2,
    "reactions.add": 2,
    "reactions.remove": 1,
}
"""How often each is called for a long answer, if nothing goes wrong; updates at least so often."""

SAMPLE = {"messages.create": (0, 1, 5, 10)}
"""Which of many calls are tried."""

Moment = Callable[[Callable[[], None]], Fault]


def before(kill: Callable[[], None]) -> Fault:
    return Fault(before=lambda _: kill(), drop=True)


def after(kill: Callable[[], None]) -> Fault:
    return Fault(after=lambda _: kill())


def killed_at(name: str, nth: int, moment: Moment, ask: Callable[[DiscordWorld], Asked] = DiscordWorld.ask) -> Point:
    async def survive(world: DiscordWorld) -> list[str]:
        children: list[Child] = []
        world.discord.script(name, *[Fault()] * nth, moment(lambda: children[0].kill()))
        world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=1.0))
        children.append(await world.born())
        await world.listening(children[0])
        question = ask(world)
        assert KILLED == await children[0].ended()
        await world.goes_on()
        return world.complaints(question)

    return survive


async def test_a_long_answer_takes_the_calls_that_are_counted_here(nursery: Nursery, tmp_path: Path) -> None:
    async with open_discord_world(nursery, tmp_path, sqlite) as world:
        world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=1.0))
        child = await world.born()
        await world.listening(child)
        question = world.ask()
        await world.discord.until(lambda: world.accepted())
        await world.finished(child)

        assert [] == world.complaints(question, twice=False)
        assert {world.turn_id(question)} == set(world.of_turn(question))
        assert CALLS["messages.create"] + 1 == len(world.discord.calls("messages.create"))
        others = {name: times for name, times in CALLS.items() if not name.startswith("messages")}
        assert others == {name: len(world.discord.calls(name)) for name in others}
        assert CALLS["messages.update"] <= len(world.discord.calls("messages.update"))


@pytest.mark.parametrize("name", CALLS)
async def test_killed_while_discord_has_a_call(nursery: Nursery, tmp_path: Path, name: str) -> None:
    points = {
        f"{moment.__name__}-{nth}": killed_at(name, nth, moment)
        for nth in SAMPLE.get(name, range(CALLS[name]))
        for moment in (before, after)
    }

    assert {} == await each(nursery, tmp_path, sqlite, points)


async def test_killed_while_a_command_becomes_a_thread(nursery: Nursery, tmp_path: Path) -> None:
    names = ("original.update", "threads.create", "messages.create", "messages.update")
    points = {
        f"{name}-{moment.__name__}": killed_at(name, 0, moment, DiscordWorld.command)
        for name in names
        for moment in (before, after)
    }

    assert {} == await each(nursery, tmp_path, sqlite, points)


async def test_another_process_that_listens_finishes_what_a_dead_one_began(
    nursery: Nursery, tmp_path: Path, postgres: Server
) -> None:
    def dies_at(name: str, nth: int) -> Point:
        async def survive(world: DiscordWorld) -> list[str]:
            first = await world.born()
            await world.listening(first)
            world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=1.0))
            world.discord.script(name, *[Fault()] * nth, after(first.kill))
            question = world.ask()
            await world.discord.until(lambda: world.accepted(), 30.0)
            second = await world.born()
            assert KILLED == await first.ended()
            await world.finished(second)
            return world.complaints(question)

        return survive

    points = {"post": dies_at("messages.create", 0), "part": dies_at("messages.create", 2)}

    assert {} == await each(nursery, tmp_path, lambda _: postgres.fresh(), points)


async def two_listeners(world: DiscordWorld) -> tuple[Child, Child]:
    """Who has the gateway, and who waits for it, and runs turns meanwhile."""
    first = await world.born()
    await world.listening(first)
    second = await world.born()
    await second.said("opened")
    return first, second


async def answered(world: DiscordWorld, *questions: Asked) -> None:
    for question in questions:
        await world.discord.until(lambda: {world.answered} == world.marked(question), PATIENCE)  # noqa: B023 - awaited at once


def one_turn_each(world: DiscordWorld, questions: int) -> list[str]:
    """What is wrong where each question was to become one turn."""
    turns = rows(world.database, "SELECT status FROM turns")
    return [] if [("complete",)] * questions == turns else [f"{questions} questions are the turns {turns}"]


Loss = Callable[[Child], None]


def killed(child: Child) -> None:
    child.kill()


def leaves(child: Child) -> None:
    child.kill(signal.SIGUSR1)


def changing_hands(lose: Loss) -> Point:
    """A question before, and one after: whoever listens, each becomes one turn."""

    async def survive(world: DiscordWorld) -> list[str]:
        first, second = await two_listeners(world)
        before = world.ask()
        await answered(world, before)
        connections = world.discord.gateway.connections
        lose(first)
        await first.ended()
        await world.discord.until(lambda: world.discord.gateway.connections > connections, PATIENCE)
        after = world.ask()
        await answered(world, after)
        listening = len(world.discord.gateway.open)
        await world.finished(second)
        found = [] if (connections, listening) == (1, 1) else [f"{connections}, then {listening} were connected"]
        return found + one_turn_each(world, 2)

    return survive


def taken_from_who_was_frozen() -> Point:
    async def survive(world: DiscordWorld) -> list[str]:
        first, second = await two_listeners(world)
        frozen = world.discord.gateway.open
        first.kill(signal.SIGSTOP)
        await world.discord.until(lambda: len(world.discord.gateway.open) == 2, PATIENCE)
        during = world.ask()  # told to both: one of them cannot hear yet
        await answered(world, during)
        first.kill(signal.SIGCONT)
        await world.discord.until(lambda: world.discord.gateway.open != frozen, PATIENCE)
        await first.said("discord.gateway is given up")
        await world.discord.until(lambda: len(world.discord.gateway.open) == 1, PATIENCE)
        after = world.ask()
        await answered(world, after)
        first.kill(signal.SIGUSR1)
        await world.finished(second)
        assert 0 == await first.ended()
        return one_turn_each(world, 2)

    return survive


async def test_the_gateway_is_in_one_process_and_then_in_the_other(
    nursery: Nursery, tmp_path: Path, postgres: Server
) -> None:
    points = {lose.__name__: changing_hands(lose) for lose in (killed, leaves)}
    points["frozen"] = taken_from_who_was_frozen()

    assert {} == await each(nursery, tmp_path, lambda _: postgres.fresh(), points)


async def test_who_waits_for_the_gateway_finishes_the_turns_of_who_had_it(
    nursery: Nursery, tmp_path: Path, postgres: Server
) -> None:
    """Also a question whose thread is not there yet."""

    def dies_at(name: str) -> Point:
        async def survive(world: DiscordWorld) -> list[str]:
            first, second = await two_listeners(world)
            world.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=1.0))
            world.discord.script(name, after(first.kill))
            question = world.ask()
            assert KILLED == await first.ended()
            await world.finished(second)
            return world.complaints(question) + one_turn_each(world, 1)

        return survive

    points = {name: dies_at(name) for name in ("threads.create", "messages.create", "messages.update")}

    assert {} == await each(nursery, tmp_path, lambda _: postgres.fresh(), points)


class Sweep:
    """Kills at a commit, and goes on. Counts how often it came to that."""

    def __init__(self) -> None:
        self.killed = 0

    def at(self, kill: Kill, ask: Callable[[DiscordWorld], Asked]) -> Point:
        async def survive(world: DiscordWorld) -> list[str]:
            child = await world.born(kill=kill)
            await world.listening(child)
            question = ask(world)
            ended: list[asyncio.Future[Any]] = [asyncio.create_task(answered(world, question)), child.dead]
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
            ended[0].cancel()
            if not child.dead.done():  # there are fewer commits than that: it ends when it is told to
                child.kill(signal.SIGUSR1)
            if await child.ended() == KILLED:
                self.killed += 1
                question = await self._goes_on(world, question, ask)
            return world.complaints(question) + one_turn_each(world, 1)

        return survive

    async def _goes_on(self, world: DiscordWorld, question: Asked, ask: Callable[[DiscordWorld], Asked]) -> Asked:
        """Discord tells nobody later what was never taken: then it is asked again."""
        taken = rows(world.database, "SELECT id FROM turns")
        child = await world.born()
        await world.listening(child)
        if not taken:
            question = ask(world)
        await answered(world, question)
        await world.finished(child)
        return question


async def test_killed_before_a_commit_nothing_that_was_taken_is_lost(nursery: Nursery, tmp_path: Path) -> None:
    sweep, step = Sweep(), 1 if ALL else 6
    points = {f"mention-{n}": sweep.at(Kill("before", n), DiscordWorld.ask) for n in range(3, 30, step)}
    points |= {f"command-{n}": sweep.at(Kill("before", n), DiscordWorld.command) for n in range(6, 30, step)}
    late = {f"after-{n}": sweep.at(Kill("after", n), DiscordWorld.ask) for n in range(3, 30)} if ALL else {}

    assert {} == await each(nursery, tmp_path, sqlite, {**points, **late})
    assert len(points) // 2 < sweep.killed
