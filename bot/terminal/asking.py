"""**I/O edge.** A turn asked from the terminal: its identity, its surface, Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.text import Text

from bot.terminal.surface import LiveTerminal, PlainTerminal, Silent
from core.payload import Payload
from core.ports import Surface
from core.stop import Stop
from core.turn import Outcome, TurnRequest

YOU = "you"


class Asks(Protocol):
    """Whatever answers a turn on a surface (`bot.app.App`)."""

    async def ask(self, turn: TurnRequest, surface: Surface, stop: Stop) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """A turn and how it shall be shown."""

    turn: TurnRequest
    console: Console
    as_json: bool = False
    hints: bool = True

    def surface(self) -> Surface:
        if self.as_json:
            return Silent()
        return LiveTerminal(self.console) if self.console.is_terminal else PlainTerminal(self.console)


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


async def run_turn_here(app: Asks, asking: Asking) -> Outcome:
    """Answer the turn; the first Ctrl-C stops it, the second ends the process."""
    stop = Stop()
    with _stopped_by_ctrl_c(stop):
        outcome = await app.ask(asking.turn, asking.surface(), stop)
    if asking.as_json:
        print(Payload.of(outcome).model_dump_json(indent=2))
    elif asking.hints and asking.console.is_terminal:
        more = f"\nGo on with: orchestrator ask --conversation {outcome.conversation_id} …"
        asking.console.print(Text(more, "dim"), soft_wrap=True)
    return outcome


@contextlib.contextmanager
def _stopped_by_ctrl_c(stop: Stop) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def press() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop.press(YOU)

    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the process there
        loop.add_signal_handler(signal.SIGINT, press)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
