"""**I/O edge.** The minimal golden exchange of the contract, over real HTTP."""

from __future__ import annotations

import re
from uuid import UUID

from sandbox.customgpt import CustomGPTStandIn, Endpoint
from tests.sandbox.customgpt.conftest import Caller, data_of


async def test_the_golden_exchange(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    client = caller.client
    created = await client.post("/api/v1/projects/101/conversations", json={"name": "slack C0123"})
    conversation = created.json()["data"]
    caller.session = conversation["session_id"]

    assert created.status_code == 201
    assert UUID(caller.session).version == 4
    assert (conversation["name"], conversation["project_id"]) == ("slack C0123", 101)

    sent = await caller.send("What about bees?", external_id="run-1")
    first = sent.json()["data"]

    assert sent.status_code == 200
    assert (first["user_query"], first["metadata"]["external_id"]) == ("What about bees?", "run-1")
    assert first["conversation_id"] == conversation["id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first["created_at"])

    streamed = await caller.send("And wasps?", stream="1", external_id="run-2")
    events = data_of(streamed.content)
    text = "".join(event["message"] for event in events if event["status"] == "progress")

    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert [events[0]["status"], events[1], events[-1]["status"]] == [
        "start",
        {"status": "progress", "message": ""},
        "finish",
    ]
    assert events[-1]["session_id"] == caller.session

    items = await caller.listed()

    assert [item["id"] for item in items] == [events[-1]["id"], first["id"]]
    assert items[0]["openai_response"] == text
    assert items[0]["metadata"]["external_id"] == "run-2"
    assert re.fullmatch(r"\d\d \w{3} \d{4} \d\d:\d\d:\d\d", items[0]["created_at"])

    one = f"{caller.messages()}/{first['id']}"

    assert (await client.get(one)).json()["data"] == first

    citation = await client.get(f"/api/v1/projects/101/citations/{first['citations'][0]}")

    assert citation.json()["data"]["id"] == first["citations"][0]
    assert citation.json()["data"]["url"].startswith("https://example.com/")

    liked = await client.put(f"{one}/feedback", json={"reaction": "liked"})

    assert liked.json()["data"]["response_feedback"]["reaction"] == "liked"

    limits = (await client.get("/api/v1/limits/usage")).json()["data"]

    assert (limits["current_queries"], limits["max_queries"], limits["current_projects_num"]) == (2, 1000, 4)

    deleted = await client.delete(f"/api/v1/projects/101/conversations/{caller.session}")

    assert deleted.json() == {"status": "success", "data": {"deleted": True}}
    assert (await client.get(one)).status_code == 404
    assert [request.endpoint for request in customgpt.requests()] == [
        *(Endpoint.CREATE, Endpoint.SEND, Endpoint.SEND, Endpoint.LIST, Endpoint.MESSAGE, Endpoint.CITATION),
        *(Endpoint.FEEDBACK, Endpoint.LIMITS, Endpoint.DELETE, Endpoint.MESSAGE),
    ]


async def test_lists_come_in_pages(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    for number in range(3):
        await caller.send(f"Question {number}")
    await caller.client.put("/control/account", json={"page_size": 2})
    path = caller.messages()
    first = (await caller.client.get(path)).json()["data"]["messages"]
    second = (await caller.client.get(path, params={"page": "2"})).json()["data"]["messages"]
    oldest = (await caller.client.get(path, params={"order": "asc"})).json()["data"]["messages"]["data"][0]

    assert [item["user_query"] for item in first["data"]] == ["Question 2", "Question 1"]
    assert (first["total"], first["last_page"], first["per_page"], first["from"], first["to"]) == (
        3,
        2,
        2,
        1,
        2,
    )
    assert first["next_page_url"] == f"{customgpt.url}{path}?page=2"
    assert [item["user_query"] for item in second["data"]] == ["Question 0"]
    assert (second["next_page_url"], second["prev_page_url"]) == (None, f"{customgpt.url}{path}?page=1")
    assert oldest["user_query"] == "Question 0"


async def test_the_other_endpoints(caller: Caller) -> None:
    client = caller.client
    await caller.send()
    path = f"/api/v1/projects/101/conversations/{caller.session}"
    renamed = await client.put(path, json={"name": "New"})
    listed = (await client.get("/api/v1/projects/101/conversations")).json()["data"]
    project = (await client.get("/api/v1/projects/101")).json()["data"]
    projects = (await client.get("/api/v1/projects", params={"order": "asc"})).json()["data"]["data"]
    stats = (await client.get("/api/v1/projects/101/stats")).json()["data"]
    settings = (await client.get("/api/v1/projects/101/settings")).json()["data"]
    user = (await client.get("/api/v1/user")).json()["data"]

    assert renamed.json()["data"]["name"] == "New"
    assert [one["name"] for one in listed["data"]] == ["New"]
    assert (project["id"], project["project_name"], project["is_chat_active"]) == (101, "Researcher", True)
    assert [one["id"] for one in projects] == [101, 102, 103, 104]
    assert stats["total_queries"] == 1
    assert settings["example_questions"] is None
    assert user["email"] == "user@example.com"


async def test_each_agent_plays_its_role(customgpt: CustomGPTStandIn, caller: Caller) -> None:
    async def said(agent: int) -> str:
        response = await caller.client.post(caller.messages(agent), json={"prompt": "Explain bees and nests"})
        return str(response.json()["data"]["openai_response"])

    answers = [await said(agent) for agent in customgpt.agents.values()]

    assert answers[0].startswith("## Research")
    assert "## Outline" in answers[1]
    assert answers[2].startswith("# How bees")
    assert answers[3].startswith("```json")


async def test_a_preview_link_resolves_too(caller: Caller) -> None:
    ids = (await caller.send()).json()["data"]["citations"]
    pages = [(await caller.client.get(f"/api/v1/projects/101/citations/{number}")).json()["data"] for number in ids]

    assert pages[-1]["url"] == f"https://app.customgpt.ai/api/v1/preview/{ids[-1]}"


async def test_two_stand_ins_run_at_once_and_one_starts_again_on_its_port() -> None:
    async with CustomGPTStandIn() as one, CustomGPTStandIn() as other:
        first = one.url
        await one.stop()
        await one.start()

        assert one.url == first
        assert one.url != other.url
