from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.checks import MOST_APART, CheckResult, CheckStatus, check_clock, passed, roughly, settings_results
from core.errors import Problem

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


def test_clocks_that_agree_are_well() -> None:
    (found,) = check_clock("Slack", DATE, NOON + 59)

    assert (CheckStatus.OK, "") == (found.status, found.remedy)


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (300, "this machine's clock is 5 min ahead of Slack's"),
        (-300, "this machine's clock is 5 min behind Slack's"),
        (90, "this machine's clock is 90 s ahead of Slack's"),
        (-10_800, "this machine's clock is 3 h behind Slack's"),
        (864_000, "this machine's clock is 10 days ahead of Slack's"),
    ],
)
def test_a_clock_that_is_wrong_is_said_with_how_far_and_what_to_do(apart: float, said: str) -> None:
    (found,) = check_clock("Slack", DATE, NOON + apart)

    assert (CheckStatus.WARNING, said) == (found.status, found.detail)
    assert "NTP" in found.remedy


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", "Mon, 99 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 99999 12:00 GMT"]
)
def test_who_tells_no_time_is_not_compared(date: str | None) -> None:
    assert [] == check_clock("Slack", date, NOON)


@given(
    theirs=st.integers(0, 4_000_000_000),
    apart=st.integers(-10_000_000, 10_000_000),
)
def test_any_date_is_read_as_the_standard_library_writes_it(theirs: int, apart: int) -> None:
    date = formatdate(theirs, usegmt=True)
    (found,) = check_clock("Slack", date, theirs + apart)

    assert parsedate_to_datetime(date).timestamp() == theirs
    assert (abs(apart) <= MOST_APART) is (found.status is CheckStatus.OK)


@given(st.text())
def test_no_text_in_place_of_a_date_breaks_anything(date: str) -> None:
    check_clock("Slack", date, NOON)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.6, "60 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 days")]
)
def test_a_length_of_time_has_one_unit(seconds: float, said: str) -> None:
    assert said == roughly(seconds)


def test_a_warning_is_no_failure() -> None:
    well = [CheckResult("a", CheckStatus.OK, ""), CheckResult("b", CheckStatus.WARNING, "")]

    assert passed(well)
    assert not passed([*well, CheckResult("c", CheckStatus.FAILED, "")])


def test_a_problem_with_a_setting_is_a_failure() -> None:
    assert [CheckResult("KEY", CheckStatus.FAILED, "is missing", "Copy it.")] == settings_results(
        [Problem("KEY", "is missing", "Copy it.")]
    )
