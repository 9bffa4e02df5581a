from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.redact import Redactor, tail
from core.turn import Outcome, TurnStatus
from core.view import StageLine, TurnView

KEY = "1234|" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789xy"
redact = Redactor([KEY])


@pytest.mark.parametrize("form", [KEY, quote(KEY, safe=""), KEY.partition("|")[2]])
def test_every_form_of_a_known_secret_is_shown_by_its_last_four_characters_at_most(form: str) -> None:
    assert "the key …89xy was refused" == redact(f"the key {form} was refused")


@pytest.mark.parametrize(
    "secret",
    [
        "99|" + "Q" * 40,
        "xoxb-1234567890-abcdefghij",
        "xapp-1-A0123456789-abcdef",
        "Bearer sometoken12345.sometoken",
    ],
)
def test_what_looks_like_a_secret_is_hidden_though_nobody_told(secret: str) -> None:
    assert secret.removeprefix("Bearer ") not in Redactor()(f"see {secret} here")


def test_ordinary_text_is_left_alone() -> None:
    text = "Bees | wasps: 12|34, Bearer of news, https://example.com/a?b=c"

    assert text == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Use Bearer authentication with OAuth. Send `Authorization: Bearer YOUR_API_KEY`.",
        "Bearer authentication-and-authorisation-explained",
        "Authorization: Bearer sometoken12345",
    ],
)
def test_what_is_said_about_bearers_is_left_alone(text: str) -> None:
    assert text == redact(text)


@pytest.mark.parametrize("end", ["`", "'", '"', ",", ".", " ", "\n", "..."])
def test_a_bearers_token_ends_where_its_sentence_does(end: str) -> None:
    assert f"Bearer …wxyz{end} So" == redact(f"Bearer 0123456789.abcdefwxyz{end} So")


def test_everything_in_a_view_is_redacted() -> None:
    outcome = Outcome("t", "c", TurnStatus.COMPLETE, f"answer {KEY}", context={"tone": KEY})
    view = TurnView((StageLine("build", "Build", text=f"draft {KEY}"),), outcome=outcome)

    assert KEY not in repr(redact.deep(view))
    assert redact.deep(view).outcome == redact.deep(outcome)


def test_states_stay_what_they_are() -> None:
    assert TurnStatus.COMPLETE is redact.deep(Outcome("t", "c", TurnStatus.COMPLETE, "")).status


def test_a_short_secret_is_not_shown_at_all() -> None:
    assert ("…", "…wxyz") == (tail("hunter2"), tail("abcdefghijklmnopqrstuvwxyz"))


@given(st.text(), st.text())
def test_a_secret_never_survives_whatever_stands_around_it(before: str, after: str) -> None:
    assert KEY not in redact(before + KEY + after)
