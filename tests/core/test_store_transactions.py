from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StoreError
from core.migrations.tables import sessions
from core.store import Store, open_store
from core.turn import TurnRequest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{path}") as store:
        yield store


def request(name: str) -> TurnRequest:
    return TurnRequest(f"http:{name}", "c", f"prompt of {name}")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What another program reads from the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


async def test_ten_deliveries_at_once_start_one_turn(path: Path) -> None:
    url = f"sqlite:///{path}"
    async with open_store(url) as one, open_store(url) as other:
        accepted = await asyncio.gather(*(store.accept(request("a")) for store in (one, other) * 5))

    assert sorted(accepted) == [False] * 9 + [True]


async def test_the_order_of_acceptance_is_the_order_of_the_calls(store: Store, path: Path) -> None:
    names = [f"{number:02}" for number in range(30)]
    await asyncio.gather(*(store.accept(request(name)) for name in names))

    assert [(f"prompt of {name}",) for name in names] == rows(path, "SELECT prompt FROM turns ORDER BY place")


async def test_two_engines_lose_no_update(path: Path) -> None:
    """Each reads a number and writes it back, one more: two that read the same would lose one."""

    async def count_up(store: Store) -> None:
        for _ in range(20):
            async with store.writing() as connection:
                number: str | None = await connection.scalar(select(sessions.c.session_id))
                await connection.execute(update(sessions).values(session_id=str(int(number or 0) + 1)))

    url = f"sqlite:///{path}"
    async with open_store(url) as one, open_store(url) as other:
        await one.keep_session("c", "build", "0")
        await asyncio.gather(*(count_up(store) for store in (one, other) * 3))
        counted = await other.session("c", "build")

    assert counted == "120"


async def test_a_reader_does_not_wait_for_a_writer(store: Store, path: Path) -> None:
    await store.keep_session("c", "build", "kept")
    with another_writer(path):
        session = await store.session("c", "build")

    assert session == "kept"


async def test_a_failed_block_keeps_nothing(store: Store, path: Path) -> None:
    async def fail() -> None:
        async with store.writing() as connection:
            await connection.exec_driver_sql("INSERT INTO conversations (id, created_at) VALUES ('c', 1)")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await fail()

    assert rows(path, "SELECT * FROM conversations") == []


async def test_a_cancelled_call_leaves_no_lock_behind(path: Path) -> None:
    """The call is cancelled while it waits for another program's write lock."""
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
    assert accepted is True
    assert rows(path, "SELECT prompt FROM turns") == [("prompt of b",)]


async def test_half_a_character_is_a_store_error(store: Store) -> None:
    with pytest.raises(StoreError, match="half a character"):
        await store.keep_session("c", "plan", "\ud83d")


async def test_what_users_wrote_stands_in_no_error(store: Store) -> None:
    async def keep_without_conversation() -> None:
        values = {"conversation_id": "c", "slot": "plan", "session_id": "top secret"}
        async with store.writing() as connection:
            await connection.execute(sessions.insert().values(values))

    with pytest.raises(StoreError, match="cannot be used \\(SQLITE_CONSTRAINT_FOREIGNKEY\\)") as caught:
        await keep_without_conversation()

    assert isinstance(caught.value.__cause__, SQLAlchemyError)
    assert "top secret" not in str(caught.value.__cause__)
