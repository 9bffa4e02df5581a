"""What the crash tests share: one nursery for all, a world for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.crash.runner import Nursery, open_nursery
from tests.crash.world import Databases, World, open_world
from tests.postgres import Server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    async with open_nursery() as opened:
        yield opened


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/kept.db"


@pytest_asyncio.fixture(loop_scope="session", params=["sqlite", "postgres"])
async def world(nursery: Nursery, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """One whose process is started again, and one in which a second process takes over."""
    async with open_world(nursery, tmp_path, databases_of(request)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def lonely_world(nursery: Nursery, tmp_path: Path) -> AsyncIterator[World]:
    """One whose database is for one process alone."""
    async with open_world(nursery, tmp_path, sqlite) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def shared_world(nursery: Nursery, tmp_path: Path, postgres: Server) -> AsyncIterator[World]:
    """One whose database is for several processes."""
    async with open_world(nursery, tmp_path, lambda _: postgres.fresh()) as opened:
        yield opened


def databases_of(request: pytest.FixtureRequest) -> Databases:
    if request.param == "sqlite":
        return sqlite
    server: Server = request.getfixturevalue("postgres")
    return lambda _: server.fresh()
