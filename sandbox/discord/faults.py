"""**Pure.** How the Discord stand-in misbehaves on demand, and the limits that it keeps.

A `Fault` is the whole behaviour of one call, an `EventFault` that of one event. What is not said is faithful.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.discord.record import Call

Hook = Callable[[Call], Awaitable[None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The whole behaviour of one call; used up once the token is known and the rate limit is passed."""

    delay: float = 0.0
    """Seconds before anything is done."""
    drop: bool = False
    """Cut the connection instead of replying."""
    stored: bool | None = None
    """Do the work though the reply is another; None: only where nothing replaces the reply."""
    status: int | None = None
    body: Literal["json", "html"] = "json"
    retry_after: float | None = None
    """A 429 that asks to wait for so many seconds."""
    code: int | None = None
    """Any of Discord's codes."""
    before: Hook | None = None
    """Called before anything is done: here a crash test kills the caller."""
    after: Hook | None = None
    """Called when the work is done, before the reply."""

    @property
    def replaces(self) -> bool:
        said = (self.status, self.retry_after, self.code)
        return self.drop or self.body != "json" or any(one is not None for one in said)

    @property
    def works(self) -> bool:
        return self.stored if self.stored is not None else not self.replaces


FAITHFUL = Fault()
REPLY_LOST = Fault(drop=True, stored=True)
NOT_STORED = Fault(drop=True)
HTML_ERROR = Fault(status=503, body="html")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFault:
    """The whole behaviour of one event that a person has caused."""

    copies: int = 0
    """So many duplicates come after it."""
    unsent: bool = False
    """It gets lost on its way with the connection, which is cut: who resumes is told."""
    cut: bool = False
    """The connection is cut when it has been sent."""
    swap: bool = False
    """It goes out after the next one."""


@dataclass(slots=True)
class Script:
    """What becomes of the calls of one route."""

    always: Fault = FAITHFUL
    _next: deque[Fault] = field(default_factory=deque)

    def script(self, *faults: Fault) -> None:
        self._next.extend(faults)

    def take(self) -> Fault:
        return self._next.popleft() if self._next else self.always


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What Discord lets a bot do. Seconds. Buckets are (so many calls, in so many seconds), of a channel each."""

    create: tuple[int, float] = (5, 5.0)
    update: tuple[int, float] = (5, 5.0)
    react: tuple[int, float] = (1, 0.25)
    other: tuple[int, float] = (50, 1.0)
    everything: int = 50
    """Calls in a second, of the whole bot; commands are exempt."""
    answer: float = 3.0
    """For the first answer to a command or a button."""
    token: float = 900.0
    """That the token of a command or a button is good, by the wall clock."""
    nonce: float = 300.0
    """For which a nonce is remembered."""
    old: float = 3600.0
    """After which a message is old, by the wall clock."""
    old_edits: int = 30
    """Updates of one old message that are taken."""
    heartbeat: float = 41.25
