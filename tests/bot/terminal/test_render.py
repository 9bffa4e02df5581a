from __future__ import annotations

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.render import Line, Screen, Span, printable, render
from core.errors import Trouble
from core.events import (
    Event,
    StageCompleted,
    StageDelta,
    StageFailed,
    StageStarted,
    TurnEnded,
    TurnQueued,
    TurnStarted,
)
from core.pipeline import first_view
from core.review import Finding, Review, Verdict
from core.stages import STAGES
from core.turn import Failure, Outcome, Source, StageRecord, StageStatus, TurnStatus
from core.view import apply

RESEARCH = StageRecord("research", StageStatus.DONE)
ANSWERED = Outcome(
    "t",
    "c",
    TurnStatus.COMPLETE,
    "# Bees\n\nThey dance [1].",
    sources=(
        Source(1, 7, "Honeybee Democracy", "https://example.com/7"),
        Source(2, 8, "Handbook", None, True),
    ),
    review=Review(92, Verdict.APPROVE, "Sound.", (Finding("warning", "style", "A long sentence."),)),
    stages=(RESEARCH,),
    seconds=41.0,
)


def screen(*events: Event) -> Screen:
    return render(reduce(apply, events, first_view(STAGES)))


def words(lines: tuple[Line, ...]) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in lines]


def test_a_queued_turn_shows_its_place() -> None:
    assert ["◌ Queued, 2nd in line in this thread"] == words(screen(TurnQueued(2)).above)


def test_a_running_turn_shows_four_stages_and_the_end_of_the_draft() -> None:
    shown = screen(
        TurnStarted(0.0),
        StageCompleted("research", "5 sources", 12.0),
        StageCompleted("plan", "4 sections", 6.0),
        StageStarted("build"),
        StageDelta("build", "Bees scout.\nThen they dance"),
    )

    assert [
        "● Working · 3 of 4 · 0:00",
        "  ✓ Research  5 sources · 12 s",
        "  ✓ Plan      4 sections · 6 s",
        "  ◐ Build     5 words so far …",
        "  ○ Review",
    ] == words(shown.above)
    assert ["  │ Bees scout.", "  │ Then they dance"] == words(shown.below)


def test_a_complete_turn_is_its_answer_with_sources_findings_and_a_footer() -> None:
    shown = screen(TurnEnded(ANSWERED))

    assert () == shown.above
    assert ANSWERED.answer == shown.answer
    assert [
        "Sources",
        "[1] Honeybee Democracy  https://example.com/7",
        "[2] Handbook (needs login)",
        "",
        "▪ style: A long sentence.",
        "Reviewed 92/100 · no edits · 41 s",
    ] == words(shown.below)


def test_a_rejected_answer_stands_under_its_warning() -> None:
    rejected = replace(ANSWERED, status=TurnStatus.REJECTED, review=Review(5, Verdict.REJECT, "Made up."))

    shown = screen(TurnEnded(rejected))

    assert ["⚠ The reviewer advises against using this: Made up."] == words(shown.above)
    assert ANSWERED.answer == shown.answer


def test_an_unreviewed_draft_says_so_below_itself() -> None:
    unreviewed = replace(ANSWERED, status=TurnStatus.UNREVIEWED, review=None, failure=Failure("review", Trouble.BUSY))

    shown = screen(TurnEnded(unreviewed))

    assert words(shown.below)[0].startswith("The reviewer did not answer; this draft is unreviewed.")


def test_a_failed_turn_says_why_above_its_stages() -> None:
    failed = replace(ANSWERED, status=TurnStatus.FAILED, answer="", failure=Failure("plan", Trouble.NO_CREDITS))

    shown = screen(StageFailed("plan", Trouble.NO_CREDITS), TurnEnded(failed))

    assert words(shown.above)[0].startswith("✗ Plan did not answer: CustomGPT has no query credits left.")
    assert "  ✗ Plan      did not answer" in words(shown.above)
    assert "" == shown.answer


def test_a_stopped_turn_says_by_whom() -> None:
    stopped = replace(ANSWERED, status=TurnStatus.STOPPED, answer="", stopped_by="Ada")

    assert "■ Stopped by Ada after Research. What was done is kept." == words(screen(TurnEnded(stopped)).above)[0]


@given(st.text())
def test_an_answer_cannot_command_the_terminal(text: str) -> None:
    assert not set(printable(f"\x1b[2J\x9b{text}\u202e")) & {
        *map(chr, range(9)),
        "\x1b",
        "\x9b",
        "\r",
        "\u202e",
    }


def test_line_feeds_and_tabs_stay() -> None:
    assert "a\n\tb\n" == printable("a\r\n\tb\r")


HOSTILE = "\x1b]0;pwned\x07\x1b[2J\x9b1A\u202e\r\n"


def test_whatever_an_agent_names_cannot_command_the_terminal() -> None:
    source = Source(1, 7, f"Title{HOSTILE}", f"https://example.com/{HOSTILE}")
    review = Review(92, Verdict.APPROVE, HOSTILE, (Finding(HOSTILE, HOSTILE, HOSTILE),))
    hostile = replace(ANSWERED, answer=HOSTILE, sources=(source,), review=review, status=TurnStatus.REJECTED)

    shown = screen(TurnEnded(hostile))

    spans = [span for line in (*shown.above, *shown.below) for span in line]
    said = "".join(span.text + (span.link or "") for span in spans)
    assert not set(said) & set("\x1b\x07\x9b\u202e\r\n")
    assert not set(shown.answer) & set("\x1b\x07\x9b\u202e\r")


@given(st.text(), st.text())
def test_no_span_holds_a_control_character_or_a_line_feed(text: str, link: str) -> None:
    span = Span(text, link=link)

    assert span.text == printable(span.text)
    assert span.link == printable(span.link or "")
    assert "\n" not in span.text + (span.link or "")
