"""What an agent writes is shown, and can do nothing."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Browser, Page, expect

from sandbox.customgpt import Fault
from tests.browser.around import Reader, Site, ended, reader_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = """# Harmless <script>window.struck = 1</script>

<script>window.struck = 2</script>
<img src=x onerror="window.struck = 3">
<svg onload="window.struck = 4"><animate onbegin="window.struck = 5" attributeName=x dur=1s></svg>
<svg><a xlink:href="javascript:window.struck=6"><text y=20>press</text></a></svg>
<iframe srcdoc="<script>parent.struck = 7</script>"></iframe>
<a href="javascript:window.struck=8" onclick="window.struck=9">raw</a>
<style>body { display: none }</style><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=/x">
<form action="https://evil.example/"><button>send</button></form><math><mi xlink:href="javascript:1">m</mi></math>
</div></article></main><template><h1>out of the box</h1>

[script](javascript:window.struck=10) [coded](&#106;avascript:window.struck=11) [spaced](java
script:window.struck=12) [data](data:text/html,<script>opener.struck=13</script>) [vb](vbscript:x)
[angled](<javascript:window.struck=14>) <javascript:window.struck=15> ![picture](https://evil.example/spy.png)
![data](data:image/svg+xml;base64,PHN2Zy8+) [reference][r] [bank.example](https://evil.example/)
[title](https://fine.example/ "x\\" onmouseover=\\"window.struck=16")

[r]: javascript:window.struck=17

```html" onmouseover="window.struck=18
<script>window.struck = 19</script>
```

| a" onclick="window.struck=20 | b |
|---|---|
| <img src=x onerror=window.struck=21> | [c](javascript:window.struck=22) |

It is said here [1].
"""
ALLOWED = {
    *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "a"),
    *("em", "strong", "s", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"),
}

HOSTILE_REVIEW = {
    "score": 90,
    "verdict": "approve",
    "summary": "<img src=x onerror=window.struck=30>",
    "findings": [
        {
            "severity": 'x" onclick="window.struck=31',
            "kind": "style",
            "message": "<script>window.struck=32</script>",
            "quote": "<b>q</b>",
        }
    ],
    "edits": [
        {
            "find": "Harmless",
            "replace": "<svg onload=window.struck=33>",
            "reason": "<script>window.struck=34</script>",
        }
    ],
}

LOOK = """() => Array.from(document.querySelectorAll(".answer *"), (one) => ({
    tag: one.localName,
    attributes: Object.fromEntries(Array.from(one.attributes, (a) => [a.name, a.value])),
}))"""


GET_IN = """() => {
    const one = document.createElement("div");
    one.innerHTML = '<img src="x" onerror="window.struck = 1"><a href="javascript:window.struck = 2">x</a>';
    document.body.append(one);
    const script = document.createElement("script");
    script.textContent = "window.struck = 3";
    document.body.append(script);
    one.querySelector("a").click();
}"""


async def press_everything(page: Page) -> None:
    """Every link and cell of the answer is hovered over, and pressed as a script would."""
    await page.evaluate(
        """() => document.querySelectorAll(".answer *").forEach((one) => {
            one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
            if (!one.matches("a")) one.click();
        })"""
    )


async def test_a_hostile_answer_is_inert(site: Site, ada: Reader) -> None:
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    site.agents.agent("build").always = Fault(answer=HOSTILE)
    site.agents.agent("review").always = Fault(answer=json.dumps(HOSTILE_REVIEW))
    turn = await ada.ask('<img src=x onerror="window.struck=40">')
    await ended(turn)
    await turn.locator(".review > summary").click()
    await turn.locator(".work > summary").click()
    await expect(turn.locator(".work .prose").nth(2)).to_be_visible()
    await press_everything(ada.page)

    found = await ada.page.evaluate(LOOK)
    assert {one["tag"] for one in found} <= ALLOWED
    assert not [name for one in found for name in one["attributes"] if name.startswith(("on", "style", "src"))]
    links = [one["attributes"].get("href", "") for one in found if one["tag"] == "a"]
    assert links
    assert all(link.startswith(("https://", "http://", "#source-")) for link in links)
    assert await ada.page.evaluate("window.struck") is None
    assert not [address for address in asked if not address.startswith(ada.url)]
    await expect(ada.page.locator("main, form#ask, .turn")).to_have_count(3)
    await expect(turn.locator(".question")).to_have_text('<img src=x onerror="window.struck=40">')


async def test_the_draft_of_a_hostile_answer_is_plain_text(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = Fault(answer=HOSTILE, stall_after=200, delta_size=20)
    turn = await ada.ask()
    await expect(turn.locator(".answer.draft")).to_contain_text("It is said here [1].")

    assert {one["tag"] for one in await ada.page.evaluate(LOOK)} <= ALLOWED
    assert await ada.page.locator(".answer *[href], .answer *[src]").count() == 0
    assert await ada.page.evaluate("window.struck") is None
    await turn.get_by_role("button", name="Stop").click()
    await ended(turn, "stopped")


async def test_a_link_says_where_it_leads_if_its_words_say_otherwise(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = Fault(answer=HOSTILE)
    turn = await ada.ask()
    await ended(turn)

    await expect(turn.get_by_role("link", name="bank.example (evil.example)")).to_be_visible()


async def test_a_script_that_got_in_would_not_run(browser: Browser, site: Site) -> None:
    """The last wall: the page's own policy."""
    async with reader_of(browser, site.url) as ada:
        await ada.come()
        refused = ada.page.expect_console_message(lambda said: "Content Security Policy" in said.text)
        async with refused:
            await ada.page.evaluate(GET_IN)

        assert await ada.page.evaluate("window.struck") is None
