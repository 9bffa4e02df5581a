"""From a question to its answer, in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from sandbox.customgpt import Endpoint, Fault
from tests.browser.around import PROMPT, Reader, Site, ended

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SLOWLY = Fault(delta_delay=0.05)
NO_CREDITS = Fault(status=429, body="quota")


async def place(locator: Locator) -> tuple[float, float]:
    box = await locator.bounding_box()
    assert box
    return box["x"], box["y"]


async def test_a_question_becomes_its_answer(ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)

    await expect(turn.locator(".question")).to_have_text(PROMPT)
    await expect(ada.page).to_have_title(f"{PROMPT} · Orchestrator")
    await expect(turn.locator('.step[data-status="done"]')).to_have_count(4)
    await expect(turn.locator('.step[data-stage="research"] .said')).to_contain_text("5 sources")
    await expect(turn.locator(".answer h3")).to_have_text("How bees choose a new home")
    await expect(turn.locator(".sources li")).to_have_count(5)
    await expect(turn.locator(".review > summary")).to_contain_text("Reviewed 92/100 · 3 edits applied, 1 left out")
    await expect(ada.page.locator("#prompt")).to_have_value("")
    await expect(ada.page.locator("#spoken")).to_have_text("The answer is there.")


async def test_the_draft_grows_below_the_agents_and_the_answer_stands_in_its_place(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    turn = await ada.ask()
    await expect(turn).to_have_attribute("data-status", "running")
    await expect(turn.locator(".state .words")).to_contain_text(re.compile(r"Working · 3 of 4 · 0:\d\d"))
    await expect(turn.locator('.step[data-stage="build"] .said')).to_contain_text("words so far …")
    await expect(turn.locator(".answer.draft")).to_contain_text("waggle dance")
    before = [await place(turn.locator(where)) for where in (".question", ".steps", ".answer")]

    await ended(turn)

    assert before == [await place(turn.locator(where)) for where in (".question", ".steps", ".answer")]
    await expect(turn.locator(".answer.draft")).to_have_count(0)


async def test_a_mark_leads_to_its_source(ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)
    await turn.locator(".answer a.cite", has_text="2").first.click()

    await expect(turn.locator(".sources li:target .number")).to_have_text("2")
    await ada.page.reload()
    await expect(turn.locator(".answer h3")).to_have_text("How bees choose a new home")


async def test_the_review_opens_to_what_became_of_each_edit(ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)
    await turn.locator(".review > summary").click()

    await expect(turn.locator(".edits .applied")).to_have_count(3)
    await expect(turn.locator(".edits .applied del").first).to_have_text("in order ")
    await expect(turn.locator(".edits .rejected .fate")).to_have_text("Left out: not in the draft")
    await expect(turn.locator(".findings li")).to_have_count(1)


async def test_tone_and_length_reach_the_agents(site: Site, ada: Reader) -> None:
    await ada.page.get_by_label("Tone").fill("friendly")
    await ada.page.get_by_label("Length").fill("120 words")
    turn = await ada.ask()
    await ended(turn)

    await expect(turn.locator(".how")).to_have_text("tone: friendly · length: 120 words")
    built = [str(one.body) for one in site.agents.requests(Endpoint.SEND)][2]
    assert "friendly" in built
    assert "120 words" in built


async def test_a_follow_up_goes_on_in_the_same_conversation(site: Site, ada: Reader) -> None:
    first = await ada.ask()
    await ended(first)
    second = await ada.ask("And in one sentence?")
    await ended(second)

    await expect(first.locator(".question")).to_have_text(PROMPT)
    research = [str(one.body) for one in site.agents.requests(Endpoint.SEND) if "And in one sentence?" in str(one.body)]
    assert PROMPT in research[0]


async def test_who_asks_meanwhile_waits_in_line(site: Site, ada: Reader) -> None:
    site.agents.agent("build").always = SLOWLY
    first = await ada.ask()
    second = await ada.ask("And in one sentence?")

    await expect(second.locator(".state .words")).to_have_text("Queued, 2nd in line in this thread")
    await ended(first)
    await ended(second)


async def test_a_turn_that_is_stopped_goes_on(site: Site, ada: Reader) -> None:
    site.agents.agent("build").script(Fault(stall_after=4))
    turn = await ada.ask()
    await expect(turn.locator(".answer.draft")).not_to_be_empty()
    await turn.get_by_role("button", name="Stop").click()

    await ended(turn, "stopped")
    await expect(turn.locator(".state .words")).to_have_text("Stopped by you after Plan. What was done is kept.")
    await expect(turn.locator('.step[data-stage="build"]')).to_have_attribute("data-status", "stopped")
    await turn.get_by_role("button", name="Go on").click()
    await ended(turn)
    await expect(turn).to_have_attribute("data-generation", "2")


async def test_an_answer_is_retried_from_a_stage(site: Site, ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)
    asked = len(site.agents.requests(Endpoint.SEND))

    await turn.locator(".menu > summary").click()
    await turn.get_by_role("button", name="Retry from Build").click()

    await expect(turn).to_have_attribute("data-generation", "2")
    await ended(turn)
    await expect(ada.page.locator(".turn")).to_have_count(1)
    assert len(site.agents.requests(Endpoint.SEND)) == asked + 2


async def test_an_agent_that_fails_is_said_with_why_and_retried(site: Site, ada: Reader) -> None:
    site.agents.agent("build").script(NO_CREDITS)
    turn = await ada.ask()

    await ended(turn, "failed")
    await expect(turn.locator(".state .words")).to_contain_text("CustomGPT has no query credits left.")
    await expect(turn.locator(".state .words")).to_contain_text("Research and plan are kept.")
    await turn.locator(".work > summary").click()
    await expect(turn.locator(".work .inside > h4")).to_have_text(["Research", "Plan", "Build"])
    await turn.get_by_role("button", name="Retry from Build").click()
    await ended(turn)


async def test_a_draft_that_nobody_reviewed_says_so(site: Site, ada: Reader) -> None:
    site.agents.agent("review").script(NO_CREDITS)
    turn = await ada.ask()

    await ended(turn, "unreviewed")
    await expect(turn.locator(".note")).to_contain_text("The reviewer did not answer; this draft is unreviewed.")
    await expect(turn.get_by_role("button", name="Retry from Review")).to_be_visible()


async def test_an_answer_that_is_advised_against_says_so_above_it(site: Site, ada: Reader) -> None:
    verdict = '{"score": 20, "verdict": "reject", "summary": "It is made up.", "findings": [], "edits": []}'
    site.agents.agent("review").always = Fault(answer=verdict)
    turn = await ada.ask()

    await ended(turn, "rejected")
    await expect(turn.locator(".state .words")).to_have_text("The reviewer advises against using this: It is made up.")
    await expect(turn.locator(".answer")).to_contain_text("honeybees")


async def test_an_opinion_is_kept_and_taken_back(ada: Reader) -> None:
    turn = await ada.ask()
    await ended(turn)
    good = turn.get_by_role("button", name="This answer is good", exact=True)
    bad = turn.get_by_role("button", name="This answer is not good")

    await good.click()
    await expect(good).to_have_attribute("aria-pressed", "true")
    await bad.click()
    await expect(bad).to_have_attribute("aria-pressed", "true")
    await expect(good).to_have_attribute("aria-pressed", "false")
    await ada.page.reload()
    await expect(bad).to_have_attribute("aria-pressed", "true")
    await bad.click()
    await expect(bad).to_have_attribute("aria-pressed", "false")


async def test_an_answer_is_copied_as_markdown(ada: Reader) -> None:
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = await ada.ask()
    await ended(turn)
    await turn.get_by_role("button", name="Copy").click()

    await expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    assert (await ada.page.evaluate("navigator.clipboard.readText()")).startswith("# How bees choose a new home")


async def test_a_turn_is_exported_as_a_file(ada: Reader, tmp_path: Path) -> None:
    turn = await ada.ask()
    await ended(turn)
    async with ada.page.expect_download() as downloading:
        await turn.get_by_role("button", name="Export").click()
    file = await downloading.value
    await file.save_as(tmp_path / "export")

    assert re.fullmatch(r"turn-[a-z2-7]{24}-g1\.md", file.suggested_filename)
    assert (tmp_path / "export").read_text().startswith(f"# {PROMPT}")


async def test_a_question_that_is_not_taken_stays_where_it_was_typed(site: Site, ada: Reader) -> None:
    await ada.page.locator("#prompt").fill("long " * 3_000)
    await ada.page.keyboard.press("Enter")

    await expect(ada.page.locator("#notice")).to_contain_text("Your prompt is too long")
    await expect(ada.page.locator("#prompt")).to_have_value(re.compile("^long long"))
    await expect(ada.page.locator(".turn")).to_have_count(0)
    ada.troubles.clear()  # the browser itself says that it was a 422


async def test_shift_enter_begins_a_new_line(ada: Reader) -> None:
    await ada.page.locator("#prompt").fill("One")
    await ada.page.keyboard.press("Shift+Enter")
    await ada.page.keyboard.type("Two")

    await expect(ada.page.locator("#prompt")).to_have_value("One\nTwo")
