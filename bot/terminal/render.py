"""**Pure.** TurnView → what stands in the terminal, as styled lines around the answer's Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.review import Finding
from core.stages import TITLES
from core.text import wording
from core.turn import Outcome, Source, StageStatus, TurnStatus
from core.view import StageLine, TurnView

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What could move the cursor, colour the screen or turn text around: an answer may not command the terminal."""

_STYLES = {
    StageStatus.PENDING: "dim",
    StageStatus.RUNNING: "bold cyan",
    StageStatus.DONE: "green",
    StageStatus.FAILED: "bold red",
    StageStatus.STOPPED: "yellow",
}
_HEADS = {
    TurnStatus.REJECTED: ("⚠", "bold yellow"),
    TurnStatus.WITHHELD: ("⚠", "bold yellow"),
    TurnStatus.FAILED: ("✗", "bold red"),
    TurnStatus.STOPPED: ("■", "bold yellow"),
}


def printable(text: str) -> str:
    """Without control characters; line feeds and tabs stay."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, printable and without line feeds whatever it is made of. `link` is an http(s) address."""

    text: str
    style: str = ""
    link: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", printable(self.text).replace("\n", " "))
        if self.link is not None:
            object.__setattr__(self, "link", "".join(printable(self.link).split()))


Line = tuple[Span, ...]
BLANK: Line = (Span(""),)


@dataclass(frozen=True, slots=True)
class Screen:
    """The whole message: lines, the answer's Markdown, lines."""

    above: tuple[Line, ...] = ()
    answer: str = ""
    below: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", printable(self.answer))


def render(view: TurnView) -> Screen:
    """The screen of a view."""
    if view.outcome is not None:
        return _ended(view.outcome, view)
    if view.status is TurnStatus.QUEUED:
        return Screen(above=((Span("◌ ", "yellow"), Span(wording.queued(view.position))),))
    head = (Span("● ", "bold cyan"), Span(wording.working(view), "bold"))
    return Screen(above=(head, *map(stage_line, view.lines)), below=_preview(view.current))


def stage_line(line: StageLine) -> Line:
    """A stage's own line: mark, title, what is said of it."""
    style = _STYLES[line.status]
    title = Span(f"{line.title:<10}", "" if line.status is StageStatus.DONE else style)
    return (Span(f"  {wording.MARKS[line.status]} ", style), title, Span(wording.stage_line(line), "dim"))


def _preview(line: StageLine | None) -> tuple[Line, ...]:
    if line is None:
        return ()
    return tuple((Span("  │ ", "cyan"), Span(text, "dim")) for text in wording.preview(line.text))


def _ended(outcome: Outcome, view: TurnView) -> Screen:
    said = wording.headline(outcome, TITLES)
    head: tuple[Line, ...] = ()
    if outcome.status in _HEADS:
        mark, style = _HEADS[outcome.status]
        head = ((Span(f"{mark} ", style), Span(said, "bold")),)
    if not outcome.answer:
        return Screen(above=(*head, *map(stage_line, view.lines)))
    note = ((Span(said, "yellow"),),) if said and not head else ()
    return Screen(above=head, answer=outcome.answer, below=(*note, *_below(outcome)))


def _below(outcome: Outcome) -> tuple[Line, ...]:
    sources = ((Span("Sources", "bold"),), *map(_source, outcome.sources), BLANK) if outcome.sources else ()
    findings = outcome.review.findings if outcome.review else ()
    return (*sources, *map(_finding, findings), (Span(wording.reviewed(outcome), "dim"),))


def _source(source: Source) -> Line:
    label = Span(wording.source_label(source), "", source.url)
    return (Span(f"[{source.n}] ", "cyan"), label, Span(f"  {source.url or ''}".rstrip(), "dim"))


def _finding(finding: Finding) -> Line:
    style = "red" if finding.severity == "error" else "yellow" if finding.severity == "warning" else "dim"
    return (Span("▪ ", style), Span(f"{finding.kind}: ", style), Span(finding.message, "dim"))
