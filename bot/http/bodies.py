"""**Pure.** What is sent and answered over HTTP, as the API's description shows it, with an example of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StringConstraints

from core.payload import Payload, ReplyPart, SourcePart, StagePart, Usage
from core.stages import STAGES
from core.turn import Opinion, TurnStatus

MOST_MESSAGES = 200
MOST_CONTEXT = 32
LONGEST_NAME = 200
"""Characters of a conversation's id, and of an Idempotency-Key: with their prefix they must fit a key of the store."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _named(example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


def _given(example: Any) -> ConfigDict:
    """Nothing but what is known: a word that is misspelt must not be passed over."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [example]})


CHAT = {
    "conversation_id": "demo-123",
    "messages": [{"role": "user", "content": "Explain how bees decide where to build a new nest"}],
    "context": {"tone": "friendly", "length": "150 words"},
}


class Message(BaseModel):
    """What was said, and by whom."""

    model_config = _given(CHAT["messages"][0])  # type: ignore[index]

    role: Literal["user", "assistant"]
    content: str


class Chat(BaseModel):
    """The last message of the user is the prompt; the exchange before it is what the agents know of the conversation.

    Where `messages` has none before it, the conversation's own last exchange is.
    """

    model_config = _given(CHAT)

    conversation_id: Name | None = Field(None, description="Yours to choose; without one a new conversation begins.")
    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    context: dict[str, str | StrictInt | StrictFloat] = Field(
        default_factory=dict,
        max_length=MOST_CONTEXT,
        description="How it shall be written: tone, length, format, audience, language.",
    )


class Stream(Chat):
    """The first message over the WebSocket: a question, with the `token` where no header can be sent."""

    model_config = _given({**CHAT, "token": "…"})

    token: str | None = None
    idempotency_key: Name | None = None


class Resume(BaseModel):
    """The first message of who comes back: every event of a turn after number `after`, then what comes."""

    model_config = _given({"turn_id": "k3v…", "after": 7, "token": "…"})

    turn_id: str = Field(min_length=1, max_length=LONGEST_NAME)
    after: int = Field(0, ge=0, le=2**31)
    token: str | None = None


class Wrong(BaseModel):
    """One thing that is wrong with what was sent."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `field` is the first that is wrong, `errors` are all; `payload` is what a turn left that failed."""

    model_config = _named({"type": "about:blank", "title": "Conflict", "status": 409, "detail": "It has ended."})

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str | None = None
    field: str | None = None
    errors: list[Wrong] | None = None
    turn_id: str | None = None
    payload: dict[str, Any] | None = None


_TURN = {"turn_id": "k3vq2m6a7yd5jz4w8r1t9xce", "conversation_id": "demo-123", "status": "complete"}

ANSWER: dict[str, Any] = {
    **_TURN,
    "reply": {"role": "assistant", "content": "Scouts dance for the places that they have seen …"},
    "sources": [{"n": 1, "id": 73558806, "title": "Honeybee Democracy", "url": "https://example.com/bees"}],
    "review": {
        "score": 92,
        "verdict": "approve",
        "summary": "Well founded.",
        "findings": [
            {"severity": "warning", "kind": "inconsistency", "message": "Two numbers differ.", "quote": "80 of 100"}
        ],
        "edits": [{"find": "always", "replace": "mostly", "reason": "Too strong.", "status": "applied"}],
    },
    "stages": [{"name": "research", "status": "done", "seconds": 3.2, "message_id": 10631255, "shortened": []}],
    "usage": {
        "queries": 4,
        "prompt_tokens": 5120,
        "completion_tokens": 1890,
        "total_tokens": 7010,
        "estimated": True,
    },
    "context": {"tone": "friendly", "length": "150 words"},
}


class Answer(Payload):
    """The unified payload: what a turn has come to."""

    model_config = ConfigDict(from_attributes=True, frozen=True, json_schema_extra={"examples": [ANSWER]})


class Accepted(BaseModel):
    """A turn that is under way: its address, and where its events are."""

    model_config = _named({**_TURN, "status": "queued", "url": "/v1/turns/k3vq…", "events": "/v1/turns/k3vq…/events"})

    turn_id: str
    conversation_id: str
    status: TurnStatus
    url: str
    events: str


class Turn(BaseModel):
    """A turn as it stands; once it has ended, with all that the unified payload has."""

    model_config = _named(
        {
            **ANSWER,
            "generation": 1,
            "prompt": "Explain how bees decide …",
            "accepted_at": "2026-01-05T09:30:00Z",
            "ended_at": "2026-01-05T09:30:41Z",
        }
    )

    turn_id: str
    conversation_id: str
    status: TurnStatus
    generation: int
    prompt: str
    context: dict[str, str]
    accepted_at: datetime
    ended_at: datetime | None = None
    reply: ReplyPart | None = None
    sources: list[SourcePart] | None = None
    review: dict[str, Any] | None = None
    stages: list[StagePart] | None = None
    usage: Usage | None = None
    error: dict[str, Any] | None = None


class Talk(BaseModel):
    """A conversation in a list."""

    model_config = _named(
        {
            "conversation_id": "demo-123",
            "title": "Explain how bees decide …",
            "begun_at": "2026-01-05T09:30:00Z",
            "last_at": "2026-01-05T09:30:41Z",
            "turns": 2,
            "status": "complete",
        }
    )

    conversation_id: str
    title: str
    begun_at: datetime
    last_at: datetime
    turns: int
    status: TurnStatus


class Talks(BaseModel):
    """Conversations, the newest first; `next` is the `before` of the page that follows, None at the end."""

    conversations: list[Talk]
    next: int | None = None


class WholeTalk(BaseModel):
    """A conversation with its turns in their order; `next` is the `before` of those that came earlier, if any did."""

    conversation_id: str
    turns: list[Turn]
    next: str | None = None


class Retry(BaseModel):
    """From a stage on; without one it goes on where it ended. `generation`: the one that was seen."""

    model_config = _given({"stage": STAGES[-1].name})

    stage: Literal[tuple(stage.name for stage in STAGES)] | None = None  # type: ignore[valid-type]
    generation: int | None = Field(None, ge=1, le=2**31)


class Vote(BaseModel):
    """What you think of an answer; `neutral` takes it back."""

    model_config = _given({"opinion": "liked"})

    opinion: Opinion
    generation: int | None = Field(None, ge=1, le=2**31)


class Said(BaseModel):
    """What becomes of it, in a sentence."""

    model_config = _named({"turn_id": _TURN["turn_id"], "message": "Stopping it."})

    turn_id: str
    message: str


class Check(BaseModel):
    """What one check found."""

    name: str
    status: Literal["ok", "warning", "failed"]
    detail: str
    remedy: str


class Checks(BaseModel):
    """`ok`: none has failed."""

    model_config = _named(
        {"ok": True, "checks": [{"name": "database", "status": "ok", "detail": "can be written", "remedy": ""}]}
    )

    ok: bool
    checks: list[Check]


class Health(BaseModel):
    """The process is there."""

    model_config = _named({"status": "ok"})

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """`waiting_for`: the parts that are not ready."""

    model_config = _named({"ready": True, "waiting_for": []})

    ready: bool
    waiting_for: list[str]
