"""**Pure.** Build: the whole draft, from plan, research and numbered sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.draft import Draft
from core.review import Finding
from core.stages import plan, research
from core.stages.stage import Stage, asked, instructions, listed_sources, single, token
from core.text.budget import Prompt, Section, fit
from core.text.markdown import count_words, keep_known_citations
from core.text.wording import plural, unknown_citation
from core.turn import AgentReply

NAME = "build"

INSTRUCTIONS = instructions(
    "You are the builder agent, the third of four. Write the full answer to the REQUEST, following the PLAN, with "
    "what the RESEARCH found. Obey every line of CONTEXT: tone, length, format, audience, language, and whatever "
    "else it names.",
    "Reply in Markdown with the answer itself and nothing else: no preamble, no remarks on your work. Where you lean "
    "on one of the SOURCES, cite it as [n] with its number from the list, and no other number. Do not list the sources "
    "at the end: that is done for you. Say nothing that the RESEARCH contradicts.",
)

_FENCED_WHOLE = re.compile(r"\A\s*(?P<fence>```+|~~~+)(?:markdown|md)[ \t]*\n(?P<body>.*)\n(?P=fence)\s*\Z", re.DOTALL)


def prompts(draft: Draft) -> tuple[Prompt, ...]:
    material = [
        Section("RESEARCH", draft.output(research.NAME), rank=4, floor=1_500),
        Section("PLAN", draft.output(plan.NAME), rank=2, floor=1_500),
        Section("SOURCES", listed_sources(draft), rank=3, floor=600),
    ]
    return (fit(INSTRUCTIONS, [*asked(draft), *material], token=token(draft), limit=draft.limit),)


def absorb(draft: Draft, replies: Sequence[AgentReply]) -> Draft:
    """The draft, citing known sources only; a mark that leads nowhere becomes a finding."""
    built = single(draft, NAME, replies)
    text, unknown = keep_known_citations(_unwrapped(built.output(NAME)), [source.n for source in draft.sources])
    findings = tuple(Finding("warning", "factual doubt", unknown_citation(n), f"[{n}]") for n in unknown)
    return replace(built, text=text, findings=built.findings + findings)


def note(draft: Draft) -> str:
    return plural(count_words(draft.text), "word")


def _unwrapped(text: str) -> str:
    """Agents like to put a whole answer into one Markdown fence; the fence is not part of it."""
    match = _FENCED_WHOLE.match(text)
    return match["body"] if match else text


STAGE = Stage(
    name=NAME,
    title="Build",
    setting="BUILDER_AGENT_PROJECT_ID",
    prompts=prompts,
    absorb=absorb,
    note=note,
    drafts=True,
    rated=True,
)
