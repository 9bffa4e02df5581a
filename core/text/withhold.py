"""**Pure.** Keeps a withheld draft out of what is said about it."""

from __future__ import annotations

from dataclasses import replace

from core.review import Finding, Review
from core.text.quotations import HIDDEN, folded_length, without_quotations, without_whole

__all__ = ["HIDDEN", "RUN", "SHORT", "conceal", "without_draft"]

RUN = 12
"""So many characters in a row that also stand in the draft, blanks and punctuation not counted, are a quotation."""

SHORT = 100
"""A draft of fewer characters may be a few secrets: each of its lines is hidden, however short."""

SHORTEST = 3
"""A line of fewer characters says nothing by itself: it may be the number of an item."""

# What reviewers say of any draft: a word that stands in both by itself gives nothing away.
_HARMLESS = frozenset(
    {
        "contradiction",
        "contradictory",
        "documentation",
        "inconsistencies",
        "inconsistency",
        "inconsistent",
        "information",
        "introduction",
        "misinformation",
        "professional",
        "recommendation",
        "recommendations",
        "requirements",
        "unsubstantiated",
    }
)


def conceal(review: Review, *drafts: str) -> Review:
    """The review without its edits and without whatever quotes one of the drafts."""
    findings = tuple(_concealed(finding, drafts) for finding in review.findings)
    return replace(review, summary=_without(review.summary, drafts), findings=findings, edits=())


def _concealed(finding: Finding, drafts: tuple[str, ...]) -> Finding:
    return replace(finding, message=_without(finding.message, drafts), quote="")


def _without(text: str, drafts: tuple[str, ...]) -> str:
    """Hiding one draft may bring the ends of another's words together."""
    before = None
    while text != before:
        before = text
        for draft in drafts:
            text = without_draft(text, draft)
    return text


def without_draft(text: str, draft: str) -> str:
    """The text with every run of `RUN` or more characters of the draft, or all of a shorter one, as "[…]"."""
    before = None
    while text != before:
        before = text
        text = without_quotations(text, draft, run=RUN, harmless=_HARMLESS)
        for passage in _short_passages(draft):
            text = without_whole(text, passage)
    return text


def _short_passages(draft: str) -> list[str]:
    """A draft that is shorter than a run; the lines of a short one that are."""
    length = folded_length(draft)
    lines = [line for line in draft.splitlines() if SHORTEST <= folded_length(line) < RUN] if length < SHORT else []
    return [draft, *lines] if length < RUN else lines
