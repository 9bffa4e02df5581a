"""**Pure.** What the stand-in's agents can say about a subject, whatever the tone and the length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["friendly", "formal", "playful", "plain"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `source` is the number, from 1, of the topic's reference that it rests on; 0: none."""

    text: str
    source: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the text, the most needed sentences first."""

    title: str
    tasks: tuple[str, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that the research leans on. A `preview` is an uploaded file that only a login shows."""

    title: str
    path: str
    description: str
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A change that the reviewer proposes wherever `find` stands once."""

    find: str
    replace: str
    reason: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject. `about` stands after a preposition; `aloud` is for children; `score` is the reviewer's."""

    title: str
    about: str
    openings: Mapping[Tone, str]
    closings: Mapping[Tone, str]
    parts: tuple[Part, ...]
    references: tuple[Reference, ...]
    summary: str
    findings: tuple[Sentence, ...]
    aloud: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    score: int = 90
    words: frozenset[str] = field(default_factory=frozenset)
    """Words of a request that call for this topic; two of them are enough."""
