"""**Pure.** The event stream of an answer: bytes in, events out. The socket is somebody else's.

The shapes are those of `data:` objects; `event:` lines are ignored, what counts is `data.status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.customgpt.miss import error_text_of, json_of, object_of
from core.customgpt.wire import Message, citations_of, id_of, text_of
from core.text.surrogates import hold_back, whole_characters
from core.turn import Citation

FINISHED = frozenset({"finish", "complete", "completed"})
"""`finish` is what was recorded; the official demos also end on the other two."""


@dataclass(frozen=True, slots=True)
class Started:
    """The agent has taken the prompt."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The whole answer: it takes the place of what was collected."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a whole answer."""

    message_id: int | None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The agent gave up; what was collected is no answer. `message` is theirs, shortened."""

    message: str


StreamEvent = Started | Delta | Replaced | Finished | Failed


class Decoder:
    """Push bytes as they come, cut anywhere; get the events that they complete.

    A character whose halves came in two deltas stands whole in the second.
    """

    __slots__ = ("_after_cr", "_data", "_half", "_rest")

    def __init__(self) -> None:
        self._half = ""
        self._rest = b""
        self._after_cr = False
        self._data: list[str] = []

    def push(self, data: bytes) -> list[StreamEvent]:
        return [event for line in self._lines(data) for event in self._take(line)]

    def flush(self) -> list[StreamEvent]:
        """The stream has ended: whatever it left without an end counts as ended."""
        rest, self._rest = self._rest, b""
        last = list(self._take(rest)) if rest else []
        return [*last, *self._take(b"")]

    def _lines(self, data: bytes) -> Iterable[bytes]:
        if self._after_cr and data:
            data = data.removeprefix(b"\n")  # the second half of a CRLF that was cut in two
            self._after_cr = False
        lines = (self._rest + data).splitlines(keepends=True)  # bytes split on CR, LF and CRLF, nothing else
        self._rest = b"" if not lines or lines[-1].endswith((b"\r", b"\n")) else lines.pop()
        if lines and not self._rest:
            self._after_cr = lines[-1].endswith(b"\r")
        return [line.rstrip(b"\r\n") for line in lines]

    def _take(self, line: bytes) -> Iterator[StreamEvent]:
        if line:
            name, _, value = line.decode("utf-8", "replace").removeprefix("\ufeff").partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
        elif self._data:
            data, self._data = "\n".join(self._data), []
            for event in events_of(data):
                yield from self._with_whole_characters(event)

    def _with_whole_characters(self, event: StreamEvent) -> Iterator[StreamEvent]:
        match event:
            case Delta(text):
                text, self._half = hold_back(self._half + text)
                if text:
                    yield Delta(whole_characters(text))
                return
            case Replaced():
                self._half = ""
            case Finished() if self._half:
                yield Delta(whole_characters(self._half))
                self._half = ""
        yield event


def events_of(data: str) -> Iterator[StreamEvent]:
    """The events in one `data:` object; nothing for `[DONE]` and whatever else is no object."""
    yield from _events_in(object_of(json_of(data)))


def _events_in(fields: Mapping[str, Any]) -> Iterator[StreamEvent]:
    status, whole = text_of(fields.get("status")), text_of(fields.get("openai_response"))
    if status == "error":
        yield Failed(error_text_of(fields))
        return
    if status == "start":
        yield Started()
    if whole:
        yield Replaced(whole)
    elif status == "progress" and isinstance(piece := fields.get("message"), str) and piece:
        yield Delta(piece)  # halves of characters and all: the other half may be in the next
    if status in FINISHED:
        yield Finished(id_of(fields.get("id")), citations_of(fields.get("citations")))


@dataclass(slots=True)
class Reading:
    """The answer so far. `end` is the event that ended it; none: more was to come."""

    pieces: list[str] = field(default_factory=list)
    end: Finished | Failed | None = None

    def take(self, event: StreamEvent) -> None:
        match event:
            case Delta(text):
                self.pieces.append(text)
            case Replaced(text):
                self.pieces = [text]
            case Finished() | Failed():
                self.end = event
            case Started():
                pass

    def message(self, end: Finished) -> Message:
        return Message(end.message_id, whole_characters("".join(self.pieces)), end.citations)
