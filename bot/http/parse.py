"""**Pure.** What a program sends → a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.http.access import Caller
from bot.http.bodies import Chat, Message
from core.errors import RequestError
from core.stored import StoredTurn
from core.text.wording import NO_PROMPT
from core.turn import Exchange, TurnRequest, turn_id_of

SURFACE = "http"
_PROMPT, _ANSWER = "last_prompt", "last_answer"


def turn_of(chat: Chat, caller: Caller, *, key: str, now: float) -> TurnRequest:
    """The turn that is asked for. `key` makes it the same again. Raises `RequestError` where nobody asks anything."""
    prompt, last = _asked(chat.messages)
    identity = f"{caller.prefix}{key}"
    return TurnRequest(
        identity=identity,
        conversation_id=f"{caller.prefix}{chat.conversation_id or turn_id_of(identity)}",
        prompt=prompt,
        context={name: str(value) for name, value in chat.context.items()},
        asker=caller.id,
        accepted_at=now,
        surface=SURFACE,
        address={} if last is None else {_PROMPT: last.prompt, _ANSWER: last.answer},
    )


def said_in(address: Mapping[str, str]) -> Exchange | None:
    """The exchange that stood in the messages, if one did."""
    return Exchange(address[_PROMPT], address[_ANSWER]) if _ANSWER in address else None


def repeats(turn: TurnRequest, kept: StoredTurn) -> bool:
    """Is it the same question again?"""
    asked = turn.conversation_id, turn.prompt, dict(turn.context), dict(turn.address)
    return asked == (kept.conversation_id, kept.prompt, dict(kept.context), dict(kept.address))


def bearer(header: str | None) -> str:
    """The token of an Authorization header; empty where there is none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def wants_no_wait(prefer: str | None) -> bool:
    """RFC 7240: `Prefer: respond-async`."""
    return "respond-async" in [one.partition(";")[0].strip().lower() for one in (prefer or "").split(",")]


def _asked(messages: Sequence[Message]) -> tuple[str, Exchange | None]:
    """The prompt: the last that the user says; and the exchange before it: an answer, and what that was given to."""
    last = _last(messages, "user")
    if last is None:
        raise RequestError("messages", NO_PROMPT)
    answered = _last(messages[:last], "assistant")
    if answered is None:
        return messages[last].content.strip(), None
    before = _last(messages[:answered], "user")
    said = "" if before is None else messages[before].content
    return messages[last].content.strip(), Exchange(said, messages[answered].content)


def _last(messages: Sequence[Message], role: str) -> int | None:
    return next((n for n in reversed(range(len(messages))) if messages[n].role == role), None)
