"""What can be done with a turn, and by whom; conversations; the check; whether it is there."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from core.durable.turns import DurableTurns
from core.errors import AgentError, StoreError, Trouble
from core.turn import OnReject, Opinion
from tests.bot.http.around import ADA, BEN, KEY, QUESTION, ROOT, Site, open_site


async def answered(site: Site, token: str = ADA, **changes: Any) -> str:
    return str((await site.ask(token, **changes)).json()["turn_id"])


async def test_a_turn_says_how_it_stands_and_at_its_end_has_the_payload(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    turn_id = await site.begin(conversation_id="c", context={"tone": "friendly"})
    await site.agents.begun["plan"].wait()
    running = (await site.send("GET", f"/v1/turns/{turn_id}")).json()
    site.agents.hold["plan"].set()
    async for _ in site.turns.records.watch(turn_id):
        pass
    done = (await site.send("GET", f"/v1/turns/{turn_id}")).json()

    assert ("running", "c", "How do bees choose?") == (running["status"], running["conversation_id"], running["prompt"])
    assert not {"reply", "ended_at", "error"} & set(running)
    assert ("complete", "Bees dance. They agree.") == (done["status"], done["reply"]["content"])
    assert (4, "approve", 1) == (done["usage"]["queries"], done["review"]["verdict"], done["generation"])
    assert done["accepted_at"] <= done["ended_at"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/events", None),
        ("GET", "/export", None),
        ("POST", "/stop", None),
        ("POST", "/retry", {}),
        ("POST", "/feedback", {"opinion": "liked"}),
    ],
)
async def test_a_turn_is_not_there_for_others_and_for_admins_it_is(
    site: Site, method: str, path: str, body: dict[str, str] | None
) -> None:
    turn_id = await answered(site)
    address = f"/v1/turns/{turn_id}{path}"
    statuses = {token: (await site.send(method, address, token, json=body)).status_code for token in (BEN, "x", ROOT)}
    unknown = await site.send(method, f"/v1/turns/{'x' * 24}{path}", ROOT, json=body)

    assert (404, 401) == (statuses[BEN], statuses["x"])
    assert statuses[ROOT] in (200, 202, 409)
    assert 404 == unknown.status_code


async def test_what_has_ended_cannot_be_stopped(site: Site) -> None:
    turn_id = await answered(site)
    answer = await site.send("POST", f"/v1/turns/{turn_id}/stop")

    assert (409, turn_id) == (answer.status_code, answer.json()["turn_id"])


async def test_a_retry_goes_on_from_a_stage_and_keeps_what_came_before(site: Site) -> None:
    turn_id = await answered(site)
    retried = await site.send("POST", f"/v1/turns/{turn_id}/retry", json={"stage": "build", "generation": 1})
    async for _ in site.turns.records.watch(turn_id):
        pass
    turn = (await site.send("GET", retried.headers["Location"])).json()
    outdated = await site.send("POST", f"/v1/turns/{turn_id}/retry", json={"generation": 1})
    nonsense = await site.send("POST", f"/v1/turns/{turn_id}/retry", json={"stage": "lunch"})

    assert (202, 2, "complete") == (retried.status_code, turn["generation"], turn["status"])
    assert ["build", "review"] == [question.stage for question in site.agents.asked[4:]]
    assert (409, 422) == (outdated.status_code, nonsense.status_code)


async def test_what_is_under_way_cannot_be_retried(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    turn_id = await site.begin()
    answer = await site.send("POST", f"/v1/turns/{turn_id}/retry", json={})

    assert 409 == answer.status_code
    site.agents.hold["plan"].set()


async def test_a_retry_needs_no_body_and_goes_on_where_the_turn_ended(site: Site) -> None:
    site.agents.answers["build"] = AgentError(Trouble.BROKEN)
    turn_id = (await site.ask()).json()["turn_id"]
    site.agents.answers["build"] = "Bees vote."
    retried = await site.send("POST", f"/v1/turns/{turn_id}/retry")
    async for _ in site.turns.records.watch(turn_id):
        pass

    assert 202 == retried.status_code
    assert ["build", "review"] == [question.stage for question in site.agents.asked[3:]]


@pytest.mark.parametrize(("by", "to_ada", "to_root"), [(ADA, "you", "somebody"), (ROOT, "an admin", "an admin")])
async def test_who_stopped_it_is_said_in_plain_words(site: Site, by: str, to_ada: str, to_root: str) -> None:
    """Never by the hash of a token; nor in what is kept."""
    site.agents.hold["plan"] = asyncio.Event()
    turn_id = await site.begin()
    await site.agents.begun["plan"].wait()
    await site.send("POST", f"/v1/turns/{turn_id}/stop", by)
    await site.turns.ended(turn_id)
    paths = (f"/v1/turns/{turn_id}", f"/v1/turns/{turn_id}/events", f"/page/turns/{turn_id}")
    ada, root = [[(await site.send("GET", path, who)).text for path in paths] for who in (ADA, ROOT)]
    kept = await site.turns.turn(turn_id)

    assert kept
    assert all(f"Stopped by {to_ada} after Research." in said for said in ada)
    assert all(f"Stopped by {to_root} after Research." in said for said in root)
    assert not [said for said in [*ada, *root, kept.payload or ""] if f"by {kept.asker}" in said]


async def test_a_retry_counts_among_the_turns_of_an_hour(database: str) -> None:
    async with open_site(database, per_hour=1) as site:
        turn_id = await answered(site)
        answer = await site.send("POST", f"/v1/turns/{turn_id}/retry", json={})

        assert 429 == answer.status_code
        assert "Retry-After" in answer.headers


async def test_an_opinion_is_kept_and_taken_back(site: Site) -> None:
    turn_id = await answered(site)
    for opinion in ("liked", "neutral", "disliked"):
        assert 200 == (await site.send("POST", f"/v1/turns/{turn_id}/feedback", json={"opinion": opinion})).status_code
    turn = await site.turns.turn(turn_id)
    outdated = await site.send("POST", f"/v1/turns/{turn_id}/feedback", json={"opinion": "liked", "generation": 7})

    assert turn
    assert Opinion.DISLIKED is await site.turns.feedback.opinion(turn_id, 1, turn.asker)
    assert 409 == outdated.status_code


async def test_an_export_has_what_each_agent_was_asked_and_answered(site: Site) -> None:
    turn_id = await answered(site)
    as_json = await site.send("GET", f"/v1/turns/{turn_id}/export")
    as_markdown = await site.send("GET", f"/v1/turns/{turn_id}/export?format=markdown")

    assert ["research", "plan", "build", "review"] == [one["slot"] for one in as_json.json()["replies"]]
    assert f'attachment; filename="turn-{turn_id}-g1.json"' == as_json.headers["Content-Disposition"]
    assert as_markdown.text.startswith("# How do bees choose?")
    assert "text/markdown; charset=utf-8" == as_markdown.headers["Content-Type"]


async def test_what_is_withheld_is_in_the_export_of_an_admin_alone(database: str) -> None:
    async with open_site(database, on_reject=OnReject.WITHHOLD) as site:
        site.agents.answers["review"] = '{"score": 3, "verdict": "reject", "summary": "Made up."}'
        asked = await site.ask()
        turn_id = asked.json()["turn_id"]
        everything = [asked, await site.send("GET", f"/v1/turns/{turn_id}")]
        everything += [
            await site.send("GET", f"/v1/turns/{turn_id}/export?format={form}") for form in ("json", "markdown")
        ]
        admin = await site.send("GET", f"/v1/turns/{turn_id}/export", ROOT)

        assert (200, "withheld") == (asked.status_code, asked.json()["status"])
        assert [] == [one.text for one in everything if "Bees dance" in one.text]
        assert "Bees dance" in admin.text


async def test_conversations_are_those_of_a_token_the_newest_first_page_by_page(site: Site) -> None:
    for name in ("one", "two/2", "drei ß", "one"):
        await site.ask(conversation_id=name)
    await site.ask(BEN, conversation_id="bens")
    whole = (await site.send("GET", "/v1/conversations")).json()
    first = (await site.send("GET", "/v1/conversations?limit=2")).json()
    second = (await site.send("GET", f"/v1/conversations?limit=2&before={first['next']}")).json()

    assert ["one", "drei ß", "two/2"] == [one["conversation_id"] for one in whole["conversations"]]
    assert (2, "How do bees choose?", "complete") == tuple(
        whole["conversations"][0][key] for key in ("turns", "title", "status")
    )
    assert whole["conversations"] == first["conversations"] + second["conversations"]
    assert (None, None) == (whole["next"], second["next"])


@pytest.mark.parametrize("name", ["c", "two/2", "drei ß", "a?b#c", "..x", "100%"])
async def test_a_conversation_has_its_turns_in_their_order(site: Site, name: str) -> None:
    first, second = await answered(site, conversation_id=name), await answered(site, conversation_id=name)
    async with site.client() as client:
        path = f"/v1/conversations/{name.encode().hex('%').upper().join(('%', '')) if name else ''}"
        whole = (await client.get(path)).json()

    assert name == whole["conversation_id"]
    assert [first, second] == [turn["turn_id"] for turn in whole["turns"]]
    assert "Bees dance. They agree." == whole["turns"][0]["reply"]["content"]


async def test_a_long_conversation_is_read_page_by_page_the_latest_first(site: Site) -> None:
    asked = [await answered(site, conversation_id="c") for _ in range(5)]
    pages, following = [], ""
    while True:
        page = (await site.send("GET", f"/v1/conversations/c?limit=2{following}")).json()
        pages.append([turn["turn_id"] for turn in page["turns"]])
        if "next" not in page:
            break
        following = f"&before={page['next']}"

    assert [asked[3:], asked[1:3], asked[:1]] == pages


async def test_a_conversation_of_others_is_not_there_and_admins_see_it_by_its_whole_name(site: Site) -> None:
    await site.ask(ADA, conversation_id="c")
    ben = await site.send("GET", "/v1/conversations/c", BEN)
    (listed,) = (await site.send("GET", "/v1/conversations", ROOT)).json()["conversations"]
    whole_name = listed["conversation_id"]
    root = await site.send("GET", f"/v1/conversations/{whole_name}", ROOT)
    guessed = await site.send("GET", f"/v1/conversations/{whole_name}", BEN)

    assert (404, 404, 200) == (ben.status_code, guessed.status_code, root.status_code)
    assert whole_name.startswith("http:")
    assert [] == (await site.send("GET", "/v1/conversations", BEN)).json()["conversations"]


async def test_the_check_is_for_admins(site: Site) -> None:
    statuses = [(await site.send("GET", "/v1/check", token)).status_code for token in (None, ADA, KEY)]
    answer = (await site.send("GET", "/v1/check", ROOT)).json()

    assert [401, 403, 403] == statuses
    assert not answer["ok"]
    assert [{"name": "database", "status": "failed", "detail": "is full", "remedy": "Make room."}] == answer["checks"]


async def test_anybody_may_ask_whether_it_is_there(site: Site) -> None:
    health, ready = await site.send("GET", "/healthz", None), await site.send("GET", "/readyz", None)

    assert (200, {"status": "ok"}) == (health.status_code, health.json())
    assert (200, {"ready": True, "waiting_for": []}) == (ready.status_code, ready.json())


async def test_why_it_is_not_ready_is_logged_when_that_changes(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bot.http.routes.health"):
        async with site.client(None) as client:
            for going in (True, True, False, False, True):
                (site.adapter.going.set if going else site.adapter.going.clear)()
                await client.get("/readyz")

    not_ready = "http is not ready: shutting down"
    assert [not_ready, "http is ready again", not_ready] == caplog.messages


class Lost:
    """Turns whose database has gone: at once, or by the time that a turn is to be followed."""

    def __init__(self, turns: DurableTurns, *there: str) -> None:
        self._turns = turns
        self._there = there

    def __getattr__(self, name: str) -> Any:
        if name in self._there:
            return getattr(self._turns, name)
        raise StoreError("The database at db.internal cannot be reached.")


@pytest.mark.parametrize("there", [(), ("submit", "turn")])
async def test_a_database_that_is_gone_is_a_problem_that_passes(site: Site, there: tuple[str, ...]) -> None:
    await site.close()
    site.turns = Lost(site.turns, *there)  # type: ignore[assignment]
    site.adapter.listening = asyncio.get_running_loop().create_future()
    await site.listen()
    asked = await site.ask()
    async with site.stream() as socket:
        await socket.send(json.dumps({"token": ADA, **QUESTION}))
        event = json.loads(await socket.recv())

    assert (503, "5") == (asked.status_code, asked.headers["Retry-After"])
    assert 503 == event["problem"]["status"]
    assert "db.internal" not in asked.text + json.dumps(event)
