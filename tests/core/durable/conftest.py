from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.durable.ledger import Ledger
from core.store import Store, open_store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store.database)
