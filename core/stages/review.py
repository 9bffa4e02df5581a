"""**Pure.** Review: score, verdict, findings and edits; then the merge of the edits into the draft.

A draft that is too long for one prompt is reviewed in parts, each by itself. The edits of a part are merged into
that part alone: the reviewer saw nothing else, so "exactly once" can only mean once in there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.draft import Draft
from core.review import Edit, Review, Verdict
from core.stages import research
from core.stages.reading import read_review
from core.stages.stage import Stage, asked, instructions, listed_sources, token
from core.text.budget import Prompt, Section, bare_room, fit, room
from core.text.edits import merge
from core.text.markdown import keep_known_citations, split
from core.text.wording import plural
from core.turn import AgentReply

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

# Where the request leaves little room: what the reviewer must know, and no more.
IN_BRIEF = instructions(
    "You are the review agent. Check the DRAFT against the REQUEST: inconsistencies, policy violations, factual "
    "doubts, style. Reply with one JSON object only:\n"
    '{"score": 0-100, "verdict": "approve" | "revise" | "reject", "summary": "…", "findings": [{"severity": "info" | '
    '"warning" | "error", "kind": "…", "message": "…", "quote": "…"}], "edits": [{"find": "…", "replace": "…"}]}\n'
    "Copy each `find` from the DRAFT exactly. Reject only what nobody should use.",
)

MOST_PARTS = 12
"""So many parts a draft is reviewed in at most, as long as the request leaves room for pieces of that size."""

GOOD_PIECE = 2_500
"""Characters that a reviewer should see in one piece: for these RESEARCH and SOURCES give way below their floors."""

LEAST_PIECE = 1_000
"""Characters of the draft that a prompt has room for even beside the longest request."""

_MORE_EVEN = (1.02, 1.1, 1.2, 1.35, 1.5)
"""How much longer than the mean a piece may be; the first that needs no more parts is taken."""

_WORST = (Verdict.REJECT, Verdict.REVISE, Verdict.APPROVE)


def prompts(draft: Draft) -> tuple[Prompt, ...]:
    pieces = parts_of(draft)
    return tuple(_prompt(draft, piece, n, len(pieces)) for n, piece in enumerate(pieces, 1))


def parts_of(draft: Draft) -> list[str]:
    """The draft in pieces of about one length that each fit a prompt whole; joined, they are it to the byte.

    A prompt keeps useful floors of RESEARCH and SOURCES beside its piece. Where that would make pieces shorter than
    `GOOD_PIECE`, or more than `MOST_PARTS`, they give way, in the end altogether, and the instructions are in brief.
    In prompts of 8,000 characters a draft of 30,000 then takes 12 parts at most beside a request of up to 4,000, and
    about 33 beside the longest, of 6,000: that is never cut, and leaves room for 1,050 characters.
    """
    most = _longest_piece(draft)
    pieces = split(draft.text, most)
    mean = -(-len(draft.text) // max(1, len(pieces)))
    for longer in _MORE_EVEN:
        even = split(draft.text, min(most, 1 + int(mean * longer)))
        if len(even) <= len(pieces):
            return even or [""]
    return pieces


def _longest_piece(draft: Draft) -> int:
    sections = _sections(draft, "…")
    ample = room(_told(999, 999), sections, token=token(draft), limit=draft.limit)
    bare = bare_room(_briefly_told(999, 999), sections, token=token(draft), limit=draft.limit)
    needed = int(1.2 * len(draft.text) / MOST_PARTS)  # a fifth more: cuts stand between blocks
    return max(ample, min(bare, max(needed, GOOD_PIECE)), LEAST_PIECE)


def _prompt(draft: Draft, piece: str, part: int, parts: int) -> Prompt:
    sections, told = _sections(draft, piece), _told(part, parts)
    if bare_room(told, sections, token=token(draft), limit=draft.limit) < 0:
        told = _briefly_told(part, parts)
    return fit(told, sections, token=token(draft), limit=draft.limit)


def _told(part: int, parts: int) -> str:
    if parts == 1:
        return INSTRUCTIONS
    return (
        f"{INSTRUCTIONS}\n\nThis is part {part} of {parts} of the draft. Judge this part only; that it begins or ends "
        "in the middle is no fault."
    )


def _briefly_told(part: int, parts: int) -> str:
    return IN_BRIEF if parts == 1 else f"{IN_BRIEF}\nThis is part {part} of {parts} of the draft: judge it alone."


def _sections(draft: Draft, piece: str) -> list[Section]:
    return [
        *(replace(section, floor=0) for section in asked(draft)),  # a reviewer needs the last exchange least
        Section("RESEARCH", draft.output(research.NAME), rank=4, floor=1_500),
        Section("SOURCES", listed_sources(draft), rank=3, floor=600),
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
    done = merge(piece, [_citing(known, edit) if isinstance(edit, Edit) else edit for edit in wanted])
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
    rated=True,
)
