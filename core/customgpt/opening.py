"""**I/O edge.** CustomGPT, opened: the client over one pool of connections, within a budget of requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from core.customgpt.client import CustomGPT
from core.customgpt.connection import TIMEOUTS, OnDate, Timeouts, connect
from core.customgpt.retry import Retry
from core.ports import Slots
from core.tally import Count, uncounted


@asynccontextmanager
async def open_customgpt(
    base_url: str,
    key: SecretStr,
    *,
    concurrency: int,
    slots: Slots,
    retry: Retry,
    timeouts: Timeouts = TIMEOUTS,
    on_date: OnDate | None = None,
    count: Count = uncounted,
) -> AsyncIterator[CustomGPT]:
    """The client, closed at the end of the block. Raises `SettingsError`.

    `slots`, of which there are `concurrency`, say who may send. `on_date` hears the `Date` of each answer.
    """
    async with connect(base_url, key, concurrency=concurrency, timeouts=timeouts, on_date=on_date) as http:
        yield CustomGPT(http, slots=slots, retry=retry, timeouts=timeouts, count=count)
