"""**Pure.** How long an answer shall be, and in what shape: from "800 words" or "three lines"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sandbox.customgpt.sections import Brief

Shape = Literal["sections", "paragraphs", "lines"]

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER = rf"(?<!\d)(\d[\d,.]{{0,8}}|{'|'.join(NUMBERS)})"
WORDS = re.compile(rf"(?:{NUMBER}\s*(?:-|\u2013|to)\s*)?{NUMBER}[\s-]*words?\b", re.IGNORECASE)
PARAGRAPHS = re.compile(rf"\b{NUMBER}[\s-]+(?:\w+\s+)?paragraphs?\b", re.IGNORECASE)
PAGES = re.compile(rf"\b{NUMBER}[\s-]+pages?\b", re.IGNORECASE)
LINES = re.compile(
    rf"\b{NUMBER}[\s-]+(?:\w+\s+)?(?:lines?|sentences?|bullets?|points|tips|facts|ideas)\b",
    re.IGNORECASE,
)
NAMED = (
    (re.compile(r"\b(very short|tiny|tweet)\b", re.IGNORECASE), 60),
    (re.compile(r"\b(short|brief|concise|compact)\b", re.IGNORECASE), 130),
    (re.compile(r"\b(very long|exhaustive|in depth|in-depth)\b", re.IGNORECASE), 1200),
    (re.compile(r"\b(long|detailed|thorough|extensive)\b", re.IGNORECASE), 700),
    (re.compile(r"\b(medium|moderate|normal)\b", re.IGNORECASE), 300),
)
WORDS_IN_A_PARAGRAPH = 60
WORDS_ON_A_PAGE = 450
USUAL = 250
MOST = 3000


@dataclass(frozen=True, slots=True)
class Length:
    """`words` in all, in the given shape; `count` of paragraphs or lines, where there is one."""

    words: int = USUAL
    shape: Shape = "sections"
    count: int = 0


def wanted(brief: Brief) -> Length:
    """The length: lines that the request asks for, else what the context says, else what the request says."""
    if lines := LINES.search(brief.request):
        return Length(shape="lines", count=_number(lines[1]))
    return parsed(brief.context.get("length", "")) or _measured(brief.request) or Length()


def parsed(text: str) -> Length | None:
    """A length from what a person wrote, or None. A bare number means words."""
    if lines := LINES.search(text):
        return Length(shape="lines", count=_number(lines[1]))
    if re.fullmatch(r"\s*\d+\s*", text):
        return _in_words(int(text))
    return _measured(text) or _named(text)


def _measured(text: str) -> Length | None:
    if words := WORDS.search(text):
        low, high = _number(words[1] or words[2]), _number(words[2])
        return _in_words((low + high) // 2)
    if paragraphs := PARAGRAPHS.search(text):
        count = min(max(1, _number(paragraphs[1])), 20)
        return Length(count * WORDS_IN_A_PARAGRAPH, "paragraphs", count)
    if pages := PAGES.search(text):
        return _in_words(_number(pages[1]) * WORDS_ON_A_PAGE)
    return None


def _named(text: str) -> Length | None:
    return next((Length(words) for pattern, words in NAMED if pattern.search(text)), None)


def _in_words(words: int) -> Length:
    return Length(min(max(1, words), MOST))


def _number(text: str) -> int:
    if text.lower() in NUMBERS:
        return NUMBERS.index(text.lower()) + 1
    digits = re.sub(r"\D", "", text)
    return int(digits[:6])
