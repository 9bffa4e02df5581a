"""**I/O edge.** `POST /v1/chat`: ask, and wait for the answer, or come back for it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from bot.http.access import Caller
from bot.http.bodies import Accepted, Answer, Chat, Name
from bot.http.following import ended
from bot.http.parse import repeats, turn_of, wants_no_wait
from bot.http.problems import Refused, closing, not_found, of_failed, responses
from bot.http.render import accepted_body, payload_of
from bot.http.served import Accepting, Calling, Served
from core.store import ANSWERED
from core.stored import StoredTurn
from core.text import replies
from core.turn import TurnRequest, TurnStatus

router = APIRouter(prefix="/v1", tags=["chat"])

_PROBLEMS = responses(400, 401, 413, 422, 429, 500, 502, 503)
_STATED = (*ANSWERED, TurnStatus.STOPPED)


@router.post(
    "/chat",
    response_model=Answer,
    responses={202: {"model": Accepted, "description": "Under way"}, **_PROBLEMS},
    summary="Ask the four agents",
)
async def chat(
    body: Chat,
    caller: Calling,
    served: Accepting,
    idempotency_key: Annotated[Name | None, Header(description="Yours: a repeat gets the first turn.")] = None,
    prefer: Annotated[str | None, Header(description="`respond-async`: only the turn's address, at once.")] = None,
) -> Any:
    """The answer, once the turn has ended. Who hangs up does not stop it."""
    turn = await submitted(body, caller, served, idempotency_key)
    if wants_no_wait(prefer):
        return _address(await served.visible(turn.turn_id, caller), caller, served)
    await ended(served, turn.turn_id)
    return _answer(await served.visible(turn.turn_id, caller), caller, served)


async def submitted(chat: Chat, caller: Caller, served: Served, key: str | None) -> TurnRequest:
    """The turn, durable; the first one where it is asked for again. Raises `Refused`, `RequestError`, `StoreError`."""
    turn = turn_of(chat, caller, key=key or str(uuid4()), now=served.now())
    if not await served.turns.submit(turn):
        kept = await served.turns.turn(turn.turn_id)
        if kept is None:
            raise not_found()
        if not repeats(served.turns.records.shown(turn), kept):
            raise Refused(422, replies.OTHER_QUESTION, field="Idempotency-Key", turn_id=turn.turn_id)
    return turn


def _address(turn: StoredTurn, caller: Caller, served: Served) -> Response:
    body = accepted_body(turn, caller, served.base_url)
    headers = {"Location": body.url, "Preference-Applied": "respond-async"}
    return JSONResponse(body.model_dump(mode="json"), 202, headers)


def _answer(turn: StoredTurn, caller: Caller, served: Served) -> dict[str, Any]:
    """The payload; a problem where a stage failed and there is no answer. It may be retried already."""
    payload = payload_of(turn, caller)
    if payload is None and served.going.is_set():
        raise closing(turn.id)
    if payload is None:
        raise Refused(503, replies.RETRIED, retry_after=1, turn_id=turn.id)
    if payload.get("error") and turn.status not in _STATED:
        raise of_failed(turn.id, payload)
    return payload
