"""For everybody: without a mouse, on a phone, with a screen reader, in the dark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.customgpt import Fault
from tests.browser.around import ADA, Reader, Site, ended, reader_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RICH = """# Title

A paragraph with `code`, a [link](https://example.com) and a mark [1].

## Table

| name | number |
|---|---:|
| one | 1 |

```
code that is so long that it must scroll within its own block, and by keyboard, too, wherever the page is so narrow
```

> quoted
"""
STRUCTURED = Fault(
    answer='{"score": 80, "verdict": "revise", "summary": "Nearly.", "findings": [{"severity": "error", "kind": '
    '"factual doubt", "message": "No.", "quote": "one"}, {"severity": "warning", "kind": "style", "message": "Hm."}], '
    '"edits": [{"find": "quoted", "replace": "said", "reason": "Plain."}, {"find": "gone", "replace": "here"}]}'
)


async def findings(page: Page) -> list[str]:
    """What axe-core finds; all of it counts, not only what it calls serious."""
    await page.evaluate(AXE.read_text())
    found: Mapping[str, Any] = await page.evaluate("(tags) => axe.run(document, {runOnly: tags})", RULES)
    return [
        f"{one['impact']} {one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def test_without_a_mouse(site: Site, ada: Reader) -> None:
    keyboard, page = ada.page.keyboard, ada.page
    await expect(page.locator("#prompt")).to_be_focused()
    await keyboard.type("How do bees choose?")
    await keyboard.press("Enter")
    turn = page.locator(".turn")
    await ended(turn)

    for _ in range(3):  # Prompt ← Export ← 👎 ← 👍
        await keyboard.press("Shift+Tab")
    await expect(turn.locator("[data-action=praise]")).to_be_focused()
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await keyboard.press("Space")
    await expect(turn.locator("[data-action=praise]")).to_have_attribute("aria-pressed", "true")
    await keyboard.press("Shift+Tab")
    await keyboard.press("Enter")
    await expect(turn.locator(".menu .options")).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.press("Escape")
    await expect(turn.locator(".menu .options")).to_be_hidden()
    await expect(turn.locator(".menu > summary")).to_be_focused()
    await keyboard.press("Enter")
    for _ in range(4):
        await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(turn).to_have_attribute("data-generation", "2")
    await ended(turn)


async def test_a_turn_is_stopped_and_conversations_are_opened_by_keyboard(site: Site, ada: Reader) -> None:
    keyboard, page = ada.page.keyboard, ada.page
    site.agents.agent("build").script(Fault(stall_after=3))
    await keyboard.type("How do bees choose?")
    await keyboard.press("Enter")
    await expect(page.locator(".answer.draft")).not_to_be_empty()
    await keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Stop")).to_be_focused()
    await keyboard.press("Enter")
    await ended(page.locator(".turn"), "stopped")
    await expect(page.locator(".turn")).to_be_focused()

    await page.locator("#open-list").focus()
    await keyboard.press("Enter")
    await expect(page.locator("#conversations button")).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.locator("#list")).to_be_hidden()
    await expect(page.locator("#open-list")).to_be_focused()


async def test_at_the_width_of_a_phone_nothing_is_cut_off(browser: Browser, site: Site) -> None:
    site.agents.agent("build").always = Fault(answer=RICH)
    async with reader_of(browser, site.url, viewport={"width": 360, "height": 740}, has_touch=True) as ada:
        await ada.come()
        turn = await ada.ask("Averyveryverylongwordthatnobodycouldbreakanywhere" * 3)
        await ended(turn)
        await turn.locator(".review > summary").click()
        await turn.locator(".menu > summary").click()

        assert await ada.page.evaluate("document.documentElement.scrollWidth") <= 360
        outside = """() => Array.from(document.querySelectorAll("button, summary, input, textarea, a"))
            .filter((one) => one.checkVisibility() && !one.matches(".skip"))
            .map((one) => one.getBoundingClientRect()).filter((box) => box.left < 0 || box.right > 360).length"""
        assert await ada.page.evaluate(outside) == 0
        await expect(ada.page.locator("#send")).to_be_in_viewport()
        assert await findings(ada.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_stands_in_the_way_of_anybody(browser: Browser, site: Site, scheme: str) -> None:
    async with reader_of(browser, site.url, color_scheme=scheme, reduced_motion="reduce") as ada:
        await ada.page.goto(site.url)
        await expect(ada.page.locator("#who")).to_be_visible()
        assert await findings(ada.page) == []
        await ada.page.locator("#token").fill(ADA)
        await ada.page.keyboard.press("Enter")
        await ada.ready()
        assert await findings(ada.page) == []

        site.agents.agent("build").script(Fault(status=429, body="quota"), Fault(stall_after=3), Fault(answer=RICH))
        site.agents.agent("review").always = STRUCTURED
        await ended(await ada.ask(), "failed")
        running = await ada.ask("And now?")
        await expect(running.locator(".answer.draft")).not_to_be_empty()
        assert await findings(ada.page) == []
        await running.get_by_role("button", name="Stop").click()
        await ended(running, "stopped")
        last = await ada.ask("Once more?")
        await ended(last)
        for summary in await last.locator("summary").all():
            await summary.click()
        await expect(last.locator(".work .prose").nth(2)).to_be_visible()
        assert await findings(ada.page) == []
        await ada.page.locator("#open-list").click()
        await expect(ada.page.locator("#conversations button")).to_be_focused()
        assert await findings(ada.page) == []


async def test_steps_are_told_to_ears_and_each_word_is_not(site: Site, ada: Reader) -> None:
    await ada.page.evaluate(
        """() => {
            window.told = [];
            const spoken = document.querySelector("#spoken");
            new MutationObserver(() => window.told.push(spoken.textContent)).observe(spoken, { childList: true });
        }"""
    )
    site.agents.agent("build").always = Fault(delta_delay=0.02)
    await ended(await ada.ask())

    told = await ada.page.evaluate("window.told")
    assert told[-1] == "The answer is there."
    assert "Build is at work." in told
    assert len(told) <= 9
    assert await ada.page.locator(".answer[aria-live], .steps[aria-live], .state[aria-live]").count() == 0


async def test_who_wants_no_motion_sees_none(browser: Browser, site: Site) -> None:
    site.agents.agent("build").script(Fault(stall_after=3))
    async with reader_of(browser, site.url, reduced_motion="reduce") as ada:
        await ada.come()
        turn = await ada.ask()
        await expect(turn.locator(".answer.draft")).not_to_be_empty()

        assert await ada.page.evaluate("document.getAnimations().length") == 0
        await turn.get_by_role("button", name="Stop").click()
        await ended(turn, "stopped")
