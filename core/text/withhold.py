"""**Pure.** Keeps a withheld draft out of what is said about it."""

from __future__ import annotations

import re
from dataclasses import replace

from core.turn import Finding, Review

RUN = 5
"""So many words in a row that also stand in the draft are a quotation."""

HIDDEN = "[…]"

_WORD = re.compile(r"\w+")


def conceal(review: Review, draft: str) -> Review:
    """The review without its edits and without whatever quotes the draft."""
    findings = tuple(_concealed(finding, draft) for finding in review.findings)
    return replace(review, summary=without_quotations(review.summary, draft), findings=findings, edits=())


def _concealed(finding: Finding, draft: str) -> Finding:
    return replace(finding, message=without_quotations(finding.message, draft), quote="")


def without_quotations(text: str, draft: str) -> str:
    """The text with every run of `RUN` or more words that also stands in the draft replaced by "[…]"."""
    runs = _runs([word.group().casefold() for word in _WORD.finditer(draft)])
    words = list(_WORD.finditer(text))
    folded = [word.group().casefold() for word in words]
    quoted = [False] * len(words)
    for start in range(len(words) - RUN + 1):
        if tuple(folded[start : start + RUN]) in runs:
            quoted[start : start + RUN] = [True] * RUN
    return _hide(text, [word.span() for word, is_quoted in zip(words, quoted, strict=True) if is_quoted])


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    """Each run of neighbouring words, with what stands between them, becomes one marker."""
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        gap = text[at:start]
        if not (pieces and pieces[-1] == HIDDEN and not _WORD.search(gap)):
            pieces += [gap, HIDDEN]
        at = end
    return "".join([*pieces, text[at:]])
