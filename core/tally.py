"""**Pure.** What is counted, each where it happens and nowhere else. `core/metrics.py` keeps the numbers.

No id and no text of anybody's stands in here: each field has few values, all of them ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import Trouble
from core.turn import TurnStatus


class Fate(StrEnum):
    """What became of a view that was to be shown."""

    SENT = "sent"
    PUBLISHED = "published"  # a turn's last
    SKIPPED = "skipped"  # it looked like the one before
    DELAYED = "delayed"  # no update was left in the budget; a newer view is sent later
    LOST = "lost"  # the platform did not take it
    GIVEN_UP = "given_up"  # … and it was a turn's last, for as long as it was tried


@dataclass(frozen=True, slots=True)
class TurnAccepted:
    surface: str


@dataclass(frozen=True, slots=True)
class TurnClosed:
    """It has ended, and that is kept."""

    surface: str
    status: TurnStatus


@dataclass(frozen=True, slots=True)
class TurnRetried:
    """Somebody wants an ended turn once more."""

    surface: str


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """An open turn was taken over: its process died, or left."""

    surface: str


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """`seconds` from when the slot was held, with all retries."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AgentFailed:
    """An agent gave no answer, for good."""

    stage: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A request to CustomGPT is made once more, and why."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class TooFast:
    """An API answered with 429."""

    api: str


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    surface: str
    fate: Fate


Tallied = (
    TurnAccepted
    | TurnClosed
    | TurnRetried
    | TurnTaken
    | AgentAnswered
    | AgentFailed
    | AskedAgain
    | TooFast
    | MessageUpdated
)

Count = Callable[[Tallied], None]
"""Counts what has happened, at once; never waits, never raises."""


def uncounted(_: Tallied) -> None:
    """For where nobody looks at numbers."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The turns that have not ended, over all processes: how many in which state.

    `waiting_since`: when the oldest that waits was accepted, or retried, in unix seconds.
    """

    turns: Mapping[TurnStatus, int]
    waiting_since: float | None
