"""What `orchestrator check` says of each answer that CustomGPT may give."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.check import check_core, check_customgpt, check_store, wrong
from core.checks import CheckResult, CheckStatus
from core.config import Settings, read_settings
from core.customgpt.client import CustomGPT
from core.customgpt.connection import connect
from core.customgpt.retry import Policy, Retry
from core.errors import Trouble
from core.limits.slots import MemorySlots
from core.migrations.tables import conversations
from core.stages import STAGES
from core.store import open_store
from sandbox.customgpt import KEY as SANDBOX_KEY
from sandbox.customgpt import CustomGPTStandIn
from tests.postgres import Server

KEY = "7727|abcdefGHIJ0123456789abcdefGHIJ0123456789abcdefGH"
BASE = "https://customgpt.example"
IDS = {stage.setting: str(100 + n) for n, stage in enumerate(STAGES)}
PATIENCE = Policy(pauses=0.0)

Answer = Callable[[httpx.Request], httpx.Response]


def settings() -> Settings:
    return read_settings({"CUSTOMGPT_API_KEY": KEY, "CUSTOMGPT_BASE_URL": BASE, **IDS})


def well(data: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", "data": data})


def all_well(request: httpx.Request) -> httpx.Response:
    match request.url.path.rpartition("/")[2]:
        case "user":
            return well({"id": 7, "name": "Ada", "email": "ada@example.com"})
        case "usage":
            return well({"current_queries": 1, "max_queries": 100})
        case number:
            return well({"id": int(number), "project_name": f"Agent {number}", "is_chat_active": True})


def refusing(path: str, answer: Answer) -> Answer:
    """All is well but what is asked at `path`."""
    return lambda request: answer(request) if request.url.path.endswith(path) else all_well(request)


async def results(answer: Answer) -> dict[str, CheckResult]:
    given = settings()
    http = connect(BASE, given.customgpt_api_key, concurrency=5, transport=httpx.MockTransport(answer))
    async with http:
        client = CustomGPT(http, slots=MemorySlots(5), retry=Retry(policy=PATIENCE))
        return {result.name: result for result in await check_customgpt(given, client)}


async def test_where_all_is_well_nothing_is_to_be_done() -> None:
    found = await results(all_well)

    assert {CheckStatus.OK} == {result.status for result in found.values()}
    assert {""} == {result.remedy for result in found.values()}


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, "Not Found"), (301, ""), (405, "no"), (200, "<html>Welcome</html>")],
)
async def test_an_address_that_is_not_the_apis_is_said_to_be_the_address(status: int, body: str) -> None:
    key = (await results(lambda _: httpx.Response(status, text=body)))["CustomGPT"]

    assert CheckStatus.FAILED is key.status
    assert BASE in key.detail
    assert "CUSTOMGPT_BASE_URL" in key.remedy


async def test_a_key_that_is_refused_leads_to_the_page_with_keys() -> None:
    key = (await results(lambda _: httpx.Response(401)))["CustomGPT"]

    assert "does not accept the API key" in key.detail
    assert "My profile" in key.remedy


async def test_an_agent_that_is_not_there_is_named_with_its_setting() -> None:
    agent = (await results(refusing("/projects/101", lambda _: httpx.Response(404))))["Plan agent"]

    assert "101: CustomGPT knows no agent with this id" == agent.detail
    assert "PLANNING_AGENT_PROJECT_ID" in agent.remedy


async def test_an_agent_that_cannot_be_looked_at_now_is_no_wrong_id() -> None:
    agent = (await results(refusing("/projects/101", lambda _: httpx.Response(500))))["Plan agent"]

    assert CheckStatus.FAILED is agent.status
    assert "PLANNING_AGENT_PROJECT_ID" not in agent.remedy
    assert "again" in agent.remedy


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("path", ["/user", "/projects/101", "/limits/usage"])
async def test_who_runs_the_check_is_not_told_to_run_it(status: int, path: str) -> None:
    found = await results(refusing(path, lambda _: httpx.Response(status)))

    faulty = [result for result in found.values() if result.status is not CheckStatus.OK]
    assert 1 == len(faulty)
    assert faulty[0].remedy
    assert "orchestrator check" not in faulty[0].detail + faulty[0].remedy


@pytest.mark.parametrize("trouble", list(Trouble))
def test_there_is_a_sentence_for_every_trouble(trouble: Trouble) -> None:
    assert wrong(trouble, BASE)


async def test_a_key_that_the_outside_repeats_is_not_shown() -> None:
    def named_like_the_key(_: httpx.Request) -> httpx.Response:
        return well({"id": 101, "project_name": f"Agent {KEY}", "is_chat_active": True})

    agent = (await results(refusing("/projects/101", named_like_the_key)))["Plan agent"]

    assert KEY not in agent.detail


async def core_results(url: str, database: str, ahead: float = 0.0) -> dict[str, CheckResult]:
    ids = dict.fromkeys(IDS, "101")
    given = {"CUSTOMGPT_API_KEY": SANDBOX_KEY, "CUSTOMGPT_BASE_URL": url, "ORCHESTRATOR_DATABASE_URL": database, **ids}
    found = await check_core(read_settings(given), now=lambda: time.time() + ahead)
    assert SANDBOX_KEY not in repr(found)
    return {result.name: result for result in found}


async def test_settings_database_agents_credits_and_clock_are_looked_at_together(database_url: str) -> None:
    async with CustomGPTStandIn() as gpt:
        found = await core_results(gpt.url, database_url)

    stages = {f"{stage.title} agent" for stage in STAGES}
    assert {"CUSTOMGPT_API_KEY", "agent ids", "database", "CustomGPT", "credits", "clock (CustomGPT)"} | stages == set(
        found
    )
    assert {CheckStatus.OK, CheckStatus.WARNING} == {result.status for result in found.values()}
    assert ["agent ids"] == [name for name, result in found.items() if result.remedy]


@pytest.mark.parametrize(("ahead", "said"), [(300.0, "5 min ahead of"), (-300.0, "5 min behind")])
async def test_a_clock_that_is_wrong_is_told_by_customgpts(tmp_path: Path, ahead: float, said: str) -> None:
    async with CustomGPTStandIn() as gpt:
        clock = (await core_results(gpt.url, f"sqlite:///{tmp_path}/kept.db", ahead))["clock (CustomGPT)"]

    assert (CheckStatus.WARNING, f"this machine's clock is {said} CustomGPT's") == (clock.status, clock.detail)


async def test_who_cannot_be_reached_tells_no_time(tmp_path: Path) -> None:
    found = await core_results("http://127.0.0.1:9", f"sqlite:///{tmp_path}/kept.db")

    assert CheckStatus.FAILED is found["CustomGPT"].status
    assert "clock (CustomGPT)" not in found
    assert CheckStatus.OK is found["database"].status


async def test_the_database_is_written_to_beside_who_uses_it_and_nothing_is_left(database_url: str) -> None:
    async with open_store(database_url) as store:
        await store.keep_session("c", "plan", "kept")
        found = await check_store(database_url)
        async with store.database.reading() as connection:
            kept = list((await connection.execute(select(conversations.c.id))).scalars())

    assert CheckStatus.OK is found.status
    assert found.detail.endswith("can be written")
    assert ["c"] == kept


async def test_a_database_that_can_be_read_alone_is_none(postgres: Server) -> None:
    url = postgres.fresh()
    async with open_store(url):
        pass
    found = await check_store(
        f"{url}{'&' if '?' in url else '?'}options=-c%20default_transaction_read_only%3Don", patience=0.05
    )

    assert CheckStatus.FAILED is found.status


async def test_a_file_that_another_program_holds_is_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    async with open_store(f"sqlite:///{path}"):
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        found = await check_store(f"sqlite:///{path}", patience=0.05)
        holder.close()

    assert CheckStatus.FAILED is found.status
    assert "is locked: another program is writing to it" in found.detail
