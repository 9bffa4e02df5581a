"""Each statement on a SQLite file is one trip to its thread, and what comes back is all of it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from core.one_trip import Came, OneTrip, connect


class Counting(OneTrip):
    """Counts its trips, and notes in which threads they were made."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, 64)
        self.trips = 0
        self.threads: set[int] = set()

    async def trip(self, work: Callable[[sqlite3.Connection], Came]) -> Came:
        def noted(database: sqlite3.Connection) -> Came:
            self.trips += 1
            self.threads.add(threading.get_ident())
            return work(database)

        return await super().trip(noted)


@pytest_asyncio.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Counting]:
    connector = partial(sqlite3.connect, tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    opened = Counting(connector)
    async with opened:
        await opened.cursor().execute("CREATE TABLE bees (number INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        await opened.cursor().executemany("INSERT INTO bees (name) VALUES (?)", [("Ada",), ("Maya",)])
        opened.trips = 0
        yield opened


async def test_a_statement_with_rows_is_one_trip(connection: Counting) -> None:
    cursor = await connection.cursor().__aenter__()
    await cursor.execute("SELECT name FROM bees WHERE number > ? ORDER BY number", (0,))
    rows, described = await cursor.fetchall(), cursor.description
    await cursor.close()

    assert [("Ada",), ("Maya",)] == rows
    assert ["name"] == [column[0] for column in described]
    assert 1 == connection.trips


async def test_it_knows_how_many_rows_changed_and_the_last_of_them(connection: Counting) -> None:
    renamed = await connection.cursor().execute("UPDATE bees SET name = name || '!'")
    added = await connection.cursor().execute("INSERT INTO bees (name) VALUES ('Willy')")

    assert (2, []) == (renamed.rowcount, await renamed.fetchall())
    assert (1, 3) == (added.rowcount, added.lastrowid)
    assert added.description is None


async def test_a_statement_that_fails_leaves_its_connection_as_good_as_before(connection: Counting) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await connection.cursor().execute("INSERT INTO bees (name) VALUES ('Ada')")

    counted = await connection.cursor().execute("SELECT count(*) FROM bees")
    assert [(2,)] == await counted.fetchall()


async def test_the_loop_never_waits_for_the_disk(connection: Counting) -> None:
    await connection.cursor().execute("SELECT 1")

    assert threading.get_ident() not in connection.threads


async def test_it_is_connected_in_a_thread_that_holds_up_no_end_of_the_process(tmp_path: Path) -> None:
    connection = await connect(partial(sqlite3.connect, tmp_path / "x.db", check_same_thread=False))
    try:
        assert connection._thread.daemon
        assert [(1,)] == await (await connection.cursor().execute("SELECT 1")).fetchall()
    finally:
        await connection.close()
