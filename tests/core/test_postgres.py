"""How we speak with Postgres."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from core.migrations.tables import conversations
from core.postgres import engine_on
from tests.postgres import Server


async def test_no_moment_leaves_the_server_waiting_in_the_middle_of_a_statement(
    postgres: Server, tmp_path: Path
) -> None:
    """It counts as busy then, and no timeout takes the locks from who is frozen: each statement is sent whole."""
    engine = engine_on(make_url(postgres.fresh()))
    sent = tmp_path / "sent"
    with sent.open("w") as file:
        async with engine.begin() as connection:
            wire = (await connection.get_raw_connection()).driver_connection.pgconn  # type: ignore[union-attr]
            wire.trace(file.fileno())
            await connection.execute(insert(conversations), [{"id": name, "created_at": 1.0} for name in "abc"])
            wire.untrace()
            there = (await connection.execute(select(conversations.c.id).order_by("id"))).scalars().all()
    await engine.dispose()

    ours = [line.split("\t")[3] for line in sent.read_text().splitlines() if line.split("\t")[1] == "F"]
    assert ["a", "b", "c"] == there
    assert 3 == ours.count("Execute")
    assert {"Sync"} == {after for message, after in pairwise(ours) if message == "Execute"}
