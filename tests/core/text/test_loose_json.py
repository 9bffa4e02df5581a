# ruff: noqa: RUF001 - quotes that look alike are what this is about
from __future__ import annotations

import json
import re
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import loose_json

WANTED = ("score", "verdict", "summary")
FULL_TEXT = '{"score": 92, "verdict": "approve }", "summary": "It, is: a }] good, one."}'
FULL: dict[str, object] = {"score": 92, "verdict": "approve", "summary": "Good."}


def read_object(text: str, wanted: Collection[str]) -> dict[str, object] | None:
    """The fields of what is found, cut off or not."""
    found = loose_json.read_object(text, wanted)
    return found.fields if found else None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=5), st.sampled_from(WANTED), values, st.booleans())
def test_what_is_plain_json_comes_back_as_it_was(
    rest: dict[str, object], key: str, value: object, ascii_only: bool
) -> None:
    written = {**rest, key: value}

    assert written == read_object(json.dumps(written, ensure_ascii=ascii_only), WANTED)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    read_object(text, WANTED)


@given(st.lists(st.sampled_from([*"{}[]\":,'“”/*#\\ \nx1-.\0\ud800", '"score":', "```json\n", "```", "//", "null"])))
def test_what_looks_like_broken_json_can_be_read(pieces: list[str]) -> None:
    found = read_object("".join(pieces), WANTED)

    assert found is None or any(key.lower() == "score" for key in found)


@pytest.mark.parametrize(
    "text",
    [
        '{"score": 92, "verdict": "approve", "summary": "Good."}',
        'Here it is:\n\n```json\n{"score": 92, "verdict": "approve", "summary": "Good."}\n```\nAnd?',
        '~ {"score": 92, "verdict": "approve", "summary": "Good."} ~',
        '{"score": 92, "verdict": "approve", "summary": "Good.",}',
        "{'score': 92, 'verdict': 'approve', 'summary': 'Good.'}",
        "{“score”: 92, “verdict”: “approve”, “summary”: “Good.”}",
        '{"score": 92, // of 100\n"verdict": "approve", /* so */ "summary": "Good."}',
        '{"score": 92, "verdict": "approve", "summary": "Good.',
        '```json\n{"score": 92, "verdict": "approve", "summary": "Good."',
        '{score: 92, verdict: "approve", summary: "Good."}',
        '{"review": {"score": 92, "verdict": "approve", "summary": "Good."}}',
        '[{"score": 92, "verdict": "approve", "summary": "Good."}]',
        'As {you} asked: {"score": 92, "verdict": "approve", "summary": "Good."}',
        '\ufeff{"score": 92, "verdict": "approve", "summary": "Good."}',
    ],
)
def test_what_agents_do_to_json_is_forgiven(text: str) -> None:
    assert read_object(text, WANTED) == FULL


def test_a_string_of_valid_json_keeps_its_quotes_and_fences() -> None:
    summary = "He “said”, ‘no’, {maybe}, // and\n```py\nx\n```\n"
    text = f"Sure!\n{json.dumps({'score': 1, 'summary': summary}, ensure_ascii=False)}\nBye."

    assert read_object(text, WANTED) == {"score": 1, "summary": summary}


def test_a_line_break_may_stand_in_a_string() -> None:
    assert read_object('{"score": 1, "summary": "a\nb “c”"}', WANTED) == {"score": 1, "summary": "a\nb “c”"}


def test_a_string_of_broken_json_keeps_its_quotes() -> None:
    assert read_object('{"score": 1, "summary": "a “b” c",}', WANTED) == {"score": 1, "summary": "a “b” c"}


def test_of_several_objects_the_one_with_most_wanted_keys_is_taken() -> None:
    text = '{"score": 1} and {"score": 2, "verdict": "revise"} and {"summary": "x"}'

    assert read_object(text, WANTED) == {"score": 2, "verdict": "revise"}


def test_of_equals_the_first_is_taken() -> None:
    assert read_object('{"score": 1} or {"score": 2}', WANTED) == {"score": 1}


def test_a_broken_object_with_more_wanted_keys_is_better_than_a_valid_one() -> None:
    text = '{"score": 1}\n{"score": 2, "verdict": "revise", "summary": "cut of'

    assert read_object(text, WANTED) == {"score": 2, "verdict": "revise", "summary": "cut of"}


def test_the_case_of_a_key_does_not_matter_and_stays() -> None:
    assert read_object('{"Score": 1, "VERDICT": "revise"}', ["score", "Verdict"]) == {
        "Score": 1,
        "VERDICT": "revise",
    }


@pytest.mark.parametrize("text", ["", "no", "{}", "[]", '{"points": 1}', "score: 1", "{", "null", '"score"'])
def test_without_a_wanted_key_there_is_no_object(text: str) -> None:
    assert read_object(text, WANTED) is None


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 5_000, "{" * 3_000, '{"score": ' + "[" * 3_000],
    ids=["lists", "objects", "braces", "a list in an object"],
)
def test_what_is_too_deep_is_not_read(text: str) -> None:
    assert read_object(text, WANTED) is None


def test_a_number_that_is_too_long_is_read_as_text() -> None:
    """Python converts no more than 4,300 digits."""
    assert read_object('{"score": ' + "9" * 6_000 + "}", WANTED) == {"score": "9" * 6_000}


def test_a_fence_within_quotes_does_not_trip_the_repair() -> None:
    """json-repair has an assertion there."""
    assert read_object("{'```json\n[1```json\n", WANTED) is None


QUOTED = {
    "json": FULL_TEXT,
    "with a comma too many": FULL_TEXT[:-1] + ",}",
    "in single quotes": FULL_TEXT.replace('"', "'"),
    "in typographic quotes": re.sub('"([^"]*)"', "“\\1”", FULL_TEXT),
    "in a fence": f"```json\n{FULL_TEXT}",
    "after prose": f"As {{you}} asked: {FULL_TEXT}",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
def test_what_breaks_off_says_so_wherever_that_is(text: str) -> None:
    beginnings = [text[:end] for end in range(text.index("score") + 7, len(text))]
    found = [loose_json.read_object(beginning, WANTED) for beginning in beginnings]

    assert all(one is None or one.cut for one in found)
    assert any(found)


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
@pytest.mark.parametrize("after", ["", "\n```", " It's done: “so”."])
def test_what_is_whole_is_not_cut(text: str, after: str) -> None:
    found = loose_json.read_object(text + after, WANTED)

    assert found is not None
    assert not found.cut
