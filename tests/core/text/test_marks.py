from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.links import safe_links
from core.text.marks import link_citations

KNOWN = {1: "https://one.example", 7: "https://seven.example"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bees dance [1].", "Bees dance [[1](https://one.example)]."),
        ("Bees [1, 7]", "Bees [[1](https://one.example), [7](https://seven.example)]"),
        ("Bees [1][7]", "Bees [[1](https://one.example)][[7](https://seven.example)]"),
        ("Bees [2, 7]", "Bees [2, [7](https://seven.example)]"),
        ("> - Bees [1]\n> - *[7]*", "> - Bees [[1](https://one.example)]\n> - *[[7](https://seven.example)]*"),
        ("| a |\n|---|\n| b [1] |", "| a |\n|---|\n| b [[1](https://one.example)] |"),
    ],
)
def test_marks_of_sources_with_an_address_are_links(text: str, expected: str) -> None:
    assert expected == link_citations(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "Bees [2].",
        "`[1]`",
        "```\n[1]\n```",
        "[1](https://x.example)",
        "\\[1]",
        "[[1]]",
        "![1](https://x.example)",
        "[01]",
    ],
)
def test_all_else_is_left_as_it_is(text: str) -> None:
    assert text == link_citations(text, KNOWN)


def test_once_means_the_first_mark_of_each_source() -> None:
    text = link_citations("A [1]. B [1, 7]. C [7].", KNOWN, once=True)

    assert "A [[1](https://one.example)]. B [1, [7](https://seven.example)]. C [7]." == text


@given(st.lists(st.sampled_from(["[1]", "[7, 2]", "`", "\n", "[", "](", ")", "x", " ", "\\", "> "])).map("".join))
def test_without_the_addresses_the_text_is_what_it_was(text: str) -> None:
    safe = safe_links(text)
    linked = link_citations(safe, KNOWN)

    assert safe == re.sub(r"\[(\d)\]\(https://(?:one|seven)\.example\)", r"\1", linked)
