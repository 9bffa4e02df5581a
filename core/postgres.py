"""**I/O edge.** A Postgres database: how it is reached, brought up to date, listened to, and what its errors mean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import create_engine, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.bell import Bell
from core.errors import DatabaseFull, DatabaseLost, StoreError
from core.migrations import migrate

log = logging.getLogger(__name__)

DRIVER = "postgresql+psycopg"
POOL = 16
"""Connections of one process; one more beats, and one listens. Transactions are short: 200 turns never held ten."""

CHANNEL = "orchestrator"
"""The name under which rings are passed on (NOTIFY)."""

MIGRATING = 4_732_190_011
"""The advisory lock of who brings the tables up to date; any number that nobody else uses."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds before who listens connects again."""

LIMITS = (
    # A process that is frozen in the middle of a transaction may not hold its locks for ever.
    "-c idle_in_transaction_session_timeout=5000",
    "-c statement_timeout=30000",
)
REACHING = {
    "application_name": "orchestrator",
    "connect_timeout": 5,
    # A server that has vanished without a word is noticed after some 15 s.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}

_LOST = ("08", "57P", "57014", "40", "53300", "25006", "25P03")
"""SQLSTATEs and classes of them: connection, shutdown, conflict, too many clients, read-only after a failover, too
slow, frozen for too long (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_FULL = "53100"
_REFUSALS = (None, "28P01", "28000", "3D000", "42501")
_REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied")
"""What the server says as it refuses a connection for good: libpq hands no SQLSTATE on there."""


def engine_on(url: URL, pool: int = POOL) -> AsyncEngine:
    """An engine of so many connections; parameters (prompts, answers) do not get into its errors."""
    engine = create_async_engine(
        url.set(drivername=DRIVER),
        connect_args=_reaching(url),
        hide_parameters=True,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10.0,
    )
    event.listen(engine.sync_engine, "do_executemany", _one_by_one)
    return engine


def _one_by_one(cursor: DBAPICursor, statement: str, rows: Sequence[Any], _: object) -> bool:
    """psycopg would make a pipeline of several rows. A server that waits for the rest of one counts as busy, so that no
    timeout takes the locks from a process that was frozen there. True: it is done."""
    for row in rows:
        cursor.execute(statement, row)
    return True


def prepare(url: URL) -> None:
    """Bring the tables up to date. Blocks. Several processes at once take turns."""
    engine = create_engine(url.set(drivername=DRIVER), connect_args=_reaching(url), poolclass=NullPool)
    try:
        with in_our_words(url), engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # large tables, and those before us, take time
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            migrate(connection)
    finally:
        engine.dispose()


@contextmanager
def in_our_words(url: URL) -> Iterator[None]:
    """Whatever goes wrong with the database is a `StoreError`, in a sentence for the operator."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        raise _translated(error, f"The database {name_of(url)}") from error
    except UnicodeEncodeError as error:
        raise StoreError("The text holds half a character (a lone surrogate): it cannot be kept.") from error


def name_of(url: URL) -> str:
    """For messages: where it is, without user and password."""
    return f"{url.host or 'on this machine'}/{url.database or ''}"


def _translated(error: Exception, database: str) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = str(cause).strip().partition("\n")[0]
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate in _REFUSALS and any(word in said for word in _REFUSED):
        return StoreError(f"{database} refuses us: look at user, password and name in ORCHESTRATOR_DATABASE_URL.")
    if sqlstate == _FULL:
        return DatabaseFull(f"{database} cannot grow: the disk of its server is full. Make room there.")
    if _is_lost(error, sqlstate):
        return DatabaseLost(f"{database} cannot be reached: look whether the server runs, and at the network.")
    return StoreError(f"{database} cannot be used ({sqlstate or type(cause).__name__}).")


def _is_lost(error: Exception, sqlstate: str | None) -> bool:
    if isinstance(error, PoolTimeout | PendingRollbackError):  # the latter: the connection broke in the middle
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if sqlstate is None:
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return sqlstate.startswith(_LOST)


def _reaching(url: URL) -> dict[str, object]:
    own = url.query.get("options", "")
    options = " ".join((*LIMITS, *((own,) if isinstance(own, str) else own)))
    return {**REACHING, "options": options.strip()}


@asynccontextmanager
async def listening(url: URL, bell: Bell) -> AsyncIterator[None]:
    """Pass on what other processes ring, as long as the block lasts."""
    task = asyncio.create_task(_listen(url, bell))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(url: URL, bell: Bell) -> None:
    """On a connection of its own; after a loss everybody looks again, for what was rung meanwhile."""
    # Several hosts are written in SQLAlchemy's way.
    _, where = PGDialect_psycopg().create_connect_args(url)  # type: ignore[no-untyped-call]
    pause = FIRST_PAUSE
    while True:
        with suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(autocommit=True, **{**where, **_LISTENER}) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                bell.ring_all()
                pause = FIRST_PAUSE
                async for notice in connection.notifies():
                    bell.ring(notice.payload)
        log.warning("the database %s passes no rings on; connecting again in %g s", name_of(url), pause)
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, 2 * pause)


_LISTENER: dict[str, Any] = {**REACHING, "application_name": "orchestrator (listens)"}
