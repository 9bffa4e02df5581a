"""The decoder of event streams: whatever the bytes' cut, the same events."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.customgpt.stream import (
    Decoder,
    Delta,
    Failed,
    Finished,
    Reading,
    Replaced,
    Started,
    StreamEvent,
    events_of,
)
from core.text.surrogates import has_halves
from core.turn import Citation

RECORDED = """\
event: start
data: {"status":"start","prompt":"What changed?"}

event: progress
data: {"status":"progress","message":""}

event: progress
data: {"status":"progress","message":"Drei"}

event: progress
data: {"status":"progress","message":" Dinge änderten sich 🙂"}

event: finish
data: {"status":"finish","id":10631255,"created_at":"2026-01-10T09:00:09.000000Z","citations":[7]}

"""

READ = [
    Started(),
    Delta("Drei"),
    Delta(" Dinge änderten sich 🙂"),
    Finished(10631255, (Citation(7),)),
]

MESSY = (
    "\ufeff: a comment\r\n\r\n\r\nretry: 10\r\nid: 4\r\n"
    'data: {"status":"thinking"}\r\n\r\n'
    'data:{"status":"progress",\r\ndata: "message":"zwei\\nZeilen"}\r\n\r\n'
    "data: [DONE]\r\n\r\n"
    "data: not json\r\n\r\n"
    'data: {"status":"complete","id":"5","citations":null}\r\n\r\n'
)


def decoded(*pieces: bytes) -> list[StreamEvent]:
    decoder = Decoder()
    pushed = [event for piece in pieces for event in decoder.push(piece)]
    return [*pushed, *decoder.flush()]


def cut(data: bytes, at: list[int]) -> list[bytes]:
    ends = [0, *sorted(min(place, len(data)) for place in at), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


def test_a_recorded_stream_is_read() -> None:
    assert decoded(RECORDED.encode()) == READ


def test_event_lines_are_not_needed() -> None:
    bare = "\n".join(line for line in RECORDED.splitlines() if not line.startswith("event:")) + "\n\n"

    assert decoded(bare.encode()) == READ


def test_event_lines_do_not_decide() -> None:
    assert [Delta("a")] == decoded(b'event: finish\ndata: {"status":"progress","message":"a"}\n\n')


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_kind_of_line_end_is_taken(end: str) -> None:
    assert decoded(RECORDED.replace("\n", end).encode()) == READ


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_an_event_is_given_out_as_soon_as_it_is_whole(end: bytes) -> None:
    decoder = Decoder()

    assert [Delta("a")] == decoder.push(b'data: {"status":"progress","message":"a"}' + end + end)


def test_comments_blank_lines_unknown_statuses_and_what_is_no_json_are_passed_over() -> None:
    assert [Delta("zwei\nZeilen"), Finished(5)] == decoded(MESSY.encode())


@settings(deadline=None)
@given(st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 700), max_size=40))
def test_any_cut_gives_the_same_events(end: str, places: list[int]) -> None:
    data = RECORDED.replace("\n", end).encode()

    assert decoded(*cut(data, places)) == READ


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), max_size=40))
def test_any_cut_of_a_messy_stream_gives_the_same_events(places: list[int]) -> None:
    assert decoded(MESSY.encode()) == decoded(*cut(MESSY.encode(), places))


@pytest.mark.parametrize("text", [RECORDED, MESSY])
def test_one_byte_at_a_time_gives_the_same_events(text: str) -> None:
    data = text.encode()

    assert decoded(data) == decoded(*(data[i : i + 1] for i in range(len(data))))


@settings(deadline=None)
@given(st.binary(), st.lists(st.integers(0, 100), max_size=10))
def test_no_bytes_are_too_strange(data: bytes, places: list[int]) -> None:
    assert decoded(data) == decoded(*cut(data, places))


@settings(deadline=None)
@given(st.text())
def test_a_delta_arrives_as_it_was_sent(text: str) -> None:
    data = json.dumps({"status": "progress", "message": text}, ensure_ascii=False)
    expected = [Delta(text)] if text else []

    assert expected == decoded(f"data: {data}\n\n".encode("utf-8", "surrogatepass"))


def test_an_event_without_its_blank_line_counts_when_the_stream_has_ended() -> None:
    decoder = Decoder()
    early = decoder.push(b'data: {"status":"finish","id":1}')

    assert early == []
    assert [Finished(1)] == decoder.flush()
    assert decoder.flush() == []


def test_half_an_event_is_none() -> None:
    assert decoded(b'data: {"status":"finish","i') == []


@pytest.mark.parametrize("status", ["finish", "complete", "completed"])
def test_every_known_ending_ends(status: str) -> None:
    data = json.dumps({"status": status, "id": 3, "citations": ["4.0", 4]})

    assert [Finished(3, (Citation(4),))] == list(events_of(data))


def test_a_whole_answer_in_an_event_replaces_what_was_collected() -> None:
    data = json.dumps({"status": "completed", "openai_response": "whole", "id": 3})

    assert [Replaced("whole"), Finished(3)] == list(events_of(data))


def test_a_whole_answer_counts_more_than_the_delta_beside_it() -> None:
    data = json.dumps({"status": "progress", "openai_response": "ab", "message": "b"})

    assert [Replaced("ab")] == list(events_of(data))


@pytest.mark.parametrize("key", ["message", "error"])
def test_an_error_is_read_from_either_key(key: str) -> None:
    assert [Failed("no")] == list(events_of(json.dumps({"status": "error", key: "no"})))


@pytest.mark.parametrize(
    "data",
    ["[]", "1", "null", '"text"', "{}", '{"status":[]}', '{"status":"progress","message":7}', "[" * 9999],
)
def test_json_of_another_shape_is_passed_over(data: str) -> None:
    assert list(events_of(data)) == []


def test_a_reading_collects_deltas_until_something_replaces_them() -> None:
    reading = Reading()
    events: list[StreamEvent] = [Started(), Delta("a"), Replaced("whole"), Delta("!")]
    for event in events:
        reading.take(event)

    assert reading.end is None
    assert reading.message(Finished(1)).text == "whole!"


@pytest.mark.parametrize("end", [Finished(1), Failed("no")])
def test_a_reading_knows_what_ended_it(end: Finished | Failed) -> None:
    reading = Reading()
    reading.take(end)

    assert end == reading.end


HALVES = "".join(
    f'data: {{"status":"{status}",{rest}}}\n\n'
    for status, rest in [
        ("progress", '"message":"a\\ud83d"'),
        ("start", '"prompt":""'),
        ("progress", '"message":"\\ude42\\ud83d"'),
        ("progress", '"message":"\\ude42"'),
        ("progress", '"message":"\\ude42b\\ud83d"'),
        ("finish", '"id":1'),
    ]
).encode()


def test_a_character_that_was_cut_in_two_stands_whole_in_the_second_delta() -> None:
    assert [
        Delta("a"),
        Started(),
        Delta("🙂"),
        Delta("🙂"),
        Delta("\ufffdb"),
        Delta("\ufffd"),
        Finished(1),
    ] == decoded(HALVES)


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("a\ud83d\ude42🙂"))))
def test_no_half_of_a_character_is_told_and_none_that_has_its_other_half_is_lost(pieces: list[str]) -> None:
    events = [json.dumps({"status": "progress", "message": piece}) for piece in pieces]
    data = "".join(f"data: {event}\n\n" for event in [*events, '{"status":"finish"}'])
    told = [event.text for event in decoded(data.encode()) if isinstance(event, Delta)]

    assert all(not has_halves(text) for text in told)
    assert "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace") == "".join(told)


def test_a_reading_puts_halves_together() -> None:
    reading = Reading()
    for half in ("\ud83d", "\ude42", "\ud83d"):
        reading.take(Delta(half))

    assert "🙂\ufffd" == reading.message(Finished(1)).text
