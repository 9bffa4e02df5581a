"""A fake of all that an adapter may do: questions are taken, and nothing comes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from core.stored import Conversation, Exported, Happening, StoredTurn
from core.turn import Opinion, TurnRequest
from tests.fakes import MemoryNotes


class NoOpinions:
    async def give(self, turn_id: str, generation: int, person: str, opinion: Opinion) -> bool:
        return False

    async def opinion(self, turn_id: str, generation: int, person: str) -> Opinion | None:
        return None


class NoPreferences:
    async def of(self, place: str) -> dict[str, str]:
        return {}

    async def change(self, place: str, changes: Mapping[str, str]) -> dict[str, str]:
        return {}


class NoRecords:
    async def conversations(self, prefix: str, *, limit: int, before: int | None = None) -> list[Conversation]:
        return []

    def shown(self, turn: TurnRequest) -> TurnRequest:
        return turn

    async def turns_of(self, conversation_id: str, *, limit: int, before: str | None = None) -> list[StoredTurn]:
        return []

    async def events(self, turn_id: str) -> list[Happening]:
        return []

    async def watch(self, turn_id: str, after: int = 0) -> AsyncIterator[Happening]:
        nothing: list[Happening] = []
        for happening in nothing:
            yield happening

    async def ready(self) -> dict[str, str]:
        return {}


class TakenTurns:
    """Turns that are taken, and nothing more; `gate` holds them up."""

    def __init__(self) -> None:
        self.taken: list[TurnRequest] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def submit(self, turn: TurnRequest) -> bool:
        self.begun.set()
        await self.gate.wait()
        self.taken.append(turn)
        return True

    async def stop(self, turn_id: str, by: str) -> bool:
        return False

    async def retry(
        self, turn_id: str, stage: str | None = None, *, generation: int | None = None, by: str = ""
    ) -> bool:
        return False

    async def askers(self, conversation_id: str) -> frozenset[str]:
        return frozenset()

    async def begin_anew(self, conversation_id: str) -> bool:
        return False

    async def turn(self, turn_id: str) -> StoredTurn | None:
        return None

    async def open_on(self, surface: str) -> list[StoredTurn]:
        return []

    async def exported(self, turn_id: str) -> Exported | None:
        return None

    async def hear(self, surface: str) -> None: ...

    async def lead(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    @property
    def feedback(self) -> NoOpinions:
        return NoOpinions()

    @property
    def preferences(self) -> NoPreferences:
        return NoPreferences()

    @property
    def records(self) -> NoRecords:
        return NoRecords()

    @property
    def notes(self) -> MemoryNotes:
        return MemoryNotes()
