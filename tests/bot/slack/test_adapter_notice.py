"""Updates call nobody: what tells the asker that there is an answer, and what it may cost."""

from __future__ import annotations

from pathlib import Path

from bot.slack.surface import NOT_ANSWERED
from core.turn import TurnStatus
from sandbox.customgpt import Fault as AgentFault
from sandbox.slack import REPLY_LOST, Fault, Message
from tests.contracts.harness import ANSWER, FOREVER, Asked, Ways, complaints, ended
from tests.contracts.long import LONG, of_parts
from tests.contracts.slack_harness import SlackHarness, open_slack_harness

AT_ONCE = Ways(notify_after=0.0, interval=FOREVER)
NOBODY = "Everything is fine, <!channel> and <@U0SB000001> and @here."


def notices(bot: SlackHarness, asked: Asked) -> list[Message]:
    return [message for message in bot.messages(asked) if bot.slack.pings(message)]


async def test_who_has_waited_long_is_called_once_and_alone(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, AT_ONCE) as bot:
        asked = await bot.ask("How do bees choose?", who="Ben")
        await bot.settled()
        living, notice = bot.messages(asked)

        assert f"<@{bot.people['Ben'].id}> your answer is ready, above." == notice.text
        assert {f"<@{bot.people['Ben'].id}>"} == set(bot.slack.pings(notice))
        assert asked.where.ts == notice.thread_ts
        assert [] == bot.slack.pings(living)


async def test_who_has_not_waited_long_is_not_called(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        assert [] == notices(bot, asked)


async def test_nothing_that_an_agent_writes_calls_anybody(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(interval=0.05, notify_after=0.0)) as bot:
        bot.gpt.agent("build").always = AgentFault(answer=NOBODY, cites=(), delta_size=4, delta_delay=0.02)
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        assert 1 == len(notices(bot, asked))
        assert {f"<@{bot.ada.id}>"} == {ping for one in bot.slack.said(bot.channel) for ping in bot.slack.pings(one)}


async def test_who_has_no_answer_is_told_why(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, AT_ONCE) as bot:
        bot.gpt.agent("build").always = AgentFault(status=429, body="quota")
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        (notice,) = notices(bot, asked)

        assert notice.text.startswith(f"<@{bot.ada.id}> Build did not answer: CustomGPT has no query credits left.")
        assert {NOT_ANSWERED} == set(asked.where.reactions)


async def test_a_notice_whose_reply_is_lost_is_not_said_twice(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, AT_ONCE) as bot:
        bot.slack.script("chat.postMessage", Fault(), REPLY_LOST)
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        assert 1 == len(notices(bot, asked))


async def test_a_notice_comes_last_and_all_messages_no_faster_than_slack_allows(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, AT_ONCE) as bot:
        bot.gpt.agent("build").always = AgentFault(answer=LONG, cites=(), delta_size=2_000)
        first, second = [await bot.ask(f"Everything about bees, please, {n}") for n in (1, 2)]
        await bot.settled()

        for asked in (first, second):
            assert [bot.messages(asked)[-1]] == notices(bot, asked)
            assert [] == of_parts(bot.shown(asked)[:-1])
        assert [] == bot.hurried


async def test_without_the_scope_for_reactions_or_files_everything_else_goes_well(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(interval=FOREVER)) as bot:
        bot.slack.scopes = [scope for scope in bot.slack.scopes if scope not in ("reactions:write", "files:write")]
        bot.gpt.agent("build").always = AgentFault(answer=LONG, cites=(), delta_size=2_000)
        asked = await bot.ask("Everything about bees, please")
        await bot.settled()

        assert TurnStatus.COMPLETE == await ended(bot, asked)
        assert "Section 30" in bot.shown(asked)[-1].last
        assert not asked.where.reactions


async def test_reactions_that_stand_already_or_not_at_all_cost_nothing(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("reactions.add", Fault(error="already_reacted"), Fault(error="already_reacted"))
        bot.slack.script("reactions.remove", Fault(error="no_reaction"))
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        assert TurnStatus.COMPLETE == await ended(bot, asked)
        assert ANSWER in bot.shown(asked)[0].last


async def test_a_slow_reaction_does_not_keep_the_answer(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("reactions.add", Fault(delay=1.0))
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)

        assert not asked.where.reactions

        await bot.settled()

        assert [] == await complaints(bot, asked)
