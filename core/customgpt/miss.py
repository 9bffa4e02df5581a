"""**Pure.** CustomGPT's refusals → why there is no answer, and what may be done about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isfinite
from typing import Any

from core.errors import AgentError, Trouble
from core.text.quotations import without_quotations
from core.text.redact import Redactor
from core.text.surrogates import whole_characters

MOST_ECHOED = 200
"""So many characters of a foreign text go into a detail, no more."""

MOST_READ = 4_000
"""So many are looked at: an error page may be long."""

LEAST_ECHO = 20
"""So many characters in a row that also stand in the prompt are an echo of it."""

NO_KEYS = Redactor()
OUT_OF_CREDITS = re.compile(r"\bcredits?\b|\bquota\b|\bexhausted\b", re.IGNORECASE)
CONVERSATION_MISSING = re.compile(r"\b(conversation|session|message)\b", re.IGNORECASE)


REFUSED: Mapping[int, Trouble] = {401: Trouble.BAD_KEY, 402: Trouble.PLAN, 403: Trouble.FORBIDDEN}


class Cure(StrEnum):
    """What may be done about a miss; `core/customgpt/retry.py` does it."""

    NONE = "none"  # it would only be refused again
    WAIT = "wait"  # nothing was done there: ask again later
    CLARIFY = "clarify"  # a 429 that does not say which: out of credits, or too fast
    REOPEN = "reopen"  # what was asked for is gone: a stored conversation can be replaced
    RECONCILE = "reconcile"  # nobody knows whether it was answered: look first


class Miss(AgentError):
    """One request that brought no answer. `counted`: a message so sent is spent. `retry_after` in seconds."""

    def __init__(
        self,
        trouble: Trouble,
        detail: str = "",
        *,
        cure: Cure = Cure.NONE,
        counted: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(trouble, detail)
        self.cure = cure
        self.counted = counted
        self.retry_after = retry_after


def miss_of(status: int, headers: Mapping[str, str], body: bytes, *, now: float, sent: str = "") -> Miss:
    """Why an answer with this status is none. `now` in unix seconds, for a `Retry-After` that is a date.

    What the answer repeats of the prompt that was `sent` is left out of the detail.
    """
    text = error_text(body)
    detail = f"{status} {without_echo(text, sent)}".strip()
    match status:
        case 429:
            return _too_many(text, detail, _retry_after_in(headers, now))
        case 404:
            gone = CONVERSATION_MISSING.search(text)
            trouble = Trouble.NO_CONVERSATION if gone else Trouble.NO_AGENT
            return Miss(trouble, detail, cure=Cure.REOPEN)
        case 503:
            after = _retry_after_in(headers, now)
            return Miss(Trouble.BROKEN, detail, cure=Cure.WAIT, retry_after=after)
        case 408:
            return Miss(Trouble.TIMEOUT, detail, cure=Cure.RECONCILE)
        case 501:
            return Miss(Trouble.BROKEN, detail)
        case _ if status >= 500:
            return Miss(Trouble.BROKEN, detail, cure=Cure.RECONCILE, counted=True)
        case _ if status < 400:
            return Miss(Trouble.REDIRECTED, str(status))
    return Miss(REFUSED.get(status, Trouble.REJECTED), detail)


def _too_many(text: str, detail: str, after: float | None) -> Miss:
    if OUT_OF_CREDITS.search(text):
        return Miss(Trouble.NO_CREDITS, detail)
    cure = Cure.CLARIFY if after is None else Cure.WAIT
    return Miss(Trouble.BUSY, detail, cure=cure, retry_after=after)


def _retry_after_in(headers: Mapping[str, str], now: float) -> float | None:
    found = [value for name, value in headers.items() if name.lower() == "retry-after"]
    return retry_after_of(found[0], now) if found else None


def retry_after_of(value: str, now: float) -> float | None:
    """Seconds to wait, from seconds or an HTTP-date; None where it is neither."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, now)
    return max(0.0, seconds) if isfinite(seconds) else None


def _seconds_until(date: str, now: float) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def error_text(body: bytes) -> str:
    """What an error body says: `data.message`, `message`, `error`, or its raw text; short, no key in it."""
    fields = json_of(body)
    return error_text_of(fields) if isinstance(fields, dict) else presentable(body.decode("utf-8", "replace"))


def error_text_of(fields: Mapping[str, Any]) -> str:
    said = (object_of(fields.get("data")).get("message"), fields.get("message"), fields.get("error"))
    return presentable(next((text for text in said if isinstance(text, str) and text), ""))


def presentable(text: str) -> str:
    """A foreign text for our log: on one line, keys blotted out, `MOST_ECHOED` characters at most."""
    line = NO_KEYS(" ".join(whole_characters(text[:MOST_READ]).split()))
    return line if len(line) <= MOST_ECHOED else line[: MOST_ECHOED - 1] + "…"


def without_echo(text: str, sent: str) -> str:
    """A foreign text without what it quotes of the prompt that was sent: that may hold what nobody shall read."""
    return without_quotations(text, sent, run=LEAST_ECHO)


def json_of(body: bytes | str) -> object:
    """What the JSON says; None where it is none."""
    try:
        return json.loads(body)
    except (
        ValueError,
        RecursionError,
    ):  # a UnicodeDecodeError is a ValueError; brackets can be nested too deep
        return None


def object_of(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}
