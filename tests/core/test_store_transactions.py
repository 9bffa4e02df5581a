from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StoreError
from core.migrations.tables import conversations, sessions
from core.store import Store, open_store
from core.turn import TurnRequest
from tests.core.rows import rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url) as store:
        yield store


def request(name: str) -> TurnRequest:
    return TurnRequest(f"http:{name}", "c", f"prompt of {name}")


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


async def test_ten_deliveries_at_once_start_one_turn(database_url: str) -> None:
    async with open_store(database_url) as one, open_store(database_url) as other:
        accepted = await asyncio.gather(*(store.accept(request("a")) for store in (one, other) * 5))

    assert 1 == sum(one is not None for one in accepted)


async def test_the_order_of_acceptance_is_the_order_of_the_calls(path: Path) -> None:
    """On SQLite; on Postgres `DurableTurns.submit` sees to it."""
    names = [f"{number:02}" for number in range(30)]
    async with open_store(f"sqlite:///{path}") as store:
        await asyncio.gather(*(store.accept(request(name)) for name in names))
    kept = rows(f"sqlite:///{path}", "SELECT prompt FROM turns ORDER BY place")

    assert [(f"prompt of {name}",) for name in names] == kept


async def test_two_engines_lose_no_update(database_url: str) -> None:
    """Each reads a number and writes it back, one more: two that read the same would lose one."""

    async def count_up(store: Store) -> None:
        for _ in range(20):
            async with store.database.writing() as connection:
                number: str | None = await connection.scalar(select(sessions.c.session_id).with_for_update())
                await connection.execute(update(sessions).values(session_id=str(int(number or 0) + 1)))

    async with open_store(database_url) as one, open_store(database_url) as other:
        await one.keep_session("c", "build", "0")
        await asyncio.gather(*(count_up(store) for store in (one, other) * 3))
        counted = await other.session("c", "build")

    assert counted == "120"


async def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    await store.keep_session("c", "build", "kept")
    async with store.database.writing() as connection:
        await connection.execute(update(sessions).values(session_id="not yet"))
        session = await store.session("c", "build")

    assert session == "kept"


async def test_a_failed_block_keeps_nothing(store: Store, database_url: str) -> None:
    async def fail() -> None:
        async with store.database.writing() as connection:
            await connection.execute(insert(conversations).values(id="c", created_at=1.0))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await fail()

    assert rows(database_url, "SELECT * FROM conversations") == []


async def test_a_cancelled_call_leaves_no_lock_behind(path: Path) -> None:
    """The call is cancelled while it waits for another program's write lock: its transaction is made to its end."""
    waiting = asyncio.Event()

    def see(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            waiting.set()

    async with open_store(f"sqlite:///{path}", lock_timeout=5) as store:
        await store.keep_session("c", "build", "kept")
        waiting.clear()
        event.listen(Engine, "before_cursor_execute", see)
        try:
            with another_writer(path):
                call = asyncio.create_task(store.accept(request("a")))
                await waiting.wait()
                call.cancel()
            await asyncio.wait([call])
        finally:
            event.remove(Engine, "before_cursor_execute", see)
        accepted = await store.accept(request("b"))

    assert call.cancelled()
    assert request("b") == accepted
    assert rows(f"sqlite:///{path}", "SELECT prompt FROM turns") == [("prompt of a",), ("prompt of b",)]


async def test_half_a_character_is_a_store_error(store: Store) -> None:
    with pytest.raises(StoreError, match="half a character"):
        await store.keep_session("c", "plan", "\ud83d")


async def test_what_users_wrote_stands_in_no_error(store: Store) -> None:
    async def keep_without_conversation() -> None:
        values = {"conversation_id": "c", "slot": "plan", "session_id": "top secret"}
        async with store.database.writing() as connection:
            await connection.execute(sessions.insert().values(values))

    with pytest.raises(StoreError, match=r"cannot be used \((SQLITE_CONSTRAINT_FOREIGNKEY|23503)\)") as caught:
        await keep_without_conversation()

    assert isinstance(caught.value.__cause__, SQLAlchemyError)
    assert "top secret" not in str(caught.value.__cause__)
