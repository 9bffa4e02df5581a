from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import Pool

from core.errors import DatabaseFull, StoreError
from core.store import open_store
from core.turn import TurnRequest

NOBODY = 65534


async def opened(path: Path) -> None:
    """Open and close a store, without patience."""
    async with open_store(f"sqlite:///{path}", lock_timeout=0.05):
        pass


async def told(path: Path) -> str:
    """Why the store cannot be opened."""
    with pytest.raises(StoreError) as caught:
        await opened(path)
    return str(caught.value)


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def run_sql(path: Path, *statements: str) -> None:
    """What another program does to the file."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@contextmanager
def without_privileges() -> Iterator[None]:
    """The superuser may write anywhere: for a while, be nobody."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    run_sql(path, "CREATE TABLE songs (title)")
    path.chmod(0o644)
    before = path.read_bytes()
    sentence = await told(path)

    assert sentence == (f"{path} is the database of another program. Name another one in ORCHESTRATOR_DATABASE_URL.")
    assert path.read_bytes() == before
    assert mode(path) == "644"


async def test_a_database_that_another_program_migrates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    run_sql(
        path,
        "CREATE TABLE songs (title)",
        "CREATE TABLE alembic_version (version_num)",
        "INSERT INTO alembic_version VALUES ('0001')",
    )

    assert "is the database of another program" in await told(path)


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    await opened(path)
    run_sql(path, "UPDATE alembic_version SET version_num = '9999'")

    assert await told(path) == (
        f"The database {path} was written by a newer version of this software (revision 9999)."
        " Install that version, or restore an older backup."
    )


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 1000)
    sentence = await told(path)

    assert sentence == (f"The database {path} is no SQLite database. Name another file in ORCHESTRATOR_DATABASE_URL.")
    assert path.read_text() == "Dear Ada, " * 1000


async def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    await opened(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))

    assert await told(path) == (
        f"The database {path} is damaged. Restore a backup, or move the file away to begin a new one."
    )


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    before = mode(tmp_path)
    sentence = await told(tmp_path)

    assert sentence == f"{tmp_path} is not a file. Name another one in ORCHESTRATOR_DATABASE_URL."
    assert mode(tmp_path) == before


async def test_a_device_is_no_database() -> None:
    before = mode(Path("/dev/null"))
    sentence = await told(Path("/dev/null"))

    assert sentence == "/dev/null is not a file. Name another one in ORCHESTRATOR_DATABASE_URL."
    assert mode(Path("/dev/null")) == before


async def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    sentence = await told(tmp_path / "missing" / "new.db")
    found = os.listdir(tmp_path)

    assert sentence == (
        f"The folder {tmp_path}/missing does not exist. Make it, or name another in ORCHESTRATOR_DATABASE_URL."
    )
    assert not found


async def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert f"The folder {tmp_path}/file does not exist." in await told(tmp_path / "file" / "new.db")


async def test_a_folder_that_may_not_be_written_is_told(open_folder: Path) -> None:
    os.chmod(open_folder, 0o555)
    with without_privileges():
        sentence = await told(open_folder / "new.db")

    assert sentence == (
        f"The database {open_folder}/new.db cannot be opened: Permission denied."
        " Give this user the right to write to it and to its folder."
    )


async def test_a_database_in_a_folder_that_may_not_be_written_is_told(open_folder: Path) -> None:
    path = open_folder / "old.db"
    await opened(path)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, -1)
    os.chmod(open_folder, 0o555)
    with without_privileges():
        sentence = await told(path)

    assert sentence == (
        f"The database {path} cannot be written. Give this user the right to write to it and to its folder."
    )


async def test_a_database_that_another_program_holds_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    sentence = await told(path)
    connection.close()

    assert sentence == (
        f"The database {path} is locked: another program is writing to it. Stop that program, or try again."
    )


async def test_a_database_that_another_program_reads_cannot_be_switched(tmp_path: Path) -> None:
    path = tmp_path / "read.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM sqlite_master").fetchall()
    sentence = await told(path)
    connection.close()

    assert "is locked" in sentence


async def test_a_database_that_is_locked_for_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    async with open_store(f"sqlite:///{path}", lock_timeout=0.05) as store:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked: another program is writing to it"):
            await store.keep_session("c", "plan", "kept")
        connection.close()
        await store.keep_session("c", "plan", "kept after all")

        assert await store.session("c", "plan") == "kept after all"


async def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """The database may not grow: SQLite says then what it says when the disk is full."""

    def cap(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count = 1")

    path = tmp_path / "full.db"
    async with open_store(f"sqlite:///{path}") as store:
        event.listen(Pool, "connect", cap)
        try:
            with pytest.raises(DatabaseFull) as caught:
                await store.accept(TurnRequest("http:a", "c", "long " * 100_000))
        finally:
            event.remove(Pool, "connect", cap)

        assert str(caught.value) == (f"The database {path} cannot grow: the disk is full. Make room, then try again.")
        assert await store.turn(TurnRequest("http:a", "c", "").turn_id) is None


async def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    """The process may not write large files: for SQLite, a write that fails."""
    path = tmp_path / "failing.db"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with open_store(f"sqlite:///{path}") as store:
        await store.keep_session("c", "plan", "kept")
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            with pytest.raises(StoreError) as caught:
                await store.accept(TurnRequest("http:a", "c", "long " * 100_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        session = await store.session("c", "plan")

    assert str(caught.value) == (
        f"The database {path} cannot be read or written: the disk reports an error. Check the disk."
    )
    assert session == "kept"


async def test_the_cause_of_a_store_error_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 1000)
    with pytest.raises(StoreError) as caught:
        await opened(path)

    assert "file is not a database" in str(caught.value.__cause__)
