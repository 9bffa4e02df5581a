"""2,000 hostile answers, questions and payloads: Slack takes what comes of each, and nobody is pinged."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.parse import Ask, Bot, Command, Deleted, FollowUp, Ignored, parse
from bot.slack.place import question
from bot.slack.pressing import press, slash
from bot.slack.render import render
from core.events import TurnEnded
from core.pipeline import first_view
from core.stages import STAGES
from core.turn import Outcome, TurnRequest
from core.view import apply
from sandbox.slack.content import content_of
from sandbox.slack.floor import Args
from sandbox.slack.pings import pings_of
from sandbox.slack.state import State
from tests.bot.slack.test_pressing import COMMAND, PRESS
from tests.bot.slack.test_render import hostile, outcomes

BOT = Bot("U0BOT", "B0BOT")
ONCE = partial(settings, deadline=None)


def assert_taken(message: dict[str, Any]) -> None:
    """The stand-in for Slack takes it as it stands, and would call nobody for it."""
    ids = count()
    content = content_of(Args(message), lambda: f"b{next(ids)}")

    assert content.blocks
    assert [] == pings_of(State(0.0, message["text"], content.blocks))


@ONCE(max_examples=700)
@given(outcomes)
def test_hostile_answers(outcome: Outcome) -> None:
    rendered = render(apply(first_view(STAGES, "t" * 24, 7), TurnEnded(outcome)))

    for message in (rendered.first, *rendered.parts):
        assert_taken(message.as_json())


@ONCE(max_examples=300)
@given(hostile, hostile)
def test_hostile_questions_by_command(prompt: str, name: str) -> None:
    turn = TurnRequest("i", "c", prompt, {"tone": name[:200]})

    assert_taken(question(turn, name[:80] or "Ada").as_json())


scraps = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
FIELDS = (
    "type",
    "channel",
    "user",
    "text",
    "ts",
    "thread_ts",
    "files",
    "subtype",
    "bot_id",
    "team",
    "message",
    "edited",
)
EVENT = {"type": "app_mention", "channel": "C1", "user": "U1", "text": "<@U0BOT> Hi", "ts": "1.2", "thread_ts": "1.1"}


@ONCE(max_examples=1_000)
@given(st.dictionaries(st.sampled_from(FIELDS), scraps, max_size=4), hostile, scraps)
def test_hostile_payloads(changed: dict[str, Any], text: str, scrap: Any) -> None:
    event = {**EVENT, "text": f"<@U0BOT> {text}", **changed}
    bodies: list[Any] = [{"team_id": "T1", "event": event}, {"team_id": "T1", "event": scrap}, scrap]

    for body in bodies:
        assert isinstance(parse(body, bot=BOT, now=0.0), Ask | FollowUp | Command | Deleted | Ignored)
    slash({**COMMAND, "text": text})
    press({**PRESS, "actions": scrap})
    press({**PRESS, "actions": [{"action_id": "turn:retry", "value": text}]})
