"""Questions in Discord, by command and by mention: where they are answered, and what goes with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.turn import TurnStatus, turn_id_of
from sandbox.customgpt import Endpoint
from sandbox.customgpt import Fault as AgentFault
from sandbox.discord import Channel, Fault, Interaction
from sandbox.discord.floor import COMPONENTS_V2
from sandbox.discord.state import THREAD
from tests.contracts.discord_harness import DiscordHarness, open_discord_harness
from tests.contracts.harness import ANSWER, Ways, complaints, ended

PROMPT = "How do bees choose?"


async def commanded(bot: DiscordHarness, place: Channel | None = None, **options: str) -> Interaction:
    one = bot.discord.command(bot.ada, place or bot.channel, "ask", **{"prompt": PROMPT, **options})
    await bot.discord.until(lambda: one.answered)
    return one


async def status_of(bot: DiscordHarness, one: Interaction) -> TurnStatus | None:
    kept = await bot.app.store.turn(turn_id_of(f"discord:interaction:{one.id}"))
    return kept.status if kept else None


def thread_on(bot: DiscordHarness, one: Interaction) -> Channel:
    assert one.response
    thread = bot.discord.thread(one.response)
    assert thread
    return thread


async def test_a_command_says_the_question_and_is_answered_in_a_thread_on_it(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        one = await commanded(bot, tone="friendly")
        await bot.settled()
        thread = thread_on(bot, one)
        (message,) = bot.discord.said(thread)

        assert one.response
        assert "Ada asked: How do bees choose?\ntone: friendly" == bot.discord.text(one.response)
        assert (THREAD, PROMPT) == (thread.kind, thread.name)
        assert ANSWER in bot.discord.text(message)
        assert {"✅"} == one.response.reactions
        assert TurnStatus.COMPLETE == await status_of(bot, one)


async def test_a_command_is_deferred_at_once_and_its_token_used_no_more_than_to_say_the_question(
    tmp_path: Path,
) -> None:
    async with open_discord_harness(tmp_path) as bot:
        one = await commanded(bot)

        assert one.deferred or one.response

        await bot.settled()

        assert [1, 1, 0] == [
            len(bot.discord.calls(name)) for name in ("interactions.callback", "original.update", "webhooks.create")
        ]


async def test_what_a_command_says_goes_to_the_agents(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        await commanded(bot, tone="solemn", length="40 words", format="a list", audience="children", language="German")
        await bot.settled()
        asked = str(bot.gpt.requests(Endpoint.SEND)[2].body)

        assert [] == [one for one in (PROMPT, "solemn", "40 words", "a list", "children") if one not in asked]


async def test_a_command_in_a_thread_is_answered_there_and_knows_what_was_said(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        before = await commanded(bot)
        await bot.settled()
        thread = thread_on(bot, before)
        one = await commanded(bot, thread, prompt="And in three lines?")
        await bot.settled()

        assert one.response
        assert thread.id == one.response.channel
        assert 3 == len(bot.discord.said(thread))
        assert "they fly" in str(bot.gpt.requests(Endpoint.SEND)[4].body)


async def test_who_has_asked_by_command_goes_on_in_its_thread_without_a_mention(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        before = await commanded(bot)
        await bot.settled()
        thread = thread_on(bot, before)
        said = bot.asked(bot.discord.post(bot.ada, thread, "And in three lines?"))
        await bot.settled()

        assert [] == await complaints(bot, said)


async def test_a_direct_message_needs_no_mention_and_gets_no_thread(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        place = bot.discord.dm(bot.ada)
        bot.discord.post(bot.ada, place, PROMPT)
        await bot.settled()
        one = await commanded(bot, place, prompt="And wasps?")
        await bot.settled()

        assert 3 == len(bot.discord.said(place))
        assert TurnStatus.COMPLETE == await status_of(bot, one)
        assert [] == bot.discord.calls("threads.create")


@pytest.mark.parametrize("kind", ["text", "voice"])
async def test_where_threads_may_not_be_opened_it_answers_in_the_channel_and_says_so(tmp_path: Path, kind: str) -> None:
    async with open_discord_harness(tmp_path) as bot:
        place = bot.discord.channel("quiet", kind)
        bot.discord.deny(place, "create_public_threads")
        asked = bot.discord.mention(bot.ada, place, PROMPT)
        await bot.settled()
        (message,) = bot.discord.said(place)

        assert asked.id == message.answers
        assert ANSWER in bot.discord.text(message)
        assert "I may not open threads here" in bot.discord.text(message)


async def test_a_reply_to_an_answer_in_a_channel_goes_on_with_its_conversation(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.deny(bot.channel, "create_public_threads")
        bot.discord.mention(bot.ada, bot.channel, PROMPT)
        await bot.settled()
        (answer,) = bot.discord.said(bot.channel)
        bot.discord.post(bot.people["Ben"], bot.channel, "And in three lines?", answers=answer)
        await bot.settled()

        assert 2 == len(bot.discord.said(bot.channel))
        assert "they fly" in str(bot.gpt.requests(Endpoint.SEND)[4].body)


async def test_a_mention_of_a_question_that_stands_in_its_thread_goes_on_there(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        first = await bot.ask(PROMPT)
        await bot.settled()
        second = await bot.ask("And wasps?", after=first, who="Ben")
        await bot.settled()

        assert first.conversation_id == second.conversation_id
        assert [] == await complaints(bot, first, second)


async def test_what_nobody_asks_is_ignored(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        robot = bot.discord.person("Robot")
        robot.bot = True
        bot.discord.mention(robot, bot.channel, PROMPT)
        bot.discord.mention(bot.ada, bot.channel, PROMPT, webhook="77")
        bot.discord.mention(bot.ada, bot.channel, PROMPT, kind=6)
        plain = bot.discord.post(bot.ada, bot.channel, PROMPT)
        bot.discord.change(plain, f"<@{bot.discord.world.me.id}> {PROMPT}")
        await bot.settled()

        assert [] == await bot.app.store.turns()
        assert [] == bot.discord.said(bot.channel)


async def test_an_empty_mention_is_answered_with_help(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.mention(bot.ada, bot.channel, "")
        await bot.settled()
        (told,) = bot.discord.said(bot.channel)

        assert "Ask me with `/ask`" in bot.discord.text(told)
        assert [] == bot.discord.pings(told)


async def test_without_the_intent_the_first_message_says_to_mention_the_bot_and_plain_words_are_not_heard(
    tmp_path: Path,
) -> None:
    async with open_discord_harness(tmp_path, content=False) as bot:
        first = await bot.ask(PROMPT)
        await bot.settled()
        unheard = await bot.say("And in three lines?", first)
        second = await bot.ask("And wasps?", after=first)
        await bot.settled()

        assert "To go on here, mention me" in bot.shown(first)[0].last
        assert "mention me" not in bot.shown(second)[0].last
        assert None is await ended(bot, unheard)
        assert [] == await complaints(bot, second)


async def test_messages_are_of_the_second_version_and_ping_nobody(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("build").always = AgentFault(
            answer=f"@everyone <@{bot.ada.id}> <@&{bot.discord.guild.id}> dance.", cites=()
        )
        asked = await bot.ask(f"@everyone <@{bot.people['Ben'].id}> how?")
        one = await commanded(bot, prompt=f"@everyone <@{bot.people['Ben'].id}> how?")
        await bot.settled()
        assert one.response
        messages = [*bot.messages(asked), one.response, *bot.discord.said(thread_on(bot, one))]

        assert [] == [ping for message in messages for ping in bot.discord.pings(message)]
        assert {True} == {bool(state.flags & COMPONENTS_V2) for message in messages for state in message.states[1:]}


async def test_a_reply_without_a_mention_of_who_is_not_answered_calls_nobody(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(notify_after=0.0)) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        answer, notice = bot.discord.said(bot.where(asked))

        assert [] == bot.discord.pings(answer)
        assert [bot.ada.id] == bot.discord.pings(notice)
        assert answer.id == notice.answers


async def test_the_notice_says_why_where_there_is_no_answer(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(notify_after=0.0)) as bot:
        bot.gpt.agent("build").always = AgentFault(status=429, body="quota")
        asked = await bot.ask(PROMPT)
        await bot.settled()
        _, notice = bot.discord.said(bot.where(asked))

        assert "@Ada Build did not answer" in bot.discord.text(notice)


async def test_who_has_asked_too_often_is_told_alone(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(per_hour=1)) as bot:
        await commanded(bot)
        await bot.settled()
        one = await commanded(bot, prompt="And again?")
        await bot.discord.until(lambda: bot.discord.ephemerals(bot.ada))

        assert one.response
        assert one.response.deleted
        assert "as many as one person may" in "".join(
            str(component.get("content")) for component in bot.discord.ephemerals(bot.ada)[-1].state.components
        )


async def test_who_may_not_ask_is_told_alone(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(platform={"DISCORD_ALLOWED_USERS": "1"})) as bot:
        one = await commanded(bot)
        await bot.settled()

        assert None is await status_of(bot, one)
        assert [bot.ada] == [seen.user for seen in bot.discord.ephemerals()]
        assert [] == bot.discord.said(bot.channel)


async def test_a_command_whose_token_died_at_once_is_answered_by_messages_of_the_bots_own(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.script("original.update", Fault(code=50027))
        one = await commanded(bot)
        await bot.settled()

        assert one.response
        assert "Ada asked: How do bees choose?" == bot.discord.text(one.response)
        assert TurnStatus.COMPLETE == await status_of(bot, one)


@pytest.mark.parametrize("code", [10062, 40060])
async def test_a_command_that_could_not_be_deferred(tmp_path: Path, code: int) -> None:
    """Be it too late for Discord, or deferred already: it is answered all the same."""
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.script("interactions.callback", Fault(code=code))
        one = bot.discord.command(bot.ada, bot.channel, "ask", prompt=PROMPT)
        await bot.settled()

        assert TurnStatus.COMPLETE == await status_of(bot, one)
        assert 1 == len(bot.discord.said(bot.channel))


async def test_a_command_whose_deferral_was_taken_with_an_error_is_answered_in_that(tmp_path: Path) -> None:
    """The library repeats it, and is told that it has been done."""
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.script("interactions.callback", Fault(status=500, stored=True))
        one = bot.discord.command(bot.ada, bot.channel, "ask", prompt=PROMPT)
        await bot.settled()

        assert 2 == len(bot.discord.calls("interactions.callback"))
        assert TurnStatus.COMPLETE == await status_of(bot, one)
        assert one.response
        assert [one.response] == bot.discord.said(bot.channel)
        assert "Ada asked: How do bees choose?" == bot.discord.text(one.response)


async def test_a_turn_that_outlives_its_commands_token_still_ends_in_its_message(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=0.5))
        one = await commanded(bot)
        assert one.response
        opened_on = one.response
        await bot.discord.until(lambda: bot.discord.said(bot.discord.thread(opened_on)))
        bot.discord.shift_clock(16 * 60)
        await bot.settled()
        message, notice = bot.discord.said(thread_on(bot, one))

        assert ANSWER in bot.discord.text(message)
        assert "your answer is ready" in bot.discord.text(notice)
        assert 1 == len(bot.discord.calls("original.update"))


async def test_what_people_said_in_a_thread_before_is_background_for_a_mention_and_for_a_command(
    tmp_path: Path,
) -> None:
    async with open_discord_harness(tmp_path) as bot:
        start = bot.discord.post(bot.ada, bot.channel, "Bees!")
        thread = bot.discord._floor.open_thread(bot.channel, "bees", on=start, owner=bot.ada)
        bot.discord.post(bot.people["Ben"], thread, "I have seen a swarm in the oak.")
        bot.discord.mention(bot.ada, thread, PROMPT)
        await bot.settled()
        bot.discord.post(bot.people["Ben"], thread, "Now it hangs in the elm.")
        await commanded(bot, thread, prompt="And now?")
        await bot.settled()
        asked = [str(request.body) for request in bot.gpt.requests(Endpoint.SEND)]

        assert "Ben: I have seen a swarm in the oak." in asked[0]
        assert "Ben: Now it hangs in the elm." in asked[4]
        assert "oak" not in asked[4]
