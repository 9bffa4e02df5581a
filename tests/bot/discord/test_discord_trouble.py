"""What goes wrong in Discord with a turn's place and its message."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from bot.discord.posting import Pacing
from core.ports import Limit
from core.turn import TurnStatus
from sandbox.customgpt import Fault as AgentFault
from sandbox.discord import Fault, Limits
from tests.contracts.discord_harness import DiscordHarness, open_discord_harness
from tests.contracts.harness import ANSWER, Asked, Ways, complaints, ended

PROMPT = "How do bees choose?"


async def at_work(bot: DiscordHarness, seconds: float = 0.5) -> Asked:
    """A question of which the message is there, and the research not yet."""
    bot.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=seconds))
    asked = await bot.ask(PROMPT)
    await bot.visible(asked)
    return asked


async def test_a_thread_that_was_archived_is_reopened_for_the_answer(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await at_work(bot)
        thread = bot.where(asked)
        assert thread
        bot.discord.archive(thread)
        await bot.settled()

        assert not thread.archived
        assert [] == await complaints(bot, asked)


async def test_of_a_locked_thread_who_asked_is_told_where_the_question_was_asked(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await at_work(bot)
        thread = bot.where(asked)
        assert thread
        bot.discord.archive(thread, locked=True)
        await bot.discord.until(lambda: bot.discord.said(bot.channel))
        (told,) = bot.discord.said(bot.channel)

        assert asked.where.id == told.answers
        assert "The thread of this question is locked" in bot.discord.text(told)

        thread.locked = False
        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_of_a_deleted_thread_who_asked_is_told_where_the_question_was_asked(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await at_work(bot)
        thread = bot.where(asked)
        assert thread
        bot.discord.delete_thread(thread)
        await bot.settled()
        (told,) = bot.discord.said(bot.channel)

        assert "The thread of this question is gone" in bot.discord.text(told)
        assert TurnStatus.COMPLETE == await ended(bot, asked)


async def test_where_it_may_not_write_who_asked_is_told_in_a_direct_message(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.deny(bot.channel, "send_messages", "create_public_threads", "send_messages_in_threads")
        bot.discord.mention(bot.ada, bot.channel, PROMPT)
        await bot.discord.until(lambda: bot.discord.said(bot.discord.dm(bot.ada)))
        (told,) = bot.discord.said(bot.discord.dm(bot.ada))

        assert "I may not write where you asked" in bot.discord.text(told)


async def test_without_the_right_to_attach_files_a_long_answer_stands_in_its_parts_alone(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.deny(bot.channel, "attach_files")
        bot.gpt.agent("build").always = AgentFault(answer="Bees dance. " * 600, cites=())
        asked = await bot.ask(PROMPT)
        await bot.settled()
        shown = bot.shown(asked)

        assert 2 == len(shown)
        assert [] == [name for one in shown for name in one.files]
        assert {"answered"} == bot.mark(asked)


async def test_without_the_right_to_react_the_question_is_answered_all_the_same(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.deny(bot.channel, "add_reactions")
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert ANSWER in bot.shown(asked)[0].last


async def test_a_message_that_is_too_old_to_be_updated_gives_way_to_a_new_one(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, limits=Limits(react=(5, 0.1), old_edits=0)) as bot:
        asked = await at_work(bot, 1.0)
        (old,) = bot.messages(asked)
        bot.discord.shift_clock(2 * 3600)
        await bot.settled()
        answer, *rest = bot.discord.said(bot.where(asked))

        assert old.deleted
        assert ANSWER in bot.discord.text(answer)
        assert 1 == len(rest)  # the notice: it took two hours


async def test_a_thread_that_was_opened_already_is_used(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.script("threads.create", Fault(drop=True, stored=True))
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_updates_keep_their_distance_and_their_number(tmp_path: Path) -> None:
    pacing = Pacing(updates=Limit(4, 3.0), apart=0.6, posts=Limit(4, 1.0))
    async with open_discord_harness(tmp_path, Ways(interval=0.01), pacing=pacing) as bot:
        bot.gpt.agent("build").script(AgentFault(answer=ANSWER * 3, cites=(), delta_size=2, delta_delay=0.05))
        asked = await bot.ask(PROMPT)
        await bot.settled()
        times = bot.updates(asked)

        assert 4 < len(times)
        assert 0.2 < min(later - earlier for earlier, later in pairwise(times))
        assert 5 > bot.discord.most_in_window("messages.update", seconds=2.4)
        assert [] == await complaints(bot, asked, answer=ANSWER * 3)


async def test_a_retry_replaces_the_parts_of_the_answer_before(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("build").script(AgentFault(answer="Bees dance. " * 600, cites=()))
        asked = await bot.ask(PROMPT)
        await bot.settled()
        before = len(bot.discord.said(bot.where(asked)))
        (living, *_) = bot.messages(asked)
        bot.discord.press(bot.ada, living, bot.discord.button(living, "Retry from …"), "build")
        await bot.settled()
        await bot.app.turns.idle()

        assert 3 == before
        assert 1 == len(bot.shown(asked))
        assert ANSWER in bot.shown(asked)[0].last
