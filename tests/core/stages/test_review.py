from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft import Draft
from core.stages import review
from core.stages.reading import read_review
from core.turn import AgentReply, Edit, EditStatus, Review, Source, Verdict
from tests.fakes import a_turn


def reply(*edits: tuple[str, str], **fields: object) -> AgentReply:
    said = {"score": 80, "verdict": "approve", "summary": "Fine.", "findings": [], **fields}
    return AgentReply(
        json.dumps({**said, "edits": [{"find": find, "replace": to, "reason": ""} for find, to in edits]})
    )


def a_draft(text: str, limit: int = 8_000) -> Draft:
    return Draft(turn=a_turn(), limit=limit, text=text, sources=(Source(1, 7, "A page", None),))


LONG = "".join(f"Section {n} begins here and goes on. {'Buzz. ' * 350}\n\nTHE SAME LINE\n\n" for n in range(9))


def test_edits_are_merged_and_each_keeps_its_fate() -> None:
    draft = review.absorb(a_draft("One two three."), [reply(("two", "2"), ("four", "4"))])

    assert "One 2 three." == draft.text
    assert draft.review is not None
    assert [EditStatus.APPLIED, EditStatus.REJECTED] == [edit.status for edit in draft.review.edits]


def test_an_edit_may_bring_in_no_citation_that_leads_nowhere() -> None:
    assert "One 2 [1] three." == review.absorb(a_draft("One two three."), [reply(("two", "2 [1] [9]"))]).text


def test_a_part_is_merged_by_itself_so_that_what_stands_once_in_it_is_found() -> None:
    draft = a_draft(LONG, limit=4_000)
    parts = review.parts_of(draft)
    replies = [reply(("THE SAME LINE", f"LINE {n}")) for n in range(len(parts))]

    merged = review.absorb(draft, replies)

    once = [n for n, part in enumerate(parts) if part.count("THE SAME LINE") == 1]
    assert once
    assert all(f"LINE {n}\n" in merged.text for n in once)


def test_the_parts_of_a_draft_are_the_draft_to_the_byte() -> None:
    assert LONG == "".join(review.parts_of(a_draft(LONG, limit=4_000)))


def test_each_part_is_told_which_it_is() -> None:
    prompts = review.prompts(a_draft(LONG, limit=4_000))

    assert f"This is part 2 of {len(prompts)} of the draft." in prompts[1].text
    assert "This is part" not in review.prompts(a_draft("Short."))[0].text


def test_reviews_of_parts_are_combined() -> None:
    reviews = [
        Review(100, Verdict.APPROVE, "Good."),
        Review(40, Verdict.REVISE, "Weak."),
        Review(None, Verdict.APPROVE, "Good."),
    ]

    combined = review.combine(reviews, [300, 100, 50])

    assert (85, Verdict.REVISE, "Good. Weak.") == (combined.score, combined.verdict, combined.summary)


def test_the_worst_verdict_counts_and_a_missing_one_leaves_none() -> None:
    good, bad = Review(90, Verdict.APPROVE, ""), Review(10, Verdict.REJECT, "")

    assert Verdict.REJECT is review.combine([good, bad], [1, 1]).verdict
    assert review.combine([good, Review(None, None, "?", readable=False)], [1, 1]).verdict is None


@pytest.mark.parametrize(
    ("text", "score", "verdict"),
    [
        ('{"score": 92, "verdict": "approve"}', 92, Verdict.APPROVE),
        ('```json\n{"score": "92/100", "verdict": "Approved"}\n```', 92, Verdict.APPROVE),
        ('Here it is: {"score": 140, "verdict": "REJECT",}', 100, Verdict.REJECT),
        ("{“score”: 50, “verdict”: “revise”}", 50, Verdict.REVISE),
        ('{"score": 71.6, "verdict": "needs revision", "summary": "It is cut of', 72, Verdict.REVISE),
        ('{"score": null, "verdict": "maybe"}', None, None),
        ('{"score": true, "summary": "x"}', None, None),
    ],
)
def test_a_review_is_read_however_it_is_written(text: str, score: int | None, verdict: Verdict | None) -> None:
    found, _ = read_review(text)

    assert (score, verdict, True) == (found.score, found.verdict, found.readable)


def test_what_is_no_review_stays_as_its_summary_without_edits() -> None:
    found, edits = read_review("I liked it. Verdict: reject, sadly.")

    assert ("I liked it. Verdict: reject, sadly.", Verdict.REJECT, False) == (
        found.summary,
        found.verdict,
        found.readable,
    )
    assert () == edits


def test_findings_and_edits_are_read_in_every_shape() -> None:
    said = {
        "score": 1,
        "findings": [
            {"Severity": "HIGH", "kind": "policy_violation", "message": "No."},
            "A bare remark.",
            None,
        ],
        "edits": {"find": "a", "replace": None, "reason": 3},
    }

    found, edits = read_review(json.dumps(said))

    assert [
        ("error", "policy violation", "No."),
        ("warning", "style", "A bare remark."),
        ("warning", "style", ""),
    ] == [(finding.severity, finding.kind, finding.message) for finding in found.findings]
    assert (Edit("a", "", "3"),) == edits


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"score": JSON, "verdict": JSON, "findings": JSON, "edits": JSON}))
def test_no_reply_breaks_the_reading(said: dict[str, object]) -> None:
    draft = review.absorb(a_draft("One two."), [AgentReply(json.dumps(said))])

    assert draft.review is not None


@given(st.text())
def test_no_text_breaks_the_reading(said: str) -> None:
    assert review.absorb(a_draft("One two."), [AgentReply(said)]).review is not None
