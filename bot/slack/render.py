"""**Pure.** TurnView → messages: the one that lives, and what it cannot hold.

    waiting, running   section, context with a line for each stage, section with the end of the draft as a quote
    done               the answer as Markdown, what is to be said of it, sources, footer
    no answer          section that says why, context with the stages

At the end, what can be done with the turn: buttons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.blocks import (
    FALLBACK,
    MESSAGE,
    SECTION,
    Block,
    Context,
    Markdown,
    Section,
    SlackMessage,
    size,
)
from bot.slack.buttons import buttons
from bot.slack.mrkdwn import defused, escaped, link
from core.shown import HEADS, bare_words, pieces, whole
from core.stages import TITLES
from core.text import on_page, wording
from core.text.printable import printable
from core.turn import Outcome, Source, TurnStatus
from core.view import StageLine, TurnView

_HEAD = 1_500
"""Characters of what stands above an answer: a reviewer's reason may be long, the answer is what was asked for."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a view looks like: the message that lives, replies that go on with it, and the whole as a file, if long."""

    first: SlackMessage
    parts: tuple[SlackMessage, ...] = ()
    file: str = ""


def render(view: TurnView) -> Rendered:
    """The messages of a view, within Slack's limits whatever is in it; nobody is pinged by them."""
    if view.outcome is None:
        return Rendered(_running(view))
    if not printable(view.outcome.answer).strip():
        return Rendered(_without_answer(view.outcome, view))
    return _answered(view.outcome, view)


def _running(view: TurnView) -> SlackMessage:
    if view.status is TurnStatus.QUEUED:
        head = escaped(f"◌ {wording.queued(view.position)}", SECTION)
        return SlackMessage(head, (Section(head), *buttons(view)))
    head = escaped(wording.working(view), SECTION // 2)
    shown = (Section(f"● *{head}*"), *_stages(view), *_preview(view.current), *buttons(view))
    return SlackMessage(f"● {head}", shown)


def _stages(view: TurnView) -> tuple[Block, ...]:
    """One line for each, from the first view to the last."""
    share = SECTION // max(1, len(view.lines)) - 1
    lines = [_stage(line, share) for line in view.lines]
    return (Context("\n".join(lines)),) if lines else ()


def _stage(line: StageLine, limit: int) -> str:
    said = wording.stage_line(line)
    return escaped(f"{wording.MARKS[line.status]} {line.title}" + (f"   {said}" if said else ""), limit)


def _preview(line: StageLine | None) -> tuple[Block, ...]:
    lines = [bare_words(text) for text in wording.preview(line.text)] if line else []
    quoted = "\n".join(f"> {escaped(text, SECTION // (2 * wording.PREVIEW_LINES))}" for text in lines if text)
    return (Section(quoted),) if quoted else ()


def _without_answer(outcome: Outcome, view: TurnView) -> SlackMessage:
    said = wording.headline(outcome, TITLES) or wording.reviewed(outcome)
    head = escaped(f"{HEADS.get(outcome.status, '')} {said}".strip(), FALLBACK)
    return SlackMessage(head, (Section(head), *_stages(view), *_unread(outcome), *buttons(view)))


def _answered(outcome: Outcome, view: TurnView) -> Rendered:
    head, note = _head(outcome), _note(outcome)
    last = (_footer(outcome, view), *_unread(outcome), *buttons(view))
    room = MESSAGE - size((*head, *note, *last)) - len(wording.continued(10**6))
    bodies = _with_sources(pieces(outcome, room, defused), _sources(outcome.sources), room)
    parts = tuple(SlackMessage(_fallback(body), body) for body in bodies[1:])
    more = (Context(wording.continued(len(parts))),) if parts else ()
    first = (*head, *bodies[0][:1], *note, *bodies[0][1:], *more, *last)
    return Rendered(SlackMessage(_fallback((*head, *bodies[0])), first), parts, whole(outcome) if parts else "")


def _head(outcome: Outcome) -> tuple[Block, ...]:
    if outcome.status not in HEADS:
        return ()
    return (Section(escaped(f"{HEADS[outcome.status]} {wording.headline(outcome, TITLES)}", _HEAD)),)


def _note(outcome: Outcome) -> tuple[Block, ...]:
    said = "" if outcome.status in HEADS else wording.headline(outcome, TITLES)
    return (Section(escaped(said, _HEAD)),) if said else ()


def _footer(outcome: Outcome, view: TurnView) -> Context:
    """What was reviewed, and where the turn has a page of its own."""
    page = [link(on_page.ON_ITS_PAGE, view.page, SECTION)] if view.page else []
    return Context(" · ".join([escaped(wording.reviewed(outcome), SECTION // 2), *page]))


def _unread(outcome: Outcome) -> tuple[Block, ...]:
    return (Context(escaped(wording.not_read(outcome.unread), _HEAD)),) if outcome.unread else ()


def _with_sources(parts: Sequence[str], sources: Sequence[Block], room: int) -> list[tuple[Block, ...]]:
    """What each message holds; sources that do not fit behind the answer's end follow in one more."""
    bodies: list[tuple[Block, ...]] = [(Markdown(part),) for part in parts]
    for block in sources:
        if size((*bodies[-1], block)) <= room:
            bodies[-1] = (*bodies[-1], block)
        else:
            bodies.append((block,))
    return bodies


def _sources(sources: Sequence[Source]) -> list[Block]:
    """Sources  1 Title · 2 Title · …, each a link, in as many blocks as they need."""
    lines: list[str] = []
    for entry in map(_source, sources):
        longer = f"{lines[-1]} · {entry}" if lines else f"*{wording.SOURCES}*   {entry}"
        lines = [*lines[:-1], longer] if len(longer) <= SECTION else [*lines, entry]
    return [Context(line) for line in lines]


def _source(source: Source) -> str:
    return f"{source.n} {link(wording.source_label(source), source.url, SECTION // 2)}"


def _fallback(blocks: Sequence[Block]) -> str:
    """The beginning, in plain words; what stands above the answer first."""
    said = ""
    for block in blocks:
        if isinstance(block, Markdown):
            return f"{said}\n{escaped(bare_words(block.text[: 2 * FALLBACK]), FALLBACK - len(said) - 1)}".strip() or "…"
        said = block.text
    return said
