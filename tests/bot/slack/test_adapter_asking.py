"""What people say in Slack, and what the agents are told of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.turn import FollowUps, TurnStatus
from sandbox.customgpt import Endpoint
from sandbox.slack import Fault
from tests.contracts.harness import Asked, Ways, complaints, ended
from tests.contracts.slack_harness import LIMITS, SlackHarness, open_slack_harness

ANYONE = Ways(follow_ups=FollowUps.ANYONE)


def prompts(bot: SlackHarness) -> list[str]:
    """What the research was asked, the oldest first."""
    path = f"/projects/{bot.gpt.agents['research']}/"
    sent = [request for request in bot.gpt.requests(Endpoint.SEND) if path in request.path]
    return [str(request.body["prompt"]) for request in sent if isinstance(request.body, dict)]


async def test_a_mention_in_a_thread_is_told_what_was_said_there(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        root = bot.slack.post(bot.people["Ben"], bot.channel, "I read that *bees* vote.")
        bot.slack.post(bot.ada, bot.channel, f"{bot.people['Ben'].mention} where?", thread=root)
        bot.slack.post(bot.slack.bot("deploybot"), bot.channel, "Deployed.", thread=root)
        asked = bot.asked(bot.slack.mention(bot.ada, bot.channel, "Is that true?", thread=root))
        await bot.settled()
        (prompt,) = prompts(bot)

        assert [] == await complaints(bot, asked)
        assert "Ben: I read that **bees** vote." in prompt
        assert "Ada: @Ben where?" in prompt
        assert "Deployed." not in prompt


async def test_what_was_said_in_a_thread_is_cut_to_its_last_words_and_is_never_our_own(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        first = await bot.ask("How do bees choose?")
        await bot.settled()
        for n in range(30):
            bot.slack.post(bot.people["Ben"], bot.channel, f"Thought {n:02} " + "and so on " * 20, thread=first.where)
        second = await bot.ask("Is that true?", after=first)
        await bot.settled()
        prompt = prompts(bot)[1]

        assert [] == await complaints(bot, first, second)
        assert "Thought 29" in prompt
        assert "Thought 05" not in prompt
        assert "orchestrator:" not in prompt


async def test_of_a_long_thread_nothing_is_told_twice_though_its_first_message_is_on_every_page(
    tmp_path: Path,
) -> None:
    async with open_slack_harness(tmp_path, limits=replace(LIMITS, page_most=15)) as bot:
        root = bot.slack.post(bot.people["Ben"], bot.channel, "I read that bees vote.")
        for n in range(50):
            bot.slack.post(bot.ada, bot.channel, f"{n}", thread=root)
        bot.slack.mention(bot.ada, bot.channel, "Is that true?", thread=root)
        await bot.settled()

        assert 1 == prompts(bot)[0].count("I read that bees vote.")


async def test_a_thread_that_cannot_be_read_costs_no_answer(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.always("conversations.replies", Fault(error="missing_scope"))
        root = bot.slack.post(bot.people["Ben"], bot.channel, "I read that bees vote.")
        asked = bot.asked(bot.slack.mention(bot.ada, bot.channel, "Is that true?", thread=root))
        await bot.settled()

        assert [] == await complaints(bot, asked)
        assert "bees vote" not in prompts(bot)[0]


async def test_a_direct_message_opens_a_thread_under_itself_and_goes_on_without_a_mention(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        first = await bot.direct(bot.ada, "How do bees choose?")
        await bot.settled()
        second = await bot.direct(bot.ada, "And in three lines?", after=first)
        another = await bot.direct(bot.ada, "And wasps?")
        await bot.settled()

        assert [] == await complaints(bot, first, second, another)
        assert first.conversation_id == second.conversation_id != another.conversation_id
        assert [first.where.ts, first.where.ts, another.where.ts] == [
            bot.messages(one)[0].thread_ts for one in (first, second, another)
        ]


async def test_who_is_mentioned_is_called_by_name(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        await bot.ask(f"What would {bot.people['Ben'].mention} say?")
        await bot.settled()

        assert "What would @Ben say?" in prompts(bot)[0]
        assert [bot.ada.id, bot.people["Ben"].id] == [call.args["user"] for call in bot.slack.calls("users.info")]


async def test_a_name_that_is_slow_to_come_holds_nothing_up_and_is_known_the_next_time(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.limits = replace(LIMITS, ack=3.0)
        bot.slack.script("users.info", Fault(), Fault(delay_reply=1.5))  # the first is for who asks
        first = await bot.ask(f"What would {bot.people['Ben'].mention} say?")
        await bot.settled()
        second = await bot.ask(f"And {bot.people['Ben'].mention} again?")
        await bot.settled()

        assert [] == await complaints(bot, first, second)
        assert f"What would @{bot.people['Ben'].id} say?" in prompts(bot)[0]
        assert "And @Ben again?" in prompts(bot)[1]
        assert {1} == {len(one.attempts) for one in bot.slack.deliveries()}
        assert 2 == len(bot.slack.calls("users.info"))


async def test_a_name_that_cannot_be_found_out_costs_no_answer(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("users.info", Fault(), *[Fault(status=500)] * 5)
        asked = await bot.ask(f"What would {bot.people['Ben'].mention} say?")
        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_while_nobody_can_say_who_asks_the_question_waits_and_is_answered_when_it_comes_again(
    tmp_path: Path,
) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("users.info", Fault(status=500), Fault(status=500))
        asked = await bot.ask("How do bees choose?")
        await bot.settled()

        assert [] == await complaints(bot, asked)
        assert 3 == len(bot.slack.calls("users.info"))


async def test_nobody_is_looked_up_for_what_is_not_said_to_us(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.post(bot.ada, bot.channel, f"{bot.people['Ben'].mention}, have you seen this?")
        await bot.settled()

        assert [] == bot.slack.calls("users.info")


async def test_what_is_not_meant_for_us_in_a_thread_of_ours_begins_nothing(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, ANYONE) as bot:
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        slack, ben = bot.slack, bot.people["Ben"]
        said: list[Asked] = [
            await bot.say(f"{ben.mention} what do you think?", asked),
            await bot.say(":tada: :bee:", asked),
            bot.asked(slack.post(slack.bot("deploybot"), bot.channel, "Deployed.", thread=asked.where)),
            bot.asked(slack.post(ben, bot.channel, "Look!", thread=asked.where, subtype="thread_broadcast")),
        ]
        slack.join(slack.person("Cleo"), bot.channel)
        slack.edit(bot.ada, asked.where, f"<@{slack.bot_user}> How do wasps choose?")
        await bot.settled()

        assert [None] * 4 == [await ended(bot, one) for one in said]
        assert 4 == len(bot.gpt.requests(Endpoint.SEND))
        assert [] == await complaints(bot, asked)


async def test_a_message_in_a_thread_of_others_begins_nothing(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, ANYONE) as bot:
        root = bot.slack.post(bot.people["Ben"], bot.channel, "I read that bees vote.")
        said = bot.asked(bot.slack.post(bot.ada, bot.channel, "Do they?", thread=root))
        await bot.settled()

        assert await ended(bot, said) is None


async def test_the_bot_goes_on_where_somebody_else_deletes_something(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        chat = bot.slack.post(bot.people["Ben"], bot.channel, "I read that bees vote.")
        asked = await bot.ask("How do bees choose?")
        bot.slack.delete(bot.people["Ben"], chat)
        await bot.settled()

        assert TurnStatus.COMPLETE == await ended(bot, asked)
