"""What may come over Slack's socket: recorded payloads, and anything else in the place of anything in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack.metadata import Posted, posted
from bot.slack.mrkdwn import to_markdown
from bot.slack.parse import Ask, Bot, Command, Deleted, FollowUp, Ignored, parse
from bot.slack.payload import Message, message_of
from bot.slack.pressing import Press, Slash, asked, press, slash
from core.text.budget import check_ids
from tests.attack.hostile import attacked, scraps, texts, twisted, within
from tests.bot.slack.test_pressing import COMMAND, PRESS

PAYLOADS = Path(__file__).parents[1] / "payloads" / "slack"
RECORDED: list[Any] = [json.loads(path.read_text()) for path in sorted(PAYLOADS.glob("*.json"))]
BOT = Bot("U0BOT", "B0BOT")
NAMES = {"U0BOT": "orchestrator", "U1": "\0<!channel>"}
OURS = [
    {"metadata": Posted("t" * 24, 1, 1).as_json(), "ts": "1.2"},
    {"metadata": {"event_type": "orchestrator_turn", "event_payload": {"turn_id": "t", "generation": True, "part": 1}}},
]


@attacked
@given(twisted(RECORDED) | scraps)
def test_any_event_is_a_question_a_command_or_ignored(body: Any) -> None:
    with within():
        parsed = parse(body, bot=BOT, now=1.0, names=NAMES)
        message = message_of(body)

    assert isinstance(parsed, Ask | FollowUp | Command | Deleted | Ignored)
    assert isinstance(message, Message | str)
    if isinstance(parsed, Ask | FollowUp):
        one = parsed.request
        check_ids(identity=one.identity, conversation_id=one.conversation_id, asker=one.asker)
        assert one.identity.isprintable()


@attacked
@given(twisted([{**COMMAND}, {**COMMAND, "text": "ask Why?\ntone: dry"}]) | scraps)
@example({**COMMAND, "trigger_id": "\0"})
def test_any_command_is_one_of_ours_or_none(body: Any) -> None:
    with within():
        command = slash(body)

    assert command is None or isinstance(command, Slash)
    if command:
        one = asked(command, 1.0, {"tone": "dry"})
        check_ids(identity=one.identity, conversation_id=one.conversation_id, asker=one.asker)


@attacked
@given(twisted([{**PRESS}]) | scraps)
def test_any_press_is_one_of_our_buttons_or_none(body: Any) -> None:
    with within():
        pressed = press(body)

    assert pressed is None or isinstance(pressed, Press)


@attacked
@given(twisted(OURS) | scraps)
def test_any_message_says_whose_it_is_or_nothing(message: Any) -> None:
    with within():
        found = posted(message)

    assert found is None or isinstance(found, Posted)


@attacked
@given(texts, st.dictionaries(texts, texts, max_size=3))
@example("<" * 20_000, {})
@example("<@U1" * 5_000, {})
@example("*_~`" * 5_000, {})
@example("&lt;" * 5_000, {})
def test_no_text_keeps_the_reading_of_its_mark_up_busy(text: str, names: dict[str, str]) -> None:
    with within():
        assert isinstance(to_markdown(text, names), str)
