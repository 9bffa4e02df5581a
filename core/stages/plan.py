"""**Pure.** Plan: from what was found to an outline and tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.draft import Draft
from core.stages import research
from core.stages.stage import Stage, asked, instructions, single, token
from core.text.budget import Prompt, Section, fit
from core.text.wording import plural
from core.turn import AgentReply

NAME = "plan"

INSTRUCTIONS = instructions(
    "You are the planning agent, the second of four. From the RESEARCH, plan the answer to the REQUEST; the next agent "
    "writes it. Fit the plan to what CONTEXT says of tone, length, format, audience and language.",
    "Reply in Markdown, without a preamble, with two parts: `## Outline` (a numbered line for each section: its "
    "heading, and what it says) and `## Tasks` (a bullet for each thing that the writer must do, check or leave out).",
)

_NUMBERED = re.compile(r"^\s{0,3}\d+[.)]\s+\S", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+\S", re.MULTILINE)
_TASKS = re.compile(r"^#{1,6}\s*tasks\b.*", re.MULTILINE | re.IGNORECASE | re.DOTALL)


def prompts(draft: Draft) -> tuple[Prompt, ...]:
    material = Section("RESEARCH", draft.output(research.NAME), rank=2, floor=2_000)
    return (fit(INSTRUCTIONS, [*asked(draft), material], token=token(draft), limit=draft.limit),)


def absorb(draft: Draft, replies: Sequence[AgentReply]) -> Draft:
    return single(draft, NAME, replies)


def note(draft: Draft) -> str:
    sections = count_sections(draft.output(NAME))
    return plural(sections, "section") if sections else ""


def count_sections(plan: str) -> int:
    """How many sections a plan has: numbered lines before the tasks, or else headings."""
    outline = _TASKS.sub("", plan)
    return len(_NUMBERED.findall(outline)) or len(_HEADING.findall(outline))


STAGE = Stage(
    name=NAME,
    title="Plan",
    setting="PLANNING_AGENT_PROJECT_ID",
    prompts=prompts,
    absorb=absorb,
    note=note,
)
