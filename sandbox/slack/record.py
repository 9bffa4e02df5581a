"""**Pure.** What was asked of the Slack stand-in and what it delivered, each with its time.

Times are seconds of one clock that only goes up; differences mean something, single values do not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

Json = dict[str, Any]
Kind = Literal["events_api", "slash_commands", "interactive"]
T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """One call of a Web API method. `args` has no token; `team` is the token's, "" where it has none."""

    method: str
    at: float
    args: Json
    team: str = ""
    accepted: bool = False
    """The token is good and no rate limit was in the way: it counts in the window."""
    limited: bool = False
    """It was refused for its rate."""
    done: bool = False
    """The work was done: what it was to write is written, whatever became of the reply."""
    error: str = ""
    """The error code that the method answered, or would have answered."""
    status: int = 0
    """The HTTP status of the reply; 0 while there is none, or where the connection was cut."""
    ended: float | None = None


@dataclass(slots=True)
class Attempt:
    """One delivery over one socket; `number` counts the retries before it."""

    envelope_id: str
    number: int
    reason: str
    at: float
    socket: int
    acked_at: float | None = None
    answer: Json = field(default_factory=dict)
    """The payload of the acknowledgement."""
    outcome: Literal["waiting", "acked", "timeout", "http_error", "too_late"] = "waiting"


@dataclass(slots=True)
class Delivery:
    """An event, a command or an interaction on its way to the app. `copy`: a duplicate made on purpose."""

    kind: Kind
    payload: Json
    at: float
    answerable: bool = False
    copy: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    failed: str = ""
    """Why it was given up: `dispatch_failed`, `operation_timeout` (Slack shows these), `retries_exhausted`."""

    @property
    def acked(self) -> bool:
        return any(attempt.outcome == "acked" for attempt in self.attempts)

    @property
    def settled(self) -> bool:
        return self.acked or bool(self.failed)

    @property
    def event(self) -> Json:
        """The inner event; empty for commands and interactions."""
        inner: Json = self.payload.get("event", {})
        return inner

    @property
    def event_id(self) -> str:
        return str(self.payload.get("event_id", ""))

    @property
    def answer(self) -> Json:
        """What came with the acknowledgement."""
        return next((one.answer for one in self.attempts if one.outcome == "acked"), {})


@dataclass(slots=True)
class Switchboard(Generic[T]):
    """Which fault comes next: the next of the script, else the standing one."""

    always: T
    _script: deque[T] = field(default_factory=deque)

    def script(self, *faults: T) -> None:
        """One for each of the next, after those that are already waiting."""
        self._script.extend(faults)

    def next(self) -> T:
        return self._script.popleft() if self._script else self.always

    @property
    def waiting(self) -> int:
        """How many entries of the script are left."""
        return len(self._script)


def most_in_window(times: Iterable[float], seconds: float) -> int:
    """How many of `times` fall into any window of that length, at most; the window's start is not in it."""
    ordered, first, most = sorted(times), 0, 0
    for last, time in enumerate(ordered):
        while ordered[first] <= time - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
