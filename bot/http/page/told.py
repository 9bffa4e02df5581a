"""**Pure.** What is kept of a turn → the view that it ended with, or begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.payload import Payload, outcome_of
from core.stages import STAGES
from core.store import ANSWERED
from core.stored import StoredTurn
from core.text import wording
from core.turn import Opinion
from core.view import StageLine, TurnView


@dataclass(frozen=True, slots=True)
class Told:
    """A turn as the page shows it. `why`: the sentence in place of an answer; `mine`: what the reader thinks of it."""

    prompt: str
    context: Mapping[str, str]
    view: TurnView
    why: str = ""
    mine: Opinion = Opinion.NEUTRAL


def told(turn: StoredTurn, notes: Mapping[str, str], *, mine: Opinion | None = None, reader: str = "") -> Told:
    """`notes`: what each stage that is done has left, in words. `reader`: the id of who reads it, if known."""
    view = replace(first_view(), status=turn.status, turn_id=turn.id, generation=turn.generation)
    if turn.payload is None:
        return Told(turn.prompt, turn.context, view)
    payload = Payload.model_validate_json(turn.payload)
    ended = replace(view, lines=_last_lines(payload, notes), outcome=outcome_of(payload))
    why = "" if payload.status in ANSWERED else payload.reply.content
    if reader != turn.asker:
        why = wording.for_others(why)
    return Told(turn.prompt, turn.context, ended, why, mine or Opinion.NEUTRAL)


def first_view() -> TurnView:
    """Of a turn of which nothing has happened yet."""
    return TurnView(tuple(StageLine(stage.name, stage.title, stage.drafts) for stage in STAGES))


def _last_lines(payload: Payload, notes: Mapping[str, str]) -> tuple[StageLine, ...]:
    """One for each stage, also for those that the turn did not come to."""
    came = {part.name: part for part in payload.stages}
    return tuple(
        replace(line, status=came[line.name].status, seconds=came[line.name].seconds, note=notes.get(line.name, ""))
        if line.name in came
        else line
        for line in first_view().lines
    )
