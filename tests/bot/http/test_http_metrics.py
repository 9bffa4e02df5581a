"""`/metrics`: the numbers move as turns do, and beyond this machine they are for who has a token."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from bot.http.api import api
from core.metrics import CONTENT_TYPE
from sandbox.customgpt import CustomGPTStandIn
from tests.bot.http.around import ADA, KEY, ROOT, Site
from tests.bot.http.processes import Process, several, shell_for
from tests.bot.http.test_http_readme import listening_at
from tests.core.test_metrics import numbers

ENDED = 'orchestrator_turns_ended_total{status="complete",surface="http"}'
ACCEPTED = 'orchestrator_turns_accepted_total{surface="http"}'
BUILD = 'orchestrator_stage_seconds_count{stage="build"}'


async def scraped(url: str) -> dict[str, float]:
    async with httpx.AsyncClient(base_url=url, timeout=40.0) as anybody:
        answer = await anybody.get("/metrics")
    assert (200, CONTENT_TYPE) == (answer.status_code, answer.headers["content-type"])
    return numbers(answer.content)


async def assert_they_move(url: str, process: Process) -> None:
    before = await scraped(url)
    assert 200 == (await process.ask("once")).status_code
    after = await scraped(url)

    moved = ENDED, ACCEPTED, BUILD
    assert ([0.0] * 3, [1.0] * 3) == ([before[name] for name in moved], [after[name] for name in moved])
    assert after["orchestrator_customgpt_queries_left"] > 0


@pytest.mark.timeout(180)
async def test_the_numbers_of_a_server_move_with_its_turns(stand_in: CustomGPTStandIn, tmp_path: Path) -> None:
    shell = shell_for(stand_in, tmp_path, f"sqlite:///{tmp_path}/kept.db")
    async with several(shell) as (process,):
        await assert_they_move(process.url, process)


@pytest.mark.timeout(180)
async def test_so_do_those_of_the_factory(stand_in: CustomGPTStandIn, tmp_path: Path) -> None:
    shell = shell_for(stand_in, tmp_path, f"sqlite:///{tmp_path}/kept.db")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "--factory", "bot.http.app:create", "--port", "0"),
        cwd=tmp_path,
        env=shell.environment({}),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        url = f"http://{await listening_at(child)}"
        await assert_they_move(url, Process(child, url))
    finally:
        child.send_signal(signal.SIGINT)
        await child.wait()


def from_afar(site: Site, **headers: str) -> httpx.AsyncClient:
    """A client at another address, at the same routes."""
    app = api()
    app.state.served = site.adapter.served(site.turns)
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401), (KEY, 401), (ADA, 200), (ROOT, 200)])
async def test_beyond_this_machine_they_are_for_who_has_a_token(site: Site, token: str | None, status: int) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with from_afar(site, **headers) as client:
        answer = await client.get("/metrics")
    proxied = await site.send("GET", "/metrics", token, headers={"X-Forwarded-For": "192.0.2.7"})

    assert [status, status] == [answer.status_code, proxied.status_code]
    assert ("orchestrator_" in answer.text) <= (status == 200)


@pytest.mark.parametrize("token", [None, "wrong", KEY, ADA])
async def test_on_this_machine_anybody_may_look(site: Site, token: str | None) -> None:
    assert 200 == (await site.send("GET", "/metrics", token)).status_code
