"""**I/O edge.** What is kept of the turns, and what is said in them just now, for who only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from core.bell import rung
from core.durable.keeping import Drain
from core.durable.ledger import Ledger, happening
from core.durable.live import Live
from core.durable.wiring import LOOK
from core.store import Store
from core.stored import Conversation, Happening, StoredTurn
from core.text.redact import Redactor
from core.turn import TurnRequest


class Records:
    """Fills `core.ports.Records`."""

    def __init__(self, store: Store, ledger: Ledger, live: Live, drain: Drain, redact: Redactor) -> None:
        self._store = store
        self._shown = redact.deep  # rows are as people said it
        self._ledger = ledger
        self._live = live
        self._drain = drain

    async def conversations(self, prefix: str, *, limit: int, before: int | None = None) -> list[Conversation]:
        """Those whose id begins so, the last used first; `before`: used last before the turn of that number."""
        return self._shown(await self._store.conversations(prefix, limit=limit, before=before))

    def shown(self, turn: TurnRequest) -> TurnRequest:
        """A turn as it may be shown: what is kept is read so, and compared so."""
        return self._shown(turn)

    async def events(self, turn_id: str) -> list[Happening]:
        """What is kept of it by now, in its order; nothing is waited for."""
        return await self._ledger.events(turn_id)

    async def turns_of(self, conversation_id: str, *, limit: int, before: str | None = None) -> list[StoredTurn]:
        """The latest turns of a conversation, of those before the turn `before`, in the order of acceptance."""
        return self._shown(await self._store.turns_of(conversation_id, limit=limit, before=before))

    async def watch(self, turn_id: str, after: int = 0) -> AsyncIterator[Happening]:
        """All that is kept since number `after`, then what comes, until the turn has ended, wherever it runs.

        Pieces of streamed text are in between where it runs in this process; who is slow misses some of those alone.
        """
        bell = self._store.database.bell
        with bell.heard(happening(turn_id)) as ear, self._live.heard(turn_id, ear) as listener:
            while True:
                is_open = await self._ledger.open_turn(turn_id)  # before we read: what it said last is there then
                for event in await self._ledger.events(turn_id, after):
                    after = event.seq
                    yield event
                if not is_open:
                    return
                while not listener.ahead(after):
                    for said in listener.said(after):
                        after = said.seq
                        yield said
                    if not await rung(ear, LOOK) or not listener.waits:
                        break  # look into the rows: as a floor, and where they alone know

    async def ready(self) -> Mapping[str, str]:
        """What turns need of this process → why it is not ready; empty where it is."""
        why = {"database": await self._store.trouble(), "turns": "shutting down" if self._drain.closed else ""}
        return {part: trouble for part, trouble in why.items() if trouble}
