from __future__ import annotations

import ast
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from core.errors import StoreError
from core.migrations import FOLDER, examine, migrate, revisions, write_revision
from core.migrations.tables import metadata
from core.store import open_store

CHECKOUT = FOLDER.parent.parent


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/migrated.db")
    yield engine
    engine.dispose()


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


def test_the_revisions_make_what_the_code_would_make_itself(engine: Engine, tmp_path: Path) -> None:
    """Also what the comparison does not see: the order of places is kept by AUTOINCREMENT."""
    other = create_engine(f"sqlite:///{tmp_path}/made.db")
    metadata.create_all(other)
    other.dispose()
    revise(engine, "head")
    made, migrated = (
        {table for table in ("turns", "sessions", "conversations") if "AUTOINCREMENT" in schema(file, table)}
        for file in (tmp_path / "made.db", tmp_path / "migrated.db")
    )

    assert made == {"turns"}
    assert migrated == made


def schema(path: Path, table: str) -> str:
    connection = sqlite3.connect(path)
    try:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return str(sql)
    finally:
        connection.close()


def test_each_revision_upgrades_from_the_one_before(engine: Engine) -> None:
    assert [revise(engine, revision) for revision in revisions()] == list(revisions())


def test_any_revision_upgrades_to_the_newest(tmp_path: Path) -> None:
    for older in revisions():
        engine = create_engine(f"sqlite:///{tmp_path}/{older}.db")
        revise(engine, older)

        assert revise(engine, "head") == revisions()[-1]
        engine.dispose()


def test_the_revisions_are_numbered_in_their_order() -> None:
    assert [f"{number + 1:04}" for number in range(len(revisions()))] == list(revisions())
    assert all(int(later) - int(earlier) == 1 for earlier, later in pairwise(revisions()))


def test_an_empty_database_has_no_revision(engine: Engine) -> None:
    with engine.begin() as connection:
        assert examine(connection) is None


def test_a_second_migration_changes_nothing(engine: Engine, tmp_path: Path) -> None:
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
