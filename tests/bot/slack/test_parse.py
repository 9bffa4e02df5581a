from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.parse import (
    Ask,
    Bot,
    Command,
    Deleted,
    FollowUp,
    Ignored,
    Parsed,
    Place,
    parse,
)
from core.attached import File
from core.text.spoken import CommandName
from core.turn import TurnRequest, turn_id_of

PAYLOADS = Path(__file__).parents[2] / "payloads" / "slack"
BOT = Bot("U0ORCHBOT1", "B0ORCH0001")
NAMES = {"U0BOB00001": "Bob"}
NOW = 1764000001.5
TS, LATER = "1764000000.000100", "1764000060.000200"
PLACE = Place("T0HOME0001", "C0GENERAL1", TS, TS, "U0ADA00001", "T0HOME0001")
REPLY = replace(PLACE, ts=LATER)
DIRECT = replace(PLACE, channel="D0ADA00001", direct=True)
NOTES = File(
    "F0NOTES001",
    "notes.txt",
    "text/plain",
    1200,
    "https://files.slack.com/files-pri/T0HOME0001-F0NOTES001/download/notes.txt",
)
FILES = (NOTES, File("F0HIDDEN01", ""))


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return payload


def parsed(name: str) -> Parsed:
    return parse(recorded(name), bot=BOT, now=NOW, names=NAMES)


def request(place: Place, prompt: str, **context: str) -> TurnRequest:
    return TurnRequest(
        identity=f"slack:{place.team}:{place.channel}:{place.ts}",
        conversation_id=f"slack:{place.team}:{place.channel}:{place.thread_ts}",
        prompt=prompt,
        context=context,
        asker=place.user,
        accepted_at=NOW,
        surface="slack",
        address={
            "team": place.team,
            "channel": place.channel,
            "thread_ts": place.thread_ts,
            "ts": place.ts,
            "user": place.user,
        },
    )


def asked(place: Place, prompt: str, **context: str) -> Ask:
    return Ask(request(place, prompt, **context), place)


HOME = "How do bees choose a new home? See [this page](https://bees.example/home) & ask @Bob."
ASKED = asked(PLACE, HOME, tone="friendly", length="300 words")
GONE = Deleted(f"slack:T0HOME0001:C0GENERAL1:{TS}", "U0ADA00001")
STRANGER = replace(PLACE, user="U0STRANGER", user_team="T0OTHER001")

WHAT_BECOMES_OF: dict[str, Parsed] = {
    "app_mention": ASKED,
    "message_mention": ASKED,
    "message_private": asked(replace(PLACE, channel="C0PRIVATE1"), "Hello bees?"),
    "message_group_dm": asked(replace(PLACE, channel="C0MPIM0001"), "Hello bees?"),
    "app_mention_in_thread": asked(REPLY, "So, what about wasps?"),
    "app_mention_broadcast": asked(REPLY, "And in winter?"),
    "direct_message": asked(DIRECT, "How do bees choose a new home?"),
    "direct_message_in_thread": asked(replace(DIRECT, ts=LATER), "And in winter?"),
    "file_share": Ask(request(PLACE, "Sum this up, please."), PLACE, FILES),
    "file_share_direct": Ask(request(DIRECT, ""), DIRECT, FILES),
    "shared_channel_stranger": asked(STRANGER, "Hello bees?"),
    "thread_reply": FollowUp(request(REPLY, "And in winter?"), REPLY),
    "mention_empty": Command(CommandName.HELP, REPLY),
    "command_stop": Command(CommandName.STOP, REPLY),
    "message_deleted": GONE,
    "message_deleted_with_replies": GONE,
    "tombstone_deleted": replace(GONE, user=""),
    "message_of_ours_deleted": Ignored("a bot's message was deleted"),
    "message_top_level": Ignored("no mention"),
    "thread_reply_to_somebody": Ignored("it is said to somebody else"),
    "thread_reply_emoji": Ignored("only emoji"),
    "thread_broadcast": Ignored("a broadcast without a mention"),
    "bot_message": Ignored("a bot's message"),
    "message_of_an_app": Ignored("a bot's message"),
    "message_of_ours": Ignored("a bot's message"),
    "message_changed": Ignored("subtype message_changed"),
    "app_mention_edited": Ignored("an edit"),
    "reaction_added": Ignored("an event of type reaction_added"),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_what_becomes_of_a_recorded_event(name: str) -> None:
    """Every payload is said something of: a subtype that has no line of its own is ignored."""
    told = Ignored(f"subtype {name.removeprefix('subtype_')}") if name.startswith("subtype_") else WHAT_BECOMES_OF[name]

    assert told == parsed(name)


def test_every_expectation_has_a_payload() -> None:
    assert set(WHAT_BECOMES_OF) <= {path.stem for path in PAYLOADS.glob("*.json")}


def with_event(name: str = "thread_reply", **changes: Any) -> Parsed:
    body = recorded(name)
    body["event"] |= changes
    return parse(body, bot=BOT, now=NOW, names=NAMES)


def test_a_deletion_names_the_turn_of_the_question() -> None:
    assert ASKED.request.turn_id == GONE.turn_id


def test_both_events_of_a_mention_give_the_same_turn() -> None:
    """Whatever one of them has and the other has not."""
    mention, message = with_event("app_mention"), with_event("message_mention", team=None, channel_type="channel")

    assert isinstance(mention, Ask)
    assert isinstance(message, Ask)
    assert mention.request == message.request


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("<@U0ORCHBOT1>, why?", "why?"),
        ("<@U0ORCHBOT1|orchestrator>: why?", "why?"),
        ("  <@U0ORCHBOT1> <@U0ORCHBOT1>\nwhy?", "why?"),
        ("Hey <@U0ORCHBOT1>, why?", "Hey, why?"),
        ("Why <@U0ORCHBOT1>", "Why"),
        ("<@U0BOB00001> <@U0ORCHBOT1> why?", "@Bob why?"),
        ("<@U0ORCHBOT1> stop bees from swarming", "stop bees from swarming"),
        ("<@U0ORCHBOT1> `a &lt; b`", "`a < b`"),
        ("<@U0ORCHBOT1> tone: formal", "tone: formal"),
    ],
)
def test_our_own_mention_is_no_part_of_the_prompt(text: str, prompt: str) -> None:
    said = with_event("message_mention", text=text)

    assert isinstance(said, Ask)
    assert prompt == said.request.prompt


def test_an_app_mention_is_one_also_where_its_text_does_not_say_so() -> None:
    assert isinstance(with_event("app_mention", text="Look at this"), Ask)


@pytest.mark.parametrize("word", [*CommandName, "STOP", "Help.", "/status", "!new"])
def test_a_word_to_the_bot_is_a_command(word: str) -> None:
    name = CommandName(word.strip("/!.").lower())

    assert Command(name, REPLY) == with_event(text=f"<@U0ORCHBOT1> {word}")
    assert Command(name, DIRECT) == with_event("direct_message", text=word)
    assert isinstance(with_event(text=word), FollowUp)


@pytest.mark.parametrize("text", ["<@U0ORCHBOT1>", "<@U0ORCHBOT1> :wave:", "<@U0ORCHBOT1> 👋🏽", " <@U0ORCHBOT1>: "])
def test_a_mention_with_nothing_to_it_asks_for_help(text: str) -> None:
    assert Command(CommandName.HELP, REPLY) == with_event(text=text)


@pytest.mark.parametrize("text", [":honeybee:", ":a: :b:\n:c:", "👍", "👩‍💻 ❤️"])
@pytest.mark.parametrize("name", ["thread_reply", "direct_message"])
def test_emoji_alone_are_nothing(name: str, text: str) -> None:
    assert Ignored("only emoji") == with_event(name, text=text)


@pytest.mark.parametrize("text", ["ありがとう", "10:30:15", "??", "2 :bee:", "好"])
def test_what_looks_a_little_like_emoji_is_something(text: str) -> None:
    assert isinstance(with_event(text=text), FollowUp)


@pytest.mark.parametrize("text", ["Hey <@U0BOB00001>, look", "<!here> look", "<!subteam^S1|@bees> look", "<!channel>"])
def test_what_is_said_to_somebody_else_is_no_follow_up(text: str) -> None:
    assert Ignored("it is said to somebody else") == with_event(text=text)
    assert isinstance(with_event("direct_message", text=text), Ask)


@pytest.mark.parametrize("text", ["", "  \n", None, 7])
def test_no_words_are_nothing(text: Any) -> None:
    assert Ignored("no words") == with_event(text=text)
    assert Ignored("no words") == with_event("direct_message", text=text)
    assert Ignored("no words") == with_event(text=text, files=recorded("file_share")["event"]["files"])


def test_a_mention_with_files_alone_asks_without_a_prompt() -> None:
    said = with_event("file_share", text="<@U0ORCHBOT1>")

    assert Ask(request(PLACE, ""), PLACE, FILES) == said


def test_a_broadcast_that_mentions_us_is_a_question_in_both_its_events() -> None:
    assert with_event("app_mention_broadcast") == with_event("thread_broadcast", text="<@U0ORCHBOT1> And in winter?")


@pytest.mark.parametrize("user", ["U0ORCHBOT1", "USLACKBOT"])
def test_what_we_or_slack_say_is_nothing(user: str) -> None:
    assert Ignored("our own message, or Slack's") == with_event("direct_message", user=user)


def test_the_team_is_the_one_whose_token_answers() -> None:
    """In a shared channel neither the body's team nor that of who wrote it need be ours."""
    body = recorded("shared_channel_stranger")
    without = {key: value for key, value in body.items() if key != "authorizations"}

    ours, theirs = (parse(each, bot=BOT, now=NOW) for each in (body, without))

    assert isinstance(ours, Ask)
    assert isinstance(theirs, Ask)
    assert ("T0HOME0001", "T0OTHER001") == (ours.place.team, ours.place.user_team)
    assert "T0OTHER001" == theirs.place.team


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": None},
        {"channel": "C:1"},
        {"channel": "C\ud800"},
        {"ts": "now"},
        {"ts": 1764000000.0001},
        {"user": None},
        {"user": {"id": "U1"}},
        {"type": ["message"]},
    ],
)
def test_without_a_place_or_a_person_there_is_no_question(changes: dict[str, Any]) -> None:
    assert isinstance(with_event("app_mention", **changes), Ignored)


@pytest.mark.parametrize(
    "body", [None, [], "event", {}, {"event": None}, {"event": []}, {"team_id": "T1", "event": {}}]
)
def test_what_is_no_event_is_nothing(body: object) -> None:
    assert isinstance(parse(body, bot=BOT, now=NOW), Ignored)


junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800<@U0ORCHBOT1>"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["type", "subtype", "text", "user", "ts", "thread_ts", "channel", "bot_id", "files", "message"]
FIELDS += ["previous_message", "deleted_ts", "edited", "team", "channel_type"]


@given(
    st.sampled_from(sorted(path.stem for path in PAYLOADS.glob("*.json"))),
    st.dictionaries(st.sampled_from(FIELDS), junk, max_size=3),
    st.dictionaries(st.sampled_from(["team_id", "authorizations", "event", "type"]), junk, max_size=1),
    st.sets(st.sampled_from(FIELDS), max_size=3),
)
def test_no_mangled_payload_raises(name: str, event: dict[str, Any], body: dict[str, Any], missing: set[str]) -> None:
    mangled = deepcopy(recorded(name))
    mangled["event"] = {key: value for key, value in mangled["event"].items() if key not in missing} | event
    said = parse(mangled | body, bot=BOT, now=NOW)

    match said:
        case Ask(turn, place) | FollowUp(turn, place):
            assert turn_id_of(place.identity) == turn.turn_id
            assert all(turn.address.values())
        case Deleted():
            assert 24 == len(said.turn_id)
        case Ignored(reason):
            assert reason
        case Command():
            assert said.place.user


@given(junk)
def test_no_junk_raises(body: Any) -> None:
    assert isinstance(parse(body, bot=BOT, now=NOW), Ignored)


@given(st.text())
def test_whatever_is_said_in_a_direct_message_is_told_what_becomes_of_it(text: str) -> None:
    said = with_event("direct_message", text=text)

    assert isinstance(said, Ask | Command | Ignored)
