from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext

from core.database import file_of
from core.errors import StoreError
from core.sqlite import switch_to_wal
from core.store import Store, open_store

CHECKOUT = Path(__file__).parents[2]


async def opened(path: Path) -> None:
    """Open and close a store, without patience."""
    async with open_store(f"sqlite:///{path}", lock_timeout=0.05):
        pass


def modes(folder: Path) -> dict[str, str]:
    return {file.name: f"{file.stat().st_mode & 0o777:o}" for file in folder.iterdir()}


def loosen(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o664)


async def pragma(store: Store, name: str) -> object:
    async with store.database.reading() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()


# The URL


def test_three_slashes_stand_before_a_relative_path() -> None:
    assert file_of("sqlite:///kept/here.db") == Path.cwd() / "kept" / "here.db"


def test_four_slashes_stand_before_an_absolute_path() -> None:
    assert file_of("sqlite:////kept/here.db") == Path("/kept/here.db")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite://kept.db", "sqlite:///kept.db?mode=ro"])
async def test_a_url_that_names_more_or_less_than_a_file_is_refused(url: str) -> None:
    assert "must name one file and nothing else." in await refusal(url)


async def test_a_database_in_memory_is_refused() -> None:
    assert "must name a file: memory is lost when the process ends." in await refusal("sqlite:///:memory:")


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        async with open_store(url):
            pass
    return str(caught.value)


# The file


async def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    old = os.umask(0)
    try:
        async with open_store(f"sqlite:///{path}") as store:
            await store.keep_session("c", "plan", "kept")
            found = modes(tmp_path)
    finally:
        os.umask(old)

    assert found == {"new.db": "600", "new.db-wal": "600", "new.db-shm": "600"}


async def test_an_existing_database_is_tightened_and_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    async with open_store(f"sqlite:///{path}") as store:
        await store.keep_session("c", "plan", "kept")
    loosen(tmp_path)
    async with open_store(f"sqlite:///{path}") as store:
        session = await store.session("c", "plan")

    assert session == "kept"
    assert modes(tmp_path) == {"old.db": "600"}


async def test_the_files_beside_a_database_in_use_are_tightened(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    async with open_store(f"sqlite:///{path}") as store:
        await store.keep_session("c", "plan", "kept")
        loosen(tmp_path)
        await opened(path)
        found = modes(tmp_path)

    assert found == {"old.db": "600", "old.db-wal": "600", "old.db-shm": "600"}


async def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    await opened(path)

    assert path.read_bytes().startswith(b"SQLite format 3")


async def test_the_connections_are_set_up(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}/new.db") as store:
        found = {
            name: await pragma(store, name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}


def test_the_switch_to_wal_waits_for_a_reader(tmp_path: Path) -> None:
    """SQLite itself does not wait here, as it does not where several processes switch at once."""
    reader = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM sqlite_master").fetchall()
    engine = create_engine(f"sqlite:///{tmp_path}/new.db", connect_args={"timeout": 0})
    refused: list[str] = []

    def stop_reading(trouble: ExceptionContext) -> None:
        refused.append(str(trouble.original_exception))
        reader.rollback()

    event.listen(engine, "handle_error", stop_reading)
    switch_to_wal(engine, lock_timeout=5)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()
    reader.close()

    assert refused == ["database is locked"]
    assert found == "wal"


async def test_several_stores_open_at_once_in_one_process(tmp_path: Path) -> None:
    await asyncio.gather(*(opened(tmp_path / f"{number % 3}.db") for number in range(9)))

    assert sorted(modes(tmp_path)) == ["0.db", "1.db", "2.db"]


def test_several_processes_open_a_new_database_at_once(tmp_path: Path) -> None:
    """Each says that it is ready, and waits for the word."""
    code = """
import asyncio
from core.store import open_store

async def use():
    async with open_store("sqlite:///shared.db") as store:
        await store.keep_session("c", "plan", "kept")

print("ready", flush=True)
input()
asyncio.run(use())
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    said = [process.communicate()[1] for process in processes]

    assert said == ["", "", ""]
    assert [process.returncode for process in processes] == [0, 0, 0]
