"""**I/O edge.** A turn asked from the terminal: its identity, its surface, Ctrl-C."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Protocol

from bot.terminal.console import Terminal
from bot.terminal.interrupt import on_ctrl_c
from bot.terminal.surface import LiveTerminal, PlainTerminal, Silent
from core.ports import Surface
from core.turn import TurnRequest

YOU = "you"


class Turns(Protocol):
    """Whatever answers turns (`core.durable.turns`)."""

    async def submit(self, turn: TurnRequest) -> bool: ...

    async def stop(self, turn_id: str, by: str) -> bool: ...

    async def ended(self, turn_id: str) -> None: ...


def surface_for(console: Terminal, *, silent: bool = False) -> Surface:
    """Live in a terminal, plain lines into a pipe, silent for programs."""
    if silent:
        return Silent()
    return LiveTerminal(console) if console.is_terminal else PlainTerminal(console)


def terminal_turn(prompt: str, context: Mapping[str, str], conversation_id: str = "") -> TurnRequest:
    """A turn of this terminal; a fresh conversation if none is named. Empty context values say nothing."""
    return TurnRequest(
        identity=f"terminal:{uuid.uuid4()}",
        conversation_id=conversation_id or f"terminal:{uuid.uuid4().hex[:8]}",
        prompt=prompt.strip(),
        context={key: value for key, value in context.items() if value.strip()},
        asker=YOU,
        accepted_at=time.time(),
    )


async def answer_here(turns: Turns, turn: TurnRequest, console: Terminal) -> None:
    """Answer the turn, until it has ended. Ctrl-C stops it, and so does a reader who has gone."""
    await turns.submit(turn)
    loop = asyncio.get_running_loop()
    stops: list[asyncio.Task[bool]] = []

    def stop() -> None:
        stops.append(loop.create_task(turns.stop(turn.turn_id, YOU)))

    with on_ctrl_c(stop), console.when_lost(lambda: loop.call_soon_threadsafe(stop)):
        await turns.ended(turn.turn_id)
    await asyncio.gather(*stops)
