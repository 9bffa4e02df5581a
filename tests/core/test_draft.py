from __future__ import annotations

import pytest

from core.draft import Draft
from core.turn import Citation, Source
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


def test_a_failed_look_up_makes_no_second_source_of_a_known_one() -> None:
    draft = EMPTY.with_citations([Citation(5, "T", "https://a.b/c")])

    assert draft == draft.with_citations([Citation(5)])


def test_a_later_citation_completes_a_bare_one() -> None:
    draft = EMPTY.with_citations([Citation(5), Citation(None, None, "https://a.b/d")])

    draft = draft.with_citations(
        [Citation(5, "T", "https://a.b/c", needs_login=True), Citation(8, "D", "https://a.b/d"), Citation(5, "Other")]
    )

    assert draft.sources == (
        Source(1, 5, "T", "https://a.b/c", needs_login=True),
        Source(2, 8, "D", "https://a.b/d"),
    )


def test_an_equal_id_with_another_address_is_another_source() -> None:
    draft = EMPTY.with_citations([Citation(5, "T", "https://a.b/c"), Citation(5, "U", "https://x.y/z")])

    assert ["T", "U"] == [source.title for source in draft.sources]


def test_there_are_fifty_sources_at_most() -> None:
    draft = EMPTY.with_citations([Citation(n) for n in range(1, 61)]).with_citations([Citation(50, "Fifty")])

    assert (50, "Fifty") == (len(draft.sources), draft.sources[-1].title)


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", "\x1b", "\u2028", "\u202e", "\u2066", "\ud800", "\x85"])
def test_a_title_is_one_line_of_printable_characters(sign: str) -> None:
    (source,) = EMPTY.with_citations([Citation(1, f" A{sign}[9] evil ")]).sources

    assert "A [9] evil" == source.title


def test_a_title_of_nothing_is_none() -> None:
    assert "https://a/1" == EMPTY.with_citations([Citation(1, " \n", "https://a/1")]).sources[0].title
