"""**Pure.** A streamed answer as steps: writes, pauses, and how it ends (section 2.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from sandbox.customgpt.faults import Fault
from sandbox.customgpt.state import Message
from sandbox.customgpt.wire import Json, citations_json, iso

PIECE_LEAST, PIECE_MOST = 12, 40
WRITE_SIZE = 7  # bytes; cuts words, and characters of more than one byte


@dataclass(frozen=True, slots=True)
class Write:
    """Send these bytes at once."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


class Ending(Enum):
    """How a stream ends. Only a whole one, or one with an error event, has said all that it will."""

    WHOLE = "whole"
    ERROR = "error"
    CLOSE = "close"
    ABORT = "abort"
    STALL = "stall"


Step = Write | Pause | Ending


def stream(message: Message, session_id: str, delta_delay: float) -> Iterator[Step]:
    """The steps of an answer; the last one is an `Ending`."""
    fault = message.fault
    yield from _event({"status": "start", "prompt": message.prompt}, fault)
    deltas = pieces(message.text, fault.delta_size) if fault.response == "text" else []
    for sent, delta in enumerate(("", *deltas)):
        if ending := _ending(fault, max(0, sent - 1)):
            yield from _ended(ending, fault)
            return
        yield from _delta(delta, fault, delta_delay)
    if ending := _last_ending(fault):
        yield from _ended(ending, fault)
        return
    yield from _event(finish(message, session_id), fault)
    yield from _writes(["data: [DONE]", "", ""], fault) if fault.done_marker else ()
    yield Ending.WHOLE


def _thresholds(fault: Fault) -> dict[Ending, int | None]:
    return {
        Ending.ERROR: fault.error_after,
        Ending.CLOSE: fault.close_after,
        Ending.ABORT: fault.drop_after,
        Ending.STALL: fault.stall_after,
    }


def _ending(fault: Fault, sent: int) -> Ending | None:
    """The ending that is due once `sent` deltas with text are out."""
    return next((ending for ending, after in _thresholds(fault).items() if after == sent), None)


def _last_ending(fault: Fault) -> Ending | None:
    """The ending that was due after more deltas than there are, and so comes in the place of `finish`."""
    return next((ending for ending, after in _thresholds(fault).items() if after is not None), None)


def _ended(ending: Ending, fault: Fault) -> Iterator[Step]:
    if ending is Ending.ERROR:
        yield from _event({"status": "error", fault.error_key: fault.error_text}, fault)
    yield ending


def _delta(text: str, fault: Fault, delay: float) -> Iterator[Step]:
    if delay and text:
        yield Pause(delay)
    if fault.unknown_statuses:
        yield from _event({"status": "thinking", "message": "to be ignored"}, fault)
    yield from _event({"status": "progress", "message": text}, fault)


def pieces(text: str, size: int | None = None) -> list[str]:
    """The deltas of a text: exactly `size` characters each, or word-ish and of 12 to 40."""
    if size:
        return [text[at : at + size] for at in range(0, len(text), size)]
    found: list[str] = []
    rest = text
    while rest:
        cut = _cut(rest, PIECE_LEAST + len(found) * 7 % (PIECE_MOST - PIECE_LEAST))
        found.append(rest[:cut])
        rest = rest[cut:]
    return found


def _cut(text: str, least: int) -> int:
    """The end of the first word that is complete after `least` characters, if there is one in reach."""
    match = re.compile(r"\S*").match(text, least)
    return min(match.end() if match else least, PIECE_MOST, len(text))


def _event(data: Json, fault: Fault) -> Iterator[Step]:
    """One event of the stream, as the writes that carry it."""
    lines = [": keep-alive", ""] if fault.comments else []
    lines += [f"event: {data['status']}"] if fault.event_lines else []
    return _writes([*lines, f"data: {json.dumps(data, ensure_ascii=False)}", "", ""], fault)


def _writes(lines: Sequence[str], fault: Fault) -> Iterator[Step]:
    raw = ("\r\n" if fault.crlf else "\n").join(lines).encode()
    size = WRITE_SIZE if fault.split_events else len(raw)
    return (Write(raw[at : at + size]) for at in range(0, len(raw), size))


def finish(message: Message, session_id: str) -> Json:
    """The last event of a whole answer."""
    text = {"openai_response": message.text} if message.fault.finish_text else {}
    return {
        "status": message.fault.finish_status,
        "id": message.id,
        "created_at": iso(message.created),
        "session_id": session_id,
        **citations_json(message.pages, message.fault),
        **text,
    }
