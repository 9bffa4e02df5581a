"""**I/O edge.** `WS /v1/chat/stream`: one question, and its events until the last; or those that somebody missed."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.websockets import WebSocketState

from bot.http.access import Caller
from bot.http.bodies import Chat, Resume, Stream
from bot.http.following import follow
from bot.http.parse import bearer
from bot.http.problems import Refused, closing, invalid, no_token, of_error
from bot.http.routes.chat import submitted
from bot.http.served import Served, local, served_by
from core.errors import OrchestratorError
from core.text import replies

router = APIRouter()

FIRST = 10.0
"""Seconds that a client has for its first message."""

OVER, RESTART, REFUSED = 1000, 1012, 4000
"""Codes of the end: all was said; we are going; or 4000 and the status of the problem, which was sent."""


@router.websocket("/v1/chat/stream")
async def chat_stream(websocket: WebSocket) -> None:
    """Ends by itself after the last event. Whoever hangs up does not stop the turn."""
    served = served_by(websocket)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        try:
            first, caller = await _opening(websocket, served)
            with served.streams.one_more(caller):
                turn_id, after = await _turn(first, caller, served)
                code = await _send_while_heard(websocket, served, turn_id, caller, after)
        except (Refused, OrchestratorError) as error:
            refused = error if isinstance(error, Refused) else of_error(error)
            code = REFUSED + refused.status
            await _send(websocket, {"type": "error", "problem": refused.body})
        if websocket.application_state is WebSocketState.CONNECTED:
            await websocket.close(code)


async def _opening(websocket: WebSocket, served: Served) -> tuple[Resume | Stream, Caller]:
    """What is said first, and by whom. Raises `Refused`."""
    first = _read(await _first(websocket))
    token = bearer(websocket.headers.get("authorization")) or first.token or ""
    caller = served.access.caller(token, loopback=local(websocket))
    if caller is None:
        raise no_token()
    if served.going.is_set():
        raise closing()
    return first, caller


async def _turn(first: Resume | Stream, caller: Caller, served: Served) -> tuple[str, int]:
    """Which turn is to be followed, and from where. Raises `Refused`, `OrchestratorError`."""
    if isinstance(first, Resume):
        return (await served.visible(first.turn_id, caller)).id, first.after
    chat = Chat(conversation_id=first.conversation_id, messages=first.messages, context=first.context)
    return (await submitted(chat, caller, served, first.idempotency_key)).turn_id, 0


async def _first(websocket: WebSocket) -> str:
    try:
        async with asyncio.timeout(FIRST):
            message = await websocket.receive()
    except TimeoutError:
        raise Refused(408, replies.NO_FIRST_MESSAGE) from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    return message.get("text") or ""


def _read(text: str) -> Resume | Stream:
    """What it is depends on `turn_id` alone, so that what is wrong is said of the right one."""
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(422, replies.NO_JSON, field="body") from None
    kind: type[Resume] | type[Stream] = Resume if isinstance(given, dict) and "turn_id" in given else Stream
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid(error.errors()) from None


async def _send_while_heard(websocket: WebSocket, served: Served, turn_id: str, caller: Caller, after: int) -> int:
    """The events, as long as somebody is there; the code to end with."""
    sending = asyncio.create_task(_send_all(websocket, served, turn_id, caller, after))
    leaving = asyncio.create_task(_left(websocket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise WebSocketDisconnect
        return sending.result()
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_all(websocket: WebSocket, served: Served, turn_id: str, caller: Caller, after: int) -> int:
    async with aclosing(follow(served, turn_id, caller, after)) as events:
        async for event in events:
            await _send(websocket, event)
    return RESTART if served.going.is_set() else OVER


async def _left(websocket: WebSocket) -> None:
    """Until the client has gone; what else it says is nothing to us."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(websocket: WebSocket, event: dict[str, Any]) -> None:
    """Raises `WebSocketDisconnect` where the client has gone, or has taken nothing for too long (`connections.py`)."""
    await websocket.send_text(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
