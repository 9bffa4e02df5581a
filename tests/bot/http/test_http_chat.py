"""`POST /v1/chat`: the answer, whatever becomes of the turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.errors import AgentError, Trouble
from core.turn import OnReject, turn_id_of
from tests.bot.http.around import ADA, BEN, KEY, QUESTION, ROOT, Site, open_site

ROLES = ("user", "assistant", "user")


async def test_the_answer_is_the_unified_payload_under_the_names_of_who_asked(site: Site) -> None:
    answer = await site.ask(conversation_id="demo-123", context={"tone": "friendly"})
    payload = answer.json()

    assert 200 == answer.status_code
    assert ("demo-123", "complete", "Bees dance. They agree.") == (
        payload["conversation_id"],
        payload["status"],
        payload["reply"]["content"],
    )
    assert {"tone": "friendly"} == payload["context"]
    assert 4 == payload["usage"]["queries"]
    assert {"turn_id", "conversation_id", "status", "reply", "sources", "review", "stages", "usage", "context"} == set(
        payload
    )


async def test_what_was_said_before_is_that_of_the_messages(site: Site) -> None:
    await site.ask(conversation_id="c")
    said = [("user", "What is a bee?"), ("assistant", "An insect."), ("user", "And a wasp?")]
    await site.ask(conversation_id="c", messages=[{"role": role, "content": text} for role, text in said])

    prompt = site.agents.asked[4].prompt
    assert "What is a bee?" in prompt
    assert "An insect." in prompt
    assert "How do bees choose?" not in prompt


async def test_else_it_is_that_of_the_conversation(site: Site) -> None:
    await site.ask(conversation_id="c")
    await site.ask(conversation_id="c", messages=[{"role": "user", "content": "And a wasp?"}])
    await site.ask(BEN, conversation_id="c", messages=[{"role": "user", "content": "And a fly?"}])

    assert "How do bees choose?" in site.agents.asked[4].prompt
    assert "How do bees choose?" not in site.agents.asked[8].prompt


async def test_a_repeat_gets_the_first_turn_and_asks_nobody(site: Site) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = await site.ask(headers=key), await site.ask(headers=key)
    other = await site.ask(BEN, key)

    assert first.json() == again.json()
    assert first.json()["turn_id"] != other.json()["turn_id"]
    assert 8 == len(site.agents.asked)


async def test_a_repeat_while_the_first_is_under_way_waits_for_it(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    first = asyncio.create_task(site.ask(headers={"Idempotency-Key": "once"}))
    await site.agents.begun["plan"].wait()
    again = asyncio.create_task(site.ask(headers={"Idempotency-Key": "once"}))
    site.agents.hold["plan"].set()

    assert (await first).json() == (await again).json()
    assert 4 == len(site.agents.asked)


async def test_a_key_that_came_with_another_question_is_refused_by_name(site: Site) -> None:
    key = {"Idempotency-Key": "once"}
    await site.ask(headers=key)
    other = await site.ask(headers=key, messages=[{"role": "user", "content": "Something else?"}])

    assert (422, "Idempotency-Key") == (other.status_code, other.json()["field"])
    assert 4 == len(site.agents.asked)


async def test_a_repeat_with_what_is_blotted_out_is_the_same_question(site: Site) -> None:
    messages = [{"role": "user", "content": "What does xoxb-1234567890-abcdefghij open?"}]
    first, again = [await site.ask(headers={"Idempotency-Key": "once"}, messages=messages) for _ in range(2)]

    assert (200, first.json()) == (again.status_code, again.json())


async def test_who_does_not_want_to_wait_gets_the_address_where_it_will_be(site: Site) -> None:
    accepted = await site.ask(headers={"Prefer": "respond-async"})
    body = accepted.json()
    async for _ in site.turns.records.watch(body["turn_id"]):
        pass
    turn = await site.send("GET", accepted.headers["Location"])

    assert (202, "respond-async") == (accepted.status_code, accepted.headers["Preference-Applied"])
    assert body["status"] in ("queued", "running")
    assert ("complete", "Bees dance. They agree.") == (turn.json()["status"], turn.json()["reply"]["content"])


async def test_addresses_begin_with_the_one_that_was_set(database: str) -> None:
    async with open_site(database, ORCHESTRATOR_BASE_URL="https://ask.example.com/api") as site:
        accepted = await site.ask(headers={"Prefer": "respond-async"})

        assert accepted.headers["Location"].startswith("https://ask.example.com/api/v1/turns/")


async def test_a_client_that_hangs_up_does_not_stop_its_turn(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    asking = asyncio.create_task(site.ask(headers={"Idempotency-Key": "mine"}))
    await site.agents.begun["plan"].wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    site.agents.hold["plan"].set()

    again = await site.ask(headers={"Idempotency-Key": "mine"})

    assert (200, 4) == (again.status_code, len(site.agents.asked))


@pytest.mark.parametrize(
    ("trouble", "status", "retry_after"),
    [
        (Trouble.BROKEN, 502, None),
        (Trouble.BAD_KEY, 502, None),
        (Trouble.UNREACHABLE, 503, "30"),
        (Trouble.TIMEOUT, 503, "30"),
        (Trouble.BUSY, 429, "60"),
        (Trouble.NO_CREDITS, 429, "3600"),
    ],
)
async def test_a_stage_that_failed_is_a_problem_with_what_was_done(
    site: Site, trouble: Trouble, status: int, retry_after: str | None
) -> None:
    site.agents.answers["build"] = AgentError(trouble)
    answer = await site.ask(conversation_id="demo-123")
    problem = answer.json()

    assert (status, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])
    assert retry_after == answer.headers.get("Retry-After")
    assert (trouble, status) == (problem["code"], problem["status"])
    assert ("failed", "demo-123") == (problem["payload"]["status"], problem["payload"]["conversation_id"])
    assert ["done", "done", "failed"] == [stage["status"] for stage in problem["payload"]["stages"]][:3]
    assert problem["turn_id"] == problem["payload"]["turn_id"]


async def test_an_answer_without_its_review_is_an_answer(site: Site) -> None:
    site.agents.answers["review"] = AgentError(Trouble.BROKEN)
    answer = await site.ask()

    assert (200, "unreviewed") == (answer.status_code, answer.json()["status"])


async def test_a_draft_that_is_withheld_because_its_review_failed_is_a_problem_without_it(database: str) -> None:
    async with open_site(database, on_reject=OnReject.WITHHOLD) as site:
        site.agents.answers["review"] = AgentError(Trouble.BROKEN)
        answer = await site.ask()

        assert (502, "withheld") == (answer.status_code, answer.json()["payload"]["status"])
        assert "Bees dance" not in answer.text


async def test_a_stopped_turn_is_told_with_what_was_done(site: Site) -> None:
    site.agents.hold["plan"] = asyncio.Event()
    asking = asyncio.create_task(site.ask(headers={"Idempotency-Key": "mine"}))
    await site.agents.begun["plan"].wait()
    (turn,) = await site.turns.open_on("http")
    stopped = await site.send("POST", f"/v1/turns/{turn.id}/stop")
    answer = await asking

    assert 202 == stopped.status_code
    assert (200, "stopped") == (answer.status_code, answer.json()["status"])
    assert "What was done is kept." in answer.json()["reply"]["content"]


async def test_who_has_asked_too_much_is_told_when_to_come_back(database: str) -> None:
    async with open_site(database, per_hour=1) as site:
        first, second, other = await site.ask(), await site.ask(), await site.ask(BEN)

        assert (200, 429, 200) == (first.status_code, second.status_code, other.status_code)
        assert 0 < int(second.headers["Retry-After"]) <= 3600
        assert "too_many_turns" == second.json()["code"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
        ({"messages": [{"role": "user", "content": "a\0b"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "q" * 7_000}]}, "messages"),
        ({"context": {"tone": ["a"]}}, "context.tone.str"),
        ({"context": {"tone": "a\0b"}}, "context"),
        ({"conversation_id": 7}, "conversation_id"),
        ({"nonsense": 7}, "nonsense"),
    ],
)
async def test_what_is_wrong_with_a_question_is_named_by_its_field(
    site: Site, changes: dict[str, Any], field: str
) -> None:
    answer = await site.ask(**changes)

    assert (422, field) == (answer.status_code, answer.json()["field"])
    assert answer.json()["errors"][0]["message"]
    assert [] == site.agents.asked


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b'"just a word"', 422),
        (b"\xff\xfe", 422),
        (b"[" * 100_000, 400),
        (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', 422),
        (b'{"messages": [{"role": "user", "content": "x"}], "\\ud800": 1}', 422),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_question_at_all_is_a_problem(site: Site, body: bytes, status: int) -> None:
    answer = await site.send("POST", "/v1/chat", content=body, headers={"Content-Type": "application/json"})

    assert (status, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])
    assert status == answer.json()["status"]


@pytest.mark.parametrize("sign", ["\\ud800", "\\u0000"])
@pytest.mark.parametrize("at", [0, 1])
async def test_what_cannot_be_kept_is_refused_in_an_earlier_message_too(site: Site, sign: str, at: int) -> None:
    said = [f'{{"role": "{role}", "content": "x{sign if n == at else ""}"}}' for n, role in enumerate(ROLES)]
    body = f'{{"conversation_id": "c", "messages": [{", ".join(said)}]}}'
    answer = await site.send("POST", "/v1/chat", content=body, headers={"Content-Type": "application/json"})

    assert (422, "messages") == (answer.status_code, answer.json()["field"])
    assert 200 == (await site.ask(conversation_id="c")).status_code


async def test_a_body_without_a_length_is_not_read_beyond_the_limit(site: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    async with site.client() as client:
        answer = await client.post("/v1/chat", content=endless(), headers={"Content-Type": "application/json"})

    assert (413, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])


@pytest.mark.parametrize("token", [None, "", "nobody", KEY + "x"])
async def test_without_a_token_nothing_is_asked(site: Site, token: str | None) -> None:
    answer = await site.send("POST", "/v1/chat", token, json=QUESTION)

    assert (401, "Bearer") == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert [] == site.agents.asked


@pytest.mark.parametrize("token", [ADA, BEN, ROOT, KEY])
async def test_each_of_these_opens(site: Site, token: str) -> None:
    assert 200 == (await site.send("POST", "/v1/chat", token, json=QUESTION)).status_code


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_the_key_of_customgpt_does_not_open_to_who_comes_through_a_proxy(site: Site, header: str) -> None:
    answer = await site.send("POST", "/v1/chat", KEY, json=QUESTION, headers={header: "127.0.0.1"})

    assert 401 == answer.status_code


@pytest.mark.parametrize(
    ("base_url", "status"),
    [("https://ask.example.com", 401), ("http://127.0.0.1:8000", 200), ("http://[::1]:8000", 200)],
)
async def test_nor_where_everybody_may_come_through_one_that_says_nothing(
    database: str, base_url: str, status: int
) -> None:
    async with open_site(database, ORCHESTRATOR_BASE_URL=base_url) as site:
        answers = [await site.send("POST", "/v1/chat", token, json=QUESTION) for token in (KEY, "", ADA)]

    assert [status, 401, 200] == [answer.status_code for answer in answers]


async def test_a_token_in_the_address_opens_nothing(site: Site) -> None:
    answer = await site.send("POST", f"/v1/chat?token={ADA}&access_token={ADA}", None, json=QUESTION)

    assert 401 == answer.status_code


async def test_a_turn_id_is_what_the_key_makes_it(site: Site) -> None:
    answer = await site.ask(headers={"Idempotency-Key": "once"})
    (asker,) = {question.turn_id for question in site.agents.asked}
    kept = await site.turns.turn(asker)

    assert kept
    assert answer.json()["turn_id"] == turn_id_of(f"http:{kept.asker}:once")


async def test_a_waiting_client_is_told_of_the_end_of_the_server_and_its_turn_goes_on(database: str) -> None:
    async with open_site(database) as site:
        site.agents.hold["plan"] = asyncio.Event()
        asking = asyncio.create_task(site.ask(headers={"Idempotency-Key": "mine"}))
        await site.agents.begun["plan"].wait()
        await site.close()
        answer = await asking

    async with open_site(database) as site:
        async for _ in site.turns.records.watch(answer.json()["turn_id"]):
            pass
        again = await site.ask(headers={"Idempotency-Key": "mine"})

        assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
        assert (200, answer.json()["turn_id"]) == (again.status_code, again.json()["turn_id"])
        assert ["plan", "build", "review"] == [question.stage for question in site.agents.asked]


async def test_nothing_is_accepted_once_the_server_is_going(site: Site) -> None:
    async with site.client() as client:
        site.adapter.going.set()
        asked = await client.post("/v1/chat", json=QUESTION)
        ready = await client.get("/readyz")

    assert (503, "5") == (asked.status_code, asked.headers["Retry-After"])
    assert (503, ["http"]) == (ready.status_code, ready.json()["waiting_for"])
    assert [] == site.agents.asked


async def test_a_thousand_characters_of_nonsense_are_no_route(site: Site) -> None:
    answers = [await site.send(method, "/v1/" + "x" * 1000) for method in ("GET", "POST", "DELETE")]
    wrong_method = await site.send("DELETE", "/v1/chat")

    assert [404, 404, 404] == [answer.status_code for answer in answers]
    assert (405, "POST") == (wrong_method.status_code, wrong_method.headers["Allow"])
    assert httpx.Headers({"Content-Type": "application/problem+json"}).items() <= wrong_method.headers.items()
