"""**I/O edge.** A fuse: the process ends itself with SIGKILL at the Nth commit of any of its databases.

Only commits that wrote something are counted: between two of them nothing is different for the process that comes
after. SQLAlchemy tells of a commit just before the driver makes it; that it was made is known
when the same connection goes back into its pool.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

log = logging.getLogger(__name__)

READING = ("SELECT", "PRAGMA", "BEGIN")
BY_THE_CLOCK = ("UPDATE processes", "DELETE FROM processes", "UPDATE turns SET attempt=(turns.attempt")
"""Beats, and looks for what is nobody's: how many there are by some moment is never the same."""

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Kill:
    """At which commit, counted from 1, and on which side of it. Only those that begin to write with `of` count."""

    moment: Literal["before", "after"]
    commit: int
    of: str = ""


class Fuse:
    """Burns once it is lit; without a `kill` it only counts. Each commit is told in the log."""

    def __init__(self, kill: Kill | None) -> None:
        self.burnt = 0
        self._kill = kill
        self._lit = False
        self._lock = threading.Lock()
        self._written: dict[int, str] = {}
        self._doomed: int | None = None
        event.listen(Engine, "before_cursor_execute", self._on_statement)
        event.listen(Engine, "commit", self._on_commit)
        event.listen(Engine, "rollback", self._on_rollback)
        event.listen(Pool, "checkin", self._on_checkin)

    def light(self) -> None:
        self._lit = True

    def _on_statement(self, connection: Connection, _cursor: Any, statement: str, *_: object) -> None:
        if self._lit and not statement.startswith(READING + BY_THE_CLOCK):
            self._written.setdefault(_key(connection.connection.dbapi_connection), statement)

    def _on_commit(self, connection: Connection) -> None:
        key = _key(connection.connection.dbapi_connection)
        with self._lock:
            wrote = self._written.pop(key, None)
            if wrote is None or (self._kill and not wrote.startswith(self._kill.of)):
                return
            self.burnt += 1
            log.info("commit %d: %s", self.burnt, " ".join(wrote.split())[:SHOWN])
            match self._kill:
                case Kill("before", self.burnt, _):
                    die()
                case Kill("after", self.burnt, _):
                    self._doomed = key

    def _on_rollback(self, connection: Connection) -> None:
        self._written.pop(_key(connection.connection.dbapi_connection), None)

    def _on_checkin(self, connection: Any, _record: object) -> None:
        if self._doomed is not None and _key(connection) == self._doomed:
            die()


def die() -> None:
    """At once: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def _key(connection: object) -> int:
    return id(connection)
