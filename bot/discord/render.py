"""**Pure.** TurnView → messages: the one that lives, and what it cannot hold.

    waiting, running   in a frame: what it is at, a line for each stage, the end of the draft as a quote
    done               the answer as Markdown, what is to be said of it, sources, footer
    no answer          in a frame: why, and the stages

At the end, what can be done with the turn: buttons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.discord.buttons import rows
from bot.discord.components import MESSAGE, Attached, Box, Button, Component, DiscordMessage, Row, Text, size
from bot.discord.markdown import escaped, link, shown
from bot.discord.metadata import LIVING, Posted
from core.shown import HEADS, bare_words, file_name, pieces, whole
from core.stages import TITLES
from core.text import on_page, replies, wording
from core.text.printable import printable
from core.turn import Outcome, Source, TurnStatus
from core.view import StageLine, TurnView

AT_WORK, WARNING, FAILED, STOPPED = 0x5865F2, 0xFEE75C, 0xED4245, 0x99AAB5
"""Colours of the frame."""

_COLOURS = {
    TurnStatus.FAILED: FAILED,
    TurnStatus.STOPPED: STOPPED,
    TurnStatus.REJECTED: WARNING,
    TurnStatus.WITHHELD: WARNING,
}

_HEAD = 800
"""Characters of what stands above an answer: a reviewer's reason may be long, the answer is what was asked for."""

_LINE = 300
"""Characters of a line about a stage."""


class Hint(StrEnum):
    """What is to be said below a turn's message of the place where it stands."""

    NONE = ""
    MENTION = "mention"
    """We do not see what is said here to nobody by name."""
    NO_THREAD = "no_thread"
    """We may not open threads here."""


_HINTS = {Hint.MENTION: replies.MENTION_TO_GO_ON, Hint.NO_THREAD: replies.NO_THREADS_HERE}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a view looks like: the message that lives, replies that go on with it, and the whole as a file, if long."""

    first: DiscordMessage
    parts: tuple[DiscordMessage, ...] = ()
    file: DiscordMessage | None = None


def render(view: TurnView, hint: Hint = Hint.NONE) -> Rendered:
    """The messages of a view, within Discord's limits whatever is in it."""
    if view.outcome is None:
        return Rendered(_running(view, hint))
    if not printable(view.outcome.answer).strip():
        return Rendered(_without_answer(view.outcome, view, hint))
    return _answered(view.outcome, view, hint)


def _running(view: TurnView, hint: Hint) -> DiscordMessage:
    if view.status is TurnStatus.QUEUED:
        head = f"◌ {escaped(wording.queued(view.position), _HEAD)}"
        return _framed((Text(head), *_hint(hint), *rows(view)), AT_WORK)
    head = f"● **{escaped(wording.working(view), _HEAD)}**"
    return _framed((Text(head), *_stages(view), *_preview(view.current), *_hint(hint), *rows(view)), AT_WORK)


def _framed(inside: Sequence[Text | Row], colour: int) -> DiscordMessage:
    return DiscordMessage((Box(tuple(inside), colour),))


def _stages(view: TurnView) -> tuple[Text, ...]:
    """One line for each, from the first view to the last."""
    return (Text("\n".join(map(_stage, view.lines))),) if view.lines else ()


def _stage(line: StageLine) -> str:
    said = wording.stage_line(line)
    return escaped(f"{wording.MARKS[line.status]} {line.title}" + (f"   {said}" if said else ""), _LINE)


def _preview(line: StageLine | None) -> tuple[Text, ...]:
    lines = [bare_words(text) for text in wording.preview(line.text)] if line else []
    quoted = "\n".join(f"> {escaped(text, _LINE)}" for text in lines if text)
    return (Text(quoted),) if quoted else ()


def _hint(hint: Hint) -> tuple[Text, ...]:
    return (Text(_small(_HINTS[hint])),) if hint else ()


def _small(text: str) -> str:
    return "\n".join(f"-# {line}" for line in text.splitlines() if line.strip())


def _without_answer(outcome: Outcome, view: TurnView, hint: Hint) -> DiscordMessage:
    said = wording.headline(outcome, TITLES) or wording.reviewed(outcome)
    head = f"{HEADS.get(outcome.status, '')} {escaped(said, _HEAD)}".strip()
    inside: list[Text | Row] = [Text(head), *_stages(view), *_unread(outcome), *_hint(hint), *rows(view)]
    return _framed(inside, _COLOURS.get(outcome.status, STOPPED))


def _answered(outcome: Outcome, view: TurnView, hint: Hint) -> Rendered:
    head, note = _head(outcome), _note(outcome)
    last: tuple[Text | Row, ...] = (_footer(outcome, view), *_unread(outcome), *_hint(hint), *rows(view))
    room = MESSAGE - size((*head, *note, *last)) - len(wording.continued(10**6)) - 10
    bodies = _with_sources(pieces(outcome, room, shown), _sources(outcome.sources), room)
    more = (Text(_small(wording.continued(len(bodies) - 1))),) if len(bodies) > 1 else ()
    first = DiscordMessage((*head, *bodies[0][:1], *note, *bodies[0][1:], *more, *last))
    parts = tuple(_part(body, number, len(bodies), view) for number, body in enumerate(bodies[1:], LIVING + 1))
    name = file_name(view.turn_id, view.generation)
    return Rendered(first, parts, DiscordMessage((Attached(name, whole(outcome)),)) if parts else None)


def _footer(outcome: Outcome, view: TurnView) -> Text:
    """What was reviewed, and where the turn has a page of its own."""
    page = [link(on_page.ON_ITS_PAGE, view.page, _HEAD)] if view.page else []
    return Text(_small(" · ".join([escaped(wording.reviewed(outcome), _HEAD), *page])))


def _part(body: tuple[Text, ...], number: int, of: int, view: TurnView) -> DiscordMessage:
    """A further part: what stands under it says which, to people and after a crash to us."""
    marked = Posted(view.turn_id, view.generation, number).custom_id
    return DiscordMessage((*body, Row((Button(replies.part_of(number, of), marked, disabled=True),))))


def _head(outcome: Outcome) -> tuple[Text, ...]:
    if outcome.status not in HEADS:
        return ()
    return (Text(f"{HEADS[outcome.status]} {escaped(wording.headline(outcome, TITLES), _HEAD)}"),)


def _note(outcome: Outcome) -> tuple[Text, ...]:
    said = "" if outcome.status in HEADS else wording.headline(outcome, TITLES)
    return (Text(escaped(said, _HEAD)),) if said else ()


def _unread(outcome: Outcome) -> tuple[Text, ...]:
    return (Text(_small(escaped(wording.not_read(outcome.unread), _HEAD))),) if outcome.unread else ()


def _with_sources(parts: Sequence[str], sources: Sequence[Text], room: int) -> list[tuple[Text, ...]]:
    """What each message holds; sources that do not fit behind the answer's end follow in one more."""
    bodies: list[tuple[Text, ...]] = [(Text(part),) for part in parts]
    for one in sources:
        joined: tuple[Component, ...] = (*bodies[-1], one)
        if size(joined) <= room:
            bodies[-1] = (*bodies[-1], one)
        else:
            bodies.append((one,))
    return bodies


SOURCES = 1_500
"""Characters of one line of sources."""


def _sources(sources: Sequence[Source]) -> list[Text]:
    """Sources  1 Title · 2 Title · …, each a link, in as many lines as they need."""
    lines: list[str] = []
    for entry in map(_source, sources):
        longer = f"{lines[-1]} · {entry}" if lines else f"**{wording.SOURCES}**   {entry}"
        lines = [*lines[:-1], longer] if len(longer) <= SOURCES else [*lines, entry]
    return [Text(_small(line)) for line in lines]


def _source(source: Source) -> str:
    return f"{source.n} {link(wording.source_label(source), source.url, SOURCES // 2)}"


QUESTION = 3_000
"""Characters of a command's question as the channel shows it, after they are escaped."""

THREAD_NAME = 100


def question(prompt: str, context: Mapping[str, str], asker: str) -> DiscordMessage:
    """ "Ada asked: …", as it was typed, for a question by command."""
    said = [f"**{escaped(replies.asked(asker), _HEAD)}** {escaped(prompt, QUESTION)}"]
    how = " · ".join(f"{key}: {value}" for key, value in context.items())
    return DiscordMessage((Text("\n".join([*said, *([_small(escaped(how, _HEAD))] if how else [])])),))


def thread_name(prompt: str) -> str:
    """The beginning of the question, on one line."""
    words = " ".join(printable(bare_words(prompt)).split())
    if len(words) > THREAD_NAME:
        words = f"{words[: THREAD_NAME - 1].rsplit(' ', 1)[0][: THREAD_NAME - 1]}…"
    return words or wording.QUESTION
