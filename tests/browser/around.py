"""The page as people have it: real Chromium, before the real server, whose agents are CustomGPT's stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.app import App, Rhythm, open_app
from bot.http.adapter import HTTPAdapter, open_http
from bot.http.config import read_http
from core.config import read_settings
from core.stages import STAGES
from sandbox.customgpt import CustomGPTStandIn

ADA, BEN = "ada-token-0123456789", "ben-token-0123456789"
PROMPT = "Explain how bees decide where to build a new nest"
PATIENCE = 30_000.0
"""Milliseconds until a test gives up."""

expect.set_options(timeout=PATIENCE)


class Site:
    """A server that can be told to go and to come back, at one address."""

    def __init__(self, adapter: HTTPAdapter, app: App, agents: CustomGPTStandIn, port: int) -> None:
        self.adapter, self.app, self.agents = adapter, app, agents
        self.url = f"http://127.0.0.1:{port}"
        self._listening: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Also after `close`, at the same address."""
        self._listening = asyncio.create_task(self.adapter.listen(self.app.turns))
        await asyncio.wait_for(self.adapter.listening, PATIENCE / 1000)

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None


def _settings(agents: CustomGPTStandIn, folder: Path, changes: Mapping[str, str]) -> dict[str, str]:
    ids = {stage.setting: str(agents.agents[stage.name]) for stage in STAGES}
    return {
        "CUSTOMGPT_API_KEY": agents.key,
        "CUSTOMGPT_BASE_URL": agents.url,
        "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{folder}/page.db",
        "ORCHESTRATOR_API_TOKENS": f"{ADA},{BEN}",
        "ORCHESTRATOR_TURNS_PER_USER_HOUR": "100",
        **ids,
        **changes,
    }


@asynccontextmanager
async def open_site(folder: Path, **changes: str) -> AsyncIterator[Site]:
    """The whole of it, with `changes` to its settings."""
    port = free_port()
    async with CustomGPTStandIn() as agents:
        given = _settings(agents, folder, {"ORCHESTRATOR_HTTP_PORT": str(port), **changes})
        settings = read_settings(given)
        async with (
            open_http(read_http(given), settings.customgpt_api_key) as adapter,
            open_app(settings, {adapter.name: adapter.surface}, rhythm=Rhythm(interval=0.0)) as app,
        ):
            site = Site(adapter, app, agents, port)
            await site.listen()
            try:
                yield site
            finally:
                await site.close()


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Reader:
    """Somebody with a browser of their own. What their console says of errors is kept."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context, self.page, self.url = context, page, url
        self.troubles: list[str] = []
        self._watch(page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)

    async def come(self, token: str = ADA, path: str = "/") -> None:
        """Open the page, and say who is asking."""
        await self.page.goto(self.url + path)
        await self.page.locator("#token").fill(token)
        await self.page.keyboard.press("Enter")
        await self.ready()

    async def ready(self) -> None:
        await expect(self.page.locator("html[data-ready]")).to_have_count(1)

    async def ask(self, prompt: str = PROMPT) -> Locator:
        """Type a question and send it; the turn that it has become."""
        turns = self.page.locator(".turn")
        there = await turns.count()
        await self.page.locator("#prompt").fill(prompt)
        await self.page.keyboard.press("Enter")
        await expect(turns).to_have_count(there + 1)
        return turns.nth(there)

    async def tab(self) -> Reader:
        """Another tab beside, as the browser opens one for a link: it knows the token."""
        async with self.context.expect_page() as opened:
            await self.page.evaluate("open(location.href)")
        other = Reader(self.context, await opened.value, self.url)
        await other.ready()
        return other


async def ended(turn: Locator, status: str = "complete") -> None:
    await expect(turn).to_have_attribute("data-status", status)


@asynccontextmanager
async def reader_of(browser: Browser, url: str, **options: object) -> AsyncIterator[Reader]:
    """A fresh profile."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    try:
        yield Reader(context, await context.new_page(), url)
    finally:
        await context.close()
