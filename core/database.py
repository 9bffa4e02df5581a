"""**I/O edge.** The database, whichever it is: a SQLite file for one process, or Postgres for several.

Transactions are blocks; what has changed in one is rung in all processes, once it is committed. Whoever calls a
method that is one transaction rides out a lost connection with `riding_out`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import tenacity
from sqlalchemy import ColumnElement, Double, Table, cast, collate, extract, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core import postgres
from core import sqlite as file
from core.bell import Bell
from core.errors import DatabaseLost, StoreError

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for which a lost connection is ridden out: a failover takes half of that."""

ANSWER = 40.0
"""Seconds for a whole transaction: a SQLite file may be locked for thirty, a statement may take as long on Postgres."""

OPENING = 15.0
"""The same for the first connection of all: somebody may be waiting for it in front of the screen."""


NOW = cast(extract("epoch", func.clock_timestamp()), Double)
"""Unix seconds by the server's clock: those of the machines may differ. Not on SQLite."""

P = ParamSpec("P")
T = TypeVar("T")


def riding_out(method: Callable[P, Awaitable[T]], patience: float = PATIENCE) -> Callable[P, Coroutine[Any, Any, T]]:
    """For a method that is one transaction, and may be made twice: nobody knows whether the first was committed."""

    @wraps(method)
    async def ridden(*args: P.args, **kwargs: P.kwargs) -> T:
        return await _patient(patience)(_whole, method, *args, **kwargs)

    return ridden


async def _whole(method: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """A transaction that is cancelled in its middle may leave a SQLite file locked, for as long as a traceback lives.

    So who is cancelled waits until it has ended.
    """
    transaction = asyncio.ensure_future(method(*args, **kwargs))
    try:
        return await asyncio.shield(transaction)
    except asyncio.CancelledError:
        await asyncio.wait({transaction})
        if not transaction.cancelled():
            transaction.exception()  # nobody asks for it any more
        raise


def _patient(seconds: float) -> tenacity.AsyncRetrying:
    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(DatabaseLost),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1),
        before_sleep=_tell,
        reraise=True,
    )


def _tell(state: tenacity.RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    log.warning("again in %.1f s: %s", state.upcoming_sleep, error)


class Database:
    """An open database, made by `open_database`. `shared`: other processes may be at work on it."""

    def __init__(
        self,
        reader: AsyncEngine,
        writer: AsyncEngine,
        in_our_words: Callable[[], AbstractContextManager[None]],
        *,
        shared: bool,
        apart: AsyncEngine | None = None,
    ) -> None:
        self.bell = Bell()
        self.shared = shared
        self._reader = reader
        self._writer = writer
        self._apart = apart or writer
        self._in_our_words = in_our_words
        # SQLite takes one writer at a time. Here they wait in the order of their calls, and awake at once.
        self._turnstile: AbstractAsyncContextManager[None] = nullcontext() if shared else asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only reads."""
        with _cancellation_first(), self._in_our_words():
            async with _soon(), self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, topics: Sequence[str] = (), *, apart: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end of the block; then what is in `topics` by that time is rung.

        On SQLite nobody else writes meanwhile; on Postgres lock the rows that must stay as they were read. `apart`: on
        a connection for those that must not wait until others have done with theirs.
        """
        with _cancellation_first(), self._in_our_words():
            async with self._turnstile, _soon(), (self._apart if apart else self._writer).begin() as connection:
                yield connection
                if self.shared:
                    await self._pass_on(connection, topics)
        for topic in topics:
            self.bell.ring(topic)

    async def _pass_on(self, connection: AsyncConnection, topics: Sequence[str]) -> None:
        for topic in topics:
            await connection.execute(select(func.pg_notify(postgres.CHANNEL, topic)))


def insert(connection: AsyncConnection, table: Table) -> postgresql.Insert:
    """An insertion that may say what becomes of a conflict: each database has a class of its own for it."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]  # the methods that we use are the same
    return postgresql.insert(table)


def begins_with(connection: AsyncConnection, column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """As a range, which SQLite's index serves; by code points, whatever order Postgres keeps else."""
    by_codes = column if connection.dialect.name == "sqlite" else collate(column, "C")
    return (by_codes >= prefix) & (by_codes < f"{prefix}\U0010ffff")


async def lock(connection: AsyncConnection, name: str) -> None:
    """Until the end of the transaction nobody else holds the lock of this name.

    Who is frozen with it holds the others up for no longer than a second and a half.
    """
    if connection.dialect.name != "sqlite":  # there the whole transaction is one
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1500"))
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def url_in(given: str) -> URL:
    """The URL. Raises `StoreError`, which does not show it: it may hold a password."""
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise file.bad_url("is not a database URL") from None  # the cause shows what stands for a port
    if url.drivername == "postgres":
        url = url.set(drivername="postgresql")
    if url.drivername not in ("sqlite", "postgresql"):
        raise file.bad_url(f"names {url.drivername}, and only SQLite and PostgreSQL are supported")
    return url


def shown(given: str) -> str:
    """The URL as it may be shown: without a password."""
    url = url_in(given).difference_update_query(["password", "sslpassword"])
    return url.render_as_string(hide_password=True)


def file_of(given: str) -> Path | None:
    """The file of a SQLite URL; None for a server."""
    url = url_in(given)
    return file.path_in(url) if url.drivername == "sqlite" else None


@asynccontextmanager
async def open_database(
    given: str, *, lock_timeout: float = file.LOCK_TIMEOUT, patience: float = OPENING
) -> AsyncIterator[Database]:
    """Open `sqlite:///PATH` or `postgresql://…`, its tables brought up to date.

    Raises `StoreError`: its sentence says what is wrong and what to do.
    """
    url = url_in(given)
    opened = _open_file(file.path_in(url), lock_timeout) if url.drivername == "sqlite" else _open_server(url, patience)
    async with opened as database:
        yield database


@asynccontextmanager
async def _open_file(path: Path, lock_timeout: float) -> AsyncIterator[Database]:
    await asyncio.to_thread(file.prepare, path, lock_timeout)
    engine = file.engine_on(path, lock_timeout)
    try:
        writer = engine.execution_options(begin=file.IMMEDIATE)
        yield Database(engine, writer, partial(file.in_our_words, path), shared=False)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _open_server(url: URL, patience: float) -> AsyncIterator[Database]:
    await _patient(patience)(asyncio.to_thread, postgres.prepare, url)
    engine, beats = postgres.engine_on(url), postgres.engine_on(url, 1)
    database = Database(
        engine.execution_options(isolation_level="AUTOCOMMIT"),  # one way to the server and back, not three
        engine,
        partial(postgres.in_our_words, url),
        shared=True,
        apart=beats,
    )
    try:
        async with postgres.listening(url, database.bell):
            yield database
    finally:
        await engine.dispose()
        await beats.dispose()


@asynccontextmanager
async def _soon() -> AsyncIterator[None]:
    """A server that answers no more is lost, though nobody has hung up."""
    try:
        async with asyncio.timeout(ANSWER):
            yield
    except TimeoutError as error:
        raise DatabaseLost(f"The database has not answered for {ANSWER:g} s.") from error


@contextmanager
def _cancellation_first() -> Iterator[None]:
    """A task that is cancelled in the middle of a transaction is cancelled, whatever the database then complains of."""
    try:
        yield
    except StoreError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise asyncio.CancelledError from error
        raise
