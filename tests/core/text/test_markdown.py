from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.text.markdown import code_spans, count_words, split

pieces = st.lists(
    st.sampled_from(
        [
            *(
                "`",
                "``",
                "```",
                "~~~",
                "\n",
                "\r\n",
                "\r",
                "\n\n",
                "    ",
                "\t",
                " ",
                "> ",
                "- ",
                "1. ",
                "# ",
                "===\n",
            ),
            *(
                "word",
                "a",
                "é",
                "\\",
                "[",
                "](u)",
                "<b>",
                "\0",
                "\xa0",
                ". ",
                "\n```\n",
                "\n\n```py\ncode\n```\n\n",
            ),
        ]
    )
).map("".join)


def codes(text: str) -> list[str]:
    return [text[start:end] for start, end in code_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a `x` b ``y`z``", ["`x`", "``y`z``"]),
        ("a `` x` b", []),
        ("\\`x and \\\\`y`", ["`y`"]),
        ("`a\n  b` c", ["`a\n  b`"]),
        ("[`x`](u) and [a](<`u`>)", ["`x`"]),
        ('<a title="`">`</a>', []),
        ("# a `x` #\n\nb `y`\n===\n", ["`x`", "`y`"]),
        ("a\r\n\r\n```py\r\ncode\r\n```\r\nb `x`\r\n", ["```py\r\ncode\r\n```\r\n", "`x`"]),
        ("```\nnever closed\n\n`x`", ["```\nnever closed\n\n`x`"]),
        ("a\n\n    code\n\n    more\n\nb", ["    code\n\n    more\n"]),
        ("\tcode", ["\tcode"]),
        ("- a `x`\n\n      code\n\n  > ~~~\n  > more\n", ["`x`", "      code\n", "  > ~~~\n  > more\n"]),
        ("> `a\n> b`\nc `d`", ["`a\n> b`", "`d`"]),
        ("-\t`x`\n-\t\t`y`", ["`x`", "-\t\t`y`"]),
        ("| `x\\|y` | z |\n|---|---|\n| `a` | b |\n", ["`x\\|y`", "`a`"]),
        ("a a `a` a `a`", ["`a`", "`a`"]),
        ("\xa0\n`x`", ["`x`"]),
        ("\0`x\0`\ud800 [a](\ud800) `y`", ["`x\0`", "`y`"]),
        ("", []),
    ],
)
def test_code_is_found_to_the_character(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@given(pieces | st.text())
def test_code_spans_are_in_order_and_apart(text: str) -> None:
    bounds = [0, *(place for span in code_spans(text) for place in span), len(text)]

    assert bounds == sorted(bounds)
    assert all(start < end for start, end in code_spans(text))


@given(pieces)
def test_each_code_span_is_fenced_by_equal_runs_of_backticks_or_made_of_lines(text: str) -> None:
    for start, end in code_spans(text):
        whole_lines = text[:start].endswith(("\n", "\r")) or start == 0
        ticks = re.match("`*", text[start:end])

        assert ticks
        assert whole_lines or (ticks[0] and text[:end].endswith(ticks[0]))


@given(pieces)
def test_the_code_is_what_markdown_it_says(text: str) -> None:
    """Blocks by number; inline code by content, white space and quote marks aside."""
    tokens = MarkdownIt("commonmark").parse(text)
    blocks = [token for token in tokens if token.type in ("fence", "code_block")]
    inline = [child for token in tokens for child in token.children or [] if child.type == "code_inline"]

    expected = Counter(bare(child.markup + child.content + child.markup) for child in inline)

    assert len(code_spans(text)) == len(blocks) + len(inline)
    assert expected <= Counter(bare(code) for code in codes(text))


def bare(code: str) -> str:
    return re.sub(r"[\s>]", "", code).replace("\0", "\ufffd")


@given(pieces | st.text(), st.integers(1, 60))
def test_parts_join_to_the_very_text(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert text == "".join(parts)
    assert all(0 < len(part) <= limit for part in parts)


@given(pieces | st.text(), st.integers(1, 60))
def test_no_two_neighbours_would_fit_into_one_part(text: str, limit: int) -> None:
    assert all(len(one) + len(other) > limit for one, other in pairwise(split(text, limit)))


@given(pieces, st.integers(1, 60))
def test_no_cut_is_inside_code_that_fits_into_a_part(text: str, limit: int) -> None:
    """The line ends behind a code block do not count."""
    spans = [(start, start + len(text[start:end].rstrip("\r\n"))) for start, end in code_spans(text)]

    for cut in cuts(text, limit):
        assert not [(start, end) for start, end in spans if start < cut < end and end - start <= limit]


def cuts(text: str, limit: int) -> list[int]:
    places = [0]
    for part in split(text, limit):
        places.append(places[-1] + len(part))
    return places[1:-1]


@given(st.lists(st.text("ab ", min_size=3, max_size=12).map(lambda text: f"x{text.strip()}x"), min_size=1))
def test_paragraphs_that_fit_are_never_cut(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)

    inside = {place for match in re.finditer(r"x.*x", text) for place in range(match.start() + 1, match.end())}

    assert inside.isdisjoint(cuts(text, 16))


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 5, []),
        ("short", 5, ["short"]),
        ("aa bb\n\ncc dd\n\nee", 14, ["aa bb\n\ncc dd\n\n", "ee"]),
        ("aa bb\n\ncc dd\n\nee", 13, ["aa bb\n\ncc dd\n", "\nee"]),
        ("# Title\n\ntext\n\n# Next\n\nmore", 20, ["# Title\n\ntext\n\n", "# Next\n\nmore"]),
        ("text text\n\n# Next\n\nmore", 19, ["text text\n\n", "# Next\n\nmore"]),
        ("one line\nnext line\nlast", 20, ["one line\nnext line\n", "last"]),
        ("One is. Two is? Three", 16, ["One is. Two is? ", "Three"]),
        ("一つ目。二つ目。三つ目", 9, ["一つ目。二つ目。", "三つ目"]),
        ("some words here", 12, ["some words ", "here"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("a b\n\n```\nx y\n```\n\nc", 13, ["a b\n\n", "```\nx y\n```\n\n", "c"]),
        ("```\nx = 1\ny = 2\nz = 3\n```", 16, ["```\nx = 1\ny = 2\n", "z = 3\n```"]),
        ("- a\n- b\n- c", 8, ["- a\n- b\n", "- c"]),
        ("use `a b c` so", 10, ["use ", "`a b c` so"]),
        ("a\r\n\r\nb\r\n\r\nc", 9, ["a\r\n\r\nb\r\n", "\r\nc"]),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit) == parts


def test_a_code_block_of_just_the_limit_stays_whole() -> None:
    block = "```\nabc\n```"

    assert block in split(f"before\n\n{block}\n\nafter", len(block))


def test_a_part_holds_at_least_one_character() -> None:
    with pytest.raises(ValueError, match="at least one"):
        split("text", 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one", 1),
        ("# One two\n\n- three — **four**\n", 4),
        ("don't well-known 3.14", 3),
        ("| a | b |", 2),
    ],
)
def test_words_are_counted_as_a_reader_counts_them(text: str, words: int) -> None:
    assert count_words(text) == words
