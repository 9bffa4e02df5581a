"""Who may give which command and press which button in Discord, and who may not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.discord.metadata import custom_id
from core.actions import Choice
from core.permissions import Action, Denied
from core.text import replies
from core.turn import Opinion, TurnStatus
from sandbox.customgpt import Fault
from sandbox.discord import Interaction, User
from sandbox.discord.kit import walk
from tests.bot.discord.cast import NEXT, SAME, command, living, on_stage, over, press, told
from tests.contracts.discord_harness import PATIENCE, DiscordHarness, open_discord_harness
from tests.contracts.harness import ANSWER, Asked, Ways, ended

PROMPT = "How do bees choose?"
both = pytest.mark.parametrize("process", [SAME, NEXT])


def names(bot: DiscordHarness, asked: Asked) -> list[str]:
    """What stands on the buttons of a turn."""
    found = [one for one in walk(living(bot, asked).now.components) if "custom_id" in one]
    return [str(one.get("label") or one.get("placeholder")) for one in found]


@both
async def test_who_may_give_which_command(tmp_path: Path, process: str) -> None:
    """A row for each command: what stands in its answer for who may use the bot, and for an admin; all others are
    refused each."""
    dry = {"setting": "tone", "value": "dry"}
    rows: list[tuple[str, dict[str, str], str, str]] = [
        ("help", {}, "Ask me with /ask", "Ask me with /ask"),
        ("status", {}, "What runs?", "What runs?"),
        ("settings", {}, replies.NO_SETTINGS, replies.NO_SETTINGS),
        ("settings", dry, replies.denied(Denied.NOT_ADMIN), "tone: dry"),
        ("check", {}, replies.denied(Denied.NOT_ADMIN), "Discord permissions: all 8 are granted here"),
        ("new", {}, "Every question outside a thread begins anew", "Every question outside a thread begins anew"),
        ("stop", {}, replies.denied(Denied.NOT_ASKER), "Stopping it."),
    ]
    async with on_stage(tmp_path, process) as stage:
        bot, cast = stage.bot, stage.cast
        for sub, options, members, admins in rows:
            assert replies.denied(Denied.PERSON) == await command(bot, cast.outsider, sub, bot.channel, **options)
            assert members in (await command(bot, cast.other, sub, bot.channel, **options)).replace("`", "")
            assert admins in (await command(bot, cast.admin, sub, bot.channel, **options)).replace("`", "")
        assert TurnStatus.STOPPED is await over(bot, stage.running)


@both
async def test_who_may_ask(tmp_path: Path, process: str) -> None:
    async with on_stage(tmp_path, process) as stage:
        bot, cast = stage.bot, stage.cast
        asked = {who.name: bot.discord.command(who, bot.channel, "ask", prompt=PROMPT) for who in (
            cast.asker, cast.other, cast.admin, cast.outsider,
        )}  # fmt: skip
        await bot.taken()
        kept = {name: await bot.app.store.turn(bot.commanded(one)) is not None for name, one in asked.items()}

        assert {"Ada": True, "Ben": True, "Grace": True, "Olaf": False} == kept
        assert [replies.denied(Denied.PERSON)] == told(bot, cast.outsider)


@both
async def test_an_asker_stops_by_command_what_they_asked(tmp_path: Path, process: str) -> None:
    async with on_stage(tmp_path, process) as stage:
        assert "Stopping it." == await command(stage.bot, stage.cast.asker, "stop")
        assert TurnStatus.STOPPED is await over(stage.bot, stage.running)
        assert replies.NOTHING_TO_STOP == await command(stage.bot, stage.cast.asker, "stop")


@both
@pytest.mark.parametrize("who", ["other", "outsider"])
async def test_who_may_not_press_is_told_why_and_nothing_happens(tmp_path: Path, who: str, process: str) -> None:
    async with on_stage(tmp_path, process) as stage:
        bot, user = stage.bot, getattr(stage.cast, who)
        before = [await bot.app.store.turn(asked.turn_id) for asked in (stage.done, stage.stopped)]
        await press(bot, user, stage.running, "Stop")
        await press(bot, user, stage.stopped, "Go on")
        await press(bot, user, stage.done, "Retry from …", "build")
        if who == "outsider":
            for label in ("Details", "👍", "👎", "Export"):
                await press(bot, user, stage.done, label)
        why = Denied.NOT_ASKER if who == "other" else Denied.PERSON

        assert [replies.denied(why)] * (3 if who == "other" else 7) == told(bot, user)
        assert before == [await bot.app.store.turn(asked.turn_id) for asked in (stage.done, stage.stopped)]
        assert await ended(bot, stage.running) in (TurnStatus.RUNNING, TurnStatus.QUEUED)
        assert None is await bot.app.turns.feedback.opinion(stage.done.turn_id, 1, user.id)
        assert 1 == len(bot.discord.said(bot.where(stage.done)))


@both
@pytest.mark.parametrize("who", ["asker", "admin"])
async def test_who_may_press_can(tmp_path: Path, who: str, process: str) -> None:
    async with on_stage(tmp_path, process) as stage:
        bot, user = stage.bot, getattr(stage.cast, who)
        for label in ("Details", "👍", "Export"):
            await press(bot, user, stage.done, label)
        assert 2 == len(bot.discord.said(bot.where(stage.done)))
        await press(bot, user, stage.running, "Stop")
        assert TurnStatus.STOPPED is await over(bot, stage.running)
        bot.gpt.agent("research").always = Fault(answer="Bees scout.", cites=())
        await press(bot, user, stage.stopped, "Go on")
        await press(bot, user, stage.done, "Retry from …", "build")
        await bot.settled()
        kept = await bot.app.store.turn(stage.done.turn_id)

        assert kept is not None
        assert (2, TurnStatus.COMPLETE) == (kept.generation, kept.status)
        assert TurnStatus.COMPLETE == await ended(bot, stage.stopped)
        details, noted = told(bot, user)
        assert "Bees scout." in details
        assert replies.OPINIONS[Opinion.LIKED] == noted


@both
async def test_anyone_may_look_rate_and_export(tmp_path: Path, process: str) -> None:
    async with on_stage(tmp_path, process) as stage:
        bot, user = stage.bot, stage.cast.other
        for label in ("Details", "👎", "Export"):
            await press(bot, user, stage.done, label)

        assert ANSWER in told(bot, user)[0]
        assert Opinion.DISLIKED == await bot.app.turns.feedback.opinion(stage.done.turn_id, 1, user.id)
        assert 2 == len(bot.discord.said(bot.where(stage.done)))


async def test_the_buttons_are_those_of_the_turn_as_it_stands(tmp_path: Path) -> None:
    async with on_stage(tmp_path, SAME) as stage:
        assert ["Stop"] == names(stage.bot, stage.running)
        assert ["Go on", "Details"] == names(stage.bot, stage.stopped)
        assert {"Details", "👍", "👎", "Export", "Retry from …"} == set(names(stage.bot, stage.done))


async def test_of_a_withheld_turn_admins_see_the_draft_and_nobody_else(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(withhold=True)) as bot:
        bot.gpt.agent("review").script(
            Fault(answer='{"score": 1, "verdict": "reject", "summary": "Made up.", "findings": [], "edits": []}')
        )
        asked = await bot.ask(PROMPT)
        await bot.settled()
        admin = bot.discord.person("Grace", admin=True)
        for who in (bot.ada, admin):
            await press(bot, who, asked, "Details")
        ours, admins = (_whole(bot, who) for who in (bot.ada, admin))

        assert ANSWER not in ours
        assert ANSWER in admins
        assert ["Details", "Retry from …"] == names(bot, asked)


def _whole(bot: DiscordHarness, who: User) -> str:
    """With the file, where the message does not hold all."""
    (seen,) = bot.discord.ephemerals(who)
    files = [bot.discord.world.files[id_].content.decode() for id_ in seen.state.files]
    return "\n".join([*told(bot, who), *files])


# Buttons that are made up, that are late, or whose turn is gone


def forged(bot: DiscordHarness, asked: Asked, custom: str, who: User | None = None, *values: str) -> Interaction:
    """A press that no button has sent: Discord's own client would not."""
    data: dict[str, Any] = {"custom_id": custom, "component_type": 3 if values else 2, "id": 1}
    data |= {"values": list(values)} if values else {}
    message = living(bot, asked)
    return bot.discord._interact(3, who or bot.ada, bot.discord.world.channels[message.channel], data, message)


@pytest.mark.parametrize("action", [Action.DETAILS, Action.EXPORT, Action.RETRY, Action.PRAISE])
async def test_a_button_of_another_turn_under_this_ones_message_does_nothing(tmp_path: Path, action: Action) -> None:
    async with open_discord_harness(tmp_path) as bot:
        secret, mine = await bot.ask("What is secret?"), await bot.ask(PROMPT)
        await bot.settled()
        said = len(bot.discord.said(bot.where(mine)))
        one = forged(bot, mine, custom_id(Choice(action, "build"), secret.turn_id, 1))
        await bot.settled()
        kept = await bot.app.store.turn(secret.turn_id)

        assert not one.answered
        assert [] == told(bot, bot.ada)
        assert said == len(bot.discord.said(bot.where(mine)))
        assert kept
        assert 1 == kept.generation
        assert None is await bot.app.turns.feedback.opinion(secret.turn_id, 1, bot.ada.id)


HOSTILE_IDS = ["", "turn", "turn:stop", "turn:ask:{turn}:1:", "turn:write_settings:{turn}:1:", "turn:check:{turn}:1:"]
HOSTILE_IDS += ["turn:part:{turn}:1:2", "turn:retry:{turn}:99999999:build", "turn:retry:{turn}:-1:build", "\0" * 100]
HOSTILE_IDS += [
    "turn:stop:{turn}:1:" + "x" * 80,
    "turn:retry:{turn}:1:nowhere",
    "turn:go_on:{turn}:1:",
    "TURN:STOP:A:1:",
]


@pytest.mark.parametrize("custom", HOSTILE_IDS)
async def test_a_button_that_is_made_up_changes_nothing(
    tmp_path: Path, custom: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        before = await bot.app.store.turn(asked.turn_id)
        forged(bot, asked, custom.format(turn=asked.turn_id))
        forged(bot, asked, custom.format(turn=asked.turn_id), None, "research' OR 1=1", "\0")
        await bot.settled()

        assert before == await bot.app.store.turn(asked.turn_id)
        assert set(told(bot, bot.ada)) <= {replies.CHANGED, replies.NOT_RUNNING, replies.denied(Denied.NOT_ADMIN)}
        assert [] == [one for one in caplog.records if one.levelname == "ERROR"]
        assert 1 == len(bot.discord.said(bot.where(asked)))


async def test_who_presses_a_stop_twice_is_told_that_it_is_over(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("research").script(Fault(stall=True))
        asked = await bot.ask(PROMPT)
        await bot.showing(asked, "Working")
        stop = bot.discord.button(living(bot, asked), "Stop")
        await press(bot, bot.ada, asked, "Stop")
        await bot.settled()
        forged(bot, asked, stop)  # their screen has not caught up
        await bot.settled()

        assert [replies.NOT_RUNNING] == told(bot, bot.ada)


async def test_three_who_press_retry_at_once_begin_one_more_generation(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        message = living(bot, asked)
        for _ in range(3):
            bot.discord.press(bot.ada, message, bot.discord.button(message, "Retry from …"), "research")
        await bot.settled()
        kept = await bot.app.store.turn(asked.turn_id)

        assert kept is not None
        assert 2 == kept.generation
        assert 1 == len(bot.messages(asked))


async def test_retries_count_among_the_turns_of_an_hour(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, Ways(per_hour=1)) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        await press(bot, bot.ada, asked, "Retry from …", "build")

        assert "1 turn in the last hour" in told(bot, bot.ada)[0]


async def test_a_button_of_a_turn_that_was_forgotten_says_so(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        await bot.app.turns._ledger.forget(2e9 * 2, 10)
        for label in ("Details", "👍", "Export"):
            await press(bot, bot.ada, asked, label)
        await press(bot, bot.ada, asked, "Retry from …", "build")

        assert [replies.NOT_KEPT] * 4 == told(bot, bot.ada)
        assert 1 == len(bot.discord.said(bot.where(asked)))


async def test_a_message_without_buttons_is_nobodys_turn(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        asked = await bot.ask(PROMPT)
        await bot.settled()
        message = living(bot, asked)
        message.states.append(replace(message.now, components=({"type": 10, "content": "Hi"},)))
        one = bot.discord._interact(
            3, bot.ada, bot.discord.world.channels[message.channel],
            {"custom_id": custom_id(Choice(Action.DETAILS), asked.turn_id, 1), "component_type": 2, "id": 1}, message,
        )  # fmt: skip
        await bot.discord.until(lambda: bot.discord.gateway.open, PATIENCE)
        await bot.taken()

        assert not one.answered
