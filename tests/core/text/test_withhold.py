from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.text.withhold import HIDDEN, RUN, conceal, without_draft

DRAFT = "The vault opens at nine with the code seven four two, said the guard."


def test_a_quotation_is_replaced_by_a_marker() -> None:
    said = without_draft('It says "opens at nine with the code seven", which is secret.', DRAFT)

    assert 'It says "[…]", which is secret.' == said


def test_a_quotation_is_found_whatever_its_case_and_punctuation() -> None:
    assert "[…]" == without_draft("OPENS at nine -- with the CODE", DRAFT)


def test_words_that_the_draft_happens_to_use_stay() -> None:
    said = "The guard opens the vault at nine."

    assert said == without_draft(said, DRAFT)


def test_a_concealed_review_keeps_its_judgement_and_nothing_of_the_draft() -> None:
    finding = Finding("error", "policy violation", "It gives away the code seven four two, said", DRAFT[4:30])
    review = Review(
        5, Verdict.REJECT, f"It reads: {DRAFT}", (finding,), (JudgedEdit(Edit(DRAFT, ""), EditStatus.APPLIED),)
    )

    concealed = conceal(review, DRAFT)

    assert (5, Verdict.REJECT, "It reads: […].", ()) == (
        concealed.score,
        concealed.verdict,
        concealed.summary,
        concealed.edits,
    )
    assert "seven four" not in repr(concealed)


def folded(text: str) -> str:
    """As a reader compares: case, white space, punctuation do not count."""
    return "".join(sign for sign in text.casefold() if unicodedata.category(sign)[0] in "LMN")


SIGNS = st.text(st.sampled_from("abßéﬁ漢字ไทย🙂1 .…-|\u200d\u0301\n[]"), max_size=60)


@given(st.one_of(SIGNS, st.text()), st.one_of(SIGNS, st.text()), st.lists(st.integers(0, 60), max_size=6))
def test_no_run_of_the_draft_is_left_in_what_is_said(draft: str, said: str, cuts: list[int]) -> None:
    """Also not on both sides of a marker."""
    for at in cuts:
        said = said[:at] + draft[at // 2 : at] + said[at:]
    left, secret = folded(without_draft(said, draft)), folded(draft)

    assert not any(left[at : at + RUN] in secret for at in range(len(left) - RUN + 1))


@given(st.text(min_size=1, max_size=8), SIGNS, SIGNS)
def test_a_draft_that_is_shorter_than_a_run_is_hidden_whole(draft: str, before: str, after: str) -> None:
    """A sign that stands beside it, and is all that is left of it when it is folded, gives nothing away."""
    left = folded(without_draft(before + draft + after, draft))

    assert folded(draft) not in left or folded(draft) in folded(before) + folded(after)


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("金庫は九時に開きます。暗証番号は七四二です。", "草稿には「暗証番号は七四二です」とあります。"),
        ("ตู้เซฟเปิดเวลาเก้าโมงเช้าด้วยรหัสเจ็ดสี่สอง", "ร่างบอกว่า ด้วยรหัสเจ็ดสี่สอง จริง"),
        ("PIN 7421", "It gives away that the PIN is: pin 7421!"),
        ("PIN 7421\nPIN 7421", "It gives away pin 7421."),
        ("hunter2-hunter2-hunter2", "It says hunter2hunter2."),
        ("The **vault** opens at `nine`.", "It says the vault opens at nine."),
    ],
)
def test_a_secret_is_hidden_in_every_script_and_length(draft: str, said: str) -> None:
    concealed = without_draft(said, draft)

    assert HIDDEN in concealed
    assert not any(secret in concealed for secret in ("七四二", "เจ็ดสี่สอง", "7421", "hunter2hunter2", "opens at"))


def test_a_long_word_that_reviewers_use_anyway_stays() -> None:
    said = "One recommendation: check this inconsistency."

    assert said == without_draft(said, "Our recommendation names an inconsistency of the vault.")


def test_what_two_drafts_say_is_hidden_each() -> None:
    concealed = conceal(Review(5, Verdict.REJECT, "PIN 7421 or code 99?"), "PIN 7421", "code 99")

    assert "[…] or […]?" == concealed.summary
