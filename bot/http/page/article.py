"""**Pure.** A turn as HTML: the question, how it stands, the four agents, the answer, what can be done with it.

Each of them keeps its place from the first view to the last; scripts fill in what happens while it is under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from bot.http.page.markdown import markdown_html, source_place
from bot.http.page.markup import Html, joined, tag
from bot.http.page.review import review_html
from bot.http.page.told import Told
from core.actions import Choice, choices
from core.permissions import Action
from core.shown import HEADS
from core.stages import TITLES
from core.text import on_page, replies, wording
from core.text.links import web_address
from core.turn import Opinion, Outcome, Source, TurnStatus
from core.view import StageLine

_ICONS = {Action.PRAISE: "up", Action.COMPLAIN: "down"}
_OPINIONS = {Action.PRAISE: Opinion.LIKED, Action.COMPLAIN: Opinion.DISLIKED}
_MARKS = {
    **HEADS,
    TurnStatus.QUEUED: "◌",
    TurnStatus.RUNNING: "●",
    TurnStatus.COMPLETE: "✓",
    TurnStatus.UNREVIEWED: "✓",
}


def article(told: Told, *, acting: bool = True) -> Html:
    """The whole turn. `acting`: with what can be done; else it is only looked at."""
    view = told.view
    return tag(
        "article",
        tag("h2", told.prompt, class_="question"),
        tag("p", _how(told.context), class_="how") if told.context else "",
        _state(told, acting=acting),
        tag("ol", *map(_step, view.lines), class_="steps", aria_label=on_page.STEPS),
        tag("div", _answer(view.outcome), class_="answer"),
        _below(told, view.outcome, acting=acting) if view.outcome else "",
        class_="turn",
        id=f"turn-{view.turn_id}",
        data_turn=view.turn_id,
        data_generation=str(view.generation),
        data_status=view.status,
    )


def _how(context: Mapping[str, str]) -> str:
    return " · ".join(f"{key}: {value}" for key, value in context.items())


def _state(told: Told, *, acting: bool) -> Html:
    view = told.view
    mark = tag("span", _MARKS[view.status], class_="mark", aria_hidden="true")
    stop = _button(Choice(Action.STOP), told) if acting and view.outcome is None else ""
    return tag("div", mark, tag("p", _said(told), class_="words"), stop, class_="state")


def _said(told: Told) -> str:
    """How the turn stands, or why there is no answer."""
    view = told.view
    match view.status:
        case TurnStatus.QUEUED:
            return on_page.WAITING_TO_BEGIN
        case TurnStatus.RUNNING:
            return on_page.STILL_AT_WORK
        case TurnStatus.COMPLETE | TurnStatus.UNREVIEWED:
            return on_page.ANSWERED
        case TurnStatus.REJECTED:
            return wording.headline(view.outcome, TITLES) if view.outcome else ""
        case TurnStatus.WITHHELD | TurnStatus.FAILED | TurnStatus.STOPPED:
            return told.why
        case _:
            assert_never(view.status)


def _step(line: StageLine) -> Html:
    return tag(
        "li",
        tag("span", wording.MARKS[line.status], class_="mark", aria_hidden="true"),
        tag("span", line.title, class_="title"),
        tag("span", wording.stage_line(line), class_="said"),
        class_="step",
        data_stage=line.name,
        data_status=line.status,
    )


def _answer(outcome: Outcome | None) -> Html:
    if outcome is None:
        return Html()
    return markdown_html(outcome.answer, outcome.turn_id, [source.n for source in outcome.sources])


def _below(told: Told, outcome: Outcome, *, acting: bool) -> Html:
    """What follows an answer, or stands in its place."""
    note = "" if outcome.status in HEADS else wording.headline(outcome, TITLES)
    return joined(
        tag("p", note, class_="note") if note else "",
        _sources(outcome) if outcome.answer else "",
        review_html(outcome) if outcome.answer or outcome.review else "",
        _actions(told, outcome) if acting else "",
    )


def _sources(outcome: Outcome) -> Html:
    if not outcome.sources:
        return Html()
    listed = [_source(source, outcome.turn_id) for source in outcome.sources]
    return tag("section", tag("h3", wording.SOURCES), tag("ol", *listed), class_="sources")


def _source(source: Source, turn_id: str) -> Html:
    label, address = wording.source_label(source), web_address(source.url or "")
    named = tag("a", label, href=address, target="_blank", rel="noopener noreferrer nofollow") if address else label
    number = tag("span", str(source.n), class_="number")
    return tag("li", number, " ", named, id=source_place(turn_id, source.n), tabindex="-1")


def _actions(told: Told, outcome: Outcome) -> Html:
    offered = choices(told.view)
    copy = (_plain_button("copy", on_page.COPY),) if outcome.answer else ()
    buttons = [_choice(choice, told) for choice in offered if choice.action is not Action.DETAILS]
    work = tag("details", tag("summary", on_page.WORK), tag("div", class_="inside"), class_="work")
    return joined(work, tag("div", *copy, *buttons, class_="actions"))


def _choice(choice: Choice, told: Told) -> Html:
    if choice.action is Action.RETRY and not choice.stage:
        stages = [_button(Choice(Action.RETRY, line.name), told) for line in told.view.lines]
        return tag("details", tag("summary", replies.RETRY_FROM), tag("div", *stages, class_="options"), class_="menu")
    return _button(choice, told)


def _button(choice: Choice, told: Told) -> Html:
    if choice.action in _ICONS:
        return _vote(choice.action, told.mine)
    label = replies.retry_from(TITLES[choice.stage]) if choice.stage else replies.LABELS[choice.action]
    return _plain_button(choice.action, label, choice.stage)


def _plain_button(action: str, label: str, stage: str = "") -> Html:
    return tag("button", label, type="button", data_action=action, **({"data_stage": stage} if stage else {}))


def _vote(action: Action, mine: Opinion) -> Html:
    return tag(
        "button",
        tag("span", class_=f"icon {_ICONS[action]}"),
        type="button",
        data_action=action,
        data_opinion=_OPINIONS[action],
        aria_label=replies.SPOKEN[action],
        aria_pressed="true" if mine is _OPINIONS[action] else "false",
    )
