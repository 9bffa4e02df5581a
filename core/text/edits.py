"""**Pure.** The merge: the reviewer's edits, put into the draft where it is certain which place they mean.

An edit is looked for to the letter, then normalised, then by likeness. It is applied where exactly one place
answers to it, or rejected with the reason. All are looked for in the draft as it was, and applied together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.review import Edit, EditStatus, JudgedEdit
from core.text.markdown import code_spans
from core.text.matching import Plain, alikes, equals, occurrences, plain
from core.text.spans import Span, overlap, replace_spans

NOT_THERE = "not in the draft"
NOTHING_TO_FIND = "nothing to find"
CHANGES_NOTHING = "changes nothing"
CODE_IS_EXACT = "code changes by exact match only"
NO_REPLACEMENT = "no replacement given"
CUT_OFF = "cut off"


def several_places(count: int) -> str:
    return f"matches {count} places"


def overlaps(number: int) -> str:
    """`number` counts the edits from 1, as they were given."""
    return f"overlaps edit {number}"


@dataclass(frozen=True, slots=True)
class Merged:
    """The draft with the applied edits in it, and what became of each edit, in their order."""

    text: str
    judged: tuple[JudgedEdit, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    plain: Plain
    code: Sequence[Span]


@dataclass(frozen=True, slots=True)
class _Change:
    span: Span
    text: str


def merge(draft: str, edits: Sequence[Edit | JudgedEdit]) -> Merged:
    """Apply what can be applied. Never raises; what no applied edit covers stays as it is, to the byte.

    An edit that was judged before, when it was read, keeps its place and its fate.
    """
    sheet = _Draft(draft, plain(draft), code_spans(draft))
    applied: dict[int, _Change] = {}
    judged: list[JudgedEdit] = []
    for number, edit in enumerate(edits, 1):
        if isinstance(edit, JudgedEdit):
            judged.append(edit)
            continue
        change = _free(_change(sheet, edit), applied)
        if isinstance(change, _Change):
            applied[number] = change
            judged.append(JudgedEdit(edit, EditStatus.APPLIED))
        else:
            judged.append(JudgedEdit(edit, EditStatus.REJECTED, change))
    text = replace_spans(draft, [(change.span, change.text) for change in applied.values()])
    return Merged(text, tuple(judged))


def _free(change: _Change | str, applied: dict[int, _Change]) -> _Change | str:
    """The change, unless an earlier one has taken its place. A reason not to change is handed on."""
    if isinstance(change, str):
        return change
    taken = (number for number, earlier in applied.items() if overlap(change.span, earlier.span))
    number = next(taken, None)
    return change if number is None else overlaps(number)


def _change(draft: _Draft, edit: Edit) -> _Change | str:
    """What the edit does to the draft, or why nothing."""
    if not edit.find:
        return NOTHING_TO_FIND
    if edit.find == edit.replace:
        return CHANGES_NOTHING
    match occurrences(draft.text, edit.find):
        case []:
            return _loose_change(draft, edit)
        case [place]:
            return _Change(place, edit.replace)
        case places:
            return several_places(len(places))


def _loose_change(draft: _Draft, edit: Edit) -> _Change | str:
    find = edit.find.strip()
    if not find:
        return NOTHING_TO_FIND
    new = edit.replace if find == edit.find else edit.replace.strip()
    passage = plain(find).text
    match equals(draft.plain, passage) or alikes(draft.plain, passage):
        case []:
            return NOT_THERE
        case [place]:
            return _allowed(draft, _Change(place, new))
        case places:
            return several_places(len(places))


def _allowed(draft: _Draft, change: _Change) -> _Change | str:
    start, end = change.span
    if any(overlap(change.span, code) for code in draft.code):
        return CODE_IS_EXACT
    return CHANGES_NOTHING if draft.text[start:end] == change.text else change
