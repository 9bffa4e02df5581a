"""**Pure.** Which message is which: what is written into its metadata, and read back after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVENT_TYPE = "orchestrator_turn"

QUESTION, NOTICE, LIVING = -1, 0, 1
"""Parts: the question of a command; the short message that calls the asker; the message that lives. From 2 on the
answer goes on."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours: of which turn and generation, and which part. Part 1 is the message that lives."""

    turn_id: str
    generation: int
    part: int = 1

    def as_json(self) -> dict[str, Any]:
        """As chat.postMessage takes `metadata`."""
        payload = {"turn_id": self.turn_id, "generation": self.generation, "part": self.part}
        return {"event_type": EVENT_TYPE, "event_payload": payload}


def posted(message: object) -> Posted | None:
    """What a message of conversations.replies says of itself; None if it is not one of ours."""
    metadata = _mapping(_mapping(message).get("metadata"))
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    match _mapping(metadata.get("event_payload")):
        case {"turn_id": str(turn_id), "generation": int(generation), "part": int(part)}:
            return Posted(turn_id, generation, part)
        case _:
            return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
