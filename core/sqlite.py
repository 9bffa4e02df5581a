"""**I/O edge.** The SQLite file: where it is, who may read it, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.errors import DatabaseFull, StoreError
from core.migrations import examine, migrate
from core.one_trip import connect

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another writer of the same file."""

IMMEDIATE = "BEGIN IMMEDIATE"
"""For the execution option `begin`: take the write lock first, so that nothing changes after it was read."""

_RIGHTS = "Give this user the right to write to it and to its folder."
_REASONS = {
    sqlite3.SQLITE_BUSY: "is locked: another program is writing to it. Stop that program, or try again.",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Make room, then try again.",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error. Check the disk.",
    sqlite3.SQLITE_CORRUPT: "is damaged. Restore a backup, or move the file away to begin a new one.",
    sqlite3.SQLITE_NOTADB: "is no SQLite database. Name another file in ORCHESTRATOR_DATABASE_URL.",
    sqlite3.SQLITE_READONLY: f"cannot be written. {_RIGHTS}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened. {_RIGHTS}",
}

# One file at a time is prepared in a process. Closing a file gives up every lock that the process holds on
# it (https://www.sqlite.org/howtocorrupt.html, 2.2), so nobody may have it open while it is created.
_preparing = threading.Lock()


def path_in(url: URL) -> Path:
    """The file of a URL: `sqlite:///` stands before a relative path, `sqlite:////` before an absolute one."""
    match url:
        case URL(host=None, database=str(path), query=query) if path and not query:
            if path != ":memory:":
                return Path(path).absolute()
            raise bad_url("must name a file: memory is lost when the process ends")
        case _:
            raise bad_url("must name one file and nothing else")


def prepare(path: Path, lock_timeout: float) -> None:
    """Make the file or tighten its mode to 0600, and bring its tables up to date. Blocks.

    Safe when several processes do it at once. A file that is not ours stays as it was found.
    """
    with _preparing, in_our_words(path), _file_in_our_words(path):
        _create(path)
        # Foreign keys stay off here: a revision may have to drop a table and build it anew.
        engine = create_engine(_address(path, "sqlite"), connect_args=_connect_args(lock_timeout))
        event.listen(engine, "begin", _begin)
        try:
            _bring_up_to_date(engine, path, lock_timeout)
        finally:
            engine.dispose()


def switch_to_wal(engine: Engine, lock_timeout: float) -> None:
    """It takes the file for itself for a moment, and does not wait for that: seen as several open at once."""
    deadline = time.monotonic() + lock_timeout
    while True:
        try:
            with engine.execution_options(begin=None).connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                return
        except OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def engine_on(path: Path, lock_timeout: float) -> AsyncEngine:
    """An engine on a prepared file. Transactions that write need the execution option `begin=IMMEDIATE`."""
    connector = partial(sqlite3.connect, path, check_same_thread=False, **_connect_args(lock_timeout))
    engine = create_async_engine(
        _address(path, "sqlite+aiosqlite"),
        async_creator=partial(connect, connector),
        hide_parameters=True,  # prompts and answers do not belong into a log
        pool_reset_on_return=None,  # every transaction of ours ends in its block; a rollback more is a trip to a thread
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """Whatever goes wrong with the file is a `StoreError`, in a sentence for the operator."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        kind = DatabaseFull if _code(error) == sqlite3.SQLITE_FULL else StoreError
        raise kind(f"The database {path} {_reason(error)}") from error
    except UnicodeEncodeError as error:
        raise StoreError("The text holds half a character (a lone surrogate): it cannot be kept.") from error


@contextmanager
def _file_in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreError(
            f"The folder {path.parent} does not exist. Make it, or name another in ORCHESTRATOR_DATABASE_URL."
        ) from error
    except OSError as error:
        raise StoreError(f"The database {path} cannot be opened: {error.strerror}. {_RIGHTS}") from error


def _reason(error: Exception) -> str:
    name = getattr(_cause(error), "sqlite_errorname", type(error).__name__)
    return _REASONS.get(_code(error), f"cannot be used ({name}).")


def _code(error: Exception) -> int:
    """The low byte is the primary code, the rest tells its kinds apart (https://www.sqlite.org/rescode.html)."""
    code: int = getattr(_cause(error), "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _cause(error: Exception) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def _bring_up_to_date(engine: Engine, path: Path, lock_timeout: float) -> None:
    with engine.connect() as connection:
        examine(connection)
    _make_private(path)
    switch_to_wal(engine, lock_timeout)
    with engine.execution_options(begin=IMMEDIATE).begin() as connection:
        migrate(connection)


def _create(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a file. Name another one in ORCHESTRATOR_DATABASE_URL.")
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _make_private(path: Path) -> None:
    """SQLite gives the files beside it (`-wal`, `-shm`) the same mode; those that are there are mended."""
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if file.exists() and file.stat().st_mode & 0o777 != 0o600:
            file.chmod(0o600)


def _begin(connection: Connection) -> None:
    """Python's own BEGIN comes only before the first change: too late for what was read before it."""
    statement = connection.get_execution_options().get("begin", "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)


def _set_pragmas(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL this survives a killed process
    cursor.close()


def _connect_args(lock_timeout: float) -> dict[str, Any]:
    return {"timeout": lock_timeout, "isolation_level": None}


def _address(path: Path, driver: str) -> URL:
    return URL.create(driver, database=str(path))


def bad_url(wrong: str) -> StoreError:
    """What is wrong with it, without the URL itself: it may hold a password."""
    return StoreError(
        f"ORCHESTRATOR_DATABASE_URL {wrong}. Write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
    )
