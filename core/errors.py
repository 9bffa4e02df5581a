"""**Pure.** Every error that crosses a border of the core. Edges translate foreign errors into these.

OrchestratorError
├── SettingsError         settings are missing or malformed; all of them, each by name
├── RequestError          what was asked cannot be taken as it is; names the field
│   ├── PromptTooLong     … because it does not fit an agent's prompt
│   └── TooManyTurns      … because somebody has asked so much already; says when it may be asked again
├── AgentError            an agent gave no answer, for good; `trouble` says why
├── SurfaceError          a message could not be posted or updated
│   ├── MessageGone       … because it is no longer there
│   ├── SurfaceBusy       … because the platform asks us to wait; says how long
│   └── SurfaceInDoubt    … or perhaps it was: no answer came
└── StoreError            the database cannot be used
    ├── InUse             … because another process has taken it for itself
    ├── DatabaseLost      … because the connection was lost: the same may go well a moment later
    ├── DatabaseFull      … because its disk is full: nothing is kept until somebody makes room
    └── Superseded        … by this process for a turn that another one has taken over

What a user reads about them stands in `core/text/wording.py`; what is in the exception is for the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Why an agent gave no answer: the reasons that a user or an admin can act upon."""

    BAD_KEY = "bad_key"  # 401
    PLAN = "plan"  # 402: the plan lacks a feature
    FORBIDDEN = "forbidden"  # 403: not allowed, or the agent is not active
    NO_AGENT = "no_agent"  # 404 on the agent itself
    NO_CONVERSATION = "no_conversation"  # 404 on a fresh conversation
    REJECTED = "rejected"  # 400, 422: the API did not accept the request
    NO_CREDITS = "no_credits"  # 429, quota
    BUSY = "busy"  # 429, rate, for longer than we wait
    UNREACHABLE = "unreachable"  # no connection
    BROKEN = "broken"  # 5xx, or a body that is not the API's
    TIMEOUT = "timeout"  # nothing, or nothing more, in time
    CUT = "cut"  # the stream ended before its end
    AGENT_ERROR = "agent_error"  # an error event in the stream
    EMPTY = "empty"  # an answer of nothing
    CRASHED = "crashed"  # our own process died again and again while it was asked
    REDIRECTED = "redirected"  # the base URL is not the API's


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the settings: which, what is wrong, what it should look like, where to find it."""

    name: str
    wrong: str
    remedy: str


class OrchestratorError(Exception):
    """The root of the tree."""


class SettingsError(OrchestratorError):
    """Settings are missing or malformed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.name}: {problem.wrong}" for problem in problems))
        self.problems = problems


class RequestError(OrchestratorError):
    """What was asked cannot be taken as it is."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PromptTooLong(RequestError):
    """The prompt and its context do not fit an agent's prompt. Lengths in characters."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__("prompt", f"{length} characters, at most {limit} fit")
        self.length = length
        self.limit = limit


class TooManyTurns(RequestError):
    """Somebody has asked as often as they may in an hour; they may again after so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        super().__init__("asker", f"{most} turns in this hour already, again in {seconds:.0f} s")
        self.most = most
        self.seconds = seconds


class AgentError(OrchestratorError):
    """An agent gave no answer, for good. `queries` counts the messages that were spent on it."""

    def __init__(self, trouble: Trouble, detail: str = "", *, queries: int = 0) -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.trouble = trouble
        self.detail = detail
        self.queries = queries


class SurfaceError(OrchestratorError):
    """A message could not be posted or updated."""


class MessageGone(SurfaceError):
    """The message is no longer there."""


class SurfaceBusy(SurfaceError):
    """The platform asks us to wait, for so many seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(f"{message}, again in {seconds:g} s")
        self.seconds = seconds


class SurfaceInDoubt(SurfaceError):
    """No answer came: nobody knows whether it was done."""


class StoreError(OrchestratorError):
    """The database cannot be used; the message says why, in words for the operator."""


class InUse(StoreError):
    """Another process has taken the database for itself."""


class DatabaseLost(StoreError):
    """The connection was lost, or never came about; nobody knows whether the last change was made."""


class DatabaseFull(StoreError):
    """There is no room for the change; it was not made."""


class Superseded(StoreError):
    """Another process has taken the turn over: nothing may be written for it here any more."""
