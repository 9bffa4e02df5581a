"""**I/O edge.** A SQLite connection in a thread of its own, to which each statement is one trip.

aiosqlite makes four for a statement with rows: for the cursor, to execute, to fetch, to close. Each wakes the thread,
and then the loop. Here executing fetches the rows and is done with the cursor.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiosqlite import Connection

AT_ONCE = 64
"""Rows that aiosqlite fetches at once, where one goes through them; nobody does."""

Parameters = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Came:
    """What has come of a statement."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class Statement:
    """What SQLAlchemy takes for a cursor (`sqlalchemy.connectors.asyncio.AsyncIODBAPICursor`)."""

    def __init__(self, connection: OneTrip) -> None:
        self._connection = connection
        self._came = Came([], None, -1, None)
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Parameters = ()) -> Self:
        return await self._whole(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Parameters]) -> Self:
        return await self._whole(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> list[Any]:
        return self._came.rows

    async def close(self) -> None:
        """It was closed when its rows had come."""

    @property
    def description(self) -> Any:
        return self._came.description

    @property
    def rowcount(self) -> int:
        return self._came.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._came.lastrowid

    async def _whole(self, work: Callable[[sqlite3.Cursor], object]) -> Self:
        self._came = await self._connection.trip(lambda database: _made(database, work))
        return self


class OneTrip(Connection):
    def cursor(self) -> Statement:  # type: ignore[override]  # theirs is a trip by itself
        return Statement(self)

    async def trip(self, work: Callable[[sqlite3.Connection], Came]) -> Came:
        """Do something in the thread."""
        came: Came = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return came


def _made(database: sqlite3.Connection, work: Callable[[sqlite3.Cursor], object]) -> Came:
    cursor = database.cursor()
    try:
        work(cursor)
        rows = cursor.fetchall() if cursor.description else []
        return Came(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


async def connect(connector: Callable[[], sqlite3.Connection]) -> OneTrip:
    """`connector` is called in the thread, which holds up no process that ends."""
    connection = OneTrip(connector, AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy does with aiosqlite's own
    await connection
    return connection
