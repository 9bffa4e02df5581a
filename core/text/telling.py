"""**Pure.** What is said around the details of a turn, and in its export. Plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.review import EditStatus
from core.text.wording import duration, plural
from core.turn import TurnStatus

TITLE = "Details"
CLOSE = "Close"
FINDINGS = "Findings"
EDITS = "Edits"
REST = "… the export has the whole."
REST_ATTACHED = "The whole is attached."
SO_FAR = "This is what there is so far. Open the details again to see more."
NOT_ASKED = "No agent was asked."
NOT_ASKED_YET = "No agent has been asked yet."
NO_ANSWER = "It gave no answer that was kept."
NO_ANSWER_YET = "It has not answered yet."
BLANK = "It answered with nothing that can be shown."
DRAFT_TO_COME = "Left out: a draft is shown after the reviewer's verdict. An admin can see it before."
DRAFT_WITHHELD = "Left out: this draft is withheld, as no reviewer's verdict lets it be shown. An admin can see it."
FOR_ADMINS = "This draft is withheld: what stands here is for admins alone. Please do not pass it on."

OPEN = (TurnStatus.QUEUED, TurnStatus.RUNNING)


def left_out(status: str) -> str:
    """What stands in the place of what only admins may read."""
    return DRAFT_TO_COME if status in OPEN else DRAFT_WITHHELD


def state(status: str, generation: int) -> str:
    """ "Complete", "Running · generation 2"."""
    return " · ".join([status.capitalize(), *([f"generation {generation}"] if generation > 1 else [])])


def part(number: int) -> str:
    return f"Part {number}"


def answered(done: int, parts: int) -> str:
    """How many of an agent's parts are there; nothing where there is one."""
    if parts == 1:
        return ""
    return plural(parts, "part") if done == parts else f"{done} of {plural(parts, 'part')}"


def took(seconds: float, queries: int) -> str:
    """ "12 s · 1 query"."""
    return f"{duration(seconds)} · {plural(queries, 'query', 'queries')}"


def verdict(review: Mapping[str, Any]) -> str:
    """ "92/100 · approve", of a review in the payload. Empty where the reviewer gave neither."""
    score = "" if review["score"] is None else f"{review['score']}/100"
    return " · ".join(filter(None, (score, review["verdict"])))


def finding(severity: str, kind: str) -> str:
    """ "Warning, factual doubt"."""
    return f"{severity.capitalize()}, {kind}"


def fate(status: str, why: str | None) -> str:
    """What became of an edit: "Applied", "Left out: not in the draft"."""
    if status == EditStatus.APPLIED:
        return "Applied"
    return f"Left out: {why}" if why else "Left out"


def more_findings(count: int) -> str:
    return f"… and {plural(count, 'more finding')}: the export has the whole."


def more_edits(count: int) -> str:
    return f"… and {plural(count, 'more edit')}: the export has the whole."


def spent(usage: Mapping[str, Any]) -> str:
    """ "4 queries, about 7,010 tokens", of the usage in the payload."""
    return f"{plural(usage['queries'], 'query', 'queries')}, about {usage['total_tokens']:,} tokens"


def in_all(seconds: float) -> str:
    return f"{duration(seconds)} in all"
