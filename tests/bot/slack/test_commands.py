"""Commands, by slash and by mention: who may give them, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.permissions import Denied
from core.text import replies
from core.turn import FollowUps, TurnStatus, turn_id_of
from sandbox.customgpt import Fault
from sandbox.slack import Fault as SlackFault
from sandbox.slack import Message, User
from tests.bot.slack.pressing import command, is_told, told
from tests.bot.slack.test_buttons import NEXT, SAME, SLOW, cast_of, over, three_turns
from tests.contracts.harness import ANSWER, Asked, Ways, ended
from tests.contracts.slack_harness import PATIENCE, SlackHarness, open_slack_harness


async def asked_by_command(bot: SlackHarness, prompt: str, who: User | None = None) -> tuple[Asked, Message]:
    """The turn of an `ask`, once its question stands in the channel; and that question."""
    said = len(bot.slack.said(bot.channel))
    assert "" == await command(bot, who or bot.ada, f"ask {prompt}")
    await bot.slack.until(lambda: len(bot.slack.said(bot.channel)) > said, PATIENCE)
    root = bot.slack.said(bot.channel)[said]
    trigger = bot.slack.deliveries("slash_commands")[-1].payload["trigger_id"]
    key = f"slack:{bot.slack.team.id}:{bot.channel.id}:{trigger}"
    return Asked(turn_id_of(key), key, prompt, root), root


async def test_what_is_asked_by_command_is_said_in_the_channel_and_answered_in_its_thread(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked, root = await asked_by_command(bot, "How do <!channel> bees choose?\ntone: friendly")
        await bot.settled()
        (reply,) = bot.slack.thread(root)

        assert TurnStatus.COMPLETE is await ended(bot, asked)
        assert "Ada asked:" in bot.text(root.now)
        assert "bees choose?" in bot.text(root.now)
        assert [] == bot.slack.pings(root)
        assert ANSWER in bot.text(reply.now)
        assert frozenset({"answered"}) == frozenset(
            {"white_check_mark": "answered"}.get(name, name) for name in root.reactions
        )


async def test_its_thread_is_its_conversation(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked, root = await asked_by_command(bot, "How do bees choose?")
        await bot.settled()
        bot.slack.post(bot.ada, bot.channel, "And wasps?", thread=root)
        await bot.settled()
        turns = await bot.app.store.turns()

        assert ["And wasps?", "How do bees choose?"] == [turn.prompt for turn in turns]
        assert {asked.conversation_id} == {turn.conversation_id for turn in turns}
        assert 2 == len(bot.slack.thread(root)) - 1


@pytest.mark.parametrize(
    "trouble", [SlackFault(drop=True, stored=True), SlackFault(status=500), SlackFault(retry_after=1)]
)
async def test_the_question_is_said_once_whatever_becomes_of_the_call(tmp_path: Path, trouble: SlackFault) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("chat.postMessage", trouble)
        _, root = await asked_by_command(bot, "How do bees choose?")
        await bot.settled()

        assert [root] == [one for one in bot.slack.said(bot.channel) if not one.is_reply]
        assert 1 == len(bot.slack.thread(root))


async def test_where_the_bot_is_not_it_asks_to_be_invited(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        for private in (False, True):
            elsewhere = bot.slack.channel("elsewhere", [bot.ada], bot=False, private=private)

            assert "/invite @orchestrator" in await command(bot, bot.ada, "ask How do bees choose?", elsewhere)
        assert [] == await bot.app.store.turns()


async def test_a_question_is_taken_though_slack_does_not_say_whether_we_are_in_the_channel(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("conversations.history", SlackFault(delay=60.0))
        asked, _ = await asked_by_command(bot, "How do bees choose?")
        await bot.settled()

        assert TurnStatus.COMPLETE is await ended(bot, asked)
        assert bot.slack.deliveries("slash_commands")[-1].acked


async def test_a_command_without_words_an_unknown_one_and_a_question_of_nothing_are_helped(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        assert "mentioning me" in await command(bot, bot.ada, "")
        assert "mentioning me" in await command(bot, bot.ada, "HELP")
        assert "I do not know “chek”." in await command(bot, bot.ada, "chek <!here> this")
        assert replies.NO_QUESTION in await command(bot, bot.ada, "ask")
        assert "too long" in await command(bot, bot.ada, f"ask {'bees ' * 2_000}")
        assert replies.NEW_ELSEWHERE in await command(bot, bot.ada, "new")


async def test_an_empty_mention_is_answered_with_help_once(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        await bot.ask("")
        await is_told(bot, bot.ada, "mentioning me")
        await bot.settled()

        assert 1 == len(told(bot, bot.ada))


async def test_status_lists_what_runs_and_waits_here(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        assert replies.NOTHING_OPEN in await command(bot, bot.ada, "status")
        bot.gpt.agent("research").script(SLOW)
        first = await bot.ask("How do bees <!channel> choose?")
        await bot.showing(first, "Working")
        second = await bot.ask("And wasps?", after=first, who="Ben")
        await bot.showing(second, "Queued")
        here, there = await command(bot, bot.ada, "status"), bot.another_channel("there")

        assert "● Working" in here
        assert "asked by Ada: How do bees" in here
        assert "◌ Waiting" in here
        assert "asked by Ben: And wasps?" in here
        assert replies.NOTHING_OPEN in await command(bot, bot.ada, "status", there)
        await command(bot, bot.ada, "stop")
        await over(bot, first)


async def test_stop_stops_what_one_has_asked_here_and_nothing_else(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(concurrency=20)) as bot:
        bot.gpt.agent("research").always = SLOW
        mine, bens = await bot.ask("Mine?"), await bot.ask("Ben's?", who="Ben")
        for one in (mine, bens):
            await bot.showing(one, "Working")
        assert "Stopping it." in await command(bot, bot.ada, "stop")
        assert TurnStatus.STOPPED is await over(bot, mine)
        assert replies.denied(Denied.NOT_ASKER) in await command(bot, bot.ada, "stop")
        assert await ended(bot, bens) in (TurnStatus.QUEUED, TurnStatus.RUNNING)
        assert "Stopping it." in await command(bot, cast_of(bot).admin, "stop")
        assert TurnStatus.STOPPED is await over(bot, bens)
        assert replies.NOTHING_TO_STOP in await command(bot, bot.ada, "stop")


async def test_in_a_thread_stop_is_about_that_thread(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(concurrency=20)) as bot:
        bot.gpt.agent("research").always = SLOW
        here, there = await bot.ask("Here?"), await bot.ask("There?")
        for one in (here, there):
            await bot.showing(one, "Working")
        await bot.ask("stop", after=here)
        await is_told(bot, bot.ada, "Stopping it.")

        assert TurnStatus.STOPPED is await over(bot, here)
        assert await ended(bot, there) in (TurnStatus.QUEUED, TurnStatus.RUNNING)
        await command(bot, bot.ada, "stop")
        await over(bot, there)


async def test_new_makes_a_thread_forget_what_was_said(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        first = await bot.ask("How do bees choose?")
        await bot.settled()
        await bot.ask("new", after=first)
        await is_told(bot, bot.ada, replies.NEW)
        second = await bot.ask("And wasps?", after=first)
        await bot.settled()
        kept = await bot.app.turns.exported(second.turn_id)

        assert kept is not None
        assert "How do bees choose?" not in kept.replies["plan"][0]
        assert kept.replies["build"][1] is not None
        old = await bot.app.turns.exported(first.turn_id)
        assert old is not None
        assert old.replies["build"][1] is not None
        assert old.replies["build"][1].session_id != kept.replies["build"][1].session_id


async def test_settings_hold_in_a_channel_and_what_a_question_says_comes_first(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        admin = cast_of(bot).admin
        assert replies.NO_SETTINGS in await command(bot, bot.ada, "settings")
        assert "tone: friendly" in await command(bot, admin, "settings tone friendly")
        assert "length: 20 words" in await command(bot, admin, 'settings length "20 words"')
        assert "An admin sets" in await command(bot, admin, "settings colour blue")
        asked = await bot.ask("How do bees choose?\nlength: 9 words")
        by_command, _ = await asked_by_command(bot, "And wasps?")
        await bot.settled()
        kept = [await bot.app.store.turn(one.turn_id) for one in (asked, by_command)]

        assert [
            {"tone": "friendly", "length": "9 words"},
            {"tone": "friendly", "length": "20 words"},
        ] == [turn.context for turn in kept if turn]
        assert "tone" not in (await command(bot, admin, "settings tone none")).partition("An admin")[0]


@pytest.mark.parametrize("process", [SAME, NEXT])
async def test_who_may_give_which_command(tmp_path: Path, process: str) -> None:
    """A row for each command: what stands in its answer for a member, and for an admin; guests and strangers are
    refused each."""
    expected = {
        "help": ("mentioning me", "mentioning me"),
        "status": ("What runs?", "What runs?"),
        "settings": (replies.NO_SETTINGS, replies.NO_SETTINGS),
        "settings tone dry": (replies.denied(Denied.NOT_ADMIN), "tone: dry"),
        "check": (replies.denied(Denied.NOT_ADMIN), replies.CHECKING),
        "new": (replies.NEW_ELSEWHERE, replies.NEW_ELSEWHERE),
        "ask": (replies.NO_QUESTION, replies.NO_QUESTION),
        "stop": (replies.denied(Denied.NOT_ASKER), "Stopping it."),
    }
    async with three_turns(tmp_path, process) as (bot, cast, *_, running):
        for words, (members, admins) in expected.items():
            assert replies.denied(Denied.GUEST) == (await command(bot, cast.guest, words)).strip()
            assert replies.denied(Denied.STRANGER) == (await command(bot, cast.stranger, words)).strip()
            assert members in await command(bot, cast.other, words)
            assert admins in await command(bot, cast.admin, words)
        assert TurnStatus.STOPPED is await over(bot, running)


@pytest.mark.parametrize("who", ["other", "guest", "stranger"])
async def test_what_admins_may_nobody_else_may(tmp_path: Path, who: str) -> None:
    async with open_slack_harness(tmp_path) as bot:
        user: User = getattr(cast_of(bot), who)
        refusals = [await command(bot, user, words) for words in ("check", "settings tone rude")]

        assert 1 == len(set(refusals))
        assert "admin" in refusals[0]
        assert {} == await bot.app.turns.preferences.of(f"slack:{bot.slack.team.id}:{bot.channel.id}")


@pytest.mark.parametrize("who", ["guest", "stranger"])
async def test_guests_and_strangers_are_politely_refused_and_told_once(tmp_path: Path, who: str) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.people["Them"] = user = getattr(cast_of(bot), who)
        asked = await bot.ask("How do bees choose?", who="Them")
        await is_told(bot, user, "admin")
        await bot.settled()
        refused = [await command(bot, user, words) for words in ("ask this", "status", "help", "settings")]

        assert 1 == len(told(bot, user)) - len(refused)
        assert set(told(bot, user)) == set(refused)
        assert await ended(bot, asked) is None
        assert [] == bot.slack.said(bot.channel)


@pytest.mark.parametrize(("setting", "listed"), [("SLACK_ALLOWED_USERS", "guest"), ("SLACK_ALLOWED_USERS", "stranger")])
async def test_who_is_listed_may_ask(tmp_path: Path, setting: str, listed: str) -> None:
    async with open_slack_harness(tmp_path, Ways(platform={setting: "U0SB000006, U0SB000005, U0SB000004"})) as bot:
        bot.people["Them"] = getattr(cast_of(bot), listed)
        assert bot.people["Them"].id in ("U0SB000006", "U0SB000005", "U0SB000004")
        asked = await bot.ask("How do bees choose?", who="Them")
        bens = await bot.ask("And wasps?", who="Ben")
        await bot.settled()

        assert TurnStatus.COMPLETE is await ended(bot, asked)
        assert await ended(bot, bens) is None


async def test_in_a_channel_that_is_not_listed_nobody_is_answered_but_admins(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(platform={"SLACK_ALLOWED_CHANNELS": "C0NOTHERE"})) as bot:
        bot.people["Grace"] = cast_of(bot).admin
        asked, admins = await bot.ask("How do bees choose?"), await bot.ask("And wasps?", who="Grace")
        await is_told(bot, bot.ada, "not set up for this channel")
        await bot.settled()

        assert await ended(bot, asked) is None
        assert TurnStatus.COMPLETE is await ended(bot, admins)


async def test_who_has_had_enough_turns_is_told_when_there_are_more(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, Ways(per_hour=1, follow_ups=FollowUps.ANYONE)) as bot:
        first = await bot.ask("How do bees choose?")
        await bot.settled()
        second = await bot.say("And wasps?", first)
        bens = await bot.ask("And ants?", who="Ben")
        await is_told(bot, bot.ada, "1 turn in the last hour")
        await bot.settled()

        assert await ended(bot, second) is None
        assert TurnStatus.COMPLETE is await ended(bot, bens)
        assert "1 turn in the last hour" in await command(bot, bot.ada, "ask And ants?")


async def test_a_question_that_cannot_be_taken_is_told_why(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = await bot.ask("bees " * 2_000)
        await is_told(bot, bot.ada, "Please shorten it")
        await bot.settled()

        assert await ended(bot, asked) is None


async def test_the_check_reports_to_the_admin_alone_and_holds_no_secret(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        admin = cast_of(bot).admin
        assert replies.CHECKING in await command(bot, admin, "check")
        await is_told(bot, admin, "Slack scopes")
        report = told(bot, admin)[-1]

        for name in ("CustomGPT", "Research agent", "Review agent", "credits", "database", "socket", "#general"):
            assert name in report
        assert "✗" not in report
        assert not any(secret in str(told(bot, admin)) for secret in (bot.slack.bot_token, bot.gpt.key.split("|")[1]))


async def test_the_check_names_what_is_wrong_with_its_remedy(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        admin, elsewhere = cast_of(bot).admin, bot.slack.channel("elsewhere", [bot.ada], bot=False)
        bot.slack.scopes = [scope for scope in bot.slack.scopes if scope != "files:read"]
        bot.gpt.agent("plan").always = Fault(is_chat_active=0)
        await command(bot, admin, "check", elsewhere)
        await is_told(bot, admin, "Slack scopes")
        report = told(bot, admin)[-1]

        assert "✗ Slack scopes: not granted: files:read" in report
        assert "Reinstall to Workspace" in report
        assert "is not active" in report
        assert "/invite @orchestrator" in report
        assert "⚠ Slack events: none has come since the start" in report


async def test_a_command_that_the_database_refuses_says_so(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.script("users.info", SlackFault(status=500))

        assert replies.BROKEN in await command(bot, bot.ada, "status")


async def test_an_answer_by_agents_that_fail_is_refused_nothing(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.gpt.agent("build").script(*[Fault(status=401)] * 3)
        asked, root = await asked_by_command(bot, "How do bees choose?")
        await bot.settled()

        assert TurnStatus.FAILED is await ended(bot, asked)
        assert "Build did not answer" in bot.text(bot.slack.thread(root)[0].now)
