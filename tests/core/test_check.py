"""What `orchestrator check` says of each answer that CustomGPT may give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from core.check import CheckResult, CheckStatus, check_customgpt, wrong
from core.config import Settings, read_settings
from core.customgpt.client import CustomGPT
from core.customgpt.connection import connect
from core.customgpt.retry import Policy, Retry
from core.errors import Trouble
from core.limits.slots import MemorySlots
from core.stages import STAGES

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
