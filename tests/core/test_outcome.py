from __future__ import annotations

from dataclasses import replace

import pytest

from core.draft import Draft
from core.errors import Trouble
from core.outcome import Ending, conclude, elapsed, record, said
from core.review import Review, Verdict
from core.turn import AgentReply, Failure, OnReject, Outcome, StageStatus, Stopped, TurnStatus
from tests.fakes import a_turn

TEXT = "The vault opens at nine with the code seven four two."
DRAFT = Draft(turn=a_turn(), limit=8_000, text=TEXT, outputs={"build": TEXT})
REVIEWER_GONE = Ending(failure=Failure("review", Trouble.TIMEOUT))


WELL = Ending()


def ended(draft: Draft, verdict: Verdict | None, ending: Ending = WELL, on_reject: OnReject = OnReject.WARN) -> Outcome:
    review = None if ending != Ending() else Review(50, verdict, f"It says: {TEXT}")
    return conclude(replace(draft, review=review), (), ending, on_reject=on_reject, seconds=1.0)


@pytest.mark.parametrize(
    ("verdict", "ending", "warned", "withheld"),
    [
        (Verdict.APPROVE, Ending(), "complete", "complete"),
        (Verdict.REVISE, Ending(), "complete", "complete"),
        (Verdict.REJECT, Ending(), "rejected", "withheld"),
        (None, Ending(), "complete", "withheld"),
        (None, REVIEWER_GONE, "unreviewed", "withheld"),
        (None, Ending(stopped=Stopped("Ada")), "stopped", "stopped"),
    ],
)
def test_how_a_turn_with_a_draft_ends(verdict: Verdict | None, ending: Ending, warned: str, withheld: str) -> None:
    assert warned == ended(DRAFT, verdict, ending).status
    assert withheld == ended(DRAFT, verdict, ending, OnReject.WITHHOLD).status


def test_a_turn_that_failed_before_there_was_a_draft_is_failed() -> None:
    ending = Ending(failure=Failure("plan", Trouble.BUSY))

    assert TurnStatus.FAILED == ended(replace(DRAFT, text=""), None, ending).status


def test_a_rejected_answer_is_there_and_a_withheld_one_is_not() -> None:
    assert TEXT == ended(DRAFT, Verdict.REJECT).answer
    assert "seven four two" not in repr(ended(DRAFT, Verdict.REJECT, on_reject=OnReject.WITHHOLD))


def test_a_stopped_turn_publishes_no_draft() -> None:
    assert "seven four two" not in repr(ended(DRAFT, None, Ending(stopped=Stopped("Ada"))))


def test_what_is_said_is_the_answer_or_the_reason_why_there_is_none() -> None:
    assert TEXT == said(ended(DRAFT, Verdict.APPROVE))
    assert said(ended(DRAFT, None, REVIEWER_GONE, OnReject.WITHHOLD)).startswith("The answer is withheld")


def test_seconds_run_from_the_first_question_to_the_last_answer() -> None:
    replies = [AgentReply("a", asked_at=10.0, seconds=3.0), AgentReply("b", asked_at=11.0, seconds=4.0)]

    assert 5.0 == elapsed(replies)


def test_a_record_counts_every_query_also_those_that_were_lost() -> None:
    replies = [AgentReply("abcde", message_id=7, queries=2), AgentReply("a", message_id=8)]

    kept = record("review", ["12345678", "1"], replies, lost_queries=1)

    assert (4, 3, 3, 7) == (kept.queries, kept.prompt_tokens, kept.completion_tokens, kept.message_id)


def test_a_stage_that_did_not_answer_took_no_time_worth_telling() -> None:
    assert record("plan", ["x"], [], status=StageStatus.FAILED).seconds is None
