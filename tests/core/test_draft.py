from __future__ import annotations

from core.draft import Draft
from core.turn import Citation
from tests.fakes import a_turn

EMPTY = Draft(turn=a_turn(), limit=8_000)


def test_citations_are_numbered_in_the_order_in_which_they_came() -> None:
    draft = EMPTY.with_citations([Citation(7, "Seven", "https://a/7"), Citation(3, "Three", "https://a/3")])

    assert [(1, "Seven"), (2, "Three")] == [(source.n, source.title) for source in draft.sources]


def test_a_later_stage_numbers_on_and_repeats_nothing() -> None:
    draft = EMPTY.with_citations([Citation(7, "Seven", "https://a/7")])

    draft = draft.with_citations([Citation(99, "The same page", "https://a/7"), Citation(3, "Three", None)])

    assert [(1, 7), (2, 3)] == [(source.n, source.id) for source in draft.sources]


def test_a_citation_that_could_not_be_looked_up_stays_with_its_id() -> None:
    (source,) = EMPTY.with_citations([Citation(73558806)]).sources

    assert ("Source 73558806", None) == (source.title, source.url)


def test_a_source_that_needs_a_login_says_so() -> None:
    (source,) = EMPTY.with_citations([Citation(1, "Handbook", "https://x/preview/1", needs_login=True)]).sources

    assert source.needs_login


def test_what_a_stage_answered_is_empty_until_it_has() -> None:
    assert ("", "found") == (
        EMPTY.output("research"),
        EMPTY.with_output("research", "found").output("research"),
    )
