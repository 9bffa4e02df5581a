"""**Pure.** What the user should see now: a fold of the turn's events.

    view = apply(view, event)

Nothing jumps: a line keeps its place from the first view to the last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from core.events import (
    Event,
    PartCompleted,
    StageCompleted,
    StageDelta,
    StageFailed,
    StageProgress,
    StageStarted,
    StageWaiting,
    TurnEnded,
    TurnQueued,
    TurnStarted,
)
from core.turn import Outcome, StageStatus, TurnRequest, TurnStatus


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage as the user sees it. `text` is the draft as it grows, kept where `drafts` is set."""

    name: str
    title: str
    drafts: bool = False
    status: StageStatus = StageStatus.PENDING
    waiting: bool = False
    note: str = ""
    seconds: float | None = None
    text: str = ""
    words: int = 0
    done: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class TurnView:
    """The whole message. `started_at` and `now` in unix seconds; `now` is when it was last shown."""

    lines: tuple[StageLine, ...]
    status: TurnStatus = TurnStatus.QUEUED
    position: int = 1
    started_at: float = 0.0
    now: float = 0.0
    outcome: Outcome | None = None
    turn_id: str = ""
    generation: int = 1
    page: str = ""
    """The address of the turn's own page; empty where it has none."""

    @property
    def elapsed(self) -> float:
        return max(0.0, self.now - self.started_at)

    @property
    def current(self) -> StageLine | None:
        """The stage that is running."""
        return next((line for line in self.lines if line.status is StageStatus.RUNNING), None)

    @property
    def number(self) -> int:
        """Which stage is the turn at, from 1: the first that is not done."""
        done = sum(line.status is StageStatus.DONE for line in self.lines)
        return min(done + 1, len(self.lines))

    def line(self, stage: str) -> StageLine:
        return next(line for line in self.lines if line.name == stage)


def page_of(turn: TurnRequest, base: str) -> str:
    """The address of a turn's own page, for whoever has it. `base`: where the HTTP adapter is reached."""
    return f"{base.rstrip('/')}/t/{turn.turn_id}/{turn.page_key}" if base and turn.page_key else ""


def apply(view: TurnView, event: Event) -> TurnView:  # noqa: C901 - one flat branch for each event
    """The view after the event."""
    match event:
        case TurnQueued(position):
            return replace(view, status=TurnStatus.QUEUED, position=position)
        case TurnStarted(at):
            return replace(view, status=TurnStatus.RUNNING, started_at=at, now=max(view.now, at))
        case StageWaiting(stage):
            return _change(view, stage, lambda line: _running(line, waiting=True))
        case StageStarted(stage, _, parts, _):
            return _change(view, stage, lambda line: replace(_running(line), parts=parts, text="", words=0))
        case StageDelta(stage, text, _):
            return _change(view, stage, lambda line: _grown(line, text))
        case StageProgress(stage, words):
            return _change(view, stage, lambda line: replace(line, words=words if line.drafts else 0))
        case PartCompleted(stage, done, parts):
            return _change(view, stage, lambda line: replace(_running(line), done=done, parts=parts))
        case StageCompleted(stage, note, seconds):
            return _change(view, stage, lambda line: _completed(line, note, seconds))
        case StageFailed(stage, _):
            return _change(view, stage, lambda line: replace(line, status=StageStatus.FAILED, waiting=False))
        case TurnEnded(outcome):
            return _ended(view, outcome)
        case _:
            assert_never(event)


def _change(view: TurnView, stage: str, change: Callable[[StageLine], StageLine]) -> TurnView:
    return replace(view, lines=tuple(change(line) if line.name == stage else line for line in view.lines))


def _running(line: StageLine, *, waiting: bool = False) -> StageLine:
    return replace(line, status=StageStatus.RUNNING, waiting=waiting)


def _grown(line: StageLine, text: str) -> StageLine:
    if not line.drafts:
        return line
    grown = line.text + text
    return replace(line, text=grown, words=len(grown.split()))


def _completed(line: StageLine, note: str, seconds: float) -> StageLine:
    return replace(line, status=StageStatus.DONE, waiting=False, note=note, seconds=seconds, text="")


def _ended(view: TurnView, outcome: Outcome) -> TurnView:
    stopped = tuple(
        replace(line, status=StageStatus.STOPPED, waiting=False, text="")
        if line.status is StageStatus.RUNNING
        else line
        for line in view.lines
    )
    return replace(view, status=outcome.status, outcome=outcome, lines=stopped)
