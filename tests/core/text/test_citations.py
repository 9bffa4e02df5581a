from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.citations import keep_known_citations

marked = st.lists(
    st.sampled_from(
        [
            *(
                "[1]",
                "[7]",
                "[1, 7]",
                "[1,7]",
                "[1][7]",
                "[999]",
                "[1000]",
                "[x]",
                "[^1]",
                "\\",
                "[",
                "]",
                "(u)",
            ),
            *(
                ": u",
                " ",
                "\n",
                "\n\n",
                "`",
                "```\n",
                "word",
                "1",
                ",",
                "- ",
                "> ",
                "    ",
                "!",
                "<a>",
                "\t",
                "\r\n",
            ),
        ]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "kept", "unknown"),
    [
        ("word [7].", "word.", (7,)),
        ("word[7].", "word.", (7,)),
        ("[7] word", "word", (7,)),
        ("word [1, 7].", "word [1].", (7,)),
        ("word [7, 1, 8] on", "word [1] on", (7, 8)),
        ("word [7, 8] on", "word on", (7, 8)),
        ("word [1][7].", "word [1].", (7,)),
        ("word [7][1].", "word [1].", (7,)),
        ("word [7][8].", "word.", (7, 8)),
        ("word [7] [1].", "word [1].", (7,)),
        ("word [7]word", "word word", (7,)),
        ("[8] a [7] b [8]", "a b", (8, 7)),
        ("# Title [7]\n\n- item [7]\n> quote [7]\n", "# Title\n\n- item\n> quote\n", (7,)),
        ("| a [7] | b |\n|---|---|\n", "| a | b |\n|---|---|\n", (7,)),
        ("a [7]\r\nb\t[7]\r\n", "a\r\nb\r\n", (7,)),
        ("**bold [7]** and *so [7]*", "**bold** and *so*", (7,)),
        ("`[7]` but [7]", "`[7]` but", (7,)),
        ("\\\\[7]", "\\\\", (7,)),
    ],
)
def test_marks_of_unknown_numbers_are_taken_out(text: str, kept: str, unknown: tuple[int, ...]) -> None:
    assert keep_known_citations(text, {1}) == (kept, unknown)


def test_what_becomes_a_mark_by_that_is_looked_at_too() -> None:
    assert keep_known_citations("a [8,[7]9]", ()) == ("a", (7, 8, 9))


@pytest.mark.parametrize(
    "text",
    [
        "`a [7]` and ``b ` [7]``",
        "```\n[7]\n```\n\n    [7]\n",
        "> ~~~\n> [7]",
        "[7](https://example.org)",
        "[see [7]](https://example.org)",
        "[text][7]\n\n[7]: https://example.org",
        "[7]\n\n[7]: https://example.org",
        "[7]: https://example.org",
        "![7](picture.png)",
        "[^7] and [^7]: note",
        "[x] [0] [007] [1000] [7a] [7-8] [ 7 ] [] [1, x]",
        "\\[7\\] and \\[7]",
        "[[7]]",
        "<https://example.org/[7]>",
        '<a title="[7]">',
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert keep_known_citations(text, ()) == (text, ())


def test_known_marks_stay_as_they_were_written() -> None:
    text = "a [1], b [1 ,7], c [7][1]."

    assert keep_known_citations(text, {1, 7}) == (text, ())


@given(marked)
def test_taking_out_twice_is_taking_out_once(text: str) -> None:
    once, _ = keep_known_citations(text, {1})

    assert (once, ()) == keep_known_citations(once, {1})


@given(marked)
def test_a_text_without_unknown_marks_comes_back_identical(text: str) -> None:
    assert (text, ()) == keep_known_citations(text, range(1, 1000))


@given(marked)
def test_what_is_said_to_be_unknown_is_so_and_only_then_the_text_changes(text: str) -> None:
    kept, unknown = keep_known_citations(text, {1})

    assert 1 not in unknown
    assert len(set(unknown)) == len(unknown)
    assert (kept == text) == (not unknown)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    kept, _ = keep_known_citations(text, ())

    assert len(kept) <= len(text)
