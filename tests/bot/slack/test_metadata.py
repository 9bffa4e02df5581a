from __future__ import annotations

from typing import Any

import pytest

from bot.slack.metadata import Posted, posted


def test_what_is_written_is_read_back() -> None:
    message = {"ts": "1.2", "metadata": Posted("abc", 2, 3).as_json()}

    assert Posted("abc", 2, 3) == posted(message)


def test_it_has_the_shape_that_slack_takes() -> None:
    assert {
        "event_type": "orchestrator_turn",
        "event_payload": {"turn_id": "abc", "generation": 1, "part": 1},
    } == Posted("abc", 1).as_json()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"metadata": None},
        {"metadata": {"event_type": "somebody_else", "event_payload": Posted("abc", 1).as_json()["event_payload"]}},
        {"metadata": {"event_type": "orchestrator_turn"}},
        {"metadata": {"event_type": "orchestrator_turn", "event_payload": {"turn_id": 1, "generation": 1, "part": 1}}},
        {"metadata": {"event_type": "orchestrator_turn", "event_payload": {"turn_id": "abc"}}},
        None,
    ],
)
def test_other_messages_are_none_of_ours(message: Any) -> None:
    assert posted(message) is None
