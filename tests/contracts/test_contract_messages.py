"""One message for each turn, and always the right last state."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.turn import TurnStatus
from sandbox.customgpt import Fault
from tests.contracts.harness import (
    ANSWER,
    FOREVER,
    Harness,
    Platform,
    Point,
    Step,
    Trouble,
    Ways,
    complaints,
    each,
    ended,
)

pytestmark = pytest.mark.timeout(180)

SLOW = Fault(answer="Bees scout.", cites=(), first_byte_delay=0.3)
REJECTED = '{"score": 12, "verdict": "reject", "summary": "It is made up.", "findings": [], "edits": []}'


async def test_a_message_is_posted_at_once_and_becomes_the_answer(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)

        assert await ended(bot, asked) in (TurnStatus.QUEUED, TurnStatus.RUNNING)

        await bot.settled()
        (shown,) = bot.shown(asked)

        assert [] == await complaints(bot, asked)
        assert 2 <= len(shown.states)


async def test_the_question_is_marked_while_the_bot_is_at_work_and_as_answered_then(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)
        await bot.marked(asked)

        assert {"at work"} == bot.mark(asked)

        await bot.settled()

        assert {"answered"} == bot.mark(asked)


async def test_every_stage_is_shown_in_its_place(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        for stage in ("research", "plan", "build", "review"):
            answer = bot.gpt.agent(stage).always.answer
            bot.gpt.agent(stage).script(Fault(answer=answer, cites=(), first_byte_delay=0.2))
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (shown,) = bot.shown(asked)

        running = [state for state in shown.states if "Working" in state]
        begun = [state.count("✓") for state in running]

        assert sorted(begun) == begun
        assert {0, 1, 2, 3} == set(begun)
        for state in running:
            places = [state.index(title) for title in ("Research", "Plan", "Build", "Review")]
            assert sorted(places) == places


async def test_a_second_question_in_a_thread_waits_and_says_so(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        first = await bot.ask("How do bees choose?")
        await bot.visible(first)
        second = await bot.ask("And wasps?", after=first)
        await bot.settled()

        assert [] == await complaints(bot, first, second)
        assert any("2nd in line" in state for state in bot.shown(second)[0].states)


async def test_a_stopped_turn_says_who_stopped_it_and_after_what(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("plan").script(Fault(stall=True))
        asked = await bot.ask("How do bees choose?")
        await bot.showing(asked, "◐ Plan")
        await bot.app.turns.stop(asked.turn_id, "Ada")
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.STOPPED == await ended(bot, asked)
        assert "Stopped by Ada after Research. What was done is kept." in shown.last
        assert "✓ Research" in shown.last
        assert "■ Plan" in shown.last
        assert {"not answered"} == bot.mark(asked)


async def test_a_failed_turn_says_what_failed_why_and_what_is_kept(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("build").always = Fault(status=429, body="quota")
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.FAILED == await ended(bot, asked)
        assert "✗ Build did not answer: CustomGPT has no query credits left." in shown.last
        assert "Research and plan are kept." in shown.last
        assert {"not answered"} == bot.mark(asked)


async def test_a_rejected_answer_is_shown_below_the_warning(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("review").always = Fault(answer=REJECTED)
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.REJECTED == await ended(bot, asked)
        assert shown.last.startswith("⚠ The reviewer advises against using this: It is made up.")
        assert ANSWER in shown.last
        assert {"not answered"} == bot.mark(asked)


async def test_a_rejected_answer_may_be_withheld_and_is_never_shown_then(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path, Ways(withhold=True)) as bot:
        bot.gpt.agent("review").always = Fault(answer=REJECTED, first_byte_delay=0.2)
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.WITHHELD == await ended(bot, asked)
        assert "The answer is withheld" in shown.last
        assert [] == [state for state in shown.states if ANSWER[:20] in state]


async def test_an_unreviewed_draft_says_that_it_is(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("review").always = Fault(status=429, body="quota")
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.UNREVIEWED == await ended(bot, asked)
        assert shown.last.startswith(ANSWER)
        assert "The reviewer did not answer; this draft is unreviewed." in shown.last
        assert {"answered"} == bot.mark(asked)


def a_turn_with(step: Step, *troubles: Trouble) -> Point:
    async def asked_and_answered(bot: Harness) -> list[str]:
        bot.gpt.agent("research").script(SLOW)
        bot.fail(step, *troubles)
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        return await complaints(bot, asked)

    return asked_and_answered


async def test_trouble_costs_no_second_message_and_no_last_state(platform: Platform, tmp_path: Path) -> None:
    steps = (Step.POST, Step.UPDATE, Step.PUBLISH)
    points = {f"{step}-{trouble}": a_turn_with(step, trouble) for step in steps for trouble in Trouble}
    upon = {f"{step}-AGAIN": a_turn_with(step, Trouble.REPLY_LOST, Trouble.NOT_STORED) for step in steps}

    assert {} == await each(platform, tmp_path, {**points, **upon}, Ways(interval=FOREVER))


async def test_a_message_that_could_not_be_posted_is_posted_while_its_turn_still_runs(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").script(Fault(answer="Bees scout.", cites=(), first_byte_delay=2.5))
        bot.fail(Step.POST, Trouble.SERVER_ERROR, Trouble.SERVER_ERROR)
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)

        assert TurnStatus.RUNNING == await ended(bot, asked)

        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_while_the_platform_asks_to_wait_nothing_is_updated_and_the_last_state_arrives(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform(tmp_path) as bot:
        bot.fail(Step.UPDATE, Trouble.BUSY)
        bot.gpt.agent("research").script(SLOW)
        bot.gpt.agent("build").script(Fault(answer=ANSWER, cites=(), delta_size=1, delta_delay=0.02))
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        refused, *others = bot.updates(asked)

        assert [] == await complaints(bot, asked)
        assert refused + 1.0 <= min(others)


async def test_an_answer_that_somebody_deletes_while_it_is_written_is_posted_anew_once(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)
        bot.delete_answer(asked)
        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_a_question_that_is_deleted_stops_its_turn(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("plan").script(Fault(stall=True))
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)
        bot.delete_question(asked)
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert TurnStatus.STOPPED == await ended(bot, asked)
        assert "Stopped by Ada" in shown.last


async def test_a_question_that_is_deleted_at_once_leaves_nothing_that_runs(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        bot.gpt.agent("research").always = Fault(stall=True)
        bot.fail(Step.POST, Trouble.NOT_STORED)
        asked = await bot.ask("How do bees choose?")
        await bot.gpt.until(lambda: bot.gpt.in_flight == 1)
        bot.delete_question(asked)
        await bot.settled()

        assert TurnStatus.STOPPED == await ended(bot, asked)
        assert [] == [shown for shown in bot.shown(asked) if "Stopped by Ada" not in shown.last]
