"""**Pure.** Reads a reviewer's reply, forgivingly: whatever it is, a review comes out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from core.text.loose_json import read_object
from core.turn import Edit, Finding, Review, Verdict

KEYS = ("score", "verdict", "summary", "findings", "edits")

_VERDICTS = {
    "approve": Verdict.APPROVE,
    "approved": Verdict.APPROVE,
    "accept": Verdict.APPROVE,
    "accepted": Verdict.APPROVE,
    "pass": Verdict.APPROVE,
    "revise": Verdict.REVISE,
    "revision": Verdict.REVISE,
    "needs revision": Verdict.REVISE,
    "reject": Verdict.REJECT,
    "rejected": Verdict.REJECT,
    "fail": Verdict.REJECT,
}
_SAID_IN_PROSE = re.compile(r"\bverdict\W{1,8}(approved?|revise|reject(?:ed)?)\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SEVERITIES = {
    "info": "info",
    "note": "info",
    "low": "info",
    "error": "error",
    "critical": "error",
    "high": "error",
}
_KINDS = {
    "policy": "policy violation",
    "policy violation": "policy violation",
    "inconsistency": "inconsistency",
    "factual doubt": "factual doubt",
    "factual": "factual doubt",
    "style": "style",
}


def read_review(text: str) -> tuple[Review, tuple[Edit, ...]]:
    """The review in an agent's reply, and the edits it wants, not judged yet.

    What is no review stays as its summary, without edits, `readable` false.
    """
    said = read_object(text, KEYS)
    if said is None:
        return Review(None, _verdict_in(text), text.strip(), readable=False), ()
    review = Review(
        score=_score(said.get("score")),
        verdict=_VERDICTS.get(_words(said.get("verdict")).lower()),
        summary=_words(said.get("summary")),
        findings=tuple(_finding(item) for item in _items(said.get("findings"))),
    )
    return review, tuple(_edit(item) for item in _items(said.get("edits")))


def _verdict_in(text: str) -> Verdict | None:
    said = _SAID_IN_PROSE.search(text)
    return _VERDICTS[said[1].lower()] if said else None


def _items(value: object) -> list[object]:
    match value:
        case None | "":
            return []
        case list():
            return value
        case _:
            return [value]


def _score(value: object) -> int | None:
    """92, 92.4, "92/100", "92 %" → 92; held to 0-100."""
    found = _NUMBER.search(str(value)) if not isinstance(value, bool) else None
    if found is None or not math.isfinite(float(found[0])):
        return None
    return round(min(100.0, max(0.0, float(found[0]))))


def _words(value: object) -> str:
    return "" if value is None else str(value).strip()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _fields(item: object, otherwise: str) -> Mapping[str, object]:
    if not isinstance(item, Mapping):
        return {otherwise: item}
    return {str(key).lower(): value for key, value in item.items()}


def _finding(item: object) -> Finding:
    said = _fields(item, "message")
    kind = _words(said.get("kind")).lower().replace("_", " ")
    return Finding(
        severity=_SEVERITIES.get(_words(said.get("severity")).lower(), "warning"),
        kind=_KINDS.get(kind, kind or "style"),
        message=_words(said.get("message")),
        quote=_words(said.get("quote")),
    )


def _edit(item: object) -> Edit:
    said = _fields(item, "reason")
    return Edit(_text(said.get("find")), _text(said.get("replace")), _words(said.get("reason")))
