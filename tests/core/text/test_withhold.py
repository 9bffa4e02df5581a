from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.text.withhold import RUN, conceal, without_quotations
from core.turn import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict

DRAFT = "The vault opens at nine with the code seven four two, said the guard."


def test_a_quotation_is_replaced_by_a_marker() -> None:
    said = without_quotations('It says "opens at nine with the code seven", which is secret.', DRAFT)

    assert 'It says "[…]", which is secret.' == said


def test_a_quotation_is_found_whatever_its_case_and_punctuation() -> None:
    assert "[…]" == without_quotations("OPENS at nine -- with the CODE", DRAFT)


def test_words_that_the_draft_happens_to_use_stay() -> None:
    said = "The guard opens the vault at nine."

    assert said == without_quotations(said, DRAFT)


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


WORDS = st.lists(st.sampled_from(["bee", "hive", "honey", "wax", "queen"]), max_size=30)


@given(WORDS, WORDS)
def test_no_run_of_the_draft_is_left_in_what_is_said(said: list[str], draft: list[str]) -> None:
    left = without_quotations(" ".join(said), " ".join(draft)).split("[…]")

    for piece in (piece.split() for piece in left):
        for start in range(len(piece) - RUN + 1):
            assert " ".join(piece[start : start + RUN]) not in " ".join(draft)
