"""A turn as its article: each state as the design draws it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.http.page.article import article
from bot.http.page.told import Told, told
from core.errors import Trouble
from core.outcome import said
from core.payload import Payload
from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.stored import StoredTurn
from core.turn import Failure, Opinion, Outcome, Source, StageRecord, StageStatus, TurnStatus

TURN = "a" * 24
DONE = tuple(StageRecord(name, StageStatus.DONE, 3.0) for name in ("research", "plan", "build", "review"))
REVIEW = Review(
    92,
    Verdict.APPROVE,
    "Sound.",
    (Finding("warning", "style", "A long sentence.", "quoted"),),
    (
        JudgedEdit(Edit("in order to", "to", "Shorter."), EditStatus.APPLIED),
        JudgedEdit(Edit("gone", "here"), EditStatus.REJECTED, "not in the draft"),
    ),
)
SOURCES = (Source(1, 7, "Honeybee <Democracy>", "https://honey.example/1"), Source(2, 8, "Handbook", None, True))


def ended(status: TurnStatus, answer: str = "They dance [1].", **more: Any) -> Told:
    outcome = Outcome(TURN, "c", status, answer, **{"sources": SOURCES, "review": REVIEW, "stages": DONE, **more})
    return told(stored(status, Payload.of(outcome).model_dump_json()), {"research": "5 sources"})


def stored(status: TurnStatus, payload: str | None = None) -> StoredTurn:
    context = {"tone": "friendly"}
    return StoredTurn(TURN, "c", 1, "ada", "How do <bees> choose?", context, status, 0.0, None, None, payload)


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def actions(html: str) -> list[str]:
    return re.findall(r'data-action="(\w+)"', html)


def test_an_answer_stands_under_its_question_and_the_four_agents() -> None:
    html = article(ended(TurnStatus.COMPLETE))

    assert '<h2 class="question">How do &lt;bees&gt; choose?</h2>' in html
    assert "tone: friendly" in html
    assert "✓ Research 5 sources · 3 s ✓ Plan 3 s ✓ Build 3 s ✓ Review 3 s" in text(html)
    assert html.index('class="question"') < html.index('class="steps"') < html.index('class="answer"')
    assert "Reviewed 92/100 · 1 edit applied, 1 left out · 12 s" in text(html)


def test_its_sources_are_where_its_marks_lead() -> None:
    html = article(ended(TurnStatus.COMPLETE))

    assert f'href="#source-{TURN}-1"' in html
    assert f'<li id="source-{TURN}-1"' in html
    assert ">Honeybee &lt;Democracy&gt;</a>" in html
    assert "Handbook (needs login)</li>" in html


def test_an_edit_is_what_goes_and_what_comes() -> None:
    html = article(ended(TurnStatus.COMPLETE))

    assert "<del>in order </del><span>to</span>" in html
    assert "<del>gone</del><ins>here</ins>" in html
    assert "Left out: not in the draft" in html


def test_what_can_be_done_with_an_answer() -> None:
    assert actions(article(ended(TurnStatus.COMPLETE))) == [
        "copy",
        *["retry"] * 4,
        "praise",
        "complain",
        "export",
    ]


def test_who_only_looks_can_press_nothing() -> None:
    for status in TurnStatus:
        html = article(ended(status, failure=Failure("build", Trouble.TIMEOUT)), acting=False)
        assert "<button" not in html
        assert 'class="work"' not in html


def test_what_the_reader_thinks_of_it_is_pressed() -> None:
    payload = Payload.of(Outcome(TURN, "c", TurnStatus.COMPLETE, "x")).model_dump_json()
    html = article(told(stored(TurnStatus.COMPLETE, payload), {}, mine=Opinion.LIKED))

    assert re.findall(r'aria-pressed="(\w+)"', html) == ["true", "false"]


def test_a_failure_says_why_and_what_is_kept() -> None:
    records = (*DONE[:2], StageRecord("build", StageStatus.FAILED))
    failure = Failure("build", Trouble.NO_CREDITS)
    html = article(ended(TurnStatus.FAILED, "", stages=records, failure=failure, review=None, sources=()))

    assert "✗ Build did not answer: CustomGPT has no query credits left." in text(html)
    assert "Research and plan are kept." in text(html)
    assert "✗ Build did not answer ○ Review" in text(html)
    assert '<button type="button" data-action="retry" data-stage="build">Retry from Build</button>' in html
    assert actions(html) == ["retry"]


@pytest.mark.parametrize(
    ("by", "reader", "said"),
    [
        ("you", "asker", "you"),
        ("you", "another", "somebody"),
        ("you", "", "somebody"),
        ("an admin", "asker", "an admin"),
        ("Ada", "another", "Ada"),
    ],
)
def test_a_stop_names_who_asked_as_you_to_themselves_alone(by: str, reader: str, said: str) -> None:
    outcome = Outcome(TURN, "c", TurnStatus.STOPPED, "", stages=DONE[:1], stopped_by=by)
    turn = replace(stored(TurnStatus.STOPPED, Payload.of(outcome).model_dump_json()), asker="asker")
    html = article(told(turn, {}, reader=reader))

    assert f"■ Stopped by {said} after Research. What was done is kept." in text(html)
    assert actions(html) == ["go_on"]


def test_what_is_advised_against_says_so_above_the_answer() -> None:
    review = Review(20, Verdict.REJECT, "It is made up.")
    html = text(article(ended(TurnStatus.REJECTED, review=review)))

    assert "⚠ The reviewer advises against using this: It is made up." in html
    assert "They dance" in html


def test_a_withheld_draft_is_not_there() -> None:
    review = Review(20, Verdict.REJECT, "It is made up.")
    outcome = Outcome(TURN, "c", TurnStatus.WITHHELD, "", review=review, stages=DONE)
    html = article(told(stored(TurnStatus.WITHHELD, Payload.of(outcome).model_dump_json()), {}))

    assert "⚠ " + said(outcome) in text(html)
    assert '<div class="answer"></div>' in html
    assert "copy" not in actions(html)


def test_an_unreviewed_draft_says_so_below_it() -> None:
    html = article(ended(TurnStatus.UNREVIEWED, review=None, failure=Failure("review", Trouble.TIMEOUT)))

    assert html.index("They dance") < html.index("this draft is unreviewed")
    assert "Retry from Review" in html


@pytest.mark.parametrize("status", [TurnStatus.QUEUED, TurnStatus.RUNNING])
def test_one_that_is_under_way_can_be_stopped(status: TurnStatus) -> None:
    html = article(told(stored(status), {}))

    assert actions(html) == ["stop"]
    assert html.count('data-status="pending"') == 4
    for place in ("state", "mark", "words", "steps", "said", "answer"):  # what scripts fill in
        assert f'class="{place}"' in html


def test_a_payload_of_an_older_version_can_be_shown() -> None:
    payload = json.loads(Payload.of(Outcome(TURN, "c", TurnStatus.COMPLETE, "x", sources=SOURCES)).model_dump_json())
    del payload["sources"][0]["needs_login"]

    assert article(told(stored(TurnStatus.COMPLETE, json.dumps(payload)), {}))
