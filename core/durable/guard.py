"""**I/O edge.** A surface that shows nothing for a process that was taken for dead."""

from __future__ import annotations

from collections.abc import Hashable

from core.fence import passed
from core.ports import Pace, Surface
from core.surroundings import Background, Opened
from core.turn import Exchange, MessageRef, TurnRequest
from core.view import TurnView


class GuardedSurface:
    """Fills `Surface` over another one. A surface that makes several requests asks again before each of them."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def render(self, view: TurnView) -> Hashable:
        return self._surface.render(view)

    def pace(self, turn: TurnRequest) -> Pace | None:
        return self._surface.pace(turn)

    async def background(self, turn: TurnRequest) -> Background:
        return await self._surface.background(turn)

    async def said_last(self, turn: TurnRequest) -> Exchange | None:
        return await self._surface.said_last(turn)

    async def open(self, turn: TurnRequest, *, again: bool) -> Opened | None:
        await passed()
        return await self._surface.open(turn, again=again)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        return await self._surface.find(turn)

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        await passed()
        return await self._surface.post(turn, view)

    async def update(self, message: MessageRef, view: TurnView) -> None:
        await passed()
        await self._surface.update(message, view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        await passed()
        await self._surface.publish(turn, message, view)
