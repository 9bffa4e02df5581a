"""HTTP over kill -9: a client that comes back gets the rest, numbered on, and nobody is asked twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.stages import STAGES
from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from tests.bot.http.processes import QUESTION, Events, born, several, shell_for
from tests.postgres import Server

pytestmark = pytest.mark.timeout(300)

NAMES = [stage.name for stage in STAGES]


def slowly(gpt: CustomGPTStandIn, seconds: float) -> None:
    """Each agent, once; and CustomGPT keeps what it was asked by who has died."""
    for name in NAMES:
        gpt.agent(name).script(Fault(first_byte_delay=seconds))


def assert_unbroken(events: Events) -> None:
    assert list(range(1, len(events) + 1)) == [event["seq"] for event in events]
    assert [*NAMES] == [event["stage"] for event in events if event["type"] == "stage.completed"]
    assert ["complete"] == [event["type"] for event in events if "payload" in event]


async def test_a_client_that_comes_back_after_every_kill_gets_the_rest_in_unbroken_numbers(tmp_path: Path) -> None:
    async with CustomGPTStandIn() as gpt:
        slowly(gpt, 1.5)
        shell = shell_for(gpt, tmp_path, f"sqlite:///{tmp_path}/kept.db")
        async with several(shell) as living:
            events = await living[0].events({**QUESTION, "conversation_id": "c"}, ["stage.started", NAMES[0]])
            for name in [*NAMES[1:], None]:
                await living[-1].kill()
                living.append(await born(shell))
                first = {"turn_id": events[0]["turn_id"], "after": events[-1]["seq"]}
                events += await living[-1].events(first, ["stage.started", name] if name else [])

        assert_unbroken(events)
        assert "c" == events[-1]["payload"]["conversation_id"]
        assert len(NAMES) == len(gpt.requests(Endpoint.SEND))


async def test_another_process_goes_on_where_one_was_killed(tmp_path: Path, postgres: Server) -> None:
    async with CustomGPTStandIn() as gpt:
        slowly(gpt, 1.0)
        async with several(shell_for(gpt, tmp_path, postgres.fresh()), 2) as (one, other):
            events = await one.events(QUESTION, ["stage.started", NAMES[1]])
            first = {"turn_id": events[0]["turn_id"], "after": events[-1]["seq"]}
            coming = asyncio.create_task(other.events(first))  # while it still runs elsewhere
            await one.kill()
            events += await coming

        assert_unbroken(events)
        assert len(NAMES) == len(gpt.requests(Endpoint.SEND))


async def test_the_same_key_never_runs_twice_though_two_processes_get_it_many_times(
    tmp_path: Path, postgres: Server
) -> None:
    async with CustomGPTStandIn() as gpt:
        async with several(shell_for(gpt, tmp_path, postgres.fresh()), 2) as (one, other):
            answers = await asyncio.gather(*(process.ask(key) for key in "ab" for process in (one, other) * 5))

        assert {200} == {answer.status_code for answer in answers}
        assert [1, 1] == [len({answer.text for answer in answers[n : n + 10]}) for n in (0, 10)]
        assert 2 == len({answer.json()["turn_id"] for answer in answers})
        assert 2 * len(NAMES) == len(gpt.requests(Endpoint.SEND))
