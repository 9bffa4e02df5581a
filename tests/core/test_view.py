from __future__ import annotations

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from core.errors import Trouble
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
from core.pipeline import first_view
from core.stages import STAGES
from core.turn import Outcome, StageStatus, TurnStatus
from core.view import TurnView, apply, page_of
from tests.fakes import a_turn

NAMES = [stage.name for stage in STAGES]


def seen(*events: Event) -> TurnView:
    return reduce(apply, events, first_view(STAGES))


def test_a_new_turn_is_queued_with_every_stage_pending() -> None:
    view = first_view(STAGES)

    assert TurnStatus.QUEUED == view.status
    assert [StageStatus.PENDING] * 4 == [line.status for line in view.lines]


def test_a_queued_turn_knows_its_position() -> None:
    assert 3 == seen(TurnQueued(3)).position


def test_a_started_turn_counts_from_when_it_started() -> None:
    view = seen(TurnStarted(100.0))

    assert TurnStatus.RUNNING == view.status
    assert 0.0 == view.elapsed


def test_a_stage_that_waits_says_so_until_its_attempt_begins() -> None:
    waiting = seen(StageWaiting("research"))

    assert waiting.line("research").waiting
    assert not apply(waiting, StageStarted("research")).line("research").waiting


def test_a_second_attempt_clears_what_the_first_had_streamed() -> None:
    view = seen(StageStarted("build"), StageDelta("build", "half an ans"), StageStarted("build", attempt=2))

    assert "" == view.line("build").text
    assert 0 == view.line("build").words


def test_only_the_stage_that_drafts_keeps_its_text() -> None:
    view = seen(StageDelta("research", "secret sauce"), StageDelta("build", "Bees "), StageDelta("build", "dance"))

    assert "" == view.line("research").text
    assert ("Bees dance", 2) == (view.line("build").text, view.line("build").words)


def test_progress_without_text_shows_words_alone() -> None:
    view = seen(StageStarted("build"), StageProgress("build", 640), StageProgress("review", 12))

    assert ("", 640) == (view.line("build").text, view.line("build").words)
    assert 0 == view.line("review").words


def test_a_stage_in_parts_shows_how_many_are_done() -> None:
    line = seen(StageStarted("review", 1, 5), PartCompleted("review", 3, 5)).line("review")

    assert (3, 5) == (line.done, line.parts)


def test_a_completed_stage_keeps_its_note_and_its_seconds() -> None:
    line = seen(StageStarted("research"), StageCompleted("research", "5 sources", 12.0)).line("research")

    assert (StageStatus.DONE, "5 sources", 12.0) == (line.status, line.note, line.seconds)


def test_a_failed_stage_leaves_the_others_where_they_were() -> None:
    view = seen(StageCompleted("research", "", 1.0), StageStarted("plan"), StageFailed("plan", Trouble.BUSY))

    assert ["done", "failed", "pending", "pending"] == [line.status for line in view.lines]


def test_a_turn_that_ends_while_a_stage_runs_shows_it_as_stopped() -> None:
    outcome = Outcome("t", "c", TurnStatus.STOPPED, "", stopped_by="Ada")

    view = seen(StageStarted("build"), StageDelta("build", "half"), TurnEnded(outcome))

    assert StageStatus.STOPPED == view.line("build").status
    assert outcome == view.outcome


EVENTS = st.one_of(
    st.builds(TurnQueued, st.integers(1, 9)),
    st.builds(TurnStarted, st.floats(0, 1e9)),
    st.builds(StageWaiting, st.sampled_from(NAMES)),
    st.builds(StageStarted, st.sampled_from(NAMES)),
    st.builds(StageDelta, st.sampled_from(NAMES), st.text()),
    st.builds(PartCompleted, st.sampled_from(NAMES), st.integers(1, 5), st.just(5)),
    st.builds(StageCompleted, st.sampled_from(NAMES), st.text(), st.floats(0, 100)),
    st.builds(StageFailed, st.sampled_from(NAMES), st.sampled_from(Trouble)),
)


@given(st.lists(EVENTS, max_size=30))
def test_a_line_keeps_its_place_whatever_happens(events: list[Event]) -> None:
    assert NAMES == [line.name for line in seen(*events).lines]


@given(st.lists(EVENTS, max_size=30))
def test_at_most_the_number_of_stages_is_counted(events: list[Event]) -> None:
    view = seen(*events)

    assert 1 <= view.number <= len(NAMES)


def test_a_turn_has_a_page_where_there_is_an_address_for_it_and_a_key() -> None:
    turn = replace(a_turn(), page_key="key")

    assert page_of(turn, "https://ask.example/") == f"https://ask.example/t/{turn.turn_id}/key"
    assert page_of(turn, "") == ""
    assert page_of(a_turn(), "https://ask.example") == ""
