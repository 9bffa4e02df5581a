"""**I/O edge.** The switches over HTTP."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn, Pace, serve
from tests.sandbox.customgpt.conftest import Caller


async def test_a_script_is_consumed_one_entry_a_message(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    script = [{"status": 429, "retry_after": 1}, {"status": 502, "body": "html"}, {}]
    told = await caller.client.post("/control/agents/101/script", json=script)
    answers = [await caller.send() for _ in range(4)]

    assert told.json() == {"script_left": 3}
    assert [answer.status_code for answer in answers] == [429, 502, 200, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert answers[1].headers["content-type"].startswith("text/html")


async def test_a_standing_switch_stays_until_reset(caller: Caller) -> None:
    await caller.client.put("/control/agents/101", json={"answer": "Fixed"})
    await caller.client.put("/control/agents/101", json={"metadata": False})
    fixed = (await caller.send()).json()["data"]
    await caller.client.post("/control/reset")
    usual = (await caller.send()).json()["data"]

    assert (fixed["openai_response"], "metadata" in fixed) == ("Fixed", False)
    assert (usual["openai_response"] == "Fixed", "metadata" in usual) == (False, True)


async def test_other_endpoints_have_scripts_and_standing_switches(caller: Caller) -> None:
    client = caller.client
    await client.put("/control/endpoints/limits", json={"status": 503})
    await client.post("/control/endpoints/user/script", json=[{"status": 500}])
    limits = [(await client.get("/api/v1/limits/usage")).status_code for _ in range(2)]
    user = [(await client.get("/api/v1/user")).status_code for _ in range(2)]

    assert (limits, user) == ([503, 503], [500, 200])


async def test_the_account_is_set_and_shown(caller: Caller) -> None:
    shown = await caller.client.put("/control/account", json={"max_queries": 7})

    assert (shown.json()["max_queries"], shown.json()["in_flight"]) == (7, 0)


async def test_the_record_can_be_read(caller: Caller) -> None:
    await caller.send()
    await caller.client.get("/api/v1/user")
    kept = (await caller.client.get("/control/requests", params={"endpoint": "send"})).json()

    assert [(one["method"], one["path"]) for one in kept] == [("POST", caller.messages())]
    assert len((await caller.client.get("/control/requests")).json()) == 2


async def test_reset_forgets_everything(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    await caller.client.post("/control/agents/101/script", json=[{}, {}])
    await caller.send()
    await caller.client.post("/control/reset")

    assert customgpt.requests() == []
    assert customgpt.conversations == []
    assert customgpt.account.current_queries == 0
    assert customgpt.agent("research").messages.waiting == 0


async def test_the_switches_are_described(caller: Caller) -> None:
    told = (await caller.client.get("/control")).json()

    assert "POST /control/reset" in told["paths"]
    assert told["agents"] == {"101": "research", "102": "plan", "103": "build", "104": "review"}
    assert told["fault"]["properties"]["drop_after"]["description"]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "agents/101", {"statsu": 500}, "statsu: "),
        ("PUT", "agents/101", {"status": "no"}, "status: "),
        ("PUT", "agents/9", {}, "id: there is no agent 9"),
        ("PUT", "account", {"max_queries": -1}, "max_queries: "),
        ("PUT", "account", [], "body: "),
        ("POST", "agents/101/script", {}, "body: must be a JSON list"),
        ("POST", "agents/101/script", [{"crlf": "perhaps"}], "0.crlf: "),
        ("POST", "endpoints/nothing/script", [], "kind: there is no endpoint nothing"),
    ],
)
async def test_bad_control_input_names_the_field(
    caller: Caller, method: str, path: str, body: object, field: str
) -> None:
    response = await caller.client.request(method, f"/control/{path}", json=body)

    assert response.status_code == 400
    assert response.json()["error"].startswith(field)


async def test_control_input_must_be_json(caller: Caller) -> None:
    response = await caller.client.put("/control/account", content=b"{")

    assert response.json() == {"error": "body: must be JSON"}


async def test_serve_runs_until_it_is_cancelled() -> None:
    ready: asyncio.Future[CustomGPTStandIn] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(pace=Pace(), on_ready=ready.set_result))
    url = (await ready).url
    async with httpx.AsyncClient() as client:
        status = (await client.get(f"{url}/control")).status_code
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/control")

    assert status == 200
