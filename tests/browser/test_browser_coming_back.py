"""Who comes back, by a reload, after a cut, in another tab, finds what is there, and what has gone on."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Browser, Route, expect

from bot.http.page.routes import MOST
from sandbox.customgpt import Endpoint, Fault
from tests.browser.around import ADA, BEN, PATIENCE, PROMPT, Reader, Site, ended, reader_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SLOWLY = Fault(delta_delay=0.08)


async def test_a_reload_in_mid_turn_goes_on_where_it_was(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    turn = await ada.ask()
    await expect(turn.locator(".answer.draft")).to_contain_text("A debate in dance")

    await ada.page.reload()

    await expect(turn.locator(".answer.draft")).to_contain_text("How bees choose a new home")
    await expect(turn.locator(".answer.draft")).to_contain_text("A debate in dance")
    await expect(turn.locator('.step[data-stage="research"] .said')).to_contain_text("5 sources")
    await ended(turn)
    assert len(site.agents.requests(Endpoint.SEND)) == 4


async def test_who_was_offline_gets_what_was_missed(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    turn = await ada.ask()
    await expect(turn.locator(".answer.draft")).to_contain_text("The house hunt begins")

    await ada.context.set_offline(True)
    await expect(ada.page.locator("#connection")).to_contain_text("The connection is lost.")
    drawn = await turn.locator(".answer").inner_text()
    await expect(ada.page.locator("#connection")).to_contain_text("4 s")  # 1 s, 2 s, then 4 s
    assert await turn.locator(".answer").inner_text() == drawn
    await ada.context.set_offline(False)

    await expect(ada.page.locator("#connection")).to_be_hidden()
    await ended(turn)
    await expect(turn.locator('.step[data-status="done"]')).to_have_count(4)
    ada.troubles.clear()  # the browser itself says that there was no network


async def test_a_server_that_was_gone_is_found_again(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    turn = await ada.ask()
    await expect(turn.locator(".answer.draft")).to_contain_text("The house hunt begins")

    await site.close()
    await expect(ada.page.locator("#connection")).to_contain_text("The connection is lost.")
    await site.listen()

    await ended(turn)
    await expect(ada.page.locator("#connection")).to_be_hidden()
    ada.troubles.clear()


async def test_a_question_that_finds_no_server_is_asked_once_it_is_back(site: Site, ada: Reader) -> None:
    await site.close()
    await ada.page.locator("#prompt").fill(PROMPT)
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator("#notice")).to_contain_text("The server cannot be reached.")
    await site.listen()
    await ada.page.keyboard.press("Enter")

    await expect(ada.page.locator(".turn")).to_have_count(1)
    await ended(ada.page.locator(".turn"))
    ada.troubles.clear()


async def test_two_tabs_show_the_same(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    other = await ada.tab()
    turn = await ada.ask()
    there = other.page.locator(".turn")

    await expect(there.locator(".answer.draft")).to_contain_text("A debate in dance")
    await ended(turn)
    await ended(there)
    assert await there.locator(".answer").inner_text() == await turn.locator(".answer").inner_text()

    site.agents.agent("build").always = Fault()
    follow_up = await other.ask("And in one sentence?")
    await ended(follow_up)
    await expect(ada.page.locator(".turn")).to_have_count(2)
    await ended(ada.page.locator(".turn").nth(1))
    assert other.troubles == []


async def test_a_turn_that_is_retried_in_one_tab_is_followed_in_the_other(site: Site, ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)
    other = await ada.tab()
    await ended(other.page.locator(".turn"))

    await turn.locator(".menu > summary").click()
    await turn.get_by_role("button", name="Retry from Review").click()

    await expect(other.page.locator(".turn")).to_have_attribute("data-generation", "2")
    await ended(other.page.locator(".turn"))


async def test_conversations_are_listed_and_opened_again(ada: Reader) -> None:
    await ended(await ada.ask())
    await ada.page.get_by_role("button", name="New conversation").click()
    await expect(ada.page.locator(".turn")).to_have_count(0)
    await ended(await ada.ask("Something else?"))

    await ada.page.reload()
    await expect(ada.page.locator(".turn .question")).to_have_text("Something else?")
    await ada.page.get_by_role("button", name="Conversations").click()
    await expect(ada.page.locator("#conversations li span")).to_have_text(["Something else?", PROMPT])
    await expect(ada.page.locator("#conversations [aria-current] span")).to_have_text("Something else?")
    await ada.page.locator("#conversations button").nth(1).click()

    await expect(ada.page.locator("#list")).to_be_hidden()
    await expect(ada.page.locator(".turn .question")).to_have_text(PROMPT)
    await ada.page.go_back()
    await expect(ada.page.locator(".turn .question")).to_have_text("Something else?")


async def test_a_long_conversation_opens_at_its_end_and_shows_what_was_before_where_asked(
    site: Site, ada: Reader
) -> None:
    asked = [f"How do bees choose nest {n}?" for n in range(MOST + 2)]
    async with httpx.AsyncClient(base_url=site.url, headers={"Authorization": f"Bearer {ADA}"}) as client:
        for prompt in asked:
            body = {"conversation_id": "long", "messages": [{"role": "user", "content": prompt}]}
            assert 200 == (await client.post("/v1/chat", json=body, timeout=PATIENCE / 1000)).status_code

    await ada.page.goto(f"{site.url}/?conversation=long")
    questions = ada.page.locator(".turn .question")
    await expect(questions).to_have_text(asked[2:])
    reading = questions.first
    await reading.scroll_into_view_if_needed()
    stood = await reading.bounding_box()
    await ada.page.locator("#earlier").click()
    await expect(questions).to_have_text(asked)
    stands = await questions.nth(2).bounding_box()

    assert stood
    assert stands
    assert abs(stood["y"] - stands["y"]) < 80
    await expect(ada.page.locator("#earlier")).to_be_hidden()
    await expect(ada.page.locator(".turn:focus .question")).to_have_text(asked[1])


async def test_the_token_is_asked_for_once_and_kept_nowhere_else(ada: Reader) -> None:
    await ended(await ada.ask())
    await ada.page.reload()
    await ada.ready()

    await expect(ada.page.locator("#who")).to_be_hidden()
    kept = "[Object.values(sessionStorage), Object.values(localStorage), document.cookie, location.href]"
    session, local, cookie, address = await ada.page.evaluate(kept)
    assert session == [ADA]
    assert (local, cookie) == ([], "")
    assert ADA not in address


async def test_no_address_has_the_token_in_it(browser: Browser, site: Site) -> None:
    async with reader_of(browser, site.url) as ada:
        asked: list[str] = []
        ada.page.on("request", lambda request: asked.append(request.url))
        ada.page.on("websocket", lambda socket: asked.append(socket.url))
        await ada.come()
        await ended(await ada.ask())

    assert any(address.startswith("ws:") for address in asked)
    assert not [address for address in asked if ADA in address]


async def test_a_token_that_is_wrong_is_asked_for_again(browser: Browser, site: Site) -> None:
    async with reader_of(browser, site.url) as stranger:
        await stranger.page.goto(site.url)
        await stranger.page.locator("#token").fill("guessed")
        await stranger.page.keyboard.press("Enter")
        await stranger.ready()
        await stranger.page.locator("#prompt").fill(PROMPT)
        await stranger.page.keyboard.press("Enter")

        await expect(stranger.page.locator("#token-wrong")).to_be_visible()
        await stranger.page.locator("#token").fill(ADA)
        await stranger.page.keyboard.press("Enter")
        await ended(stranger.page.locator(".turn"))


async def test_what_one_has_asked_another_does_not_see(browser: Browser, ada: Reader) -> None:
    await ended(await ada.ask())
    async with reader_of(browser, ada.url) as ben:
        await ben.come(BEN, ada.page.url.removeprefix(ada.url))
        await ben.page.get_by_role("button", name="Conversations").click()

        await expect(ben.page.locator("#no-conversations")).to_be_visible()
        await expect(ben.page.locator(".turn")).to_have_count(0)


async def test_a_token_that_no_header_carries_is_asked_for_again(browser: Browser, site: Site) -> None:
    async with reader_of(browser, site.url) as stranger:
        await stranger.page.goto(site.url)
        await stranger.page.locator("#token").fill("schlüssel-0123456789")
        await stranger.page.keyboard.press("Enter")

        await expect(stranger.page.locator("#token-wrong")).to_be_visible()
        await stranger.page.locator("#token").fill(ADA)
        await stranger.page.keyboard.press("Enter")
        await stranger.ready()
        await expect(stranger.page.locator("#token-wrong")).to_be_hidden()
        await ended(await stranger.ask())


async def test_a_question_that_was_lost_is_another_one_in_another_conversation(ada: Reader) -> None:
    async def answered_to_nobody(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await ada.page.route("**/v1/chat", answered_to_nobody)
    await ada.page.locator("#prompt").fill(PROMPT)
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator("#notice")).to_contain_text("The server cannot be reached.")
    await ada.page.unroute("**/v1/chat")
    await ada.page.locator("#new").click()
    await expect(ada.page.locator("#prompt")).to_be_focused()
    await ada.page.keyboard.press("Enter")

    await ended(ada.page.locator(".turn"))
    ada.troubles.clear()  # Chromium says that the request has failed
