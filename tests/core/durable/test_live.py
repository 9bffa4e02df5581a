"""What is written just now, for who listens in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.durable.live import LONGEST, MOST, Listener, Live
from core.errors import Trouble
from core.events import StageCompleted, StageDelta, StageFailed, StageStarted
from core.stored import Happening
from core.text.redact import Redactor

TURN, SECRET = "turn", "1234|verysecretkey"


@pytest.fixture
def live() -> Live:
    return Live(Redactor([SECRET]))


@pytest.fixture
def ear() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def listener(live: Live, ear: asyncio.Event) -> Iterator[Listener]:
    with live.heard(TURN, ear) as listener:
        yield listener


def begin(live: Live, seq: int = 1, stage: str = "build", *, part: int = 1, attempt: int = 1) -> None:
    live.tell(TURN, seq, StageStarted(stage, part, 2, attempt))


def write(live: Live, text: str, seq: int = 1, stage: str = "build", *, part: int = 1) -> None:
    live.tell(TURN, seq, StageDelta(stage, text, part))


def piece(text: str, offset: int = 0, seq: int = 1, *, part: int = 1, attempt: int = 1) -> Happening:
    said = {"stage": "build", "part": part, "attempt": attempt, "offset": offset, "text": text}
    return Happening(seq, "stage.delta", said, kept=False)


def test_a_piece_says_where_it_belongs(live: Live, listener: Listener, ear: asyncio.Event) -> None:
    begin(live)
    write(live, "Bees ")
    write(live, "dance. ")

    assert ear.is_set()
    assert [piece("Bees "), piece("dance. ", 5)] == list(listener.said(1))


def test_who_comes_later_gets_what_was_written_so_far_as_one(live: Live, ear: asyncio.Event) -> None:
    begin(live)
    write(live, "Bees ")
    write(live, "dance. ")

    with live.heard(TURN, ear) as listener:
        write(live, "They agree. ")

        assert [piece("Bees dance. "), piece("They agree. ", 12)] == list(listener.said(1))


def test_a_new_attempt_begins_anew(live: Live, ear: asyncio.Event) -> None:
    begin(live)
    write(live, "Bees ")
    begin(live, 2, attempt=2)
    write(live, "Wasps ", 2)

    with live.heard(TURN, ear) as listener:
        assert [piece("Wasps ", seq=2, attempt=2)] == list(listener.said(2))


def test_parts_are_written_side_by_side(live: Live, listener: Listener) -> None:
    begin(live, 1, part=1)
    begin(live, 2, part=2)
    write(live, "one ", 2, part=1)
    write(live, "two ", 2, part=2)
    write(live, "more ", 2, part=1)

    assert [piece("one ", seq=2), piece("two ", seq=2, part=2), piece("more ", 4, 2)] == list(listener.said(2))


def test_a_piece_waits_for_what_was_kept_before_it(live: Live, listener: Listener) -> None:
    begin(live, 3)
    write(live, "Bees ", 3)

    assert listener.ahead(2)
    assert [] == list(listener.said(2))
    assert [piece("Bees ", seq=3)] == list(listener.said(3))


def test_a_piece_that_is_late_repeats_the_number_that_was_told_last(live: Live, listener: Listener) -> None:
    begin(live, 1)
    write(live, "Bees ", 1)

    assert [piece("Bees ", seq=2)] == list(listener.said(2))


def test_a_piece_that_is_late_and_of_a_stage_that_is_over_is_of_no_use(live: Live, listener: Listener) -> None:
    begin(live, 1)
    write(live, "Bees ", 1)
    live.tell(TURN, 2, StageCompleted("build", "", 1.0))

    assert [] == list(listener.said(2))


@pytest.mark.parametrize("end", [StageCompleted("build", "", 1.0), StageFailed("build", Trouble.BUSY)])
def test_of_a_stage_that_is_over_nothing_is_told(live: Live, ear: asyncio.Event, end: StageCompleted) -> None:
    begin(live)
    write(live, "Bees ")
    live.tell(TURN, 2, end)

    with live.heard(TURN, ear) as listener:
        write(live, "dance. ", 2)

        assert [] == list(listener.said(9))


def test_a_turn_that_runs_here_no_more_is_forgotten(live: Live, ear: asyncio.Event) -> None:
    begin(live)
    write(live, "Bees ")
    live.forget(TURN)

    with live.heard(TURN, ear) as listener:
        assert [] == list(listener.said(9))


def test_who_is_slow_misses_what_was_said_first(live: Live, listener: Listener) -> None:
    begin(live)
    for _ in range(MOST + 2):
        write(live, "n ")

    pieces = list(listener.said(1))

    assert MOST == len(pieces)
    assert 4 == pieces[0].fields["offset"]
    assert 2 * (MOST + 1) == pieces[-1].fields["offset"]


def test_turns_are_not_mixed(live: Live, listener: Listener) -> None:
    live.tell("another", 1, StageStarted("build"))
    live.tell("another", 1, StageDelta("build", "Wasps "))

    assert [] == list(listener.said(9))


def test_what_is_kept_is_heard_in_its_place_and_once(live: Live, listener: Listener) -> None:
    began = Happening(1, "stage.started", {"stage": "build"})
    live.tell(TURN, 1, StageStarted("build"), began)
    write(live, "Bees ")

    assert [began, piece("Bees ")] == list(listener.said(0))

    live.tell(TURN, 1, StageStarted("build"), began)

    assert [] == list(listener.said(1))


def test_who_has_missed_something_is_told_to_look(live: Live, listener: Listener) -> None:
    live.tell(TURN, 3, StageStarted("build"), Happening(3, "stage.started", {"stage": "build"}))

    assert listener.ahead(1)
    assert [] == list(listener.said(1))
    assert not listener.ahead(2)


def test_it_is_known_whether_a_turn_runs_here(live: Live, listener: Listener) -> None:
    before = listener.waits
    begin(live)
    during = listener.waits
    live.forget(TURN)

    assert (False, True, False) == (before, during, listener.waits)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_no_secret_is_told_however_it_is_cut(lengths: list[int]) -> None:
    said = f"The key is {SECRET}, or Bearer abcdefghij1234567890xyz, and bees dance on. "
    live, ear, cut = Live(Redactor([SECRET])), asyncio.Event(), 0
    with live.heard(TURN, ear) as listener:
        begin(live)
        for length in [*lengths, len(said)]:
            write(live, said[cut : cut + length])
            cut += length
        told = "".join(one.fields["text"] for one in listener.said(1))

    assert Redactor([SECRET])(said) == told
    assert "verysecret" not in told


def test_a_word_without_an_end_is_told_after_all(live: Live, listener: Listener) -> None:
    begin(live)
    for _ in range(20):
        write(live, "x" * 100)

    assert 20 * 100 - LONGEST < sum(len(one.fields["text"]) for one in listener.said(1))


def test_where_words_have_no_spaces_between_them_nothing_waits(live: Live, listener: Listener) -> None:
    begin(live)
    write(live, "蜜蜂跳舞")

    assert [piece("蜜蜂跳舞")] == list(listener.said(1))
