"""**Pure.** Reads a reviewer's reply, forgivingly: whatever it is, a review comes out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.text.edits import CUT_OFF, NO_REPLACEMENT
from core.text.loose_json import Found, read_object
from core.text.surrogates import storable

KEYS = ("score", "verdict", "summary", "findings", "edits")

_REJECTS = frozenset(
    [
        "reject",
        "rejects",
        "rejected",
        "rejecting",
        "rejection",
        "fail",
        "fails",
        "failed",
        "refuse",
        "refused",
        "decline",
        "declined",
        "deny",
        "denied",
        "disapprove",
        "disapproved",
        "unacceptable",
    ]
)
_REVISES = frozenset(["revise", "revises", "revised", "revising", "revision", "revisions", "rework", "reworked"])
_APPROVES = frozenset(
    [
        "approve",
        "approves",
        "approved",
        "approving",
        "approval",
        "accept",
        "accepts",
        "accepted",
        "acceptable",
        "pass",
        "passes",
        "passed",
    ]
)
_NEGATIONS = frozenset(["not", "never", "cannot", "nor", "neither", "without", "unable", "dont", "cant", "wont"])
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NO_BEFORE = re.compile(r"\bno\b[^.,;:!?]*\Z", re.IGNORECASE)
_SAID_IN_PROSE = re.compile(r"\bverdict\W{1,8}((?:approve|revise|reject|do not|not)[^.;\n]{0,80})", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_OUT_OF = re.compile(r"\s*(?:/|out of|of)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:%|per ?cent)", re.IGNORECASE)
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


def read_review(text: str) -> tuple[Review, tuple[Edit | JudgedEdit, ...]]:
    """The review in an agent's reply, and the edits it wants; those that are none are judged already.

    What is no review stays as its summary, without edits, `readable` false; so it is where a verdict was given
    that nobody understands.
    """
    found = read_object(text, KEYS)
    if found is None:
        said_so = _SAID_IN_PROSE.search(text)
        return Review(None, said_so and verdict_of(said_so[1]), text.strip(), readable=False), ()
    said = {key.lower(): value for key, value in found.fields.items()}
    given = _words(said.get("verdict"))
    verdict = verdict_of(given)
    review = Review(
        score=None if _ends_in(found, "score") else _score(said.get("score")),
        verdict=verdict,
        summary=_words(said.get("summary")),
        findings=tuple(_finding(item) for item in _items(said.get("findings"))),
        readable=verdict is not None or not given,
    )
    return review, _edits(_items(said.get("edits")), cut=found.cut)


def verdict_of(text: str) -> Verdict | None:
    """The worst verdict that a text names; to deny an approval is to reject. None where it names none."""
    text = text.replace("_", " ")
    words = [(match.start(), match[0].lower().replace("\u2019", "'")) for match in _WORD.finditer(text)]
    approvals = [at for at, word in words if word in _APPROVES]
    named = {word for _, word in words}
    if named & _REJECTS or any(_denied(text, words, at) for at in approvals):
        return Verdict.REJECT
    if named & _REVISES:
        return Verdict.REVISE
    return Verdict.APPROVE if approvals else None


def _denied(text: str, words: list[tuple[int, str]], at: int) -> bool:
    before = (word for start, word in words if start < at)
    return any(word in _NEGATIONS or word.endswith("n't") for word in before) or bool(_NO_BEFORE.search(text[:at]))


def _ends_in(found: Found, key: str) -> bool:
    """Is it cut off at this key? Half a number is another number."""
    return found.cut and list(found.fields)[-1].lower() == key


def _items(value: object) -> list[object]:
    match value:
        case None | "":
            return []
        case list():
            return value
        case _:
            return [value]


def _score(value: object) -> int | None:
    """92, 92.4, "92/100", "92 %", "9.2 out of 10", 0.92 → 92; held to 0-100. A fraction has a decimal point."""
    said = str(value)
    found = _NUMBER.search(said) if not isinstance(value, bool) else None
    if found is None:
        return None
    number, most = _number(found[0]), _most(found[0], said[found.end() :])
    if not math.isfinite(number) or not most:
        return None
    return round(min(100.0, max(0.0, 100 * number / most)))


def _most(number: str, after: str) -> float:
    """The best score there is, by what stands behind the number, or by the look of it."""
    if out_of := _OUT_OF.match(after):
        return _number(out_of[1])
    is_fraction = not number.isdigit() and abs(_number(number)) <= 1 and not _PERCENT.match(after)
    return 1.0 if is_fraction else 100.0


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _words(value: object) -> str:
    """JSON can write what no text can hold: half a character, a NUL."""
    return "" if value is None else storable(str(value)).strip()


def _fields(item: object, otherwise: str) -> Mapping[str, object]:
    if not isinstance(item, Mapping):
        return {otherwise: item}
    return {str(key).lower(): value for key, value in item.items()}


def _finding(item: object) -> Finding:
    said = _fields(item, "message")
    kind = " ".join(_words(said.get("kind")).lower().replace("_", " ").replace("-", " ").split())
    return Finding(
        severity=_SEVERITIES.get(_words(said.get("severity")).lower(), "warning"),
        kind=_KINDS.get(kind, "style"),
        message=_words(said.get("message")),
        quote=_words(said.get("quote")),
    )


def _edits(items: list[object], *, cut: bool) -> tuple[Edit | JudgedEdit, ...]:
    """Of a reply that was cut off, the last edit may be half of what was meant."""
    edits = [_edit(_fields(item, "reason")) for item in items]
    if cut and edits:
        last = edits[-1]
        edits[-1] = _rejected(last.edit if isinstance(last, JudgedEdit) else last, CUT_OFF)
    return tuple(edits)


def _edit(said: Mapping[str, object]) -> Edit | JudgedEdit:
    """To delete something is said by an empty replacement: what says nothing changes nothing."""
    find = _said_as(said, "find", "original", "search")
    new = _said_as(said, "replace", "replacement")
    edit = Edit(find or "", new or "", _words(said.get("reason")))
    return _rejected(edit, NO_REPLACEMENT) if find and new is None else edit


def _said_as(said: Mapping[str, object], name: str, *others: str) -> str | None:
    """The text under this name, or else under its other names, if they all say the same."""
    if isinstance(text := said.get(name), str):
        return storable(text)
    texts = {storable(text) for other in others if isinstance(text := said.get(other), str)}
    return texts.pop() if len(texts) == 1 else None


def _rejected(edit: Edit, why: str) -> JudgedEdit:
    return JudgedEdit(edit, EditStatus.REJECTED, why)
