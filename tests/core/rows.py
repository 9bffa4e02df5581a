"""What another program reads from the database, or does to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from core.postgres import DRIVER


def engine_on(url: str) -> Engine:
    """It keeps no connection open, so it needs no disposal."""
    given = make_url(url)
    return create_engine(
        given.set(drivername=DRIVER) if given.drivername == "postgresql" else given, poolclass=NullPool
    )


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction, committed at the end of the block."""
    with engine_on(url).begin() as connection:
        yield connection


def run(url: str, *statements: str) -> None:
    with writing(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with writing(url) as connection:
        return [tuple(row) for row in connection.execute(text(query))]
