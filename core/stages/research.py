"""**Pure.** Research: what the sources say about the request."""

from __future__ import annotations

from collections.abc import Sequence

from core.draft import Draft
from core.stages.stage import Stage, asked, instructions, single, token
from core.text.budget import Prompt, Section, fit
from core.text.wording import plural
from core.turn import AgentReply

NAME = "research"

INSTRUCTIONS = instructions(
    "You are the research agent, the first of four. Collect from your sources what is needed to answer the REQUEST. "
    "Do not answer it yet: a plan, a draft and a review follow.",
    "Reply in Markdown, without a preamble, with three parts: **Summary** (three to six sentences), **Facts** (one "
    "bullet for each, saying which source it comes from), **Open questions** (what your sources leave unsettled). "
    "Where you found nothing, say so plainly. If the REQUEST continues the LAST PROMPT and LAST ANSWER, build on them. "
    "BACKGROUND is what people said in the thread before, and what they attached; the REQUEST may be about it.",
)


def prompts(draft: Draft) -> tuple[Prompt, ...]:
    background = Section("BACKGROUND", _background(draft), rank=5, floor=1_000)
    return (fit(INSTRUCTIONS, [*asked(draft), background], token=token(draft), limit=draft.limit),)


def _background(draft: Draft) -> str:
    """What there is, and, so that nobody guesses at it, what there is that nobody has read."""
    unread = f"Attached, and not read: {'; '.join(draft.background.unread)}." if draft.background.unread else ""
    return "\n\n".join(filter(None, (draft.background.text, unread)))


def absorb(draft: Draft, replies: Sequence[AgentReply]) -> Draft:
    return single(draft, NAME, replies)


def note(draft: Draft) -> str:
    return plural(len(draft.sources), "source") if draft.sources else "no sources"


STAGE = Stage(
    name=NAME,
    title="Research",
    setting="RESEARCH_AGENT_PROJECT_ID",
    prompts=prompts,
    absorb=absorb,
    note=note,
)
