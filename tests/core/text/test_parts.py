from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.markdown import code_spans
from core.text.parts import LEAST, closed_parts, gathered

pieces = st.sampled_from(
    [
        *("word ", "é", "\n", "\n\n", "```", "```\n", "\n```py\n", "~~~\n", "`", "    ", "> ", "- ", "1. ", "# "),
        *("line of code\n" * 40, "word " * 120, "> ```\n> code\n", "`" * 30, "x" * 600, "```" + "i" * 60 + "\n", " "),
    ]
)
texts = st.lists(pieces | st.text(max_size=10), max_size=40).map("".join)


def test_a_short_text_is_one_part_as_it_is() -> None:
    assert ["# Bees\n\n```\nopen"] == closed_parts("# Bees\n\n```\nopen", LEAST)


def test_a_blank_text_has_no_parts() -> None:
    assert [] == closed_parts(" \n\n", LEAST)


def test_a_limit_that_leaves_no_room_for_fences_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 400"):
        closed_parts("text", LEAST - 1)


@pytest.mark.parametrize(
    ("before", "opening", "closing"),
    [("", "```py", "```"), ("", "~~~~", "~~~~"), ("", "````md", "````"), ("> ", "> ```", "> ```")],
)
def test_a_fence_that_is_cut_is_closed_and_opened_again(before: str, opening: str, closing: str) -> None:
    code = [f"{before}line {n:04}" for n in range(200)]
    parts = closed_parts("\n".join([opening, *code, closing]), 600)

    assert all(part.startswith(opening + "\n" + before) for part in parts)
    assert all(part.endswith("\n" + closing) for part in parts)
    assert code == [line for part in parts for line in part.splitlines() if "line" in line]
    assert not any("\n\n" in part for part in parts)


def test_a_fence_in_a_list_is_opened_again_without_its_item() -> None:
    parts = closed_parts("- ```py\n" + "  code = 1\n" * 60 + "  ```\n- more", 500)

    assert all(part.startswith("```py\n  code = 1") for part in parts[1:])
    assert all(part.endswith("\n```") for part in parts[:-1])


def test_a_cut_before_the_end_of_a_fence_leaves_no_empty_one() -> None:
    for length in range(300, 420):
        parts = closed_parts("```\n" + "x" * length + "\n```\n" + "word " * 100, 500)

        assert not any(re.search(r"```\s*```", part) for part in parts)


def test_cuts_between_fences_add_nothing() -> None:
    blocks = [f"```\n{'x' * 250}\n```" for _ in range(5)]

    assert blocks == [part.strip() for part in closed_parts("\n\n".join(blocks), 500)]


@given(texts, st.integers(LEAST, 1_500))
def test_parts_fit_and_none_is_blank(text: str, limit: int) -> None:
    parts = closed_parts(text, limit)

    assert all(len(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)


@given(texts, st.integers(LEAST, 1_500))
def test_all_of_the_text_is_in_the_parts(text: str, limit: int) -> None:
    letters = iter("".join(filter(str.isalnum, "\n".join(closed_parts(text, limit)))))

    assert all(letter in letters for letter in filter(str.isalnum, text))


@given(st.integers(1, 400), st.integers(LEAST, 1_500))
def test_code_stays_code_in_every_part(lines: int, limit: int) -> None:
    code = [f"code {n}" for n in range(lines)]
    parts = closed_parts("Look:\n\n```\n" + "\n".join(code) + "\n```\n\nDone.", limit)

    coded = [part[start:end] for part in parts for start, end in code_spans(part)]
    assert code == [line for span in coded for line in span.splitlines() if line.startswith("code")]


@given(st.lists(st.text(min_size=1, max_size=10).filter(lambda text: "|" not in text), min_size=1, max_size=20))
def test_entries_are_gathered_in_few_texts_and_none_is_lost(entries: list[str]) -> None:
    texts = gathered(entries, 25, "|")

    assert entries == "|".join(texts).split("|")
    assert all(len(text) <= 25 for text in texts)
    assert all(len(one) + len(after.split("|")[0]) + 1 > 25 for one, after in pairwise(texts))
