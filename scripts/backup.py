"""**I/O edge.** Both databases into one file, also while turns run; and back, while none do.

python -m scripts.backup save FILE        of ORCHESTRATOR_DATABASE_URL, as the bot has it
python -m scripts.backup restore FILE     in its place: what was there is gone

Postgres needs pg_dump and pg_restore of at least the server's version: Debian's postgresql-client, or --bin FOLDER.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL

from core.database import file_of, url_in
from core.durable.lock import exclusive
from core.durable.membership import BEATS
from core.errors import OrchestratorError, StoreError


class Where(BaseSettings):
    """The one setting that is needed: who restores need not have the keys."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")
    orchestrator_database_url: str = "sqlite:///orchestrator.db"


def save(given: str, target: Path, *, programs: str = "") -> None:
    """The database as it is at one moment. Who writes meanwhile waits no longer than for another writer."""
    file = file_of(given)
    with _beside(target) as unfinished:
        if file:
            _copy(file, unfinished)
        else:
            _run(programs, "pg_dump", url_in(given), "--format=custom", "--no-owner", f"--file={unfinished}")


def restore(given: str, source: Path, *, programs: str = "") -> None:
    """Put the database back as it was then. Raises `StoreError` where a bot is at work on it."""
    if not source.is_file():
        raise StoreError(f"There is no backup {source}.")
    if file := file_of(given):
        _restore_file(source, file)
        return
    url = url_in(given)
    _nobody_at_work(url)
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(programs, "pg_restore", url, *options, str(source))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file that takes the target's place once it is whole. Nobody else may read it: prompts and answers are in it."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        yield unfinished
        _to_disk(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _copy(source: Path, target: Path) -> None:
    """By SQLite's own backup: all pages in one step are one moment."""
    if not source.is_file():
        raise StoreError(f"There is no database {source}.")
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        (said,) = copy.execute("PRAGMA integrity_check").fetchone()
    if said != "ok":
        raise StoreError(f"The copy of {source} is not whole: {said}")


def _restore_file(source: Path, file: Path) -> None:
    with exclusive(file), _beside(file) as unfinished:
        try:
            _copy(source, unfinished)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{source} is no backup of a SQLite database: {error}.") from error
        for name in (f"{file}-wal", f"{file}-shm"):
            Path(name).unlink(missing_ok=True)


def _nobody_at_work(url: URL) -> None:
    """A bot that lives shows itself every two seconds."""
    lives = "SELECT count(*) FROM processes WHERE beat > extract(epoch FROM clock_timestamp()) - %s"
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address) as connection:
            found = connection.execute(lives, (BEATS.stale,)).fetchone()
    except psycopg.errors.UndefinedTable:
        return  # an empty database: nobody was ever here
    except psycopg.OperationalError as error:
        raise StoreError("The database cannot be reached: look at its address, and at the server.") from error
    if found and found[0]:
        raise StoreError(f"{found[0]} orchestrators are at work on this database. Stop them first.")


def _run(folder: str, program: str, url: URL, *options: str) -> None:
    """Its password goes by the environment: arguments can be read by everybody on the machine."""
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [str(Path(folder) / program), f"--dbname={_without_password(url)}", *options]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    except FileNotFoundError as error:
        raise StoreError(f"{program} is not there: install postgresql-client, or name its folder by --bin.") from error
    if done.returncode:
        raise StoreError(f"{program} has failed: {done.stderr.strip()}")


def _without_password(url: URL) -> str:
    plain = url.set(drivername="postgresql")
    return URL.create(
        plain.drivername, plain.username, None, plain.host, plain.port, plain.database, plain.query
    ).render_as_string(hide_password=False)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.backup", description="Save the database, or restore it.")
    parser.add_argument("what", choices=["save", "restore"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--bin", default="", help="The folder of pg_dump and pg_restore.")
    given = parser.parse_args(arguments)
    do = save if given.what == "save" else restore
    try:
        do(Where().orchestrator_database_url, given.file, programs=given.bin)
    except OrchestratorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
