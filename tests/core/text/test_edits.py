# ruff: noqa: RUF001 - signs that look alike are what this is about
from __future__ import annotations

import random

import pytest

from core.review import Edit, EditStatus
from core.text.edits import (
    CHANGES_NOTHING,
    CODE_IS_EXACT,
    NOT_THERE,
    NOTHING_TO_FIND,
    merge,
    overlaps,
    several_places,
)

DRAFT = "The quick brown fox jumps over the lazy dog. A second sentence follows, and it is longer than that."


def after(draft: str, find: str, replace: str) -> str:
    return merge(draft, [Edit(find, replace)]).text


def why(draft: str, find: str, replace: str = "new") -> str:
    merged = merge(draft, [Edit(find, replace)])

    assert (draft, EditStatus.REJECTED) == (merged.text, merged.judged[0].status)
    return merged.judged[0].why


def test_an_edit_that_matches_once_is_applied() -> None:
    merged = merge(DRAFT, [Edit("quick brown", "slow red", "colour")])

    assert merged.text == DRAFT.replace("quick brown", "slow red")
    assert merged.judged[0].edit == Edit("quick brown", "slow red", "colour")
    assert (merged.judged[0].status, merged.judged[0].why) == (EditStatus.APPLIED, "")


def test_edits_are_applied_together_whatever_their_order() -> None:
    merged = merge("one two three", [Edit("three", "3"), Edit("one", "two"), Edit("two", "one")])

    assert merged.text == "two one 3"


def test_neighbours_do_not_overlap() -> None:
    assert merge("onetwo", [Edit("one", "1"), Edit("two", "2")]).text == "12"


def test_a_deletion_is_an_edit() -> None:
    assert after("one two three", " two", "") == "one three"


def test_white_space_that_matches_once_is_an_edit() -> None:
    assert after("one\n\ntwo three", "\n\n", "\n") == "one\ntwo three"


def test_an_edit_that_matches_twice_is_rejected() -> None:
    assert why("a cat and a cat", "cat") == several_places(2) == "matches 2 places"


def test_overlapping_places_are_several() -> None:
    assert why("aaa", "aa") == several_places(2)


def test_an_edit_that_matches_nowhere_is_rejected() -> None:
    assert why(DRAFT, "nothing of the kind") == NOT_THERE == "not in the draft"


@pytest.mark.parametrize("find", ["", "\n \t", "\xa0\xa0"])
def test_an_edit_without_anything_to_find_is_rejected(find: str) -> None:
    assert why("draft", find) == NOTHING_TO_FIND == "nothing to find"


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("fox", "fox"),
        ("absent", "absent"),
        (" quick  brown ", "quick brown"),
        ("The quikc brown fox jumps over", "The quick brown fox jumps over"),
    ],
)
def test_an_edit_that_changes_nothing_is_rejected(find: str, replace: str) -> None:
    assert why(DRAFT, find, replace) == CHANGES_NOTHING == "changes nothing"


def test_of_overlapping_edits_the_earlier_in_the_list_wins() -> None:
    merged = merge("one two three", [Edit("nil", "0"), Edit("two three", "2 3"), Edit("one two", "1 2")])

    assert merged.text == "one 2 3"
    assert [judged.why for judged in merged.judged] == [NOT_THERE, "", overlaps(2)]
    assert overlaps(2) == "overlaps edit 2"


def test_the_same_edit_twice_is_applied_once() -> None:
    merged = merge("one two", [Edit("two", "2")] * 2)

    assert (merged.text, merged.judged[1].why) == ("one 2", overlaps(1))


@pytest.mark.parametrize(
    ("draft", "find", "expected"),
    [
        ("a big\n  cat sat", "big cat", "a X sat"),
        ("a big cat sat", "big\r\ncat", "a X sat"),
        ("a big\xa0cat sat", "big cat", "a X sat"),
        ("he said “yes, ‘now’” to it", "\"yes, 'now'\"", "he said X to it"),
        ("he said «oui» to it", '"oui"', "he said X to it"),
        ('he said "yes" to it', "„yes“", "he said X to it"),
        ("don’t do it", "don't", "X do it"),
        ("from 1–2 or 3—4 on", "1-2 or 3-4", "from X on"),
        ("a non‑breaking − sign", "non-breaking - sign", "a X"),
        ("and so on… it goes", "so on... it", "and X goes"),
        ("and so on... it goes", "so on… it", "and X goes"),
        ("one two three", "  two\n", "one X three"),
    ],
)
def test_signs_that_look_alike_are_the_same(draft: str, find: str, expected: str) -> None:
    assert after(draft, find, "X") == expected


def test_an_exact_match_wins_over_those_that_look_alike() -> None:
    assert after('“a” and "a"', '"a"', "b") == "“a” and b"


def test_several_that_look_alike_are_rejected() -> None:
    assert why("“a” and «a»", '"a"') == several_places(2)


def test_the_half_of_an_ellipsis_is_not_found() -> None:
    assert why("so on…", "on..") == NOT_THERE


def test_a_stripped_match_replaces_the_stripped_place_by_the_stripped_replacement() -> None:
    assert after("one two three", "\ntwo\n", "\n2\n") == "one 2 three"


def test_only_what_is_stripped_to_match_has_its_replacement_stripped() -> None:
    assert after("one two  three", "two three", "2\n\n") == "one 2\n\n"


@pytest.mark.parametrize(
    ("find", "place"),
    [
        ("quick brwn fox jumps over the lazy dog", "quick brown fox jumps over the lazy dog"),
        ("second sentence folows, and it", "second sentence follows, and it"),
        ("The quick, brown fox jumps over", "The quick brown fox jumps over"),
        ("and it is longer then that.", "and it is longer than that."),
        ("Quick brown fox jumps over the lazy", "quick brown fox jumps over the lazy"),
    ],
)
def test_a_passage_with_a_slip_is_found_by_likeness(find: str, place: str) -> None:
    assert after(DRAFT, find, "⟦new⟧") == DRAFT.replace(place, "⟦new⟧")


def test_a_passage_that_is_too_unlike_is_not_found() -> None:
    assert why(DRAFT, "The swift brown fox leaps over a lazy dog") == NOT_THERE


def test_a_passage_that_is_like_two_places_is_rejected() -> None:
    draft = "The report of May shows growth in sales. The report of Mai shows growth in sales."

    assert why(draft, "The report of Mae shows growth in sales.") == several_places(2)


def test_a_passage_that_is_much_more_like_one_place_is_applied() -> None:
    draft = "The report of May shows growth in sales. The paper of June shows a decline in all."

    assert after(draft, "The report of May shows grwth in sales", "⟦new⟧") == draft.replace(
        "The report of May shows growth in sales", "⟦new⟧"
    )


def test_a_passage_that_is_too_long_is_not_looked_for_by_likeness() -> None:
    draft = " ".join(f"word{number}" for number in range(300))

    assert why(draft, draft.replace("word7 ", "wrd7 ")) == NOT_THERE


@pytest.mark.parametrize(
    "draft",
    [
        "Use `print(‘a’)` here.",
        "Use:\n\n```py\nprint(‘a’)\n```\n",
        "Use:\n\n    print(‘a’)\n",
        "- Use:\n\n  ```\n  print(‘a’)",
    ],
)
def test_code_changes_by_exact_match_only(draft: str) -> None:
    assert why(draft, "print('a')") == CODE_IS_EXACT == "code changes by exact match only"
    assert after(draft, "print(‘a’)", "print(1)") == draft.replace("print(‘a’)", "print(1)")


def test_a_likeness_that_touches_code_is_rejected() -> None:
    assert why("Please call `run_everything()` before you leave the house.", "call `run_evrything()` before you") == (
        CODE_IS_EXACT
    )


def test_merge_without_edits_is_identity() -> None:
    assert merge(DRAFT, []).text == DRAFT


def test_a_long_draft_with_many_slips_is_merged() -> None:
    """30,000 characters, 30 edits that only likeness finds; the timeout of the suite is the guard."""
    dice = random.Random(7)
    words = ["".join(dice.choices("abcdefghijklmnop", k=dice.randint(2, 9))) for _ in range(900)]
    sentences = [" ".join(dice.choices(words, k=15)) + "." for _ in range(300)]
    draft = "\n\n".join(sentences)[:30_000]
    edits = [Edit(slip(sentence), f"⟦{number}⟧") for number, sentence in enumerate(sentences[:300:10])]

    expected = draft
    for edit, sentence in zip(edits, sentences[::10], strict=True):
        expected = expected.replace(sentence, edit.replace)

    assert merge(draft, edits[:28]).text == expected.replace("⟦28⟧", sentences[280]).replace("⟦29⟧", sentences[290])


def slip(sentence: str) -> str:
    middle = len(sentence) // 2
    return f"{sentence[:middle]}#{sentence[middle + 1 :]}"


def test_a_huge_draft_is_merged() -> None:
    draft = "word " * 100_000 + "end"

    assert after(draft, "word end", "the end") == "word " * 99_999 + "the end"
    assert why(draft, "no such word in it at all") == NOT_THERE
