"""**Pure.** What a configuration check found, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from core.errors import Problem

MOST_APART = 60.0
"""Seconds between two clocks: more is worth a warning."""

_SET_THE_CLOCK = "Let NTP set this machine's clock, for example with `timedatectl set-ntp true`."


class CheckStatus(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `remedy` is empty where nothing is to be done."""

    name: str
    status: CheckStatus
    detail: str
    remedy: str = ""


def passed(results: Iterable[CheckResult]) -> bool:
    return all(result.status is not CheckStatus.FAILED for result in results)


def settings_results(problems: Iterable[Problem]) -> list[CheckResult]:
    """What is wrong with the settings, as checks."""
    return [CheckResult(p.name, CheckStatus.FAILED, p.wrong, p.remedy) for p in problems]


def check_clock(whose: str, date: str | None, now: float) -> list[CheckResult]:
    """Our clock, in unix seconds, beside a server's, which is the `Date` of its answer; nothing where it told none."""
    theirs = _moment(date or "")
    if theirs is None:
        return []
    name, ahead = f"clock ({whose})", now - theirs
    if abs(ahead) <= MOST_APART:
        return [CheckResult(name, CheckStatus.OK, f"this machine's clock agrees with {whose}'s")]
    side = "ahead of" if ahead > 0 else "behind"
    detail = f"this machine's clock is {roughly(abs(ahead))} {side} {whose}'s"
    return [CheckResult(name, CheckStatus.WARNING, detail, _SET_THE_CLOCK)]


def roughly(seconds: float) -> str:
    """ "12 s", "5 min", "3 h", "4 days": so long, in one unit."""
    for unit, length, most in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < most:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def _moment(date: str) -> float | None:
    """An HTTP-date in unix seconds; None where it is none."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
