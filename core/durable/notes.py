"""**I/O edge.** What is to be remembered of the outside, whichever process comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.database import Database, insert, riding_out
from core.migrations.tables import notes


class Notes:
    """By name; each keep replaces the one before. Raises `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @riding_out
    async def of(self, name: str) -> Mapping[str, Any] | None:
        query = select(notes.c.content).where(notes.c.name == name)
        async with self._database.reading() as connection:
            found: Mapping[str, Any] | None = await connection.scalar(query)
            return found

    @riding_out
    async def keep(self, name: str, content: Mapping[str, Any]) -> None:
        async with self._database.writing() as connection:
            row = insert(connection, notes).values(name=name, content=dict(content))
            latest = {"content": row.excluded.content}
            await connection.execute(row.on_conflict_do_update(index_elements=[notes.c.name], set_=latest))
