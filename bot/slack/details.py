"""**Pure.** The details of a turn as a modal: what each agent wrote, what the reviewer found, what became of its edits.

<https://docs.slack.dev/surfaces/modals/>
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.slack.blocks import SECTION, Context, Section
from bot.slack.changes import edit_of, finding_of
from bot.slack.fitting import cut, joined, packed, sections
from bot.slack.mrkdwn import escaped
from core.outcome import elapsed
from core.stages import review
from core.stored import Exported
from core.text import telling
from core.text.printable import printable
from core.turn import AgentReply, TurnStatus

ALTOGETHER = 12_800
"""Characters of all texts. Slack takes 250 kB of a view; but longer than a message nobody reads in a window, either."""

MOST_BLOCKS = 100
ENTRY = 1_900
"""Characters of a finding, or of an edit."""

LEAST = 300
"""Characters that everything gets, however many there are."""

_HEADER = 150
_WHY = 1_500
_WITHOUT_ANSWER = (TurnStatus.FAILED, TurnStatus.WITHHELD, TurnStatus.STOPPED)

_Asked = tuple[str, AgentReply | None]


@dataclass(frozen=True, slots=True)
class Header:
    """A title, of at most 150 plain characters."""

    text: str

    def as_json(self) -> dict[str, Any]:
        return {"type": "header", "text": _plain(self.text)}


_Block = Header | Section | Context


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands under one title. `drawn` takes the characters that it may have."""

    head: tuple[_Block, ...]
    drawn: Callable[[int], Sequence[_Block]]


def details(turn: Exported, titles: Mapping[str, str]) -> dict[str, Any]:
    """The view for `views.open`, within Slack's limits whatever is in it. `titles` of the stages, by their names.

    Who is no admin gets what `core.export.concealed` has left.
    """
    blocks = [block.as_json() for block in _held(_blocks(turn, titles))]
    return {"type": "modal", "title": _plain(telling.TITLE), "close": _plain(telling.CLOSE), "blocks": blocks}


def _blocks(turn: Exported, titles: Mapping[str, str]) -> list[_Block]:
    head, foot = list(_head(turn)), list(_foot(turn))
    parts = [*_agents(turn, titles), *_notes(turn)]
    room = ALTOGETHER - _size([*head, *foot, *(block for part in parts for block in part.head)])
    share = max(LEAST, _share([_size(part.drawn(ALTOGETHER)) for part in parts], room))
    return [*head, *(block for part in parts for block in (*part.head, *part.drawn(share))), *foot]


def _share(needs: Sequence[int], room: int) -> int:
    """What each may take so that all find room: those that need little are whole."""
    for n, need in enumerate(sorted(needs)):
        share = room // (len(needs) - n)
        if need > share:
            return share
        room -= need
    return ALTOGETHER


def _held(blocks: Sequence[_Block]) -> list[_Block]:
    """As many as a view may have; the last says that there are more."""
    room, held = ALTOGETHER - len(telling.REST), list[_Block]()
    if len(blocks) <= MOST_BLOCKS and _size(blocks) <= ALTOGETHER:
        return list(blocks)
    for block in blocks[: MOST_BLOCKS - 1]:
        room -= len(block.text)
        if room < 0:
            break
        held.append(block)
    return [*held, Context(telling.REST)]


def _head(turn: Exported) -> Iterator[_Block]:
    """How the turn stands, and why there is no answer; who may read this."""
    yield Context(escaped(telling.state(turn.status, turn.generation), SECTION))
    if turn.withheld:
        yield Context(telling.left_out(turn.status) if turn.concealed else telling.FOR_ADMINS)
    if turn.status in telling.OPEN:
        yield Context(telling.SO_FAR)
    if turn.status in _WITHOUT_ANSWER and turn.payload:
        yield from map(Section, sections(cut(turn.payload["reply"]["content"], _WHY)))


def _foot(turn: Exported) -> Iterator[_Block]:
    said = [telling.spent(turn.payload["usage"])] if turn.payload else []
    ends = [reply.asked_at + reply.seconds for _, reply in turn.replies.values() if reply]
    if ends and turn.status not in telling.OPEN:
        said.append(telling.in_all(max(0.0, max(ends) - (turn.retried_at or turn.accepted_at))))
    if said:
        yield Context(escaped(" · ".join(said), SECTION))


def _agents(turn: Exported, titles: Mapping[str, str]) -> Iterator[_Part]:
    """Each stage with all of its parts. A review that could be read stands as what was read of it."""
    stages = dict.fromkeys(slot.partition(".")[0] for slot in turn.replies)
    for stage in stages:
        asked = {slot: one for slot, one in turn.replies.items() if slot.partition(".")[0] == stage}
        read = _review(turn) if stage == review.NAME else None
        text = read["summary"] if read else _output(turn, asked)
        yield _Part(_agent(titles.get(stage, stage), asked, read), partial(_text, text))
    if not stages:
        said = telling.NOT_ASKED_YET if turn.status in telling.OPEN else telling.NOT_ASKED
        yield _Part((), partial(_text, said))


def _review(turn: Exported) -> Mapping[str, Any] | None:
    """The one of the payload. Of a withheld draft it says next to nothing: who may see that one gets the whole."""
    return None if turn.withheld and not turn.concealed else turn.payload.get("review")


def _agent(title: str, asked: Mapping[str, _Asked], read: Mapping[str, Any] | None) -> tuple[_Block, ...]:
    replies = [reply for _, reply in asked.values() if reply]
    took = telling.took(elapsed(replies), sum(reply.queries for reply in replies)) if replies else ""
    small = (telling.verdict(read) if read else "", telling.answered(len(replies), len(asked)), took)
    said = " · ".join(filter(None, small))
    return (_header(title), Context(escaped(said, SECTION))) if said else (_header(title),)


def _output(turn: Exported, asked: Mapping[str, _Asked]) -> str:
    """What an agent has answered, its parts with their numbers."""
    missing = telling.NO_ANSWER_YET if turn.status in telling.OPEN else telling.NO_ANSWER
    texts = [printable(reply.text).strip() or telling.BLANK if reply else missing for _, reply in asked.values()]
    if len(texts) == 1:
        return texts[0]
    return "\n\n".join(f"{telling.part(n)}\n{text}" for n, text in enumerate(texts, 1))


def _text(text: str, room: int) -> Sequence[_Block]:
    return [Section(piece) for piece in sections(cut(printable(text).strip(), room))]


def _notes(turn: Exported) -> Iterator[_Part]:
    """What the reviewer found and changed."""
    read = _review(turn) or {}
    if found := read.get("findings"):
        yield _Part((_header(telling.FINDINGS),), partial(_listed, found, finding_of, telling.more_findings))
    if edits := read.get("edits"):
        yield _Part((_header(telling.EDITS),), partial(_listed, edits, edit_of, telling.more_edits))


def _listed(
    items: Sequence[Mapping[str, Any]],
    entry: Callable[[Mapping[str, Any], int], str],
    more: Callable[[int], str],
    room: int,
) -> Sequence[_Block]:
    """As many as find room, and how many there are beside them."""
    reserve = len(more(len(items)))
    limit = min(ENTRY, room - reserve)
    shown = packed((entry(item, limit) for item in items), room, reserve)
    left_out = len(items) - len(shown)
    return [*map(Section, joined(shown)), *([Context(more(left_out))] if left_out else [])]


def _size(blocks: Sequence[_Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _header(title: str) -> Header:
    return Header(printable(title)[:_HEADER] or "…")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
