"""A turn's own page, as whoever was sent its address sees it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from sandbox.customgpt import Fault
from tests.browser.around import PROMPT, Reader, Site, ended, reader_of
from tests.browser.test_browser_hostile import HOSTILE
from tests.browser.test_browser_reach import RICH, STRUCTURED, findings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def address(site: Site) -> str:
    turn = (await site.app.store.turns())[0]
    return f"{site.url}/t/{turn.id}/{turn.page_key}"


async def test_it_is_read_without_a_token_and_without_scripts(browser: Browser, site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = Fault(answer=RICH)
    site.agents.agent("review").always = STRUCTURED
    turn = await ada.ask()
    await ended(turn)

    async with reader_of(browser, site.url, java_script_enabled=False, viewport={"width": 360, "height": 740}) as ben:
        await ben.page.goto(await address(site))
        await expect(ben.page.locator(".question")).to_have_text(PROMPT)
        await expect(ben.page.locator(".answer h4")).to_have_text("Table")
        await ben.page.locator(".review > summary").click()
        await expect(ben.page.locator(".edits .applied")).to_be_visible()
        await expect(ben.page.locator("button, form, script")).to_have_count(0)
        assert ben.troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_stands_in_nobodys_way(browser: Browser, site: Site, ada: Reader, scheme: str) -> None:
    site.agents.agent("build").always = Fault(answer=RICH)
    site.agents.agent("review").always = STRUCTURED
    await ended(await ada.ask())

    async with reader_of(browser, site.url, color_scheme=scheme) as ben:
        await ben.page.goto(await address(site))
        await ben.page.locator(".review > summary").click()
        assert await findings(ben.page) == []
        await ben.page.goto(await address(site) + "x")
        await expect(ben.page.locator("h1")).to_have_text("Not here")
        assert await findings(ben.page) == []


async def test_a_hostile_answer_is_inert_there_as_well(browser: Browser, site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = Fault(answer=HOSTILE)
    await ended(await ada.ask())

    async with reader_of(browser, site.url) as ben:
        asked: list[str] = []
        ben.page.on("request", lambda request: asked.append(request.url))
        await ben.page.goto(await address(site))
        await expect(ben.page.locator(".answer")).to_contain_text("It is said here")

        assert await ben.page.evaluate("window.struck") is None
        assert not [one for one in asked if not one.startswith(site.url)]
        assert ben.troubles == []
