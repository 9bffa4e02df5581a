"""**Pure.** What happens in a turn. The view is a fold of these (`core/view.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Trouble
from core.turn import Outcome


@dataclass(frozen=True, slots=True)
class TurnQueued:
    """The turn waits for `position - 1` earlier ones of its thread."""

    position: int


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The pipeline runs. `at` in unix seconds."""

    at: float


@dataclass(frozen=True, slots=True)
class StageWaiting:
    """The stage waits: for a free slot at CustomGPT, or before it is asked again."""

    stage: str


@dataclass(frozen=True, slots=True)
class StageStarted:
    """An attempt begins. Emitted inside the attempt: it clears what an earlier one had streamed."""

    stage: str
    part: int = 1
    parts: int = 1
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class StageDelta:
    """A piece of streamed text of the running attempt."""

    stage: str
    text: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage is, without its text: what is shown where drafts may be withheld."""

    stage: str
    words: int


@dataclass(frozen=True, slots=True)
class PartCompleted:
    """`done` of a stage's `parts` prompts are answered."""

    stage: str
    done: int
    parts: int


@dataclass(frozen=True, slots=True)
class StageCompleted:
    """The stage is done. `note` says in words what it left: "5 sources"."""

    stage: str
    note: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StageFailed:
    """The stage gave no answer, for good."""

    stage: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The last event of every turn."""

    outcome: Outcome


Event = (
    TurnQueued
    | TurnStarted
    | StageWaiting
    | StageStarted
    | StageDelta
    | StageProgress
    | PartCompleted
    | StageCompleted
    | StageFailed
    | TurnEnded
)

Emit = Callable[[Event], None]
"""Takes an event at once; never waits, never raises."""
