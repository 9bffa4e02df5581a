"""What the crash tests share: one nursery for all, a world for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.crash.runner import Nursery, open_nursery
from tests.crash.world import World, open_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    async with open_nursery() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def world(nursery: Nursery, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(nursery, tmp_path) as opened:
        yield opened
