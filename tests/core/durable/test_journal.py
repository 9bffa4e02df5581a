"""What happens in a turn is kept in few transactions, in its order, and all of it before the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from core.durable.hold import Hold, Note
from core.durable.journal import Journal
from core.durable.ledger import Ledger, OpenTurn
from core.durable.live import Live
from core.events import StageCompleted, StageStarted, TurnStarted
from core.store import Store
from core.text.redact import Redactor
from tests.core.durable.around import live, turn


class SlowHold(Hold):
    """Notes what is kept together; it has `begun`, goes on when it `may`, and is `through`."""

    together: list[list[str]]
    begun: asyncio.Event
    may: asyncio.Event
    through: asyncio.Event

    async def keep_events(self, notes: Sequence[Note]) -> list[int]:
        self.together.append([note.name for note in notes])
        self.begun.set()
        await self.may.wait()
        there = await super().keep_events(notes)
        self.through.set()
        return there


@pytest.fixture
async def hold(store: Store) -> SlowHold:
    await live(store.database, "me")
    await store.accept(turn(1), "me")
    slow = SlowHold(store.database, OpenTurn(turn(1), owner="me"))
    slow.together = []
    slow.begun, slow.may, slow.through = asyncio.Event(), asyncio.Event(), asyncio.Event()
    return slow


async def test_what_comes_while_something_is_kept_goes_into_one_transaction_more(store: Store, hold: SlowHold) -> None:
    journal = Journal(hold, 1, Live(Redactor()))
    journal.emit(TurnStarted(1.0))
    await hold.begun.wait()

    journal.emit(StageStarted("research"))
    hold.may.set()
    await hold.through.wait()
    journal.emit(StageCompleted("research", "5 sources", 2.0))
    await journal.flush()

    assert [["turn.started"], ["stage.started", "stage.completed"]] == hold.together
    kept = await Ledger(store.database).events(turn(1).turn_id)
    assert [(1, "turn.started"), (2, "stage.started"), (3, "stage.completed")] == [(one.seq, one.name) for one in kept]


async def test_what_is_said_again_keeps_its_number(store: Store, hold: SlowHold) -> None:
    hold.may.set()
    notes = [Note("1:a", "turn.started", {}), Note("1:b", "stage.started", {})]

    assert [1, 2] == await hold.keep_events(notes)
    assert [2, 3, 1, 3] == await hold.keep_events([notes[1], Note("1:c", "x", {}), notes[0], Note("1:c", "x", {})])
