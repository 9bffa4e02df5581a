"""What programs may send: any body, any first message of a WebSocket. Nothing breaks, nothing hangs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from bot.http.access import Access
from bot.http.api import api
from bot.http.problems import MEDIA_TYPE
from bot.http.served import Served
from bot.http.stream import OVER, REFUSED
from core.root import unchecked, unnumbered
from core.stored import StoredTurn
from core.text.budget import check_ids, check_request
from core.turn import TurnRequest, TurnStatus
from tests.attack.hostile import attacked, deep, scraps, spoiled, texts, twisted, within, written
from tests.taken import TakenTurns

ADA = "ada-token-0123456789"
ASKED: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "Why?"}]},
    {
        "conversation_id": "c",
        "messages": [{"role": role, "content": role} for role in ("user", "assistant", "user")],
        "context": {"tone": "dry", "length": 100},
    },
]
FIRST: list[dict[str, Any]] = [
    *({**body, "token": ADA} for body in ASKED),
    {**ASKED[0], "token": ADA, "idempotency_key": "once"},
    {"turn_id": "k" * 24, "after": 7, "token": ADA},
]
APP = api()
HEADERS = {
    b"Authorization": f"Bearer {ADA}".encode(),
    b"Content-Type": b"application/json",
    b"Prefer": b"respond-async",
}


class Turns(TakenTurns):
    """As the real ones: what no database takes is refused, and what was taken is kept."""

    async def submit(self, turn: TurnRequest) -> bool:
        check_request(turn.prompt, turn.context, 8_000)
        check_ids(identity=turn.identity, conversation_id=turn.conversation_id, asker=turn.asker)
        return await super().submit(turn)

    async def turn(self, turn_id: str) -> StoredTurn | None:
        found = [turn for turn in self.taken if turn.turn_id == turn_id]
        return _stored(found[0]) if found else None


def _stored(turn: TurnRequest) -> StoredTurn:
    status, ids = TurnStatus.RUNNING, (turn.turn_id, turn.conversation_id, 1, turn.asker)
    return StoredTurn(*ids, turn.prompt, turn.context, status, turn.accepted_at, None, None, None)


def served() -> Served:
    access = Access([ADA], [], "1234|" + "k" * 40)
    return Served(turns=Turns(), access=access, check=unchecked, numbers=unnumbered, going=asyncio.Event())


async def posted(body: bytes, path: str, key: bytes | None = None) -> httpx.Response:
    APP.state.served = served()
    transport = httpx.ASGITransport(APP, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.post(
            path, content=body, headers={**HEADERS, **({} if key is None else {b"Idempotency-Key": key})}
        )


async def test_what_is_twisted_here_is_right_before() -> None:
    answers = [await posted(json.dumps(body).encode(), "/v1/chat") for body in ASKED]
    codes = [(await spoken({"text": json.dumps(first)}))[-1]["code"] for first in FIRST]

    assert [202, 202] == [answer.status_code for answer in answers]
    assert [OVER, OVER, OVER, REFUSED + 404] == codes


bodies = st.one_of(
    st.binary(max_size=300),
    texts.map(lambda text: text.encode(errors="surrogatepass")),
    (twisted(ASKED) | scraps).map(lambda value: json.dumps(value).encode()),
    (twisted(ASKED) | scraps).map(lambda value: written(value).encode(errors="surrogatepass")),
    spoiled(json.dumps(ASKED[1])).map(lambda text: text.encode(errors="surrogatepass")),
)
keys = st.none() | st.binary(min_size=1, max_size=300).filter(lambda key: not set(key) & set(b"\0\r\n"))


@attacked
@given(bodies, keys)
@example(deep(100_000).encode(), None)
@example(b'{"messages": [{"role": "user", "content": "\\ud83d"}]}', None)
@example(b'{"messages": [{"role": "user", "content": "\\u0000"}]}', b"\xff")
@example(b'{"messages": ' + deep(5_000).encode() + b"}", None)
def test_any_body_is_a_question_or_a_problem(body: bytes, key: bytes | None) -> None:
    with within():
        answer = asyncio.run(posted(body, "/v1/chat", key))

    assert answer.status_code in (202, 400, 413, 422), answer.text
    assert (MEDIA_TYPE == answer.headers["content-type"]) == (answer.status_code != 202)
    assert isinstance(answer.json(), dict)


@attacked
@given(bodies, st.sampled_from(["stop", "retry", "feedback"]))
def test_any_body_about_a_turn_that_is_not_there_is_a_problem(body: bytes, what: str) -> None:
    with within():
        answer = asyncio.run(posted(body, f"/v1/turns/{'k' * 24}/{what}"))

    assert answer.status_code in (400, 404, 422), answer.text
    assert answer.json()["status"] == answer.status_code


async def spoken(first: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a WebSocket is told until it is closed, if this is all that is ever said over it."""
    APP.state.served = served()
    coming = [{"type": "websocket.connect"}, {"type": "websocket.receive", **first}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        if coming:
            return coming.pop(0)
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    path = "/v1/chat/stream"
    ends = {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "headers": [], "query_string": b"", **ends}
    await APP({**scope, "scheme": "ws", "root_path": "", "subprotocols": [], "asgi": {"version": "3.0"}}, receive, send)
    return sent


firsts = st.one_of(
    st.binary(max_size=300).map(lambda said: {"bytes": said}),
    st.one_of(
        texts,
        (twisted(FIRST) | scraps).map(json.dumps),
        (twisted(FIRST) | scraps).map(written),
        spoiled(json.dumps(FIRST[2])),
    ).map(lambda said: {"text": said}),
)


@attacked
@given(firsts)
@example({"text": deep(100_000)})
@example({"text": json.dumps({**FIRST[0], "token": "\ud83d"})})
@example({"text": json.dumps({**FIRST[3], "turn_id": "\ud83d\0"})})
@example({"text": json.dumps(FIRST[0])})
def test_any_first_message_is_a_question_or_a_problem(first: Mapping[str, Any]) -> None:
    with within():
        accepted, *told, closed = asyncio.run(spoken(first))

    problems = [json.loads(one["text"])["problem"]["status"] for one in told]
    assert "websocket.accept" == accepted["type"]
    assert closed["code"] in (OVER, *(REFUSED + status for status in (401, 404, 422)))
    assert [closed["code"] - REFUSED] * (closed["code"] != OVER) == problems
    for one in told:
        one["text"].encode()
