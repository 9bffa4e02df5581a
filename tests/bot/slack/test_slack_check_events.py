from __future__ import annotations

import pytest

from bot.slack.check import check_events, check_heard
from core.checks import CheckStatus

START = 1_800_000_000.0


def test_an_event_since_the_start_is_all_that_is_asked_for() -> None:
    found = check_events(connected=True, since=START, last=START + 60, now=START + 90)

    assert [(CheckStatus.OK, "connected"), (CheckStatus.OK, "the last one came 30 s ago")] == [
        (one.status, one.detail) for one in found
    ]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (None, "none has come since the start, 5 min ago"),
        (START - 7_200, "none has come since the start, 5 min ago; the last one came 2 h ago"),
    ],
)
def test_without_an_event_since_the_start_the_subscriptions_are_to_be_looked_at(last: float | None, said: str) -> None:
    _, found = check_events(connected=True, since=START, last=last, now=START + 300)

    assert (CheckStatus.WARNING, said) == (found.status, found.detail)
    assert "Event Subscriptions must be on, with the bot events app_mention, message.channels, " in found.remedy
    assert "Reinstall to Workspace" in found.remedy


def test_a_socket_that_is_closed_is_a_failure() -> None:
    found, _ = check_events(connected=False, since=START, last=START + 1, now=START + 2)

    assert CheckStatus.FAILED is found.status
    assert "Socket Mode" in found.remedy


def test_who_has_no_socket_is_told_when_an_event_came_last() -> None:
    assert CheckStatus.WARNING is check_heard(None, START).status
    assert "the last one came 3 days ago" == check_heard(START - 3 * 86_400, START).detail
    assert "the last one came 0 s ago" == check_heard(START + 5, START).detail
