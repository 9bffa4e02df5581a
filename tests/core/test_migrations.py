from __future__ import annotations

import ast
import asyncio
import shutil
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, func, inspect, select
from sqlalchemy.engine import make_url

from core.errors import StoreError
from core.migrations import FOLDER, examine, migrate, revisions, write_revision
from core.migrations.tables import metadata
from core.postgres import MIGRATING
from core.store import open_store
from core.turn import TurnRequest
from tests.core.rows import engine_on, rows, run, writing
from tests.core.waiting import until
from tests.postgres import Server

CHECKOUT = FOLDER.parent.parent
VERSION = "CREATE TABLE alembic_version AS SELECT '0001' AS version_num"


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/migrated.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(empty=True)


@pytest.fixture
def engine(empty_url: str) -> Engine:
    return engine_on(empty_url)


def revise(engine: Engine, revision: str) -> str | None:
    """Migrate, and say which revision the database is at."""
    with engine.begin() as connection:
        migrate(connection, revision)
        return examine(connection)


def test_the_revisions_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})

        assert compare_metadata(context, metadata) == []


def test_the_revisions_make_what_the_code_would_make_itself(tmp_path: Path) -> None:
    """Also what the comparison does not see: the order of numbers is kept by AUTOINCREMENT."""
    metadata.create_all(engine_on(f"sqlite:///{tmp_path}/made.db"))
    revise(engine_on(f"sqlite:///{tmp_path}/migrated.db"), "head")
    made, migrated = (
        {table for table in metadata.tables if "AUTOINCREMENT" in schema(file, table)}
        for file in (tmp_path / "made.db", tmp_path / "migrated.db")
    )

    assert made == {"turns", "uses"}
    assert migrated == made


def test_the_revisions_make_what_the_code_would_make_itself_on_postgres(postgres: Server) -> None:
    """Column by column and index by index, as the server describes them."""
    made, migrated = (postgres.fresh(empty=True) for _ in range(2))
    metadata.create_all(engine_on(made))
    revise(engine_on(migrated), "head")

    for question in (COLUMNS, INDEXES, CONSTRAINTS):
        assert rows(made, question) == rows(migrated, question)


COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' AND column_name <> 'number'
    ORDER BY table_name, column_name"""
INDEXES = """SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY indexname"""
# Without NOT NULL: the columns say that, and Postgres gives it names that a renamed column keeps.
CONSTRAINTS = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%' AND contype <> 'n' ORDER BY 1"""


def schema(path: Path, table: str) -> str:
    connection = sqlite3.connect(path)
    try:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return str(sql)
    finally:
        connection.close()


def test_each_revision_upgrades_from_the_one_before(engine: Engine) -> None:
    assert [revise(engine, revision) for revision in revisions()] == list(revisions())


@pytest.mark.parametrize("older", revisions())
def test_any_revision_upgrades_to_the_newest(engine: Engine, older: str) -> None:
    revise(engine, older)

    assert revise(engine, "head") == revisions()[-1]


def test_turns_of_the_first_revision_keep_their_order_and_what_ran_then_has_stopped(empty_url: str) -> None:
    revise(engine_on(empty_url), "0001")
    run(empty_url, "INSERT INTO conversations (id, created_at) VALUES ('a', 1), ('b', 1)")
    for place, thread, ended in ((1, "a", "5.0"), (2, "b", "NULL"), (3, "a", "6.0")):
        run(
            empty_url,
            "INSERT INTO turns (place, id, conversation_id, generation, asker, prompt, context, status, accepted_at,"
            f" ended_at) VALUES ({place}, 't{place}', '{thread}', 1, 'Ada', 'p', '{{}}', 'complete', 4.0, {ended})",
        )
    revise(engine_on(empty_url), "head")

    assert [("t1", 1, 1, 5.0), ("t2", 2, 2, 4.0), ("t3", 3, 3, 6.0)] == rows(
        empty_url, "SELECT id, number, place, ended_at FROM turns ORDER BY number"
    )
    assert [("stopped",)] == rows(empty_url, "SELECT status FROM turns WHERE id = 't2'")
    assert [("a", 3), ("b", 2)] == rows(empty_url, "SELECT id, last_place FROM conversations ORDER BY id")


async def test_a_database_of_the_first_revision_takes_turns(empty_url: str) -> None:
    revise(engine_on(empty_url), "0001")
    async with open_store(empty_url) as store:
        assert await store.accept(TurnRequest("http:a", "c", "Hi"))
        assert await store.accept(TurnRequest("http:b", "c", "Hi"))
    places = rows(empty_url, "SELECT number, place FROM turns ORDER BY number")

    assert [(1, 1), (2, 2)] == places


async def test_several_open_a_new_postgres_database_at_once(postgres: Server) -> None:
    url = postgres.fresh(empty=True)

    async def use(n: int) -> None:
        async with open_store(url) as store:
            await store.keep_session("c", "plan", f"kept {n}")

    await asyncio.gather(*(use(n) for n in range(4)))

    assert [(revisions()[-1],)] == rows(url, "SELECT version_num FROM alembic_version")


def test_several_processes_open_a_new_postgres_database_at_once(postgres: Server) -> None:
    """Each says that it is ready, and waits for the word."""
    url = postgres.fresh(empty=True)
    code = """
import asyncio, sys
from core.store import open_store

async def use():
    async with open_store(sys.argv[1]) as store:
        await store.keep_session("c", "plan", "kept")

print("ready", flush=True)
input()
asyncio.run(use())
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, url],
            cwd=CHECKOUT,
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
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    said = [process.communicate()[1] for process in processes]

    assert ["", "", ""] == said
    assert [("kept",)] == rows(url, "SELECT session_id FROM sessions")


async def test_who_must_wait_for_another_to_bring_the_tables_up_to_date_waits(postgres: Server) -> None:
    """However long that takes; here a statement may otherwise take a tenth of a second."""
    url = postgres.fresh(empty=True)
    hurried = make_url(url).update_query_dict({"options": "-c statement_timeout=100"})

    async def use() -> None:
        async with open_store(hurried.render_as_string(hide_password=False)):
            pass

    async def waits() -> bool:
        return bool(rows(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))

    with writing(url) as connection:
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        opening = asyncio.create_task(use())
        await until(waits)
        await asyncio.sleep(0.2)

        assert not opening.done()
    await opening


@pytest.mark.parametrize("theirs", [("CREATE TABLE songs (title text)",), ("CREATE TABLE songs (title text)", VERSION)])
async def test_somebody_elses_postgres_database_is_refused_and_left_alone(
    postgres: Server, theirs: tuple[str, ...]
) -> None:
    url = postgres.fresh(empty=True)
    run(url, *theirs)
    before = rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    sentence = await refusal(url)

    assert f"{make_url(url).database} is the database of another program. Name another" in sentence
    assert before == rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")


async def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    async with open_store(database_url):
        pass
    run(database_url, "UPDATE alembic_version SET version_num = '9999'")

    assert "was written by a newer version of this software (revision 9999). Install that version" in (
        await refusal(database_url)
    )


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        async with open_store(url):
            pass
    return str(caught.value)


def test_the_revisions_are_numbered_in_their_order() -> None:
    assert [f"{number + 1:04}" for number in range(len(revisions()))] == list(revisions())
    assert all(int(later) - int(earlier) == 1 for earlier, later in pairwise(revisions()))


def test_an_empty_database_has_no_revision(engine: Engine) -> None:
    with engine.begin() as connection:
        assert examine(connection) is None


def test_a_second_migration_changes_nothing(tmp_path: Path) -> None:
    engine = engine_on(f"sqlite:///{tmp_path}/migrated.db")
    revise(engine, "head")
    before = (tmp_path / "migrated.db").read_bytes()
    revise(engine, "head")

    assert (tmp_path / "migrated.db").read_bytes() == before


async def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A view stands where the last table shall be made: the tables before it are taken back."""
    path = tmp_path / "half.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIEW turns AS SELECT 1")
    connection.close()
    with pytest.raises(StoreError, match="cannot be used"):
        async with open_store(f"sqlite:///{path}"):
            pass
    engine = create_engine(f"sqlite:///{path}")
    tables = inspect(engine).get_table_names()
    engine.dispose()

    assert tables == []


async def test_a_migration_that_fails_on_postgres_leaves_nothing(postgres: Server) -> None:
    url = postgres.fresh(empty=True)
    run(url, "CREATE VIEW turns AS SELECT 1")

    assert "cannot be used" in await refusal(url)
    assert [] == rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


def test_the_next_revision_is_written_beside_the_others(tmp_path: Path) -> None:
    """In a folder with a % in its name, too."""
    folder = tmp_path / "100%" / "migrations"
    shutil.copytree(FOLDER, folder)
    written = f"{len(revisions()) + 1:04}"
    write_revision("keep more", folder)
    module = ast.parse((folder / "versions" / f"{written}_keep_more.py").read_text())

    assert ast.get_docstring(module) == "**I/O edge.** Keep more."
    assert revisions(folder) == (*revisions(), written)


def test_the_command_asks_what_changes() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "core.migrations"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert asked.returncode == 1
    assert 'python -m core.migrations "' in asked.stderr


def test_an_installed_wheel_opens_a_store(tmp_path: Path) -> None:
    """Built from the checkout, unpacked elsewhere, run where no checkout is seen."""
    build = "import sys; from poetry.core.masonry.api import build_wheel; print(build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    installed = tmp_path / "installed"
    ZipFile(tmp_path / built.stdout.strip()).extractall(installed)
    use = f"""
import asyncio, sys
sys.path.insert(0, {str(installed)!r})
from core.store import open_store

async def use():
    async with open_store("sqlite:///installed.db") as store:
        await store.keep_session("c", "plan", "kept")
        print(sys.modules["core.store"].__file__, await store.session("c", "plan"))

asyncio.run(use())
"""
    used = subprocess.run(
        [sys.executable, "-W", "error", "-c", use], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert used.stdout.split() == [str(installed / "core" / "store.py"), "kept"]
    assert (installed / "core" / "migrations" / "script.py.mako").exists()
