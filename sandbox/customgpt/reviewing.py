"""**Pure.** The review agent: a score, a verdict, findings, and edits that mostly stand in the draft."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from sandbox.customgpt.length import NUMBERS, wanted
from sandbox.customgpt.sections import FENCE, Brief
from sandbox.customgpt.topic import Change, Topic

Finding = dict[str, str]

FEWEST_EDITS, MOST_EDITS = 2, 3
NEVER_TOUCHED = re.compile(
    rf"{FENCE.pattern}|^(?:#{{1,6}} |    |\t|>|\|)[^\n]*$|`[^`\n]*`|https?://\S+|\[\d+\]",
    re.MULTILINE | re.DOTALL,
)
SENTENCE = re.compile(r"[A-Z0-9“\"][^.!?\n\0]{14,400}[.!?]")
WORDY: tuple[tuple[str, str], ...] = (
    ("in order to", "to"),
    ("due to the fact that", "because"),
    ("prior to", "before"),
    ("the majority of", "most"),
    ("it is important to note that ", ""),
    ("make use of", "use"),
    ("a large number of", "many"),
    ("at this point in time", "now"),
    ("in the event that", "if"),
    ("has the ability to", "can"),
    ("utilize", "use"),
    ("a great deal of", "much"),
    ("one step at a time", "step by step"),
    ("come back to", "return to"),
    ("small wins", "small successes"),
    ("very ", ""),
    ("really ", ""),
)
ESTIMATE = re.compile(rf"\b(?:about|around|roughly) (?:\d[\d,.]*\d|\d|{'|'.join(NUMBERS)}|twenty|thirty|forty|fifty)\b")
ABSENT = "as was shown in the appendix on page twelve"


def review_of(brief: Brief, topic: Topic) -> str:
    """The review as JSON in a fence. Its last edit does not stand in the draft."""
    draft = brief.draft or brief.request
    rejects = "reject this" in brief.request.lower()
    edits = edits_for(draft, topic)
    payload = {
        "score": 12 if rejects else topic.score,
        "verdict": "reject" if rejects else "approve" if topic.score >= 88 else "revise",
        "summary": _summary(rejects),
        "findings": [_policy(brief)] if rejects else _findings(brief, draft),
        "edits": [_as_json(edit) for edit in (*edits, _absent(draft))],
    }
    return f"```json\n{json.dumps(payload, indent=2, ensure_ascii=False)}\n```"


def edits_for(draft: str, topic: Topic) -> list[Change]:
    """Changes whose `find` stands exactly once in the draft, outside code and headings; none overlap."""
    prose = NEVER_TOUCHED.sub(lambda match: "\0" * len(match[0]), draft)
    edits = list(_unique((*topic.changes, *_tightened(prose)), prose, draft))
    if len(edits) < FEWEST_EDITS:
        edits += _unique(_set_apart(_without(prose, edits)), prose, draft)
    return edits[:MOST_EDITS]


def _unique(changes: Iterable[Change], prose: str, draft: str) -> Iterator[Change]:
    for change in changes:
        if change.find in prose and draft.count(change.find) == 1:
            yield change
            prose = _without(prose, (change,))


def _without(prose: str, changes: Iterable[Change]) -> str:
    for change in changes:
        prose = prose.replace(change.find, "\0" * len(change.find))
    return prose


def _tightened(prose: str) -> Iterator[Change]:
    """Wordy phrases, with as much of what follows as makes them stand once."""
    for wordy, tight in WORDY:
        for match in re.finditer(
            rf"\b{wordy}(?:(?<= )[^\s.!?\0]+|(?!\w))(?: [^\s.!?\0]+){{0,4}}", prose, re.IGNORECASE
        ):
            found = match[0]
            shorter = tight + found[len(wordy) :]
            capital = found[0].isupper()
            yield Change(
                found,
                shorter[:1].upper() + shorter[1:] if capital else shorter,
                f"“{wordy.strip()}” says no more than “{tight}”." if tight else "Says the same with fewer words.",
            )


def _set_apart(prose: str) -> Iterator[Change]:
    """Where the wording leaves nothing to wish for: the first and the last sentence, emphasised."""
    sentences = [match[0] for match in SENTENCE.finditer(prose) if "*" not in match[0] and "_" not in match[0]]
    if sentences:
        yield Change(sentences[0], f"**{sentences[0]}**", "The key point: let it stand out.")
    if len(sentences) > 1:
        yield Change(sentences[-1], f"*{sentences[-1]}*", "A closing thought: set it apart.")


def _absent(draft: str) -> Change:
    find = ABSENT
    while find in draft:
        find += ", as said"
    return Change(find, "as the sources show", "Points at something that the draft does not have.")


def _as_json(change: Change) -> dict[str, str]:
    return {"find": change.find, "replace": change.replace, "reason": change.reason}


def _summary(rejects: bool) -> str:
    if rejects:
        return "The draft should not be used: the request itself asks for something that the policy rules out."
    return "A sound draft that does what was asked. A few phrases can be tighter, and one point deserves a second look."


def _policy(brief: Brief) -> Finding:
    return {
        "severity": "error",
        "kind": "policy violation",
        "message": "The request asks for text that must not be published.",
        "quote": brief.request[:120],
    }


def _findings(brief: Brief, draft: str) -> list[Finding]:
    return [finding for finding in (_doubt(draft), _length(brief, draft)) if finding]


def _doubt(draft: str) -> Finding | None:
    """A draft without a source is worth a check; an estimate is, too."""
    if not re.search(r"\[\d+\]", draft):
        return _finding("info", "factual doubt", "No source is cited; check the claims before you publish.")
    if estimate := ESTIMATE.search(draft):
        message = "An estimate: the sources give a range. Fine for a general reader."
        return _finding("info", "factual doubt", message, estimate[0])
    return None


def _length(brief: Brief, draft: str) -> Finding | None:
    length, words = wanted(brief), len(draft.split())
    if "length" not in brief.context or length.shape == "lines" or abs(words - length.words) <= length.words * 0.2:
        return None
    message = f"The draft has {words} words; about {length.words} were asked for."
    return _finding("warning", "inconsistency", message)


def _finding(severity: str, kind: str, message: str, quote: str = "") -> Finding:
    return {"severity": severity, "kind": kind, "message": message, "quote": quote}
