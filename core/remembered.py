"""**Pure.** Where a message stands, for a turn that ends with its process."""

from __future__ import annotations

from core.surroundings import Opened
from core.turn import MessageRef


class Remembered:
    """A message reference for as long as the process lives (fills `core.ports.Messages`)."""

    def __init__(self) -> None:
        self._message: MessageRef | None = None
        self._begun = False

    async def message(self) -> MessageRef | None:
        return self._message

    async def begin_post(self) -> bool:
        first, self._begun = not self._begun, True
        return first

    async def keep_message(self, message: MessageRef) -> None:
        self._message = message

    async def keep_place(self, opened: Opened) -> None:
        """Whoever posts remembers it, too."""
