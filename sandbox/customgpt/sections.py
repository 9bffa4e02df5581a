"""**Pure.** What stands in a prompt: the delimited sections, and which words of the request name its subject.

--- BEGIN NAME token ---
content
--- END NAME token ---
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SECTION = re.compile(
    r"^--- BEGIN (?P<name>[A-Z][A-Z ]*?) (?P<token>\w+) ---[ \t]*\n(?P<content>.*?)^--- END (?P=name) "
    r"(?P=token) ---",
    re.MULTILINE | re.DOTALL,
)
SOURCE = re.compile(r"^\[(?P<n>\d+)\]\s*(?P<title>.*?)(?:\s+—\s+(?P<url>\S+))?\s*$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Brief:
    """A prompt, taken apart. What is missing is empty."""

    request: str
    context: Mapping[str, str] = field(default_factory=dict)
    last_prompt: str = ""
    last_answer: str = ""
    research: str = ""
    plan: str = ""
    sources: Mapping[int, str] = field(default_factory=dict)
    draft: str = ""


def read(prompt: str) -> Brief:
    """Take a prompt apart; one without sections is all request."""
    found = {match["name"]: match["content"].strip("\n") for match in SECTION.finditer(prompt)}
    return Brief(
        request=found.get("REQUEST", "" if found else prompt).strip(),
        context=_context(found.get("CONTEXT", "")),
        last_prompt=found.get("LAST PROMPT", "").strip(),
        last_answer=found.get("LAST ANSWER", "").strip(),
        research=found.get("RESEARCH", ""),
        plan=found.get("PLAN", ""),
        sources={int(match["n"]): match["title"] for match in SOURCE.finditer(found.get("SOURCES", ""))},
        draft=found.get("DRAFT", ""),
    )


def _context(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip() and value.strip()}


def headings(markdown: str) -> tuple[str, ...]:
    """The headings outside code, first to last, without their marks."""
    return tuple(HEADING.findall(FENCE.sub("", markdown)))
