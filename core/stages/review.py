"""**Pure.** Review: score, verdict, findings and edits; then the merge of the edits into the draft.

A draft that is too long for one prompt is reviewed in parts, each by itself. The edits of a part are merged into
that part alone: the reviewer saw nothing else, so "exactly once" can only mean once in there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.draft import Draft
from core.stages import research
from core.stages.reading import read_review
from core.stages.stage import Stage, asked, instructions, listed_sources, token
from core.text.budget import Prompt, Section, fit, room
from core.text.edits import merge
from core.text.markdown import keep_known_citations, split
from core.text.wording import plural
from core.turn import AgentReply, Edit, Review, Verdict

NAME = "review"

INSTRUCTIONS = instructions(
    "You are the review agent, the last of four. Check the DRAFT against REQUEST, CONTEXT, RESEARCH and SOURCES: "
    "inconsistencies, policy violations, factual doubts, style.",
    "Reply with one JSON object and nothing else:\n"
    '{"score": 0-100, "verdict": "approve" | "revise" | "reject", "summary": "two sentences", '
    '"findings": [{"severity": "info" | "warning" | "error", "kind": "inconsistency" | "policy violation" | '
    '"factual doubt" | "style", "message": "…", "quote": "…"}], '
    '"edits": [{"find": "…", "replace": "…", "reason": "…"}]}\n'
    "Each `find` is copied from the DRAFT character for character and long enough to stand in it once. Reject only "
    "what nobody should use.",
)

LEAST_PIECE = 350
"""Characters of the draft that a prompt has room for even beside the longest request."""

_WORST = (Verdict.REJECT, Verdict.REVISE, Verdict.APPROVE)


def prompts(draft: Draft) -> tuple[Prompt, ...]:
    pieces = parts_of(draft)
    return tuple(_prompt(draft, piece, n, len(pieces)) for n, piece in enumerate(pieces, 1))


def parts_of(draft: Draft) -> list[str]:
    """The draft in pieces that each fit a prompt whole; joined, they are the draft to the byte."""
    most = room(_told(99, 99), _sections(draft, "…"), token=token(draft), limit=draft.limit)
    return split(draft.text, max(most, LEAST_PIECE)) or [""]


def _prompt(draft: Draft, piece: str, part: int, parts: int) -> Prompt:
    told = _told(part, parts)
    return fit(told, _sections(draft, piece), token=token(draft), limit=draft.limit)


def _told(part: int, parts: int) -> str:
    if parts == 1:
        return INSTRUCTIONS
    return (
        f"{INSTRUCTIONS}\n\nThis is part {part} of {parts} of the draft. Judge this part only; that it begins or ends "
        "in the middle is no fault."
    )


def _sections(draft: Draft, piece: str) -> list[Section]:
    return [
        *asked(draft),
        Section("RESEARCH", draft.output(research.NAME), rank=4, floor=200),
        Section("SOURCES", listed_sources(draft), rank=3, floor=200),
        Section("DRAFT", piece),
    ]


def absorb(draft: Draft, replies: Sequence[AgentReply]) -> Draft:
    """The draft with the edits applied that could be, and the reviews of its parts as one."""
    known = [source.n for source in draft.sources]
    pieces = parts_of(draft)
    judged = [_merged(piece, reply, known) for piece, reply in zip(pieces, replies, strict=True)]
    whole = combine([review for _, review in judged], [len(piece) for piece in pieces])
    whole = replace(whole, findings=draft.findings + whole.findings)
    cited = [citation for reply in replies for citation in reply.citations]
    return replace(draft, text="".join(text for text, _ in judged), review=whole).with_citations(cited)


def _merged(piece: str, reply: AgentReply, known: Sequence[int]) -> tuple[str, Review]:
    review, wanted = read_review(reply.text)
    done = merge(piece, [_citing(known, edit) for edit in wanted])
    return done.text, replace(review, edits=done.judged)


def _citing(known: Sequence[int], edit: Edit) -> Edit:
    """An edit may bring in no citation that leads nowhere."""
    return replace(edit, replace=keep_known_citations(edit.replace, known)[0])


def combine(reviews: Sequence[Review], lengths: Sequence[int]) -> Review:
    """One review of all parts: the score weighted by length, the worst verdict, all findings and edits."""
    if len(reviews) == 1:
        return reviews[0]
    verdicts = [review.verdict for review in reviews]
    return Review(
        score=_weighted([review.score for review in reviews], lengths),
        verdict=None if None in verdicts else next(worst for worst in _WORST if worst in verdicts),
        summary=" ".join(dict.fromkeys(review.summary for review in reviews if review.summary)),
        findings=tuple(finding for review in reviews for finding in review.findings),
        edits=tuple(edit for review in reviews for edit in review.edits),
        readable=all(review.readable for review in reviews),
    )


def _weighted(scores: Sequence[int | None], lengths: Sequence[int]) -> int | None:
    given = [(score, max(1, length)) for score, length in zip(scores, lengths, strict=True) if score is not None]
    if not given:
        return None
    return round(sum(score * length for score, length in given) / sum(length for _, length in given))


def note(draft: Draft) -> str:
    review = draft.review
    if review is None:
        return ""
    score = "" if review.score is None else f"{review.score}/100"
    return " · ".join(filter(None, (score, plural(len(review.findings), "finding"))))


STAGE = Stage(
    name=NAME,
    title="Review",
    setting="REVIEW_AGENT_PROJECT_ID",
    prompts=prompts,
    absorb=absorb,
    note=note,
    required=False,
)
