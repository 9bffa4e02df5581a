from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.diff import MOST, Change, Piece, diff, line_diff

KEPT, REMOVED, ADDED = Change.KEPT, Change.REMOVED, Change.ADDED


def drawn(pieces: tuple[Piece, ...]) -> str:
    marks = {KEPT: "{}", REMOVED: "[-{}-]", ADDED: "[+{}+]"}
    return "".join(marks[piece.change].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("find", "replace", "said"),
    [
        ("Bees vote twice a day.", "Bees vote once a day.", "Bees vote [-twice-][+once+] a day."),
        ("Bees vote.", "Bees vote.", "Bees vote."),
        ("Bees vote.", "", "[-Bees vote.-]"),
        ("", "Bees vote.", "[+Bees vote.+]"),
        ("", "", ""),
        ("They dance today.", "They dance well today.", "They dance [+well +]today."),
        ("the red house stands", "a blue house stands", "[-the red-][+a blue+] house stands"),
        ("蜂は九時に踊る。", "蜂は十時に踊る。", "蜂は[-九-][+十+]時に踊る。"),
    ],
)
def test_an_edit_is_shown_by_its_words(find: str, replace: str, said: str) -> None:
    assert said == drawn(diff(find, replace))


def test_a_sentence_that_is_written_anew_is_no_mosaic() -> None:
    find, replace = "Scouts of the hive dance for an hour.", "Most bees sleep in the cold for a while."

    assert [REMOVED, ADDED] == [piece.change for piece in diff(find, replace)]


def test_lines_are_compared_whole() -> None:
    pieces = line_diff("a\nb c\nd\n", "a\nb e\nd\n")

    assert (Piece(KEPT, "a\n"), Piece(REMOVED, "b c\n"), Piece(ADDED, "b e\n"), Piece(KEPT, "d\n")) == pieces


def test_a_long_text_is_compared_by_its_lines_and_one_of_many_lines_not_at_all() -> None:
    lines = "one two three\n" * MOST

    assert (Piece(KEPT, lines[14:]), Piece(REMOVED, "one two three\n")) == diff(lines, lines[14:])
    assert (Piece(REMOVED, lines + "end"), Piece(ADDED, lines)) == diff(lines + "end", lines)


TEXTS = st.text() | st.lists(st.sampled_from(["bees", "dance", " ", "\n", ", ", "踊", "~", "\r\n"])).map("".join)


@given(TEXTS, TEXTS)
def test_what_stays_and_goes_is_one_side_and_what_stays_and_comes_the_other(find: str, replace: str) -> None:
    for pieces in (diff(find, replace), line_diff(find, replace)):
        assert find == "".join(piece.text for piece in pieces if piece.change is not ADDED)
        assert replace == "".join(piece.text for piece in pieces if piece.change is not REMOVED)
        assert all(piece.text for piece in pieces)
        following = list(pairwise(pieces))
        assert all(one.change is not other.change for one, other in following)
        assert not any((ADDED, REMOVED) == (one.change, other.change) for one, other in following)
