"""`/orchestrator`, words to the bot, and buttons in Discord."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from core.text import replies
from core.turn import Opinion, TurnStatus
from sandbox.customgpt import Endpoint
from sandbox.customgpt import Fault as AgentFault
from sandbox.discord import Interaction, User
from sandbox.discord.transcript import shown
from tests.contracts.discord_harness import PATIENCE, DiscordHarness, open_discord_harness
from tests.contracts.harness import ANSWER, Asked, ended

PROMPT = "How do bees choose?"


async def told(bot: DiscordHarness, one: Interaction) -> str:
    """What who gave a command, or pressed a button, reads alone."""
    before = len(bot.discord.ephemerals(one.user))
    await bot.discord.until(lambda: one.answered)
    await bot.settled()
    await bot.discord.until(lambda: len(bot.discord.ephemerals(one.user)) >= max(1, before))
    return "\n".join(shown(bot.discord.world, bot.discord.ephemerals(one.user)[-1].state))


async def said(bot: DiscordHarness, who: User, sub: str, **options: str) -> str:
    return await told(bot, bot.discord.command(who, bot.channel, "orchestrator", sub, **options))


def press(bot: DiscordHarness, asked: Asked, label: str, *values: str, who: User | None = None) -> Interaction:
    (living, *_) = bot.messages(asked)
    return bot.discord.press(who or bot.ada, living, bot.discord.button(living, label), *values)


async def test_status_says_what_runs_and_stop_stops_it(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").script(AgentFault(stall=True))
        asked = await bot.ask(PROMPT)
        await bot.showing(asked, "◐ Plan")
        status = bot.discord.command(bot.ada, bot.channel, "orchestrator", "status")
        await bot.discord.until(lambda: bot.discord.ephemerals(bot.ada))
        seen = "\n".join(shown(bot.discord.world, bot.discord.ephemerals(bot.ada)[-1].state))

        assert status.answered
        assert "asked by @Ada: How do bees choose?" in seen
        assert "Stopping it." == await said(bot, bot.ada, "stop")
        assert TurnStatus.STOPPED == await ended(bot, asked)


async def test_stop_is_for_who_asked(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").script(AgentFault(stall=True))
        asked = await bot.ask(PROMPT)
        await bot.showing(asked, "◐ Plan")
        press(bot, asked, "Stop", who=bot.people["Ben"])
        await bot.discord.until(lambda: bot.discord.ephemerals(bot.people["Ben"]))
        seen = "\n".join(shown(bot.discord.world, bot.discord.ephemerals()[-1].state))

        assert "Only who asked, or an admin, can do that." == seen

        press(bot, asked, "Stop")
        await bot.settled()

        assert TurnStatus.STOPPED == await ended(bot, asked)


async def test_settings_are_read_by_all_and_written_by_admins(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        root = bot.discord.person("Root", admin=True)

        assert "Nothing is set" in await said(bot, bot.ada, "settings")
        assert "Only an admin" in await said(bot, bot.ada, "settings", setting="tone", value="solemn")
        assert "tone: solemn" in await said(bot, root, "settings", setting="tone", value="solemn")
        assert "tone: solemn" in await said(bot, bot.ada, "settings")


@pytest.mark.parametrize("sub", ["help", "new"])
async def test_words_that_need_no_turn(tmp_path: Path, sub: str) -> None:
    async with open_discord_harness(tmp_path) as bot:
        words = {"help": "Ask me with `/ask`", "new": "Every question outside a thread begins anew"}

        assert words[sub] in await said(bot, bot.ada, sub)


async def test_a_turn_that_was_stopped_goes_on_by_its_button(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").script(AgentFault(stall=True))
        asked = await bot.ask(PROMPT)
        await bot.showing(asked, "◐ Plan")
        press(bot, asked, "Stop")
        await bot.settled()
        press(bot, asked, "Go on")
        await bot.settled()

        assert TurnStatus.COMPLETE == await ended(bot, asked)
        assert ANSWER in bot.shown(asked)[0].last


async def test_details_are_for_one_pair_of_eyes_and_an_export_for_all(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        details = await told(bot, press(bot, asked, "Details", who=bot.people["Ben"]))
        before = len(bot.discord.said(bot.where(asked)))
        press(bot, asked, "Export")
        await bot.discord.until(lambda: len(bot.discord.said(bot.where(asked))) > before)
        (file,) = bot.discord.files(bot.discord.said(bot.where(asked))[-1])

        assert "Bees scout." in details
        assert f"turn-{asked.turn_id}-g1.md" == file.name
        assert "Bees scout." in file.content.decode()


async def test_an_opinion_is_noted(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert "Noted: 👍" in await told(bot, press(bot, asked, "👍"))
        assert Opinion.LIKED == await bot.app.turns.feedback.opinion(asked.turn_id, 1, bot.ada.id)


async def test_buttons_work_for_the_next_process(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        for task in bot.listening:
            task.cancel()
        await bot.discord.until(lambda: not bot.discord.gateway.open)
        bot.listening.clear()
        await bot.listen()

        assert "Noted: 👎" in await told(bot, press(bot, asked, "👎"))


async def test_what_is_attached_is_read_and_what_cannot_be_is_named(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        files = [("bees.txt", b"Bees have five eyes."), ("bees.png", b"\x89PNG")]
        asked = bot.asked(bot.discord.mention(bot.ada, bot.channel, PROMPT, files=files))
        await bot.settled()

        assert "Bees have five eyes." in str(bot.gpt.requests(Endpoint.SEND)[0].body)
        assert "Not read: bees.png" in bot.shown(asked)[0].last


@pytest.mark.parametrize("sub", ["help", "status", "stop", "new", "settings", "check"])
async def test_each_command_is_deferred_before_anything_is_done(tmp_path: Path, sub: str) -> None:
    """Who gave it alone sees that; what it is answered with may take longer than Discord waits."""
    async with open_discord_harness(tmp_path) as bot:
        one = bot.discord.command(bot.ada, bot.channel, "orchestrator", sub)
        await bot.settled()
        (deferral,) = bot.discord.calls("interactions.callback")
        (answer,) = bot.discord.calls("webhooks.create")

        assert {"type": 5, "data": {"flags": 64}} == deferral.body
        assert one.ephemeral
        assert [] == bot.discord.said(bot.channel)
        assert [] == answer.body["allowed_mentions"]["parse"]


async def test_of_two_connections_one_does_what_a_command_says(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        first = await bot.ask(PROMPT)
        await bot.settled()
        await bot.second_connection()
        thread = bot.where(first)
        assert thread
        bot.discord.command(bot.ada, thread, "orchestrator", "new")
        await bot.settled()

        assert 2 == len(bot.discord.calls("interactions.callback"))
        assert 1 == len(bot.discord.ephemerals(bot.ada))


async def test_in_a_thread_new_makes_it_forget_by_command_and_by_mention(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        first = await bot.ask(PROMPT)
        await bot.settled()
        thread = bot.where(first)
        assert thread
        by_command = await told(bot, bot.discord.command(bot.ada, thread, "orchestrator", "new"))
        second = await bot.ask("And wasps?", after=first)
        await bot.settled()
        kept = await bot.app.turns.exported(second.turn_id)

        assert replies.NEW == by_command
        assert kept is not None
        assert PROMPT not in kept.replies["plan"][0]

        await bot.ask("new", after=second)
        await bot.settled()

        assert replies.NEW == bot.discord.text(bot.discord.said(thread)[-1])


async def test_in_a_thread_stop_and_status_are_about_that_thread(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").always = AgentFault(stall=True)
        here, there = await bot.ask("Here?"), await bot.ask("There?")
        for one in (here, there):
            await bot.showing(one, "◐ Plan")
        thread = bot.where(here)
        assert thread
        bot.discord.command(bot.ada, thread, "orchestrator", "status")
        await bot.discord.until(lambda: bot.discord.ephemerals(bot.ada))
        status = "\n".join(shown(bot.discord.world, bot.discord.ephemerals(bot.ada)[-1].state))
        bot.discord.command(bot.ada, thread, "orchestrator", "stop")
        await bot.app.turns.ended(here.turn_id)

        assert "Here?" in status
        assert "There?" not in status
        assert TurnStatus.STOPPED == await ended(bot, here)
        assert TurnStatus.RUNNING == await ended(bot, there)

        bot.discord.command(bot.ada, bot.channel, "orchestrator", "stop")
        await bot.settled()


async def test_a_command_that_the_database_refuses_says_so(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        connection = sqlite3.connect(bot.file)
        connection.execute("ALTER TABLE preferences RENAME TO gone")
        connection.close()

        assert replies.BROKEN == await said(bot, bot.ada, "settings")


@pytest.mark.parametrize("how", ["delete", "purge"])
async def test_who_deletes_a_question_stops_its_turn(tmp_path: Path, how: str) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").script(AgentFault(stall=True))
        asked = await bot.ask(PROMPT)
        await bot.showing(asked, "◐ Plan")
        if how == "delete":
            bot.delete_question(asked)
        else:
            bot.discord.purge(bot.channel, bot.discord.post(bot.ada, bot.channel, "Hello"), asked.where)
        await bot.settled()

        assert TurnStatus.STOPPED == await ended(bot, asked)


async def test_who_deletes_what_the_bot_said_of_a_command_stops_its_turn(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("plan").always = AgentFault(stall=True)
        other = await bot.ask("And wasps?")
        one = bot.discord.command(bot.ada, bot.channel, "ask", prompt=PROMPT)
        await bot.discord.until(lambda: one.response and bot.discord.thread(one.response), PATIENCE)
        await bot.discord.until(lambda: bot.discord.transcript(bot.channel).count("◐ Plan") == 2, PATIENCE)
        assert one.response
        bot.discord.delete(one.response)
        await bot.app.turns.ended(bot.commanded(one))
        kept = await bot.app.store.turn(bot.commanded(one))

        assert kept
        assert TurnStatus.STOPPED == kept.status
        assert TurnStatus.RUNNING == await ended(bot, other)

        bot.delete_question(other)
        await bot.settled()


async def test_what_discord_offers_is_in_the_help_and_in_the_readme(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    async with open_discord_harness(tmp_path) as bot:
        (group,) = [one for one in bot.discord.world.commands[""] if one["name"] == "orchestrator"]
    offered = [one["name"] for one in group["options"]]
    (table,) = [part for part in readme.split("\n\n") if part.startswith("| | |") and "`/ask`" in part]

    assert ["check", "help", "new", "settings", "status", "stop"] == sorted(offered)
    for name in offered:
        assert re.search(rf"\b{name}`", replies.DISCORD_HELP)
        assert re.search(rf"\b{name}`", table)
