"""**Pure.** Turns and their events → what programs get. A client's conversation has the name that it gave it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.http.access import Caller
from bot.http.bodies import Accepted, Talk, Turn
from core.stored import Conversation, Happening, StoredTurn
from core.text.wording import for_others
from core.turn import TurnStatus

LAST = ("complete", "error")
"""The names of the events that end a turn."""


def name_for(conversation_id: str, caller: Caller) -> str:
    """A conversation as this caller knows it."""
    return conversation_id.removeprefix(caller.prefix)


def payload_of(turn: StoredTurn, caller: Caller) -> dict[str, Any] | None:
    """The unified payload; None until the turn has ended."""
    if turn.payload is None:
        return None
    payload: dict[str, Any] = json.loads(turn.payload)
    if turn.status is TurnStatus.STOPPED and caller.id != turn.asker:
        payload["reply"]["content"] = for_others(payload["reply"]["content"])
    return {**payload, "conversation_id": name_for(turn.conversation_id, caller)}


def turn_body(turn: StoredTurn, caller: Caller) -> Turn:
    """A turn as it stands."""
    return Turn.model_validate(
        {
            **(payload_of(turn, caller) or {}),
            "turn_id": turn.id,
            "conversation_id": name_for(turn.conversation_id, caller),
            "status": turn.status,
            "generation": turn.generation,
            "prompt": turn.prompt,
            "context": dict(turn.context),
            "accepted_at": _moment(turn.accepted_at),
            "ended_at": None if turn.ended_at is None else _moment(turn.ended_at),
        }
    )


def accepted_body(turn: StoredTurn, caller: Caller, base_url: str) -> Accepted:
    """Where a turn is to be found."""
    url = f"{base_url}/v1/turns/{turn.id}"
    name = name_for(turn.conversation_id, caller)
    return Accepted(turn_id=turn.id, conversation_id=name, status=turn.status, url=url, events=f"{url}/events")


def talk_body(conversation: Conversation, caller: Caller) -> Talk:
    return Talk(
        conversation_id=name_for(conversation.id, caller),
        title=conversation.title,
        begun_at=_moment(conversation.begun_at),
        last_at=_moment(conversation.last_at),
        turns=conversation.turns,
        status=conversation.status,
    )


def event_body(turn_id: str, happening: Happening, more: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it goes over the wire, whichever it is."""
    about = {"type": happening.name, "turn_id": turn_id, "seq": happening.seq}
    return {**about, **{name: value for name, value in happening.fields.items() if name not in about}, **more}


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
