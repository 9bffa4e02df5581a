"""Buttons: who may press them, what becomes of it, before a restart and after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.slack.config import REQUIRED_SCOPES
from core.text import replies
from core.turn import Opinion, TurnStatus
from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from sandbox.slack import SlackStandIn, User
from tests.bot.slack.pressing import buttons, is_told, living, option, press, told
from tests.contracts.harness import ANSWER, Asked, Ways, ended, prepared
from tests.contracts.long import LONG
from tests.contracts.slack_harness import LIMITS, PATIENCE, SlackHarness, open_slack_harness, opened_on

SLOW = Fault(answer="Bees scout.", cites=(), first_byte_delay=30.0)
SAME, NEXT = "the same process", "the next process"
ALL = ["details", "retry", "praise", "complain", "export"]


async def over(bot: SlackHarness, asked: Asked) -> TurnStatus | None:
    """Wait for the end of a turn that has begun; how it has ended."""
    async with asyncio.timeout(PATIENCE):
        await bot.app.turns.ended(asked.turn_id)
    return await ended(bot, asked)


def times_asked(bot: SlackHarness, asked: Asked, stage: str) -> int:
    """How often an agent was asked for a turn, over all its generations."""
    ids = [one.query.get("external_id", "") for one in bot.gpt.requests(Endpoint.SEND)]
    return sum(one.startswith(f"{asked.turn_id}-{stage}-") for one in ids)


async def answered(bot: SlackHarness, prompt: str = "How do bees choose?") -> Asked:
    asked = await bot.ask(prompt)
    await bot.settled()
    return asked


async def test_the_buttons_are_those_of_the_turn_as_it_stands(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        asked = await bot.ask("How do bees choose?")
        await bot.showing(asked, "Working")
        running = buttons(living(bot, asked))
        await press(bot, bot.ada, asked, "stop")
        await bot.settled()
        stopped = buttons(living(bot, asked))
        await press(bot, bot.ada, asked, "go_on")
        assert TurnStatus.COMPLETE is await over(bot, asked)
        await bot.settled()

        assert (["stop"], ["go_on", "details"], ALL) == (running, stopped, buttons(living(bot, asked)))
        assert 1 == len(bot.messages(asked))
        assert [] == told(bot, bot.ada)


async def test_a_retry_is_a_new_generation_in_the_same_message_and_tidies_up_after_the_old_one(
    tmp_path: Path,
) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.gpt.agent("build").script(Fault(answer=LONG, cites=()))
        asked = await answered(bot)
        long, first = len(bot.messages(asked)), living(bot, asked).ts
        await press(bot, bot.ada, asked, "retry", option(asked, "build"))
        assert TurnStatus.COMPLETE is await over(bot, asked)
        await bot.settled()
        (only,) = bot.shown(asked)

        assert long > 2
        assert first == living(bot, asked).ts
        assert ANSWER in only.last
        kept = await bot.app.turns.exported(asked.turn_id)
        assert kept is not None
        assert 2 == kept.generation
        assert (1, 2) == tuple(times_asked(bot, asked, stage) for stage in ("research", "build"))


async def test_details_open_a_modal_that_shows_what_each_agent_said(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await answered(bot)
        await press(bot, bot.people["Ben"], asked, "details")
        (view,) = bot.slack.views
        shown = str(view.body["blocks"])

        assert bot.people["Ben"].id == view.user
        assert "Bees scout." in shown
        assert ANSWER in shown


async def test_an_export_is_a_file_in_the_thread(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await answered(bot)
        await press(bot, bot.people["Ben"], asked, "export")
        await bot.slack.until(lambda: len(bot.messages(asked)) == 2, PATIENCE)
        (file,) = bot.shown(asked)[1].files

        assert ANSWER in file
        assert "How do bees choose?" in file


async def test_an_opinion_is_remembered_told_to_customgpt_and_can_be_taken_back(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await answered(bot)
        who, feedback = (asked.turn_id, 1, bot.people["Ben"].id), bot.app.turns.feedback
        held = []
        for action in ("praise", "complain", "complain"):
            await press(bot, bot.people["Ben"], asked, action)
            held.append(await feedback.opinion(*who))
        await is_told(bot, bot.people["Ben"], replies.OPINIONS[Opinion.NEUTRAL])

        assert [Opinion.LIKED, Opinion.DISLIKED, Opinion.NEUTRAL] == held


async def test_who_presses_a_stop_twice_is_told_that_it_is_over(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.gpt.agent("research").script(SLOW)
        asked = await bot.ask("How do bees choose?")
        await bot.showing(asked, "Working")
        seen = bot.slack.message(bot.channel, living(bot, asked).ts).now.blocks
        await press(bot, bot.ada, asked, "stop")
        await bot.settled()
        message = living(bot, asked)
        message.states.append(replace(message.now, blocks=seen))  # their screen has not caught up
        await press(bot, bot.ada, asked, "stop")
        await is_told(bot, bot.ada, replies.NOT_RUNNING)


async def test_two_who_press_retry_at_once_begin_one_more_generation(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await answered(bot)
        sent = [bot.slack.press(bot.ada, living(bot, asked), "turn:retry", option(asked, "research")) for _ in range(3)]
        await bot.slack.until(lambda: all(one.settled for one in sent), PATIENCE)
        await bot.settled()
        kept = await bot.app.store.turn(asked.turn_id)

        assert kept is not None
        assert 2 == kept.generation
        assert 1 == len(bot.messages(asked))


async def test_retries_count_among_the_turns_of_an_hour(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(per_hour=1)) as bot:
        asked = await answered(bot)
        await press(bot, bot.ada, asked, "retry", option(asked, "build"))
        await is_told(bot, bot.ada, "1 turn in the last hour")


async def test_a_button_of_a_turn_that_was_forgotten_says_so(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await answered(bot)
        await bot.app.turns._ledger.forget(2e9 * 2, 10)
        await press(bot, bot.ada, asked, "details")
        await is_told(bot, bot.ada, replies.NOT_KEPT)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who presses."""

    asker: User
    other: User
    admin: User
    guest: User
    stranger: User


def cast_of(bot: SlackHarness) -> Cast:
    slack, partner = bot.slack, bot.slack.workspace("Partner")
    others = slack.person("Gus", restricted=True), slack.person("Sven", team=partner)
    cast = Cast(bot.ada, bot.people["Ben"], slack.person("Grace", admin=True), *others)
    bot.channel.members += [cast.admin.id, *(user.id for user in others)]
    return cast


@asynccontextmanager
async def three_turns(folder: Path, process: str) -> AsyncIterator[tuple[SlackHarness, Cast, Asked, Asked, Asked]]:
    """A turn that was answered, one that was stopped, and one that still runs; in this process or in the next."""
    scopes, ways = tuple(REQUIRED_SCOPES), Ways(concurrency=50, shutdown=0.1)
    async with CustomGPTStandIn() as gpt, SlackStandIn(limits=LIMITS, scopes=scopes) as slack:
        async with opened_on(slack, prepared(gpt), folder, ways) as bot:
            cast = cast_of(bot)
            turns = await _three(bot)
            if process == SAME:
                yield bot, cast, *turns
        if process == NEXT:
            async with opened_on(slack, gpt, folder, ways, before=bot) as again:
                yield again, cast, *turns


async def _three(bot: SlackHarness) -> tuple[Asked, Asked, Asked]:
    done = await answered(bot, "What is done?")
    bot.gpt.agent("research").always = SLOW
    stopped = await bot.ask("What is stopped?")
    await bot.showing(stopped, "Working")
    await press(bot, bot.ada, stopped, "stop")
    await bot.settled()
    running = await bot.ask("What runs?")
    await bot.showing(running, "Working")
    return done, stopped, running


@pytest.mark.parametrize("process", [SAME, NEXT])
@pytest.mark.parametrize("who", ["other", "guest", "stranger"])
async def test_who_may_not_press_is_told_why_and_nothing_happens(tmp_path: Path, who: str, process: str) -> None:
    async with three_turns(tmp_path, process) as (bot, cast, done, stopped, running):
        user: User = getattr(cast, who)
        before = [await bot.app.store.turn(asked.turn_id) for asked in (done, stopped)]
        await press(bot, user, running, "stop")
        await press(bot, user, stopped, "go_on")
        await press(bot, user, done, "retry", option(done, "build"))
        if who != "other":
            for action in ("details", "praise", "complain", "export"):
                await press(bot, user, done, action)
        expected = 3 if who == "other" else 7
        await bot.slack.until(lambda: len(told(bot, user)) == expected, PATIENCE)

        assert 1 == len(set(told(bot, user)))
        assert before == [await bot.app.store.turn(asked.turn_id) for asked in (done, stopped)]
        assert await ended(bot, running) in (TurnStatus.RUNNING, TurnStatus.QUEUED)
        assert [] == bot.slack.views
        assert 1 == len(bot.messages(done))


@pytest.mark.parametrize("process", [SAME, NEXT])
@pytest.mark.parametrize("who", ["asker", "admin"])
async def test_who_may_press_can(tmp_path: Path, who: str, process: str) -> None:
    async with three_turns(tmp_path, process) as (bot, cast, done, stopped, running):
        user: User = getattr(cast, who)
        await press(bot, user, done, "details")
        await press(bot, user, done, "praise")
        await press(bot, user, done, "export")
        await bot.slack.until(lambda: len(bot.messages(done)) == 2, PATIENCE)
        await press(bot, user, running, "stop")
        assert TurnStatus.STOPPED is await over(bot, running)
        bot.gpt.agent("research").always = Fault(answer="Bees scout.", cites=())
        await press(bot, user, stopped, "go_on")
        await press(bot, user, done, "retry", option(done, "build"))
        await bot.settled()
        kept = await bot.app.store.turn(done.turn_id)

        assert 1 == len(bot.slack.views)
        assert TurnStatus.COMPLETE == await ended(bot, stopped)
        assert kept is not None
        assert (2, TurnStatus.COMPLETE) == (kept.generation, kept.status)


@pytest.mark.parametrize("process", [SAME, NEXT])
async def test_anyone_may_look_rate_and_export(tmp_path: Path, process: str) -> None:
    async with three_turns(tmp_path, process) as (bot, cast, done, _, _):
        for action in ("details", "complain", "export"):
            await press(bot, cast.other, done, action)
        await bot.slack.until(lambda: len(bot.messages(done)) == 2, PATIENCE)

        assert 1 == len(bot.slack.views)
        assert Opinion.DISLIKED == await bot.app.turns.feedback.opinion(done.turn_id, 1, cast.other.id)


async def test_of_a_withheld_turn_admins_see_the_draft_and_nobody_else(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(withhold=True)) as bot:
        bot.gpt.agent("review").script(
            Fault(answer='{"score": 1, "verdict": "reject", "summary": "Made up.", "findings": [], "edits": []}')
        )
        asked = await answered(bot)
        for who in (bot.ada, cast_of(bot).admin):
            await press(bot, who, asked, "details")
        ours, admins = (str(view.body["blocks"]) for view in bot.slack.views)

        assert ANSWER not in ours
        assert ANSWER in admins
        assert ["retry", "details"] == buttons(living(bot, asked))
