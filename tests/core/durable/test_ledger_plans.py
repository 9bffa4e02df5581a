"""What is asked again and again costs as much as there are open turns, however many have ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from core.durable.ledger import Ledger
from core.store import Store, open_store

ASKED: dict[str, Callable[[Store], Awaitable[object]]] = {
    "the oldest": lambda store: Ledger(store.database).oldest(),
    "those of a process": lambda store: Ledger(store.database).open_turns("me"),
    "those of a surface": lambda store: store.open_on("slack"),
    "those to stop": lambda store: Ledger(store.database).stopped("me"),
    "those that are nobody's": lambda store: Ledger(store.database).take_over("me", {"slack"}),
}


@contextmanager
def statements() -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """All that is sent to a database meanwhile."""
    seen: list[tuple[str, tuple[object, ...]]] = []

    def see(_connection: object, _cursor: object, statement: str, given: tuple[object, ...], *_: object) -> None:
        seen.append((statement, given))

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


@pytest.mark.parametrize("which", ASKED)
async def test_open_turns_are_found_by_their_index(tmp_path: Path, which: str) -> None:
    path = tmp_path / "x.db"
    async with open_store(f"sqlite:///{path}") as store:
        with statements() as seen:
            await ASKED[which](store)
        about_turns = [(said, given) for said, given in seen if "turns" in said]
        with sqlite3.connect(path) as connection:
            plans = [
                " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {said}", given))
                for said, given in about_turns
            ]
        connection.close()

    assert plans
    assert all("ix_turns_open" in plan for plan in plans), plans


async def test_the_conversations_of_a_token_are_found_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    async with open_store(f"sqlite:///{path}") as store:
        with statements() as seen:
            await store.conversations("http:me:", limit=10)
        ((said, given),) = [(said, given) for said, given in seen if "FROM turns" in said]
        with sqlite3.connect(path) as connection:
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {said}", given))
        connection.close()

    assert "ix_turns_conversation_id (conversation_id>? AND conversation_id<?)" in plan, plan
