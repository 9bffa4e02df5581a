"""What becomes of a Postgres server while it is in use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.postgres import Server


@asynccontextmanager
async def away(server: Server) -> AsyncIterator[None]:
    """The server is stopped for the length of the block."""
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


async def kill(url: str, connection: AsyncConnection) -> None:
    """The server ends this connection."""
    pid = (await connection.execute(select(func.pg_backend_pid()))).scalar_one()
    await terminate(url, "pid = %s", pid)


async def kill_who_listens(url: str) -> None:
    await terminate(url, "application_name = %s AND datname = current_database()", "orchestrator (listens)")


async def terminate(url: str, which: str, value: object) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as another:
        killed = await another.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {which}".encode(), (value,)
        )
        assert [(True,)] == await killed.fetchall()
