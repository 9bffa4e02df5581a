"""**Pure.** What is kept of a turn, as those read it who do not run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.turn import AgentReply, TurnStatus


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as kept. Times in unix seconds; `ended_at`, `answer`, `payload` are None until it has ended.

    `address` is what its surface needs to find the place again.
    """

    id: str
    conversation_id: str
    generation: int
    asker: str
    prompt: str
    context: Mapping[str, str]
    status: TurnStatus
    accepted_at: float
    ended_at: float | None
    answer: str | None
    payload: str | None
    surface: str = "terminal"
    address: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    page_key: str = ""
    retried_at: float | None = None

    @property
    def since(self) -> float:
        """When its clock begins."""
        return self.retried_at or self.accepted_at


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is kept of a conversation, for a list of them. Times in unix seconds; `status` of its latest turn.

    `last`: the number of that one, by the order of acceptance.
    """

    id: str
    title: str
    """The first prompt, whole."""
    begun_at: float
    last_at: float
    turns: int
    status: TurnStatus
    last: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in a turn, under the name that programs know. `seq` rises by one, also over a crash.

    A piece of streamed text is live only: it repeats the `seq` of what was kept last.
    """

    seq: int
    name: str
    fields: Mapping[str, Any]
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """A turn with all that its agents were asked and have said.

    `payload` is the unified one; `replies` are by slot, in the order of the stages: the prompt, and what was answered.
    """

    turn_id: str
    prompt: str
    context: Mapping[str, str]
    asker: str
    accepted_at: float
    status: str
    payload: Mapping[str, Any]
    replies: Mapping[str, tuple[str, AgentReply | None]]
    generation: int = 1
    withheld: bool = False
    """What its agents wrote is for admins alone."""
    concealed: bool = False
    """That has been left out: anybody may read the rest."""
    retried_at: float | None = None
