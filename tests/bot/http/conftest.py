from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.http.around import Site, open_site


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/kept.db"


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened
