from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pressing import Verb, action_id, asked, press, slash, value
from core.actions import Choice, Pressed
from core.permissions import Action

COMMAND = {
    "command": "/orchestrator",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "trigger_id": "13.37.abc",
    "text": "ask How do bees choose?",
    "response_url": "https://hooks.slack.com/commands/1",
}
PRESS = {
    "type": "block_actions",
    "team": {"id": "T2"},
    "user": {"id": "U1", "team_id": "T2"},
    "channel": {"id": "C1"},
    "message": {"team": "T1", "thread_ts": "1.2"},
    "container": {"channel_id": "C1", "message_ts": "1.3", "thread_ts": "1.2"},
    "trigger_id": "13.37.abc",
    "actions": [{"type": "button", "action_id": "turn:stop", "value": "abc:3:"}],
}


@pytest.mark.parametrize(
    ("text", "verb", "words"),
    [
        ("", Verb.HELP, ""),
        ("  Status ", Verb.STATUS, ""),
        ("ask  How do\nbees choose?", Verb.ASK, "How do\nbees choose?"),
        ("settings tone friendly", Verb.SETTINGS, "tone friendly"),
        ("how do bees choose", None, "do bees choose"),
    ],
)
def test_the_first_word_is_the_command(text: str, verb: Verb | None, words: str) -> None:
    command = slash({**COMMAND, "text": text})

    assert command is not None
    assert (verb, words) == (command.verb, command.words)


def test_a_question_has_a_key_of_its_own_and_no_thread() -> None:
    command = slash({**COMMAND, "text": "ask How?\ntone: dry"})
    assert command is not None
    request = asked(command, 7.0, {"tone": "friendly", "length": "short"})

    assert "slack:T1:C1:13.37.abc" == request.identity == request.conversation_id
    assert ("How?", {"tone": "dry", "length": "short"}) == (request.prompt, request.context)
    assert {"team": "T1", "channel": "C1", "user": "U1"} == request.address


def test_a_button_says_what_is_wanted_of_which_turn_in_the_workspace_where_its_message_is() -> None:
    one = press(PRESS)

    assert one is not None
    assert Pressed(Action.STOP, "abc", 3) == one.pressed
    assert ("T1", "C1", "1.2", "U1") == (one.team, one.channel, one.thread_ts, one.user)


def test_of_a_menu_it_is_the_option_that_says_it() -> None:
    option = {"value": value("abc", 2, "build")}
    given_action = {"action_id": action_id(Choice(Action.RETRY)), "selected_option": option}
    one = press({**PRESS, "actions": [given_action]})

    assert one is not None
    assert Pressed(Action.RETRY, "abc", 2, "build") == one.pressed


@pytest.mark.parametrize("said", ["", "abc", "abc:", "abc:x:", ":1:", "abc:-1:", "abc:²:", "abc:9999999999:"])
def test_what_says_nothing_of_a_turn_is_no_button_of_ours(said: str) -> None:
    assert press({**PRESS, "actions": [{"action_id": "turn:stop", "value": said}]}) is None


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*COMMAND, *PRESS})), inner),
    max_leaves=12,
)


@given(json, st.sampled_from(sorted(COMMAND)), st.sampled_from(sorted(PRESS)), json)
def test_whatever_is_sent_nothing_raises(body: Any, of_command: str, of_press: str, part: Any) -> None:
    for given_body in (body, {**COMMAND, of_command: part}, {**PRESS, of_press: part}):
        slash(given_body)
        press(given_body)


@pytest.mark.parametrize("trigger", ["", "\0", "13.37\n", "13 37", "é", "1" * 201, 7])
def test_a_command_whose_trigger_looks_like_none_is_none(trigger: object) -> None:
    assert slash({**COMMAND, "trigger_id": trigger}) is None
