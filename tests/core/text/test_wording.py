from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import PromptTooLong, Trouble
from core.review import Edit, EditStatus, JudgedEdit, Review, Verdict
from core.stages import TITLES
from core.text import wording
from core.turn import Failure, Outcome, Source, StageRecord, StageStatus, TurnStatus
from core.view import StageLine

DONE = tuple(StageRecord(name, StageStatus.DONE) for name in ("research", "plan"))
ENDED = Outcome("t", "c", TurnStatus.COMPLETE, "The answer.", stages=DONE, seconds=41.2)
GOOD = Review(92, Verdict.APPROVE, "Sound.")


@pytest.mark.parametrize(("n", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_a_place_in_line_reads_as_people_say_it(n: int, said: str) -> None:
    assert said == wording.ordinal(n)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.42, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.4, "12 s"),
        (59.7, "1 min 0 s"),
        (125, "2 min 5 s"),
    ],
)
def test_a_duration_is_as_exact_as_it_matters(seconds: float, said: str) -> None:
    assert said == wording.duration(seconds)


def test_the_clock_has_two_digits_for_seconds() -> None:
    assert ("0:05", "1:19") == (wording.clock(5.9), wording.clock(79))


def test_a_waiting_turn_says_where_it_stands() -> None:
    assert "Queued, 2nd in line in this thread" == wording.queued(2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (StageLine("research", "Research"), ""),
        (
            StageLine("research", "Research", status=StageStatus.DONE, note="5 sources", seconds=12.0),
            "5 sources · 12 s",
        ),
        (StageLine("build", "Build", status=StageStatus.RUNNING, words=640), "640 words so far …"),
        (StageLine("build", "Build", status=StageStatus.RUNNING), ""),
        (StageLine("review", "Review", status=StageStatus.RUNNING, done=3, parts=5), "3 of 5 parts …"),
        (StageLine("plan", "Plan", status=StageStatus.RUNNING, waiting=True), "waiting for CustomGPT …"),
        (StageLine("plan", "Plan", status=StageStatus.FAILED), "did not answer"),
    ],
)
def test_a_stage_says_what_it_has_done(line: StageLine, said: str) -> None:
    assert said == wording.stage_line(line)


def test_the_footer_tells_score_edits_and_time() -> None:
    edits = [JudgedEdit(Edit("a", "b"), status) for status in ("applied",) * 3 for status in [EditStatus.APPLIED]]
    edits.append(JudgedEdit(Edit("x", "y"), EditStatus.REJECTED, "not in the draft"))

    said = wording.reviewed(replace(ENDED, review=replace(GOOD, edits=tuple(edits))))

    assert "Reviewed 92/100 · 3 edits applied, 1 left out · 41 s" == said


def test_the_footer_of_an_unreviewed_answer_is_its_time() -> None:
    assert "41 s" == wording.reviewed(ENDED)


def test_an_answer_speaks_for_itself() -> None:
    assert "" == wording.headline(replace(ENDED, review=GOOD), TITLES)


def test_a_rejected_answer_is_announced_with_the_reason() -> None:
    rejected = replace(ENDED, status=TurnStatus.REJECTED, review=Review(12, Verdict.REJECT, "It is made up."))

    assert "The reviewer advises against using this: It is made up." == wording.headline(rejected, TITLES)


def test_a_failed_turn_names_the_stage_the_reason_and_what_is_kept() -> None:
    failed = replace(ENDED, status=TurnStatus.FAILED, answer="", failure=Failure("build", Trouble.NO_CREDITS))

    said = wording.headline(failed, TITLES)

    assert said.startswith("Build did not answer: CustomGPT has no query credits left.")
    assert said.endswith("Research and plan are kept.")


def test_a_turn_that_failed_at_once_keeps_nothing_and_says_nothing_of_it() -> None:
    failed = replace(ENDED, status=TurnStatus.FAILED, stages=(), failure=Failure("research", Trouble.BAD_KEY))

    assert "kept" not in wording.headline(failed, TITLES)


def test_a_stopped_turn_says_by_whom_and_after_what() -> None:
    stopped = replace(ENDED, status=TurnStatus.STOPPED, stopped_by="Ada")

    assert "Stopped by Ada after Plan. What was done is kept." == wording.headline(stopped, TITLES)


def test_an_unreviewed_draft_says_so_and_why() -> None:
    unreviewed = replace(ENDED, status=TurnStatus.UNREVIEWED, failure=Failure("review", Trouble.TIMEOUT))

    assert wording.headline(unreviewed, TITLES).startswith("The reviewer did not answer; this draft is unreviewed.")


def test_a_review_that_could_not_be_read_says_so() -> None:
    odd = replace(ENDED, review=Review(None, None, "Nice work!", readable=False))

    assert wording.UNREADABLE_REVIEW == wording.headline(odd, TITLES)


def test_a_review_with_a_strange_verdict_says_that_the_rest_was_used() -> None:
    odd = replace(ENDED, review=Review(70, None, "Nice work!", readable=False))

    assert wording.UNCLEAR_VERDICT == wording.headline(odd, TITLES)


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_a_sentence_that_ends_as_one(trouble: Trouble) -> None:
    assert wording.trouble(trouble).endswith(".")


def test_a_prompt_that_is_too_long_is_told_by_how_much() -> None:
    said = wording.prompt_too_long(PromptTooLong(9_000, 6_000))

    assert "9,000" in said
    assert "shorten it by 3,000" in said


def test_a_source_behind_a_login_is_labelled() -> None:
    assert "Handbook (needs login)" == wording.source_label(Source(1, 1, "Handbook", "https://x/", needs_login=True))


def test_the_preview_is_the_last_lines_of_the_draft() -> None:
    assert ("two", "three", "four", "five") == wording.preview("one\n\ntwo\nthree\nfour\nfive")


def test_the_preview_of_one_long_paragraph_begins_at_a_word() -> None:
    (line,) = wording.preview("start " + "word " * 200)

    assert line.startswith("…word word")
    assert len(line) <= wording.PREVIEW_CHARACTERS + 1


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (1, "Continued in the reply below; the whole answer is attached as a file."),
        (12, "Continued in 12 replies below; the whole answer is attached as a file."),
    ],
)
def test_a_long_answer_says_where_it_goes_on(replies: int, said: str) -> None:
    assert said == wording.continued(replies)
