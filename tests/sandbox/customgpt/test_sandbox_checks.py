"""**I/O edge.** What the stand-in refuses, and which refusal comes first."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn, Fault, serve
from tests.sandbox.customgpt.conftest import Caller

GOOD = {"prompt": "Hello"}


def said(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["data"]["message"]


async def test_refusals_come_in_the_order_of_the_contract(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    """All is wrong at first; each step mends what was refused."""
    client, wrong = caller.client, {"Authorization": "Bearer 1|wrong"}
    customgpt.agent(101).always = Fault(is_chat_active=0)
    customgpt.account = replace(customgpt.account, max_queries=0, requests_per_second=1)

    async def ask(agent: object, body: object, headers: dict[str, str] | None = None) -> tuple[int, str]:
        return said(await client.post(caller.messages(agent), json=body, headers=headers))

    assert await ask("proj-1", {}, wrong) == (401, "API Token is either missing or invalid")
    assert await ask("proj-1", {}) == (400, "Agent id must be integer")
    assert await ask(999, {}) == (404, "Agent with id 999 not found")
    assert await ask(101, {}) == (403, "Agent with id 101 is not active")
    customgpt.agent(101).always = Fault()
    assert await ask(101, {}) == (400, "The prompt field is required")
    status, message = await ask(101, GOOD)
    assert (status, "exhausted your current query credits" in message) == (429, True)
    customgpt.account = replace(customgpt.account, max_queries=5)
    assert (await client.post(caller.messages(), json=GOOD)).status_code == 200
    limited = await client.post(caller.messages(), json=GOOD)
    assert said(limited) == (429, "Too many requests")
    assert limited.headers["retry-after"] == "1"


async def test_an_error_is_in_the_envelope_and_echoes_the_address(caller: Caller) -> None:
    response = await caller.client.get("/api/v1/projects/4711")

    assert response.json() == {
        "status": "error",
        "url": f"{caller.client.base_url}/api/v1/projects/4711".replace("//api", "/api"),
        "data": {"code": 404, "message": "Agent with id 4711 not found"},
    }


NOBODYS = UUID(int=7)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("PATCH", "/api/v1/projects/101", 405),
        ("GET", "/api/v1/projects/101/citations/1", 404),
        ("GET", "/api/v1/projects/101/citations/x", 404),
        ("GET", f"/api/v1/projects/101/conversations/{NOBODYS}/messages", 404),
        ("GET", f"/api/v1/projects/101/conversations/{NOBODYS}/messages/1", 404),
        ("DELETE", f"/api/v1/projects/101/conversations/{NOBODYS}", 404),
    ],
)
async def test_what_is_not_there_is_refused_in_the_envelope(
    caller: Caller, method: str, path: str, status: int
) -> None:
    response = await caller.client.request(method, path)

    assert (response.status_code, response.json()["data"]["code"]) == (status, status)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"prompt": 3}', b'{"prompt": "  "}', b""])
async def test_a_body_without_a_prompt_is_refused(caller: Caller, body: bytes) -> None:
    response = await caller.client.post(caller.messages(), content=body)

    assert response.status_code == 400


async def test_a_name_has_at_most_255_characters(caller: Caller) -> None:
    response = await caller.client.post("/api/v1/projects/101/conversations", json={"name": "x" * 256})

    assert response.status_code == 400


async def test_an_external_id_has_at_most_128_characters(caller: Caller) -> None:
    assert (await caller.send(external_id="x" * 128)).status_code == 200
    assert (await caller.send(external_id="x" * 129)).status_code == 400


async def test_an_unknown_reaction_is_refused_and_null_clears_one(caller: Caller) -> None:
    number = (await caller.send()).json()["data"]["id"]
    path = f"{caller.messages()}/{number}/feedback"

    assert (await caller.client.put(path, json={"reaction": "loved"})).status_code == 400
    assert (await caller.client.put(path, json={"reaction": None})).status_code == 200


@pytest.mark.parametrize("page", ["0", "x", "-1"])
async def test_a_page_counts_from_one(caller: Caller, page: str) -> None:
    await caller.send()

    assert (await caller.client.get(caller.messages(), params={"page": page})).status_code == 400


async def test_credits_run_out(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    customgpt.account = replace(customgpt.account, max_queries=1)
    statuses = [(await caller.send()).status_code for _ in range(2)]

    assert statuses == [200, 429]
    assert customgpt.account.current_queries == 1


async def test_forms_are_understood(caller: Caller) -> None:
    form = await caller.client.post(caller.messages(), data={"prompt": "Hello"})
    parts = await caller.client.post(caller.messages(), files={"prompt": (None, "Hello")})

    assert [form.status_code, parts.status_code] == [200, 200]
    assert parts.json()["data"]["user_query"] == "Hello"


@pytest.mark.parametrize("stream", [True, 1, "true"])
async def test_a_stream_may_be_asked_for_in_the_body(caller: Caller, stream: object) -> None:
    response = await caller.client.post(caller.messages(), json={**GOOD, "stream": stream})

    assert response.headers["content-type"].startswith("text/event-stream")


async def test_the_record_keeps_what_was_asked_and_masks_the_key(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    await caller.send(f"My key is {customgpt.key}", external_id="run-1")
    (kept,) = customgpt.requests()

    assert (kept.method, kept.path, kept.query) == ("POST", caller.messages(), {"external_id": "run-1"})
    assert kept.headers["authorization"] == f"Bearer ****{customgpt.key[-4:]}"
    assert kept.body == {"prompt": f"My key is ****{customgpt.key[-4:]}"}
    assert customgpt.key not in repr(customgpt.requests())


async def test_nothing_but_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="not on loopback"):
        await serve(host="0.0.0.0")
