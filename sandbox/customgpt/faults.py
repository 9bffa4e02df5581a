"""**Pure.** The switches of the CustomGPT stand-in, typed, and how they are read from JSON.

A `Fault` is the whole behaviour of one request: whatever is not said is faithful to the contract. Attribute
docstrings are what `GET /control` shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Active = bool | int | None
Body = Literal["envelope", "quota", "legacy", "html", "text", "object", "nothing"]

STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ControlError(ValueError):
    """Control input that cannot be taken; the message names the field."""


class Endpoint(StrEnum):
    """The kinds of endpoint, by the section of the contract that describes them."""

    CREATE = "create"  # 2.1
    SEND = "send"  # 2.2, 2.3
    LIST = "list"  # 2.4
    MESSAGE = "message"  # 2.4
    FEEDBACK = "feedback"  # 2.5
    CITATION = "citation"  # 2.7
    PROJECT = "project"  # 2.8
    PROJECTS = "projects"  # 2.8
    STATS = "stats"  # 2.8
    SETTINGS = "settings"  # 2.8
    USER = "user"  # 2.9
    LIMITS = "limits"  # 2.9
    CONVERSATIONS = "conversations"  # 2.10
    RENAME = "rename"  # 2.10
    DELETE = "delete"  # 2.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The whole behaviour of one request. Without a stream, what is `…_after` comes before the answer."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    answer: str | None = None
    """Answer with this text instead of a plausible one."""
    echo: bool = False
    """Answer with the prompt."""
    cites: tuple[int, ...] | None = None
    """Cite these ids instead of the answer's own; ids that nobody made known are not found."""

    first_byte_delay: Seconds | None = None
    """Seconds before the first byte; null: the agent's pace."""
    delta_delay: Seconds | None = None
    """Seconds before each delta; null: the agent's pace."""
    delta_size: Annotated[int, Field(gt=0)] | None = None
    """Characters in each delta; null: word-ish pieces of 12 to 40."""

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """Answer with this HTTP status and `body` instead of doing the work."""
    body: Body = "envelope"
    """The body with `status`; `object` is `{}`, `legacy` has no `data`, `quota` speaks of credits."""
    body_text: str | None = None
    """The message in the body, or the whole of it where it is html or text."""
    retry_after: Seconds | None = None
    """Send `Retry-After`, in seconds, with `status`."""
    location: str = "/login"
    """Where a 3xx `status` points."""

    drop: bool = False
    """Abort the connection before the first byte."""
    drop_after: Count | None = None
    """Abort the connection, with no `finish`, after so many deltas that hold text."""
    close_after: Count | None = None
    """End the stream in good order, but with no `finish`, after so many deltas that hold text."""
    stall: bool = False
    """Send nothing, until the client or the stand-in goes away."""
    stall_after: Count | None = None
    """Send nothing more after so many deltas that hold text, until the client or the stand-in goes away."""
    error_after: Count | None = None
    """Send an error event after so many deltas that hold text, and end; 0: before any delta."""
    error_key: Literal["message", "error"] = "message"
    """The key that holds the text of the error event."""
    error_text: str = "The agent could not answer"
    """The text of the error event."""

    stored: bool | None = None
    """Keep the answer, also if it does not arrive; null: unless `status` or an error event replaces it."""
    stored_after: Seconds = 0.0
    """Seconds until the kept answer can be read."""
    stored_after_lists: Count = 0
    """How many message lists still lack the kept answer."""

    event_lines: bool = True
    """Send `event:` lines."""
    crlf: bool = False
    """End lines with CR LF."""
    split_events: bool = False
    """Split every event across writes, in the middle of words and of characters."""
    comments: bool = False
    """Send comment lines between events."""
    unknown_statuses: bool = False
    """Send events with a status that nobody knows, between the others."""
    done_marker: bool = False
    """Send `data: [DONE]` at the end."""
    finish_status: Literal["finish", "complete", "completed"] = "finish"
    """The status of the last event."""
    finish_text: bool = False
    """Put the whole text into the last event, as `openai_response`."""

    citations: Literal["ints", "strings", "null", "missing", "objects", "duplicates"] = "ints"
    """The form of the list of citations; `strings` are like `"123.0"`."""
    response: Literal["text", "empty", "null"] = "text"
    """What `openai_response` holds; a stream has no text either."""
    metadata: bool = True
    """Send `metadata`, and with it `external_id`."""
    bare: bool = False
    """Leave out, or null, all that a client cannot rely on."""

    unknown_session: Literal["create", "missing"] = "create"
    """A message to an unknown session opens the conversation, or is answered with 404."""
    create_status: Literal[200, 201] = 201
    """The status of a conversation created."""
    name_required: bool = False
    """A conversation needs a name."""
    is_chat_active: Active = True
    """What the agent says of itself; a false value also refuses messages with 403."""
    over_limit: Literal["refuse", "truncate"] = "refuse"
    """What becomes of a prompt that is too long."""

    @property
    def keeps(self) -> bool:
        """Whether the answer is kept."""
        return self.stored if self.stored is not None else self.status is None and self.error_after is None

    @property
    def works(self) -> bool:
        """Whether the message is accepted for processing, which costs a query."""
        return self.status is None or self.keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The limits of the account."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    max_queries: Count = 1000
    """Messages in this billing cycle; past them, 429 with the words about credits."""
    current_queries: Count = 0
    """Messages accepted so far."""
    requests_per_second: Annotated[int, Field(gt=0)] | None = None
    """Past so many requests of any kind in a second: 429 with `Retry-After`; null: no limit."""
    prompt_limit: Annotated[int, Field(gt=0)] = 8000
    """Characters in a prompt."""
    page_size: Annotated[int, Field(gt=0)] = 20
    """Items in a page of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How slowly an agent answers, in seconds: until the first byte, and before each delta."""

    first_byte: float = 0.0
    delta: float = 0.0


S = TypeVar("S", Fault, Account)


def changed(base: S, given: object) -> S:
    """`base` with what the JSON object `given` names. Raises `ControlError`, naming the field."""
    if not isinstance(given, Mapping):
        raise ControlError("body: must be a JSON object")
    current = {field.name: getattr(base, field.name) for field in fields(base)}
    try:
        return TypeAdapter(type(base)).validate_python({**current, **given})
    except ValidationError as error:
        raise ControlError(_first(error)) from error


def script_of(given: object) -> tuple[Fault, ...]:
    """A script from a JSON list of objects. Raises `ControlError`, naming entry and field."""
    if not isinstance(given, list):
        raise ControlError("body: must be a JSON list, one object for each request")
    return tuple(_entry(number, entry) for number, entry in enumerate(given))


def _entry(number: int, given: object) -> Fault:
    try:
        return changed(Fault(), given)
    except ControlError as error:
        raise ControlError(f"{number}.{error}") from error


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{problem['loc'][0] if problem['loc'] else 'body'}: {problem['msg']}"


def schema() -> dict[str, Any]:
    """What can be set, as JSON Schema."""
    return {"fault": TypeAdapter(Fault).json_schema(), "account": TypeAdapter(Account).json_schema()}
