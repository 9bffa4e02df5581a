from __future__ import annotations

import pytest

from core.actions import Choice, applies, choices
from core.errors import Trouble
from core.permissions import Action
from core.turn import Failure, Outcome, TurnStatus
from core.view import TurnView


def view(status: TurnStatus, failed: str = "") -> TurnView:
    failure = Failure(failed, Trouble.TIMEOUT) if failed else None
    return TurnView((), status=status, outcome=Outcome("t", "c", status, "", failure=failure))


@pytest.mark.parametrize("status", [TurnStatus.QUEUED, TurnStatus.RUNNING])
def test_a_turn_that_has_not_ended_can_be_stopped_and_nothing_else(status: TurnStatus) -> None:
    assert (Choice(Action.STOP),) == choices(view(status))


@pytest.mark.parametrize("status", [TurnStatus.COMPLETE, TurnStatus.REJECTED])
def test_an_answer_can_be_looked_into_retried_rated_and_exported(status: TurnStatus) -> None:
    expected = (Action.DETAILS, Action.RETRY, Action.PRAISE, Action.COMPLAIN, Action.EXPORT)

    assert expected == tuple(choice.action for choice in choices(view(status)))


@pytest.mark.parametrize("status", [TurnStatus.FAILED, TurnStatus.UNREVIEWED, TurnStatus.WITHHELD])
def test_where_a_stage_failed_it_is_retried_from_there(status: TurnStatus) -> None:
    assert Choice(Action.RETRY, "review") == choices(view(status, "review"))[0]


def test_what_was_withheld_for_its_verdict_can_be_retried_from_anywhere_and_not_be_exported() -> None:
    assert (Choice(Action.RETRY), Choice(Action.DETAILS)) == choices(view(TurnStatus.WITHHELD))


def test_a_stopped_turn_can_go_on() -> None:
    assert (Choice(Action.GO_ON), Choice(Action.DETAILS)) == choices(view(TurnStatus.STOPPED))


@pytest.mark.parametrize("status", TurnStatus)
def test_an_action_applies_where_it_has_a_button(status: TurnStatus) -> None:
    assert (status in (TurnStatus.QUEUED, TurnStatus.RUNNING)) is applies(Action.STOP, status)
    assert (status is TurnStatus.STOPPED) is applies(Action.GO_ON, status)
