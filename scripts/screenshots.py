"""**I/O edge.** docs/page-*.png: the page as it is used, in real Chromium: light, dark, and on a phone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.app import open_app
from bot.demo import CONTEXT, PROMPT, demo_settings
from bot.http.adapter import open_http
from bot.http.config import read_http
from sandbox.customgpt import CustomGPTStandIn, Pace

FOLDER = Path(__file__).parents[1] / "docs"
CHROMIUM = "/usr/bin/chromium"
TOKEN = "only-for-the-pictures"  # noqa: S105
HTTP = {"ORCHESTRATOR_HTTP_PORT": "0", "ORCHESTRATOR_API_TOKENS": TOKEN}
PACE = Pace(first_byte=0.9, delta=0.07)
PATIENCE = 120_000.0
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`name` of the file, how the browser is set up, and what is shown: the draft as it grows, or the answer."""

    name: str
    browser: Mapping[str, Any]
    building: bool = False
    reviewed: bool = False
    """With the review opened."""


PICTURES = (
    Picture("page-light", {"viewport": {"width": 1120, "height": 1480}, "color_scheme": "light"}, reviewed=True),
    Picture("page-dark", {"viewport": {"width": 1120, "height": 860}, "color_scheme": "dark"}, building=True),
    Picture(
        "page-phone",
        {
            "viewport": {"width": 390, "height": 844},
            "color_scheme": "light",
            "device_scale_factor": 1.5,
            "has_touch": True,
            "is_mobile": True,
        },
    ),
)


async def take() -> None:
    """All of them, each in a conversation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with CustomGPTStandIn(pace=PACE) as stand_in, async_playwright() as playwright:
            settings = demo_settings(stand_in.url, Path(folder))
            async with (
                open_http(read_http(HTTP), settings.customgpt_api_key) as adapter,
                open_app(settings, {adapter.name: adapter.surface}) as app,
            ):
                listening = asyncio.create_task(adapter.listen(app.turns))
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                url = await adapter.listening
                for picture in PICTURES:
                    await _take(browser, url, picture)
                await browser.close()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


async def _take(browser: Browser, url: str, picture: Picture) -> None:
    context = await browser.new_context(**picture.browser)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(url)
    await page.locator("#token").fill(TOKEN)
    await page.keyboard.press("Enter")
    for name, value in CONTEXT.items():
        await page.locator(f"#{name}").fill(value)
    turn = await _asked(page, PROMPT)
    if picture.building:
        await turn.locator(".answer.draft", has_text="quorum").wait_for()
    else:
        await page.locator('.turn[data-status="complete"]').wait_for()
    if picture.reviewed:
        await turn.locator(".review > summary").click()
    await page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")
    await context.close()


async def _asked(page: Page, prompt: str) -> Locator:
    await page.locator("#prompt").fill(prompt)
    await page.keyboard.press("Enter")
    return page.locator(".turn").last


if __name__ == "__main__":
    asyncio.run(take())
    print(", ".join(f"{picture.name}.png" for picture in PICTURES))
