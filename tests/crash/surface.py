"""**I/O edge.** The chat platform's stand-in as a surface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from core.errors import MessageGone, SurfaceError
from core.outcome import said
from core.ports import Surface
from core.text.wording import queued, stage_line, working
from core.turn import MessageRef, TurnRequest, TurnStatus
from core.view import TurnView

CHANNEL = "channel"
"""What an address needs to have."""


class HttpSurface(Surface):
    """Fills `Surface` over HTTP, plainly: nothing is repeated, and what is lost is looked for."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    def render(self, view: TurnView) -> str:
        if view.outcome:
            return said(view.outcome)
        if view.status is TurnStatus.QUEUED:
            return queued(view.position)
        lines = [f"{line.title} {line.status} {stage_line(line)}".rstrip() for line in view.lines]
        return "\n".join([working(view), *lines])

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        place = {"turn_id": turn.turn_id, "channel": turn.address[CHANNEL]}
        try:
            found = _good(await self._http.get("/messages", params=place)).json()
        except httpx.HTTPError as error:
            raise SurfaceError(f"could not look for it: {type(error).__name__}") from error
        return MessageRef(found[0]) if found else None

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        message = {"turn_id": turn.turn_id, "channel": turn.address[CHANNEL], "text": self.render(view)}
        try:
            return MessageRef(_good(await self._http.post("/messages", json=message)).json()["id"])
        except httpx.HTTPError as error:
            if found := await self.find(turn):
                return found
            raise SurfaceError(f"could not be posted: {type(error).__name__}") from error

    async def update(self, message: MessageRef, view: TurnView) -> None:
        await self._show("update", message, view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        await self._show("publish", message, view)

    async def _show(self, kind: str, message: MessageRef, view: TurnView) -> None:
        try:
            response = await self._http.put(f"/messages/{message}", json={"kind": kind, "text": self.render(view)})
        except httpx.HTTPError as error:
            raise SurfaceError(f"{kind}: {type(error).__name__}") from error
        if response.status_code == 404:
            raise MessageGone(message)
        _good(response)


def _good(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise SurfaceError(f"the platform said {response.status_code}")
    return response


@asynccontextmanager
async def open_surface(url: str) -> AsyncIterator[HttpSurface]:
    async with httpx.AsyncClient(base_url=url, timeout=20.0, verify=False) as http:
        yield HttpSurface(http)
