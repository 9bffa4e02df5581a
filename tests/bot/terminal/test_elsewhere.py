"""What comes over the wire is what was told into it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.terminal.elsewhere import _is_new, event_of
from core.durable.journal import note_of
from core.errors import Trouble
from core.events import Event, StageCompleted, StageDelta, StageFailed, StageStarted, TurnQueued, TurnStarted

KEPT = [
    TurnQueued(2),
    TurnStarted(12.5),
    StageStarted("build", 2, 3),
    StageCompleted("research", "5 sources", 12.0),
    StageFailed("plan", Trouble.BUSY),
]


@pytest.mark.parametrize("event", KEPT, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    note = note_of(event, 1, 1)

    assert note
    assert event == event_of({"type": note.name, "turn_id": "t", "seq": 1, **note.fields})


def test_what_is_not_known_is_passed_over() -> None:
    assert event_of({"type": "turn.painted", "seq": 1}) is None
    assert event_of({"type": "stage.completed", "stage": 7}) is None


def piece(offset: int, text: str, attempt: int = 1) -> dict[str, Any]:
    return {"type": "stage.delta", "stage": "build", "part": 1, "attempt": attempt, "offset": offset, "text": text}


def test_a_piece_that_comes_again_is_not_shown_twice() -> None:
    grown: dict[tuple[Any, ...], int] = {}
    said = [
        piece(0, "Bees "),
        piece(5, "dance"),
        piece(0, "Bees "),
        piece(0, "Bees "),
        piece(10, "."),
        piece(0, "A", 2),
    ]
    new = [one for one in said if _is_new(one, grown)]

    assert ["Bees ", "dance", ".", "A"] == [one["text"] for one in new]
    assert StageDelta("build", "Bees ") == event_of(new[0])
