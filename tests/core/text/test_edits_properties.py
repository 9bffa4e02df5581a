from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from core.review import Edit, EditStatus
from core.text.edits import merge

drafts = st.lists(
    st.sampled_from(
        [
            *(
                "one two three",
                "One two thee",
                "`code one`",
                "\n\n```\none\n```\n\n",
                "“quoted”",
                "…",
                "—",
                " ",
                "\n",
            ),
            *(
                "\r\n",
                "\0",
                "\ud800",
                "four five six seven eight",
                "four five sx seven eight",
                "*",
                "> ",
                "1",
                "x",
                "\xa0",
            ),
        ]
    )
).map("".join)
finds = drafts | st.sampled_from(["one two three", "two", "“quoted”", '"quoted"', "...", "one  two", " two ", "-"])


@st.composite
def merges(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A draft, and edits that find something of it, or not; each replacement is there only once."""
    draft = draw(drafts | st.text())
    places = st.tuples(st.integers(0, len(draft)), st.integers(0, 40)).map(lambda at: draft[at[0] : at[0] + at[1]])
    wanted = draw(st.lists(places | finds | st.text(max_size=20), max_size=6))
    return draft, [Edit(find, f"⟦{number}⟧") for number, find in enumerate(wanted)]


@given(merges())
def test_each_edit_is_judged_in_its_order(case: tuple[str, list[Edit]]) -> None:
    draft, edits = case
    merged = merge(draft, edits)

    assert edits == [judged.edit for judged in merged.judged]
    assert all((judged.status is EditStatus.APPLIED) == (not judged.why) for judged in merged.judged)


@given(merges())
def test_what_no_applied_edit_covers_stays_as_it_is(case: tuple[str, list[Edit]]) -> None:
    """Take the replacements for gaps: the rest is the draft, in its order, with something in each gap."""
    draft, edits = case
    merged = merge(draft, edits)
    applied = [judged.edit.replace for judged in merged.judged if judged.status is EditStatus.APPLIED]

    pattern = "".join(
        "(?:.+)" if piece in applied else re.escape(piece) for piece in re.split("(⟦[0-9]⟧)", merged.text)
    )

    assert all(merged.text.count(new) == 1 for new in applied)
    assert re.fullmatch(pattern, draft, re.DOTALL)


@given(merges())
def test_an_edit_alone_that_matches_once_is_applied_there(case: tuple[str, list[Edit]]) -> None:
    draft, edits = case
    for edit in edits:
        if edit.find and len(re.findall(f"(?={re.escape(edit.find)})", draft)) == 1:
            assert merge(draft, [edit]).text == draft.replace(edit.find, edit.replace)


@given(merges())
def test_an_exact_match_is_only_rejected_for_an_overlap(case: tuple[str, list[Edit]]) -> None:
    draft, edits = case
    for judged in merge(draft, edits).judged:
        if judged.edit.find and len(re.findall(f"(?={re.escape(judged.edit.find)})", draft)) == 1:
            assert re.fullmatch(r"|overlaps edit \d", judged.why)


@given(merges())
def test_where_all_are_rejected_the_draft_stays(case: tuple[str, list[Edit]]) -> None:
    draft, edits = case
    merged = merge(draft, edits)
    rejected = [judged.edit for judged in merged.judged if judged.why]

    assert merged.text == draft or len(rejected) < len(edits)


@given(st.text(), st.lists(st.builds(Edit, st.text(), st.text(), st.text())))
def test_any_draft_and_any_edits_can_be_merged(draft: str, edits: list[Edit]) -> None:
    assert merge(draft, edits) == merge(draft, edits)


@given(st.text(st.characters(codec=None, categories=["Cs", "Cc", "L", "P"])), st.text(st.characters(codec=None)))
def test_lone_surrogates_and_control_characters_do_no_harm(draft: str, find: str) -> None:
    assert len(merge(draft, [Edit(find, "new"), Edit(draft, find)]).judged) == 2
