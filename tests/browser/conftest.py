from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.around import Reader, Site, open_site, reader_of
from tests.browser.chromium import chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def ada(browser: Browser, site: Site) -> AsyncIterator[Reader]:
    """Somebody before the page; whatever they do, their console must stay silent."""
    async with reader_of(browser, site.url) as reader:
        await reader.come()
        yield reader
        assert reader.troubles == []
