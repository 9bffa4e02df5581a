"""What becomes of a message in Discord."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.parse import Ask, Command, FollowUp, Ignored, Kind, Parsed, Place, Said, parse
from core.attached import File
from core.text.spoken import CommandName
from tests.bot.discord.test_discord_render import HOSTILE

ME = "<@7>"
OURS = (ME, "<@!7>", "<@&8>")
CHANNEL = Place("1", "2", Kind.CHANNEL, "3")
THREAD = Place("1", "4", Kind.THREAD, "3", parent="2")
DIRECT = Place("", "5", Kind.DIRECT, "3")


def said(text: str, place: Place = CHANNEL, **more: object) -> Said:
    mentioned = any(ours in text for ours in OURS)
    return Said("9", place, text, **{"mentions_us": mentioned, **more})  # type: ignore[arg-type]


def parsed(text: str, place: Place = CHANNEL, **more: object) -> Parsed:
    return parse(said(text, place, **more), ours=OURS, now=12.0)


@pytest.mark.parametrize(
    "text", [f"{ME} How?", f"{ME}: How?", f"{ME}, How?", f"How {ME}?", f"How? {ME}", "<@!7> How?", "<@&8> How?"]
)
def test_a_mention_asks_without_the_mention(text: str) -> None:
    asked = parsed(text)

    assert isinstance(asked, Ask)
    assert "How?" == asked.request.prompt


def test_a_question_in_a_channel_is_the_thread_that_will_be_opened_on_it() -> None:
    asked = parsed(f"{ME} How?")

    assert isinstance(asked, Ask)
    assert ("discord:9", "discord:9") == (asked.request.identity, asked.request.conversation_id)
    assert {"guild": "1", "asked_in": "2", "message": "9", "user": "3", "kind": "channel"} == asked.request.address


@pytest.mark.parametrize("place", [THREAD, DIRECT])
def test_a_question_in_a_thread_or_in_a_direct_message_is_answered_there(place: Place) -> None:
    asked = parsed(f"{ME} How?", place)

    assert isinstance(asked, Ask)
    assert f"discord:{place.channel}" == asked.request.conversation_id
    assert place.channel == asked.request.address["channel"]


def test_plain_words_in_a_thread_may_be_a_follow_up_and_in_a_channel_are_not() -> None:
    assert isinstance(parsed("And wasps?", THREAD), FollowUp)
    assert isinstance(parsed("And wasps?", CHANNEL), Ignored)
    assert isinstance(parsed("And wasps?", DIRECT), Ask)


def test_a_reply_to_the_bot_asks() -> None:
    assert isinstance(parsed("And wasps?", CHANNEL, answers_us=True), Ask)


def test_what_is_said_to_somebody_else_is_no_follow_up() -> None:
    assert isinstance(parsed("<@44> And wasps?", THREAD, mentions_others=True), Ignored)


@pytest.mark.parametrize("text", [f"{ME} How?", "How?"])
@pytest.mark.parametrize("place", [CHANNEL, THREAD, DIRECT])
def test_bots_webhooks_and_discord_itself_ask_nothing(text: str, place: Place) -> None:
    assert isinstance(parsed(text, place, human=False), Ignored)


@pytest.mark.parametrize("text", ["", "🐝", "<:bee:123> 👍", ":bee:", "  \n"])
def test_emoji_are_no_follow_up_and_an_empty_mention_asks_for_help(text: str) -> None:
    assert isinstance(parsed(text, THREAD), Ignored)
    assert Command(CommandName.HELP, said(f"{ME} {text}")) == parsed(f"{ME} {text}")


@pytest.mark.parametrize("name", CommandName)
def test_a_word_alone_is_a_command_where_we_are_meant(name: CommandName) -> None:
    assert Command(name, said(f"{ME} {name.value.title()}!", THREAD)) == parsed(f"{ME} {name.value.title()}!", THREAD)
    assert Command(name, said(name.value, DIRECT)) == parsed(name.value, DIRECT)
    assert isinstance(parsed(f"{ME} {name.value} the press", THREAD), Ask)
    assert isinstance(parsed(name.value, THREAD), FollowUp)


def test_names_stand_in_the_place_of_ids_and_last_lines_are_for_the_agents() -> None:
    asked = parsed(f"{ME} Ask <@!44> of <#55>\ntone: friendly", names={"<@44>": "@Ben", "<#55>": "#bees"})

    assert isinstance(asked, Ask)
    assert "Ask @Ben of #bees" == asked.request.prompt
    assert {"tone": "friendly"} == asked.request.context


def test_files_without_words_are_asked_about() -> None:
    asked = parsed(ME, files=(File("1", "bees.txt"),))

    assert isinstance(asked, Ask)
    assert "" == asked.request.prompt


def test_a_thread_is_allowed_by_its_channel() -> None:
    assert ("1", "2") == THREAD.ids
    assert ("1", "2") == CHANNEL.ids


@given(text=HOSTILE, place=st.sampled_from([CHANNEL, THREAD, DIRECT]), mention=st.booleans(), reply=st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_is_said_something_becomes_of_it(text: str, place: Place, mention: bool, reply: bool) -> None:
    found = parsed(f"{ME} {text}" if mention else text, place, answers_us=reply)

    assert isinstance(found, Ask | FollowUp | Command | Ignored)
