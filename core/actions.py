"""**Pure.** What can be done with a turn as it stands: the buttons under its message, the same on every platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from core.permissions import Action
from core.turn import TurnStatus
from core.view import TurnView


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `stage`: from where it is retried; empty where that is to be chosen."""

    action: Action
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button, under the message of a turn as it stood in that generation. `stage`: from where to retry."""

    action: Action
    turn_id: str
    generation: int
    stage: str = ""


_STOP = (Choice(Action.STOP),)
_DETAILS = (Choice(Action.DETAILS),)
_OPINION = (Choice(Action.PRAISE), Choice(Action.COMPLAIN))
_EXPORT = (Choice(Action.EXPORT),)
_ANY_RETRY = (Choice(Action.RETRY),)


def choices(view: TurnView) -> tuple[Choice, ...]:
    """The buttons of a view, in their order. What no longer applies is not among them."""
    match view.status:
        case TurnStatus.QUEUED | TurnStatus.RUNNING:
            return _STOP
        case TurnStatus.COMPLETE | TurnStatus.REJECTED:
            return (*_DETAILS, *_ANY_RETRY, *_OPINION, *_EXPORT)
        case TurnStatus.UNREVIEWED:
            return (*_from_failed(view), *_DETAILS, *_OPINION, *_EXPORT)
        case TurnStatus.WITHHELD:
            return (*_from_failed(view), *_DETAILS)
        case TurnStatus.FAILED:
            return (*_from_failed(view), *_DETAILS)
        case TurnStatus.STOPPED:
            return (Choice(Action.GO_ON), *_DETAILS)
        case _:
            assert_never(view.status)


def _from_failed(view: TurnView) -> tuple[Choice, ...]:
    failure = view.outcome.failure if view.outcome else None
    return (Choice(Action.RETRY, failure.stage),) if failure else _ANY_RETRY


def applies(action: Action, status: TurnStatus) -> bool:
    """Is it a button of such a turn?"""
    return any(choice.action is action for choice in choices(TurnView((), status=status)))
