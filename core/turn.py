"""**Pure.** The nouns of a turn: what was asked, what an agent answered, how it ended."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from core.errors import Trouble
from core.review import Review
from core.surroundings import NO_BACKGROUND, Background

TURN_ID_LENGTH = 24

MessageRef = NewType("MessageRef", str)
"""Where a turn's message stands, in the surface's own notation. Nobody else reads it."""


class TurnStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    UNREVIEWED = "unreviewed"
    REJECTED = "rejected"
    WITHHELD = "withheld"
    STOPPED = "stopped"
    FAILED = "failed"


class StageStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class OnReject(StrEnum):
    """What becomes of a draft that the reviewer rejects."""

    WARN = "warn"
    WITHHOLD = "withhold"


class FollowUps(StrEnum):
    """Who goes on in a thread without a mention: who has asked there before, anyone, or nobody."""

    PARTICIPANTS = "participants"
    ANYONE = "anyone"
    MENTION = "mention"


class Opinion(StrEnum):
    """What somebody thinks of an answer; neutral: nothing any more."""

    LIKED = "liked"
    DISLIKED = "disliked"
    NEUTRAL = "neutral"


def turn_id_of(identity: str) -> str:
    """The first 24 characters, lower-case base32, of the SHA-256 of an event identity."""
    digest = sha256(identity.encode()).digest()
    return b32encode(digest).decode().lower()[:TURN_ID_LENGTH]


def session_slot(slot: str, chapter: int) -> str:
    """Which of a thread's conversations with its agents: `build`, after the second "new" `build@2`."""
    return f"{slot}@{chapter}" if chapter else slot


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One prompt, as accepted. `identity` says which event started it; `accepted_at` is in unix seconds.

    `surface` names where it is shown; `address` is what that surface needs to find the place again.
    """

    identity: str
    conversation_id: str
    prompt: str
    context: Mapping[str, str] = field(default_factory=dict)
    asker: str = "you"
    accepted_at: float = 0.0
    generation: int = 1
    surface: str = "terminal"
    address: Mapping[str, str] = field(default_factory=dict)
    chapter: int = 0
    """Of its conversation: somebody has begun anew so often before."""
    page_key: str = ""
    """Opens its page to whoever has it; made when the turn is taken on."""
    retried_at: float | None = None

    @property
    def since(self) -> float:
        """When its clock begins: at its acceptance, or when it was retried last."""
        return self.retried_at or self.accepted_at

    @property
    def turn_id(self) -> str:
        return turn_id_of(self.identity)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said last in the thread: the user's prompt and the answer that was published."""

    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a turn goes by from its begin to its end, whatever becomes of the settings meanwhile."""

    last: Exchange | None
    prompt_limit: int
    on_reject: OnReject
    background: Background = NO_BACKGROUND
    """What was said in the thread before, by others than us, and what was attached."""


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt to one agent. `part` counts from 1; a stage with several parts keeps a session for each."""

    turn_id: str
    generation: int
    conversation_id: str
    stage: str
    prompt: str
    part: int = 1
    parts: int = 1
    accepted_at: float = 0.0
    language: str | None = None
    fresh: bool = False
    """Asked anew on purpose: no cached answer, please."""
    reentered: bool = False
    """It was on its way when the process died: its answer may be there already."""
    chapter: int = 0

    @property
    def slot(self) -> str:
        """The name of this question's step: `build`, `review.2`."""
        return self.stage if self.parts == 1 else f"{self.stage}.{self.part}"

    @property
    def session_slot(self) -> str:
        """The same for its conversation within the thread: each chapter has conversations of its own."""
        return session_slot(self.slot, self.chapter)

    @property
    def external_id_prefix(self) -> str:
        """What every attempt's `external_id` begins with: `TURN-STAGE-GENERATION-`."""
        return f"{self.turn_id}-{self.slot}-{self.generation}-"


@dataclass(frozen=True, slots=True)
class Citation:
    """What an agent leaned on, looked up as far as that worked: everything but one of id and url may be missing."""

    id: int | None
    title: str | None = None
    url: str | None = None
    needs_login: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with its number in this turn."""

    n: int
    id: int | None
    title: str
    url: str | None
    needs_login: bool = False


@dataclass(frozen=True, slots=True)
class AgentReply:
    """What an agent answered. `asked_at` in unix seconds, from when its slot was held; `queries` sent for it."""

    text: str
    citations: tuple[Citation, ...] = ()
    message_id: int | None = None
    session_id: str | None = None
    asked_at: float = 0.0
    seconds: float = 0.0
    queries: int = 1


@dataclass(frozen=True, slots=True)
class AgentFailure:
    """Why an agent did not answer, as a value: it crosses the durable step. `detail` is for the log, redacted."""

    trouble: Trouble
    detail: str = ""
    queries: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody stopped the turn while an agent was asked. `queries`: attempts that had begun."""

    by: str
    queries: int = 0


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What a stage cost and left. Tokens are estimates; `shortened` names the material that did not fit whole."""

    name: str
    status: StageStatus
    seconds: float | None = None
    message_id: int | None = None
    queries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    shortened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """The stage that ended the turn, or left it unreviewed, and why."""

    stage: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended. Holds nothing that its reader may not see: a withheld draft is not in it."""

    turn_id: str
    conversation_id: str
    status: TurnStatus
    answer: str
    sources: tuple[Source, ...] = ()
    review: Review | None = None
    stages: tuple[StageRecord, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    stopped_by: str | None = None
    seconds: float = 0.0
    unread: tuple[str, ...] = ()
