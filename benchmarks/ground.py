"""**I/O edge.** What a part is measured on: databases of its own, with so many turns stored in them beforehand."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url

from core.database import Database
from core.migrations.tables import conversations, stage_results, turn_events, turns
from core.stages import STAGES
from core.store import open_store
from core.turn import turn_id_of
from tests.postgres import Server, running

CONCURRENCY = 1_000
"""CUSTOMGPT_CONCURRENCY in every part: what is measured is ours, not the account's limit."""

BATCH = 1_000
ANSWER = "Bees scout in the open and vote with their bodies. " * 40


class Ground:
    """Fresh databases, each with `stored` ended turns of a month, four to a conversation."""

    def __init__(self, folder: Path, stored: int, servers: ExitStack) -> None:
        self.folder = folder
        self.stored = stored
        self._servers = servers
        self._numbers = count(1)
        self._file: Path | None = None
        self._server: Server | None = None
        self._filled = ""

    async def sqlite(self) -> str:
        """The URL of a new file."""
        if self._file is None:
            self._file = self.folder / f"stored-{self.stored}.db"
            await fill(f"sqlite:///{self._file}", self.stored)
        copy = self.folder / f"{self.stored}-{next(self._numbers)}.db"
        shutil.copyfile(self._file, copy)
        return f"sqlite:///{copy}"

    async def postgres(self) -> str:
        """The URL of a new database, on a server that ends with the measurements."""
        if self._server is None:
            self._server = await asyncio.to_thread(self._servers.enter_context, running())
            filled = self._server.fresh()
            await fill(filled, self.stored)
            self._filled = str(make_url(filled).database)
        return self._server.fresh(like=self._filled)


@contextmanager
def ground(stored: int) -> Iterator[Ground]:
    with TemporaryDirectory() as folder, ExitStack() as servers:
        yield Ground(Path(folder), stored, servers)


async def fill(url: str, stored: int) -> None:
    """Store ended turns as they are left behind: four answers and eleven events each."""
    async with open_store(url) as store:
        for first in range(0, stored, BATCH):
            await _store(store.database, range(first, min(first + BATCH, stored)))


async def _store(database: Database, numbers: range) -> None:
    async with database.writing() as connection:
        begun = [{"id": _conversation(n), "created_at": _at(n), "last_place": 4} for n in numbers if n % 4 == 0]
        await connection.execute(conversations.insert(), begun)
        await connection.execute(turns.insert(), [_turn(n) for n in numbers])
        await connection.execute(stage_results.insert(), [row for n in numbers for row in _results(n)])
        await connection.execute(turn_events.insert(), [row for n in numbers for row in _events(n)])


def _conversation(n: int) -> str:
    return f"stored:{n // 4}"


def _at(n: int) -> float:
    return time.time() - 29 * 86_400 + n


def _turn(n: int) -> dict[str, object]:
    identity = f"stored:{n}"
    return {
        "id": turn_id_of(identity),
        "identity": identity,
        "conversation_id": _conversation(n),
        "place": n % 4 + 1,
        "generation": 1,
        "asker": f"person {n % 50}",
        "prompt": "Why do bees dance?",
        "context": {},
        "status": "complete",
        "accepted_at": _at(n),
        "ended_at": _at(n) + 40.0,
        "answer": ANSWER,
        "payload": ANSWER,
        "surface": "slack",
        "owner": "a process that has ended",
        "beginning": {},
        "post_begun": True,
        "message": "C1:1.2",
    }


def _results(n: int) -> list[dict[str, object]]:
    reply = {"text": ANSWER, "asked_at": _at(n), "seconds": 10.0}
    turn_id = turn_id_of(f"stored:{n}")
    return [{"turn_id": turn_id, "slot": stage.name, "prompt": ANSWER, "reply": reply} for stage in STAGES]


def _events(n: int) -> list[dict[str, object]]:
    turn_id = turn_id_of(f"stored:{n}")
    return [
        {"turn_id": turn_id, "seq": seq, "key": f"1:{seq}", "name": "stage.completed", "fields": {"stage": "plan"}}
        for seq in range(1, 12)
    ]
