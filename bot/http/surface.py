"""**Pure.** Where HTTP's turns are shown: nowhere. The event log is the message, and clients read it."""

from __future__ import annotations

from collections.abc import Hashable

from bot.http.parse import said_in
from core.ports import Surface
from core.turn import Exchange, MessageRef, TurnRequest
from core.view import TurnView


class HTTPSurface(Surface):
    """Every view looks alike, so that none but the first and the last is sent; and those go nowhere."""

    def render(self, view: TurnView) -> Hashable:
        return None

    async def said_last(self, turn: TurnRequest) -> Exchange | None:
        """As who asks tells it."""
        return said_in(turn.address)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        return MessageRef(turn.turn_id)

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        return MessageRef(turn.turn_id)

    async def update(self, message: MessageRef, view: TurnView) -> None:
        """It is in the log."""

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """It is in the log."""
