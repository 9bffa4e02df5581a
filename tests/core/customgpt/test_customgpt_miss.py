"""What a refusal means, and what may be done about it."""

from __future__ import annotations

import json
import pickle
from datetime import datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.customgpt.miss import MOST_ECHOED, Cure, Miss, error_text, miss_of, presentable, retry_after_of
from core.errors import Trouble

NOW = 1_768_035_600.0


def envelope(message: str) -> bytes:
    return json.dumps({"status": "error", "url": "https://…", "data": {"code": 400, "message": message}}).encode()


@pytest.mark.parametrize(
    ("status", "message", "trouble", "cure", "counted"),
    [
        (301, "", Trouble.REDIRECTED, Cure.NONE, False),
        (400, "Agent id must be integer", Trouble.REJECTED, Cure.NONE, False),
        (401, "API Token is either missing or invalid", Trouble.BAD_KEY, Cure.NONE, False),
        (402, "", Trouble.PLAN, Cure.NONE, False),
        (403, "", Trouble.FORBIDDEN, Cure.NONE, False),
        (404, "Agent with id 1 not found", Trouble.NO_AGENT, Cure.REOPEN, False),
        (404, "Conversation with session id 3f not found", Trouble.NO_CONVERSATION, Cure.REOPEN, False),
        (408, "", Trouble.TIMEOUT, Cure.RECONCILE, False),
        (418, "", Trouble.REJECTED, Cure.NONE, False),
        (422, "", Trouble.REJECTED, Cure.NONE, False),
        (429, "You have exhausted your current query credits", Trouble.NO_CREDITS, Cure.NONE, False),
        (429, "Too Many Attempts.", Trouble.BUSY, Cure.CLARIFY, False),
        (500, "Internal Server Error", Trouble.BROKEN, Cure.RECONCILE, True),
        (501, "", Trouble.BROKEN, Cure.NONE, False),
        (502, "", Trouble.BROKEN, Cure.RECONCILE, True),
        (503, "", Trouble.BROKEN, Cure.WAIT, False),
        (504, "", Trouble.BROKEN, Cure.RECONCILE, True),
        (524, "", Trouble.BROKEN, Cure.RECONCILE, True),
    ],
)
def test_each_status_has_its_trouble_and_its_cure(
    status: int, message: str, trouble: Trouble, cure: Cure, counted: bool
) -> None:
    miss = miss_of(status, {}, envelope(message), now=NOW)

    assert (trouble, cure, counted) == (miss.trouble, miss.cure, miss.counted)
    assert miss.queries == 0


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read(status: int, name: str) -> None:
    miss = miss_of(status, {"x-other": "1", name: "7"}, b"", now=NOW)

    assert (miss.cure, miss.retry_after) == (Cure.WAIT, 7.0)


def test_credits_count_more_than_retry_after() -> None:
    miss = miss_of(429, {"Retry-After": "7"}, envelope("no credits left"), now=NOW)

    assert (miss.trouble, miss.cure) == (Trouble.NO_CREDITS, Cure.NONE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        (format_datetime(datetime(2026, 1, 10, 9, 0, 30)), 30.0),
        ("soon", None),
        ("", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None) -> None:
    assert expected == retry_after_of(value, NOW)


@settings(deadline=None)
@given(st.text())
def test_no_retry_after_is_too_strange(value: str) -> None:
    after = retry_after_of(value, NOW)

    assert after is None or after >= 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (envelope("Agent with id 1 not found"), "Agent with id 1 not found"),
        (b'{"status":"error","message":"old form"}', "old form"),
        (b'{"error":"widget form"}', "widget form"),
        (b"plain text", "plain text"),
        (b"<html>\n  <h1>502 Bad Gateway</h1>\n</html>", "<html> <h1>502 Bad Gateway</h1> </html>"),
        (b"{}", ""),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_an_error_says_something_in_every_form(body: bytes, expected: str) -> None:
    assert expected == error_text(body)


@settings(deadline=None)
@given(st.binary())
def test_no_error_body_is_too_strange(body: bytes) -> None:
    assert len(error_text(body)) <= MOST_ECHOED


def test_a_long_text_is_shortened() -> None:
    text = presentable("a" * 5_000)

    assert (text[-2:], len(text)) == ("a…", MOST_ECHOED)


@pytest.mark.parametrize("before", ["token ", "Authorization: Bearer ", '{"key":"'])
def test_a_key_is_blotted_out(before: str) -> None:
    text = presentable(f"{before}7727|abcdefGHIJ0123456789 is bad")

    assert "abcdef" not in text
    assert text.endswith(" is bad")


def test_a_miss_survives_pickling() -> None:
    miss = Miss(Trouble.BUSY, "slow down", cure=Cure.WAIT, retry_after=3)
    again = pickle.loads(pickle.dumps(miss))

    assert (str(miss), miss.trouble, miss.cure, 3) == (
        str(again),
        again.trouble,
        again.cure,
        again.retry_after,
    )
