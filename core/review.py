"""**Pure.** What a reviewer says of a draft, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    APPROVE = "approve"
    REVISE = "revise"
    REJECT = "reject"


class EditStatus(StrEnum):
    APPLIED = "applied"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the reviewer flags. Kinds: inconsistency, policy violation, factual doubt, style."""

    severity: str
    kind: str
    message: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that the reviewer wants: `find` stands in the draft, `replace` shall stand there."""

    find: str
    replace: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JudgedEdit:
    """An edit and its fate. `why` is empty where it was applied."""

    edit: Edit
    status: EditStatus
    why: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The reviewer's word. `score` 0-100; no verdict where none could be read (`readable` is false then)."""

    score: int | None
    verdict: Verdict | None
    summary: str
    findings: tuple[Finding, ...] = ()
    edits: tuple[JudgedEdit, ...] = ()
    readable: bool = True
