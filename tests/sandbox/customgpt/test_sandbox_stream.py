"""**Pure.** A streamed answer, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.customgpt.faults import Fault
from sandbox.customgpt.state import Message
from sandbox.customgpt.stream import PIECE_MOST, Ending, Pause, Write, pieces, stream

TEXT = "Scouts look for a dry hollow, dance for it, and take the others there. Ein Käfer grüßt: 🐝!"
MESSAGE = Message(
    id=7,
    conversation_id=1,
    prompt="Why?",
    text=TEXT,
    pages=(),
    fault=Fault(),
    created=datetime(2026, 1, 2, tzinfo=UTC),
)


def played(fault: Fault, delay: float = 0.0) -> tuple[bytes, list[float], list[Ending]]:
    steps = list(stream(replace(MESSAGE, fault=fault), "s-1", delay))
    written = b"".join(step.data for step in steps if isinstance(step, Write))
    pauses = [step.seconds for step in steps if isinstance(step, Pause)]
    return written, pauses, [step for step in steps if isinstance(step, Ending)]


@given(text=st.text(max_size=400), size=st.none() | st.integers(min_value=1, max_value=50))
def test_the_deltas_are_the_text(text: str, size: int | None) -> None:
    parts = pieces(text, size)

    assert "".join(parts) == text
    assert all(0 < len(part) <= (size or PIECE_MOST) for part in parts)


def test_deltas_are_wordish_and_of_twelve_to_forty_characters() -> None:
    parts = pieces("Scouts look for a dry hollow and dance for it. " * 20)

    assert all(12 <= len(part) <= 40 for part in parts[:-1])
    assert all(part.startswith(" ") for part in parts[1:])


def test_a_stream_has_the_shape_of_the_contract() -> None:
    written, _, endings = played(Fault(delta_size=60))
    first, second = TEXT[:60], TEXT[60:]

    assert endings == [Ending.WHOLE]
    assert written.decode() == (
        'event: start\ndata: {"status": "start", "prompt": "Why?"}\n\n'
        'event: progress\ndata: {"status": "progress", "message": ""}\n\n'
        f'event: progress\ndata: {{"status": "progress", "message": "{first}"}}\n\n'
        f'event: progress\ndata: {{"status": "progress", "message": "{second}"}}\n\n'
        'event: finish\ndata: {"status": "finish", "id": 7, "created_at": "2026-01-02T00:00:00.000000Z", '
        '"session_id": "s-1", "citations": []}\n\n'
    )


def test_each_delta_with_text_is_waited_for() -> None:
    _, pauses, _ = played(Fault(delta_size=60), delay=0.5)

    assert pauses == [0.5, 0.5]


def test_split_events_cut_words_and_characters() -> None:
    steps = list(stream(replace(MESSAGE, fault=Fault(split_events=True)), "s-1", 0.0))
    writes = [step.data for step in steps if isinstance(step, Write)]

    assert max(len(write) for write in writes) == 7
    assert b"".join(writes) == played(Fault())[0]


ENDS: dict[Ending, Callable[[int], Fault]] = {
    Ending.ABORT: lambda after: Fault(drop_after=after, delta_size=60),
    Ending.CLOSE: lambda after: Fault(close_after=after, delta_size=60),
    Ending.STALL: lambda after: Fault(stall_after=after, delta_size=60),
    Ending.ERROR: lambda after: Fault(error_after=after, delta_size=60),
}


@pytest.mark.parametrize("ending", ENDS)
@pytest.mark.parametrize("after", [0, 1, 2, 99])
def test_a_stream_ends_after_so_many_deltas(ending: Ending, after: int) -> None:
    written, _, endings = played(ENDS[ending](after))
    texts = written.decode().count('"progress", "message": "') - written.decode().count('"message": ""')

    assert endings == [ending]
    assert texts == min(after, 2)
    assert b"finish" not in written
