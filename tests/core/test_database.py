"""What the store stands on: transactions, rings, and connections that are lost."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from core import postgres
from core.database import Database, file_of, lock, open_database, riding_out, shown, url_in
from core.errors import DatabaseFull, DatabaseLost, StoreError
from core.migrations.tables import conversations
from core.store import Store
from tests.core.database_faults import away, kill, kill_who_listens
from tests.core.rows import rows, run
from tests.core.waiting import until
from tests.postgres import Server


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        if opened.shared:
            await connected(opened)
        yield opened


async def begin(database: Database, name: str, topics: list[str] | None = None) -> None:
    async with database.writing(topics or []) as connection:
        await connection.execute(insert(conversations).values(id=name, created_at=1.0))


async def begun(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(conversations.c.id).order_by("id"))).scalars())


async def refusal(url: str, *, patience: float = 30.0) -> StoreError:
    """Why the database cannot be opened."""
    with pytest.raises(StoreError) as caught:
        async with open_database(url, patience=patience):
            pass
    return caught.value


# The URL


@pytest.mark.parametrize("url", ["postgresql://bot@db/kept", "postgres://bot@db/kept"])
def test_postgres_goes_by_either_name(url: str) -> None:
    assert ("postgresql", "kept", None) == (url_in(url).drivername, url_in(url).database, file_of(url))


def test_a_file_is_found_in_its_url(tmp_path: Path) -> None:
    assert tmp_path / "kept.db" == file_of(f"sqlite:///{tmp_path}/kept.db")


@pytest.mark.parametrize("url", ["mysql://bot@db/kept", "postgresql+asyncpg://bot@db/kept", "sqlite+pysqlite:///x"])
async def test_another_kind_of_database_is_refused(url: str) -> None:
    kind = url.partition(":")[0]

    assert (
        f"ORCHESTRATOR_DATABASE_URL names {kind}, and only SQLite and PostgreSQL are supported."
        " Write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME." == str(await refusal(url))
    )


@pytest.mark.parametrize("url", ["hunter2.db", "postgresql://bot:hunter2", "postgresql://db:hunter2/kept"])
async def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    error = await refusal(url)

    assert "ORCHESTRATOR_DATABASE_URL is not a database URL. Write" in str(error)
    assert "hunter2" not in "".join(traceback.format_exception(error)).replace(repr(url), "")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hunter2@db/kept",
        "postgresql://bot:hunter%232@db/kept?sslmode=require",
        "postgresql://db/kept?user=bot&password=hunter2",
        "postgresql://bot@db/kept?sslmode=require&sslpassword=hunter2",
    ],
)
def test_a_password_is_not_shown(url: str) -> None:
    assert "hunter" not in shown(url)
    assert "db/kept" in shown(url)


# Rings


async def test_what_has_changed_is_rung_after_the_commit_and_not_before(database: Database) -> None:
    with database.bell.heard("thread") as ear:
        async with database.writing(["thread"]) as connection:
            await connection.execute(insert(conversations).values(id="c", created_at=1.0))

            assert not ear.is_set()
        assert ear.is_set()


async def test_what_is_found_out_on_the_way_is_rung_too(database: Database) -> None:
    topics: list[str] = []
    with database.bell.heard("thread") as ear:
        async with database.writing(topics):
            topics.append("thread")

        assert ear.is_set()


async def test_what_was_not_committed_is_not_rung(database: Database) -> None:
    with database.bell.heard("thread") as ear:
        with pytest.raises(RuntimeError):
            async with database.writing(["thread"]):
                raise RuntimeError("in the middle")

        assert not ear.is_set()


async def test_other_processes_hear_what_was_committed_and_nothing_else(url: str) -> None:
    async with open_database(url) as here, open_database(url) as there:
        with there.bell.heard("taken back") as silent, there.bell.heard("kept") as ear:
            await connected(there)
            with pytest.raises(RuntimeError):
                async with here.writing(["taken back"]):
                    raise RuntimeError("in the middle")
            await begin(here, "c", ["kept"])
            await ear.wait()

            assert not silent.is_set()
            assert ["c"] == await begun(there)


async def connected(database: Database) -> None:
    """Wait until it hears; what it was woken by as it began to is forgotten."""
    with database.bell.heard("are you there?") as ear:
        while not ear.is_set():
            async with await psycopg.AsyncConnection.connect(_address(database), autocommit=True) as another:
                await another.execute("SELECT pg_notify('orchestrator', 'are you there?')")
            await asyncio.sleep(0.01)
    for ears in database.bell._ears.values():
        for one in ears:
            one.clear()


def _address(database: Database) -> str:
    url = database._writer.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def test_after_a_loss_everybody_looks_again(url: str) -> None:
    async with open_database(url) as database:
        await connected(database)
        with database.bell.heard("whatever was missed") as ear:
            await kill_who_listens(url)
            await ear.wait()


async def test_rings_come_through_again_after_the_server_was_away(url: str, postgres: Server) -> None:
    async with open_database(url) as here, open_database(url) as there:
        await connected(there)
        async with away(postgres):
            pass
        await connected(there)
        with there.bell.heard("thread") as ear:
            await riding_out(begin)(here, "c", ["thread"])
            await ear.wait()


# Lost connections


async def test_a_method_whose_connection_dies_in_the_middle_is_made_again(url: str) -> None:
    made = 0

    async def keep(database: Database) -> None:
        nonlocal made
        made += 1
        async with database.writing() as connection:
            await connection.execute(insert(conversations).values(id=f"c{made}", created_at=1.0))
            if made == 1:
                await kill(url, connection)

    async with open_database(url) as database:
        await riding_out(keep)(database)
        found = await begun(database)

    assert (2, ["c2"]) == (made, found)


async def test_a_server_that_starts_again_is_waited_for(url: str, postgres: Server) -> None:
    tried = asyncio.Event()

    async def keep(database: Database) -> None:
        try:
            await begin(database, "c")
        finally:
            tried.set()

    async with open_database(url) as database:
        await begin(database, "before")
        async with away(postgres):
            keeping = asyncio.create_task(riding_out(keep)(database))
            await tried.wait()

            assert not keeping.done()
        await keeping
        found = await begun(database)

    assert ["before", "c"] == found


async def test_the_store_rides_it_out(url: str, postgres: Server) -> None:
    async with open_database(url) as database:
        store = Store(database)
        await store.keep_session("c", "plan", "one")
        async with away(postgres):
            found = asyncio.create_task(store.session("c", "plan"))
            await asyncio.sleep(0)

        assert "one" == await found


async def test_patience_ends(url: str, postgres: Server) -> None:
    tries = 0

    async def look(database: Database) -> None:
        nonlocal tries
        tries += 1
        await begun(database)

    async with open_database(url) as database, away(postgres):
        with pytest.raises(DatabaseLost, match="cannot be reached: look whether the server runs, and at the network"):
            await riding_out(look, 0.3)(database)

    assert tries > 1


async def test_what_is_wrong_with_what_was_asked_is_not_asked_again(database: Database) -> None:
    tries = 0

    async def keep() -> None:
        nonlocal tries
        tries += 1
        await begin(database, "c")

    await keep()
    with pytest.raises(StoreError, match="cannot be used") as caught:
        await riding_out(keep)()

    assert not isinstance(caught.value, DatabaseLost)
    assert 2 == tries


async def test_two_that_stand_in_each_others_way_are_both_done(url: str) -> None:
    """The server ends a deadlock by refusing one of them."""
    held: set[str] = set()
    both = asyncio.Event()

    @riding_out
    async def cross(database: Database, *names: str) -> None:
        async with database.writing() as connection:
            await lock(connection, names[0])
            held.add(names[0])
            if len(held) == 2:
                both.set()
            await both.wait()
            await lock(connection, names[1])

    async with open_database(url) as database:
        await asyncio.gather(cross(database, "a", "b"), cross(database, "b", "a"))

    assert {"a", "b"} == held


async def test_who_is_frozen_in_the_middle_holds_nothing_for_ever(url: str) -> None:
    """It is half a second here: the last option counts."""
    impatient = make_url(url).update_query_dict({"options": "-c idle_in_transaction_session_timeout=500"})

    async def freeze(database: Database) -> None:
        async with database.writing() as connection:
            await lock(connection, "a")
            async with open_database(url) as other:
                await _take(other, "a")
            await lock(connection, "b")

    async with open_database(impatient.render_as_string(hide_password=False)) as frozen:
        with pytest.raises(DatabaseLost):
            await freeze(frozen)


# Cancellation


async def test_who_is_cancelled_in_a_transaction_is_cancelled_and_holds_nothing(url: str) -> None:
    async with open_database(url) as database:
        async with database.writing() as connection:
            await lock(connection, "a")
            waiting = asyncio.create_task(_take(database, "a"))
            await until(partial(_waits_for_a_lock, url))
            waiting.cancel()
            await asyncio.wait([waiting])
        await _take(database, "a")

    assert waiting.cancelled()


async def _waits_for_a_lock(url: str) -> bool:
    return bool(rows(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


async def _take(database: Database, name: str) -> None:
    async with database.writing() as connection:
        await lock(connection, name)


async def test_who_is_cancelled_while_the_database_is_away_is_cancelled(url: str, postgres: Server) -> None:
    tried = asyncio.Event()

    @riding_out
    async def look(database: Database) -> None:
        try:
            await begun(database)
        finally:
            tried.set()

    async with open_database(url) as database, away(postgres):
        looking = asyncio.create_task(look(database))
        await tried.wait()
        looking.cancel()
        await asyncio.wait([looking])

    assert looking.cancelled()


async def test_a_complaint_of_the_database_does_not_hide_a_cancellation(database: Database) -> None:
    async def complain() -> None:
        async with database.writing():
            try:
                await asyncio.Event().wait()
            finally:
                raise StoreError("the connection is closed")

    task = asyncio.create_task(complain())
    while not task.cancelled():
        task.cancel()
        await asyncio.wait([task], timeout=0.01)

    assert task.cancelled()


# What cannot be opened


async def test_an_unknown_database_is_told_with_its_remedy(postgres: Server) -> None:
    url = make_url(postgres.url("nowhere")).set(password="hunter2")
    error = await refusal(url.render_as_string(hide_password=False))

    assert (
        "The database on this machine/nowhere refuses us:"
        " look at user, password and name in ORCHESTRATOR_DATABASE_URL." == str(error)
    )
    assert not isinstance(error, DatabaseLost)
    assert "hunter2" not in "".join(traceback.format_exception(error))


async def test_an_unknown_user_is_told_with_its_remedy(url: str) -> None:
    stranger = make_url(url).set(username="stranger", password="hunter2")
    error = await refusal(stranger.render_as_string(hide_password=False))

    assert "refuses us: look at user, password and name" in str(error)
    assert "hunter2" not in "".join(traceback.format_exception(error))


@contextmanager
def asked_for_a_password(url: str) -> Iterator[None]:
    """For the length of the block the server asks the user `guarded` for one."""
    ((path,),) = rows(url, "SELECT setting FROM pg_settings WHERE name = 'hba_file'")
    run(url, "CREATE ROLE guarded LOGIN PASSWORD 'right'", _rules(path, "local all guarded scram-sha-256"))
    try:
        guarded = make_url(url).set(username="guarded", password="wrong").render_as_string(hide_password=False)
        while _connects(guarded):
            run(url, "SELECT pg_reload_conf()")
        yield
    finally:
        run(url, _rules(path), "SELECT pg_reload_conf()", "DROP ROLE guarded")


def _rules(path: str, first: str = "") -> str:
    rules = "\n".join((first, "local all all trust"))
    return f"COPY (SELECT unnest(string_to_array('{rules}', E'\\n'))) TO '{path}'"


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


async def test_a_refused_password_is_told_with_its_remedy_and_not_shown(url: str) -> None:
    guarded = make_url(url).set(username="guarded", password="hunter2").render_as_string(hide_password=False)
    with asked_for_a_password(url):
        error = await refusal(guarded)

    assert "refuses us: look at user, password and name in ORCHESTRATOR_DATABASE_URL." in str(error)
    assert not isinstance(error, DatabaseLost)
    assert "hunter2" not in "".join(traceback.format_exception(error))


async def test_a_server_that_is_not_there_is_told_with_its_remedy(tmp_path: Path) -> None:
    error = await refusal(f"postgresql://bot:hunter2@/kept?host={tmp_path}", patience=0.0)

    assert (
        "The database on this machine/kept cannot be reached: look whether the server runs, and at the network."
        == str(error)
    )
    assert "hunter2" not in "".join(traceback.format_exception(error))


async def test_a_server_that_starts_late_is_waited_for(url: str, postgres: Server) -> None:
    async with away(postgres):
        opening = asyncio.create_task(_open(url))
        await asyncio.sleep(0)
    await opening

    assert not opening.exception()


async def _open(url: str) -> None:
    async with open_database(url):
        pass


def test_a_full_disk_of_the_server_is_told() -> None:
    url = url_in("postgresql://ada:secret@db.example.org/bees")

    with pytest.raises(DatabaseFull) as caught, postgres.in_our_words(url):
        raise psycopg.errors.DiskFull("could not extend file")

    assert str(caught.value) == (
        "The database db.example.org/bees cannot grow: the disk of its server is full. Make room there."
    )
