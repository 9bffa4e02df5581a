"""An answer in pieces that each fit a message, and whole."""

from __future__ import annotations

from core.review import Review, Verdict
from core.shown import bare_words, file_name, pieces, whole
from core.turn import Outcome, Source, TurnStatus

SOURCES = (Source(1, 1, "Honey", "https://honey.example"), Source(2, 2, "Wax", None))


def outcome(answer: str) -> Outcome:
    return Outcome("t", "c", TurnStatus.COMPLETE, answer, SOURCES, Review(92, Verdict.APPROVE, "Good."))


def as_it_is(text: str) -> str:
    return text


def test_marks_lead_to_their_sources() -> None:
    assert ["They dance [[1](https://honey.example)] [2]."] == pieces(outcome("They dance [1] [2]."), 1_000, as_it_is)


def test_a_long_answer_comes_in_pieces_that_fit() -> None:
    found = pieces(outcome("They dance. " * 500), 1_000, as_it_is)

    assert [] == [piece for piece in found if len(piece) > 1_000]
    assert ("They dance. " * 500).split() == "".join(found).split()


def test_what_a_platform_writes_otherwise_still_fits() -> None:
    def louder(text: str) -> str:
        return text.replace("dance ", "DANCE! ")

    found = pieces(outcome("They dance " * 500), 1_000, louder)

    assert 500 == "".join(found).count("DANCE!")
    assert [] == [piece for piece in found if len(piece) > 1_000]


def test_the_whole_has_its_sources_and_its_footer() -> None:
    text = whole(outcome("They dance [1]."))

    assert text.startswith("They dance [1].\n\n## Sources\n\n1. Honey https://honey.example\n2. Wax\n\nReviewed 92/100")


def test_words_without_their_marks() -> None:
    assert "Title and bold, snake_case" == bare_words("## Title and **bold**, snake_case")


def test_the_file_says_of_which_turn_and_generation_it_is() -> None:
    assert "answer-abc-g2.md" == file_name("abc", 2)
