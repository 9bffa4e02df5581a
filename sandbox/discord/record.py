"""**Pure.** What was asked of the Discord stand-in, each with its time, in seconds of one clock that only goes up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """One request. `name` is that of its route, like `messages.create`; `channel` is empty where it is about none."""

    name: str
    at: float
    body: Json
    path: Json = field(default_factory=dict)
    limited: bool = False
    """It was refused for its rate, without a fault having asked for that."""
    done: bool = False
    """The work was done, whatever became of the reply."""
    status: int = 0
    """Of the reply; 0 where the connection was cut."""
    code: int = 0
    """Discord's, of what was wrong."""

    @property
    def channel(self) -> str:
        return str(self.path.get("channel", ""))


def most_in_window(times: Iterable[float], seconds: float) -> int:
    """How many of these times any window of that length held at most."""
    held, most = deque[float](), 0
    for at in sorted(times):
        held.append(at)
        while held[0] <= at - seconds:
            held.popleft()
        most = max(most, len(held))
    return most
