"""What CustomGPT, or whoever stands in its place, may send: streams, answers, refusals."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from core.customgpt import wire
from core.customgpt.miss import Miss, miss_of
from core.customgpt.stream import Decoder, Delta, Failed, Finished, Reading, Replaced, StreamEvent
from core.errors import Trouble
from tests.attack.hostile import attacked, deep, is_whole, scraps, spoiled, texts, twisted, within, written

FRAMES = [
    {"status": "start", "prompt": "…"},
    {"status": "progress", "message": "Drei"},
    {"status": "finish", "id": 7, "citations": [7, 8]},
    {"status": "error", "message": "no", "data": {"message": "why"}},
    {"status": "complete", "openai_response": "Drei Dinge", "citations": [{"id": 7}]},
]


def frame(fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


frames = twisted(FRAMES).map(frame) | st.sampled_from([frame(one) for one in FRAMES])
pieces = st.one_of(
    frames,
    st.binary(max_size=60),
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    texts.map(lambda text: b"data: " + text.encode("utf-8", "replace") + b"\n\n"),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"data:", b"data", b":", b"\xff", b"\xef\xbb\xbf", b"data: [DONE]\n\n"]),
)


def read(pushed: list[bytes]) -> tuple[list[StreamEvent], Reading]:
    decoder, reading = Decoder(), Reading()
    events = [event for data in pushed for event in decoder.push(data)] + decoder.flush()
    for event in events:
        reading.take(event)
    return events, reading


@attacked
@given(st.lists(pieces, max_size=20))
@example([f"data: {deep(100_000)}\n\n".encode()])
@example([b"data: x\n"] * 2_000)
@example([b"\r"] * 2_000)
def test_any_stream_is_read_to_its_end(pushed: list[bytes]) -> None:
    with within():
        events, reading = read(pushed)

    assert all(is_whole(event.text) for event in events if isinstance(event, Delta | Replaced))
    assert all(is_whole(event.message) for event in events if isinstance(event, Failed))
    if isinstance(reading.end, Finished):
        assert is_whole(reading.message(reading.end).text)


def test_a_stream_without_line_ends_takes_time_by_its_length_alone() -> None:
    decoder = Decoder()
    with within(20.0):
        for _ in range(2_000):
            decoder.push(b"x" * 500)


BODIES = [
    {"status": "success", "data": {"id": 7, "session_id": "s", "openai_response": "Hi", "citations": [7]}},
    {"status": "success", "data": {"messages": {"data": [{"id": 1, "metadata": {"external_id": "x"}}]}}},
    {"status": "success", "data": {"current_queries": 1, "max_queries": 2, "name": "Ada", "is_chat_active": 1}},
    {"status": "error", "data": {"code": 429, "message": "too fast"}},
    {"status": "success", "data": {"url": "https://a.example/api/v1/preview/1", "title": "T", "id": 3}},
]
bodies = st.one_of(
    twisted(BODIES).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(BODIES).map(written).flatmap(spoiled).map(lambda text: text.encode("utf-8", "replace")),
    scraps.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=80),
)
READERS = (
    wire.session_of,
    wire.message_of,
    wire.messages_of,
    wire.agent_of,
    wire.account_of,
    wire.usage_of,
    wire.citation_of,
)


@attacked
@given(bodies)
@example(deep(100_000).encode())
@example(b'{"data": ' + b"9" * 10_000 + b"}")
def test_any_answer_is_read_or_a_miss(body: bytes) -> None:
    with within():
        for read_it in READERS:
            with suppress(Miss):
                read_it(wire.opened(body))


header = st.sampled_from(["1", "-1", "nan", "inf", "1e400", "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 99 Oct 0000", ""])


@attacked
@given(st.integers(300, 599), bodies, header | texts, texts)
def test_any_refusal_is_a_miss_whose_detail_can_be_logged(status: int, body: bytes, after: str, sent: str) -> None:
    with within():
        miss = miss_of(status, {"Retry-After": after}, body, now=1_000.0, sent=sent)

    assert isinstance(miss.trouble, Trouble)
    assert is_whole(miss.detail)
    assert "\n" not in miss.detail
    assert len(miss.detail) < 1_000
    assert miss.retry_after is None or 0 <= miss.retry_after < float("inf")
