"""What a reviewer may write, or whoever has told it what to write."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from core.review import Edit, Verdict
from core.stages.reading import KEYS, read_review
from core.text.caller_context import split_context
from core.text.edits import merge
from core.text.loose_json import read_object
from tests.attack.hostile import attacked, deep, is_whole, scraps, spoiled, texts, twisted, within, written

REVIEW = {
    "score": 92,
    "verdict": "revise",
    "summary": "Good.",
    "findings": [{"severity": "warning", "kind": "style", "message": "Long.", "quote": "Bees dance."}],
    "edits": [{"find": "Bees", "replace": "Honeybees", "reason": "precise"}, {"find": "dance", "replace": ""}],
}
DRAFT = "Bees dance. They agree [1].\n\n```\ncode\n```\n"

replies = st.one_of(
    twisted([REVIEW]).map(written),
    twisted([REVIEW]).map(json.dumps),
    spoiled(written(REVIEW)),
    spoiled("Here it is:\n```json\n" + json.dumps(REVIEW, indent=2) + "\n```\nAnything else?"),
    texts,
    scraps.map(written),
)


@attacked
@given(replies)
@example(deep(100_000))
@example('{"a":' * 20_000)
@example('"' * 20_000)
@example("{" * 20_000)
@example('{"score": ' + "9" * 10_000 + "}")
@example("```" * 7_000)
@example('{"edits": [' + '{"find": "a", "replace": "b"},' * 700)
def test_whatever_a_reviewer_writes_a_review_comes_out(reply: str) -> None:
    with within():
        review, edits = read_review(reply)

    assert review.score is None or 0 <= review.score <= 100
    assert review.verdict is None or isinstance(review.verdict, Verdict)
    wanted = [edit if isinstance(edit, Edit) else edit.edit for edit in edits]
    said = [text for edit in wanted for text in (edit.find, edit.replace, edit.reason)]
    said += [text for finding in review.findings for text in (finding.message, finding.quote, finding.kind)]
    assert all(is_whole(text) and "\0" not in text for text in said)


@attacked
@given(replies)
def test_what_it_wants_changed_is_changed_or_judged_and_nothing_else(reply: str) -> None:
    with within():
        _, edits = read_review(reply)
        merged = merge(DRAFT, edits)

    assert len(edits) == len(merged.judged)
    assert is_whole(merged.text)


@attacked
@given(replies)
@example("[" * 20_000 + '{"score": 1' + "]" * 20_000)
@example('{"score": 1, ' * 3_000)
@example("/*" * 10_000 + '{"score": 1}')
def test_no_text_keeps_the_search_for_an_object_busy(reply: str) -> None:
    with within():
        found = read_object(reply, KEYS)

    assert found is None or isinstance(found.fields, dict)


lines = st.lists(
    st.builds("{}{}{}".format, st.sampled_from(["tone", "Length", "FORMAT ", "language", "x", ""]), st.just(":"), texts)
    | texts,
    max_size=8,
).map("\n".join)


@attacked
@given(lines)
@example("tone:\n" * 5_000)
@example("\n" * 20_000)
@example("tone: " + " " * 20_000)
@example(" " * 20_000 + "tone: a")
def test_last_lines_are_for_the_agents_or_stay_in_the_question(said: str) -> None:
    with within():
        prompt, context = split_context(said)

    assert set(context) <= {"tone", "length", "format", "audience", "language"}
    assert all(value.strip() for value in context.values())
    assert len(prompt) <= len(said)
