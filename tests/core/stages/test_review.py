from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft import Draft
from core.review import Edit, EditStatus, Review, Verdict
from core.stages import review
from core.stages.reading import read_review
from core.turn import AgentReply, Exchange, Source
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


def test_a_review_of_what_no_text_can_hold_can_be_kept_all_the_same() -> None:
    """Half a character could not be told to anybody, and a NUL is kept by no database: its turn would never end."""
    half, nul = chr(0xD800), chr(0)
    hostile = reply(("two", f"2{half}{nul}"), (half, "x"), summary=f"a {half} b {nul}", findings=[f"{half}{nul}"])
    draft = review.absorb(a_draft("One two three."), [hostile])

    assert "One 2\ufffd\ufffd three." == draft.text
    assert draft.review is not None
    assert "a \ufffd b \ufffd" == draft.review.summary
    assert "\\ud800" not in json.dumps(asdict(draft.review))
    assert "\\u0000" not in json.dumps(asdict(draft.review))


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


PARAGRAPH = f"{'Some words of a draft. ' * 15}\n\n"


def a_full_draft(request: int, drafted: int) -> Draft:
    return Draft(
        turn=a_turn(prompt="q" * request, context={"a": "b"}),
        limit=8_000,
        last=Exchange("p" * 3_000, "a" * 3_000),
        outputs={"research": "r" * 4_500},
        text=(PARAGRAPH * (drafted // len(PARAGRAPH) + 1))[:drafted],
        sources=tuple(Source(n, n, "t" * 60, f"https://example.com/{n}") for n in range(1, 11)),
    )


@pytest.mark.parametrize("drafted", [3_000, 4_500, 6_000, 9_000, 30_000])
def test_the_reviewer_keeps_enough_of_the_research_beside_an_ordinary_request(drafted: int) -> None:
    for prompt in review.prompts(a_full_draft(40, drafted)):
        assert prompt.text.count("r" * 100) >= 14
        assert "[9] ttt" in prompt.text or "SOURCES" in prompt.shortened


@pytest.mark.parametrize(("request_length", "most"), [(40, 12), (2_000, 12), (4_000, 12), (5_000, 18), (5_990, 34)])
def test_even_beside_a_long_request_a_long_draft_has_few_parts(request_length: int, most: int) -> None:
    draft = a_full_draft(request_length, 30_000)
    prompts = review.prompts(draft)

    assert len(prompts) <= most
    assert all(len(prompt.text) <= 8_000 and "q" * request_length in prompt.text for prompt in prompts)
    assert draft.text == "".join(review.parts_of(draft))


def test_what_has_no_room_beside_a_long_request_is_named() -> None:
    prompt = review.prompts(a_full_draft(5_990, 30_000))[0]

    assert "left out for want of room: LAST PROMPT, LAST ANSWER, RESEARCH, SOURCES" in prompt.text
    assert ("LAST PROMPT", "LAST ANSWER", "RESEARCH", "SOURCES") == prompt.shortened


@pytest.mark.parametrize("drafted", [5_000, 6_000, 7_000, 8_000, 9_500])
def test_parts_are_about_equally_long(drafted: int) -> None:
    lengths = [len(part) for part in review.parts_of(a_full_draft(40, drafted))]

    assert len(lengths) > 1
    assert max(lengths) - min(lengths) <= 3 * len(PARAGRAPH)


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
        ('{"score": null, "verdict": ""}', None, None),
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


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("REJECT - unsafe", Verdict.REJECT),
        ("Do not approve", Verdict.REJECT),
        ("Don’t approve", Verdict.REJECT),  # noqa: RUF001
        ("cannot be approved", Verdict.REJECT),
        ("No approval from me", Verdict.REJECT),
        ("not_approved", Verdict.REJECT),
        ("approve? no: reject", Verdict.REJECT),
        ("approve.", Verdict.APPROVE),
        ("No issues, approve", Verdict.APPROVE),
        (["approve"], Verdict.APPROVE),
        ("needs_revision", Verdict.REVISE),
        ("approve after revision", Verdict.REVISE),
    ],
)
def test_the_worst_word_of_a_verdict_counts(said: object, verdict: Verdict) -> None:
    found, _ = read_review(json.dumps({"score": 50, "verdict": said}))

    assert (verdict, True) == (found.verdict, found.readable)


@pytest.mark.parametrize("said", ["maybe", "appro", "42", True])
def test_a_verdict_that_nobody_understands_is_none_and_the_review_says_so(said: object) -> None:
    found, _ = read_review(json.dumps({"score": 50, "verdict": said}))

    assert (None, False) == (found.verdict, found.readable)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("Verdict: approve", Verdict.APPROVE),
        ("**Verdict:** do not approve, please", Verdict.REJECT),
        ("Verdict: approve? No, reject.", Verdict.REJECT),
        ("My verdict on this depends on who may approve.", None),
    ],
)
def test_a_verdict_in_prose_is_read_by_the_same_rule(said: str, verdict: Verdict | None) -> None:
    assert verdict == read_review(said)[0].verdict


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("8/10", 80),
        ("9.2 out of 10", 92),
        ("7,5 of 10", 75),
        (0.92, 92),
        ("0.92", 92),
        (1.0, 100),
        (1, 1),
        (0, 0),
        ("92/100", 92),
        ("92 %", 92),
        ("0.5 %", 0),
        ("5/0", None),
        ("-3", 0),
        ("9" * 400, None),
        (True, None),
    ],
)
def test_a_score_is_read_in_every_scale(said: object, score: int | None) -> None:
    assert score == read_review(json.dumps({"score": said}))[0].score


def merged(*edits: object) -> Draft:
    return review.absorb(a_draft("One two three."), [AgentReply(json.dumps({"score": 1, "edits": edits}))])


def fates(draft: Draft) -> list[str]:
    assert draft.review is not None
    return [edit.why or edit.status for edit in draft.review.edits]


@pytest.mark.parametrize("silent", [{}, {"replace": None}, {"replace": 3}, {"replace": ["2"]}, {"replacement": None}])
def test_an_edit_that_says_nothing_to_put_there_deletes_nothing(silent: dict[str, object]) -> None:
    draft = merged({"find": "two", **silent}, {"find": "three", "replace": "3"})

    assert "One two 3." == draft.text
    assert ["no replacement given", "applied"] == fates(draft)


def test_an_empty_replacement_deletes() -> None:
    assert "One three." == merged({"find": "two ", "replace": ""}).text


@pytest.mark.parametrize(
    "edit",
    [
        {"find": "two", "replacement": "2"},
        {"original": "two", "replace": "2"},
        {"search": "two", "replace": None, "replacement": "2"},
        {"search": "two", "original": "two", "replacement": "2"},
    ],
)
def test_an_edit_may_use_other_words(edit: dict[str, object]) -> None:
    assert "One 2 three." == merged(edit).text


def test_other_words_that_contradict_each_other_say_nothing() -> None:
    assert ["nothing to find"] == fates(merged({"search": "two", "original": "three", "replace": "2"}))


def test_rejected_edits_keep_their_place_and_count() -> None:
    draft = merged({"find": "One"}, {"find": "two three", "replace": "5"}, {"find": "three", "replace": "3"})

    assert ["no replacement given", "applied", "overlaps edit 2"] == fates(draft)


SAID = {
    "score": 92,
    "verdict": "approve",
    "summary": "It is: good.",
    "findings": [],
    "edits": [
        {"find": "One", "replace": 'Uno, }] \\ "1" é 🙂', "reason": "so"},
        {"find": "two", "replace": "due", "reason": "so"},
        {"find": "three", "replace": "", "reason": ""},
    ],
}
STYLES = {
    "compact": json.dumps(SAID),
    "indented": json.dumps(SAID, indent=2, ensure_ascii=False),
    "in a fence": f"```json\n{json.dumps(SAID, indent=1)}\n```",
    "edits first": json.dumps(dict(reversed(SAID.items()))),
    "replacement first": json.dumps(
        {**SAID, "edits": [{"replace": "X", "find": "One"}, {"replace": "", "find": "two three"}]}
    ),
}


@pytest.mark.parametrize("whole", STYLES.values(), ids=STYLES.keys())
def test_a_review_that_was_cut_off_anywhere_applies_only_edits_that_stood_whole_in_it(whole: str) -> None:
    text = "One two three."
    edits = json.loads(whole.strip("`json\n"))["edits"]
    stages = [text]
    for edit in edits:
        stages.append(stages[-1].replace(edit["find"], edit["replace"]))
    starts = [match.start() for match in re.finditer(r'{\s*"(find|replace)"', whole)]
    ends = [json.JSONDecoder().raw_decode(whole, start)[1] for start in starts]

    for end in range(len(whole)):
        draft = review.absorb(a_draft(text), [AgentReply(whole[:end])])

        possible = [text, *(after for after, last in zip(stages[1:], ends, strict=True) if last <= end)]
        assert draft.text in possible, whole[:end]


def test_the_last_edit_of_a_review_that_was_cut_off_says_so() -> None:
    said = STYLES["compact"][: STYLES["compact"].index("due") + 2]

    draft = review.absorb(a_draft("One two three."), [AgentReply(said)])

    assert ["applied", "cut off"] == fates(draft)


def test_half_a_score_is_none() -> None:
    assert read_review('{"verdict": "approve", "score": 9')[0].score is None


@pytest.mark.parametrize("kind", ["One two three.", "policy", "STYLE", None])
def test_a_finding_has_one_of_the_four_kinds(kind: object) -> None:
    (finding,) = read_review(json.dumps({"score": 1, "findings": [{"kind": kind, "message": "m"}]}))[0].findings

    assert finding.kind in {"inconsistency", "policy violation", "factual doubt", "style"}


def test_findings_and_edits_are_read_in_every_shape() -> None:
    said = {
        "score": 1,
        "findings": [
            {"Severity": "HIGH", "kind": "policy_violation", "message": "No."},
            "A bare remark.",
            None,
        ],
        "edits": {"Find": "a", "REPLACE": "", "reason": 3},
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
