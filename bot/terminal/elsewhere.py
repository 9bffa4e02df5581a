"""**I/O edge.** A turn asked of the bot that runs already, over HTTP, and shown here as if it ran here."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx

from bot.terminal.console import Terminal
from bot.terminal.interrupt import on_ctrl_c
from core.errors import InUse, RequestError, SurfaceError, Trouble
from core.events import Event, StageCompleted, StageDelta, StageFailed, StageStarted, TurnEnded, TurnQueued, TurnStarted
from core.payload import Payload, outcome_of
from core.pipeline import first_view
from core.ports import Surface
from core.reply import LiveReply
from core.stages import STAGES
from core.text.redact import Redactor
from core.turn import TurnRequest

LAST = ("complete", "error")
AGAIN, PATIENCE = 0.5, 60.0
"""Seconds until it is tried again, and altogether, where the bot has gone: a restart takes less."""

_TIMEOUT = httpx.Timeout(10.0, read=PATIENCE)
"""The server says something every fifteen seconds."""


@dataclass(frozen=True, slots=True)
class There:
    """Where it listens, and what opens it."""

    url: str
    token: str

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=_TIMEOUT, trust_env=False)


async def answer_there(there: There, turn: TurnRequest, surface: Surface, console: Terminal) -> dict[str, Any]:
    """The payload, once the turn has ended. Ctrl-C stops it, and so does a reader who has gone.

    Raises `InUse` where nobody is there who lets us in, `RequestError`, and `SurfaceError` where the bot has gone.
    """
    reply = LiveReply(surface, first_view(STAGES), redact=Redactor(), interval=0.1)
    loop = asyncio.get_running_loop()
    stops: list[asyncio.Task[None]] = []
    async with there.client() as client:
        turn_id = await _asked(client, turn)

        def stop() -> None:
            stops.append(loop.create_task(_stop(client, turn_id)))

        try:
            with on_ctrl_c(stop), console.when_lost(lambda: loop.call_soon_threadsafe(stop)):
                reply.follow(await reply.post(turn))
                payload = await _follow(client, turn_id, reply)
                await reply.publish(turn)
        finally:
            await reply.close()
            await asyncio.gather(*stops)
    return payload


async def _asked(client: httpx.AsyncClient, turn: TurnRequest) -> str:
    """The id that it has there."""
    messages = [{"role": "user", "content": turn.prompt}]
    body = {"conversation_id": turn.conversation_id, "messages": messages, "context": dict(turn.context)}
    headers = {"Idempotency-Key": turn.identity, "Prefer": "respond-async"}
    try:
        answer = await client.post("/v1/chat", json=body, headers=headers)
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise InUse(f"{client.base_url}: {type(error).__name__}") from error
    if answer.status_code in (422, 429):
        wrong = (said.get("errors") or [{}])[0]
        raise RequestError(wrong.get("field", "asker"), wrong.get("message", said.get("detail", "")))
    if answer.status_code != 202:
        raise InUse(f"{client.base_url}: {answer.status_code}")
    return str(said["turn_id"])


async def _stop(client: httpx.AsyncClient, turn_id: str) -> None:
    with suppress(httpx.HTTPError):  # it goes on, and says so
        await client.post(f"/v1/turns/{turn_id}/stop")


async def _follow(client: httpx.AsyncClient, turn_id: str, reply: LiveReply) -> dict[str, Any]:
    """Show what happens until the end, which has the payload."""
    by: str | None = None
    async for said in _events(client, turn_id):
        if said["type"] == "turn.stopped":
            by = said["by"]
        elif said["type"] in LAST and "payload" in said:
            payload: dict[str, Any] = said["payload"]
            reply.emit(TurnEnded(replace(outcome_of(Payload.model_validate(payload)), stopped_by=by)))
            return payload
        elif event := event_of(said):
            reply.emit(event)
    raise SurfaceError(f"the bot at {client.base_url} has gone; the turn goes on: orchestrator turns show {turn_id}")


async def _events(client: httpx.AsyncClient, turn_id: str) -> AsyncIterator[dict[str, Any]]:
    """Each once, in order, also over a restart of the bot; they end early where it does not come back."""
    after, grown, seen = 0, dict[tuple[Any, ...], int](), time.monotonic()
    while time.monotonic() - seen < PATIENCE:
        with suppress(httpx.HTTPError, ValueError):
            async with client.stream("GET", f"/v1/turns/{turn_id}/events", params={"after": after}) as answer:
                async for line in answer.aiter_lines():
                    said, seen = _said(line), time.monotonic()
                    if said and _is_new(said, grown):
                        after = said["seq"]
                        yield said
                        if said["type"] in LAST:
                            return
        await asyncio.sleep(AGAIN)


def _said(line: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(line[5:]) if line.startswith("data:") else None
    return found


def _is_new(said: Mapping[str, Any], grown: dict[tuple[Any, ...], int]) -> bool:
    """Pieces of text come again to who comes back; what is kept does not."""
    if said["type"] != "stage.delta":
        return True
    of = said["stage"], said["part"], said["attempt"]
    if said["offset"] < grown.get(of, 0):
        return False
    grown[of] = said["offset"] + len(said["text"])
    return True


def event_of(said: Mapping[str, Any]) -> Event | None:
    """An event as it came over the wire; None for what this version does not know."""
    match said:
        case {"type": "turn.queued", "position": int(position)}:
            return TurnQueued(position)
        case {"type": "turn.started", "at": float() | int() as at}:
            return TurnStarted(float(at))
        case {"type": "stage.started", "stage": str(stage), "part": int(part), "parts": int(parts)}:
            return StageStarted(stage, part, parts)
        case {"type": "stage.delta", "stage": str(stage), "text": str(text), "part": int(part)}:
            return StageDelta(stage, text, part)
        case {"type": "stage.completed", "stage": str(stage), "note": str(note), "seconds": float() | int() as seconds}:
            return StageCompleted(stage, note, float(seconds))
        case {"type": "stage.failed", "stage": str(stage), "trouble": str(why)}:
            return StageFailed(stage, Trouble(why))
    return None
