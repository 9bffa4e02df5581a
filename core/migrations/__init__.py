"""**I/O edge.** Brings the tables of a database up to date, from nothing or from any older revision.

Whoever changes `core/migrations/tables.py` writes the next revision with

    python -m core.migrations "keep the message of a turn"

which puts a file into `core/migrations/versions/` (Alembic compares the tables with what the revisions
make so far): read it, mend it, keep it. A revision that was released is not changed any more. There is no
way back: an older version of the software refuses the file, and a backup is what to return to.

No alembic.ini: the revisions are found beside this file, in a checkout as in an installed wheel.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from core.errors import StoreError

FOLDER = Path(__file__).parent
VERSION_TABLE = "alembic_version"
_upgrading = Lock()  # Alembic keeps the connection that it works on in a module

OURS = frozenset({VERSION_TABLE, "turns"})
"""Tables that stand in every revision: a database with others, but without these, is somebody else's."""


def examine(connection: Connection) -> str | None:
    """The revision of the database, None for an empty one; only reads.

    Raises `StoreError` for somebody else's database, and for one from a newer version of the software.
    """
    tables = frozenset(inspect(connection).get_table_names())
    if tables - {VERSION_TABLE} and not tables >= OURS:
        raise StoreError(
            f"{_path(connection)} is the database of another program. Name another one in ORCHESTRATOR_DATABASE_URL."
        )
    revision = _revision(connection) if VERSION_TABLE in tables else None
    if revision is not None and revision not in revisions():
        raise StoreError(
            f"The database {_path(connection)} was written by a newer version of this software"
            f" (revision {revision}). Install that version, or restore an older backup."
        )
    return revision


def migrate(connection: Connection, revision: str = "head") -> None:
    """Upgrade within the connection's transaction: all or nothing; one at a time in a process.

    Raises `StoreError` as `examine` does.
    """
    target = revisions()[-1] if revision == "head" else revision
    if examine(connection) != target:
        with _upgrading:
            command.upgrade(_config(connection, FOLDER), target)


def revisions(folder: Path = FOLDER) -> tuple[str, ...]:
    """All revisions, the oldest first."""
    newest_first = ScriptDirectory(str(folder)).walk_revisions()
    return tuple(script.revision for script in newest_first)[::-1]


def write_revision(message: str, folder: Path = FOLDER) -> None:
    """Write the next revision: what leads from the newest one to the tables as they are in `tables.py`."""
    with TemporaryDirectory() as scratch:
        engine = create_engine(f"sqlite:///{scratch}/scratch.db")
        with engine.begin() as connection:
            config = _config(connection, folder)
            command.upgrade(config, "head")
            number = f"{len(revisions(folder)) + 1:04}"
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()


def _config(connection: Connection, folder: Path) -> Config:
    config = Config(attributes={"connection": connection})
    # The option goes through an interpolation that reads % as its own.
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 our own constant  # nosec B608
    return found


def _path(connection: Connection) -> str | None:
    return connection.engine.url.database
