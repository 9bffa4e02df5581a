"""**Pure.** The buttons under a turn's message, as it stands."""

from __future__ import annotations

from bot.slack.blocks import Actions, Block, Button, Menu
from bot.slack.pressing import action_id, value
from core.actions import Choice, choices
from core.permissions import Action
from core.stages import TITLES
from core.text import replies
from core.view import TurnView


def buttons(view: TurnView) -> tuple[Block, ...]:
    """A row of them; nothing where it is not known which turn that is."""
    elements = tuple(_button(choice, view) for choice in choices(view)) if view.turn_id else ()
    return (Actions(elements),) if elements else ()


def _button(choice: Choice, view: TurnView) -> Button | Menu:
    name = action_id(choice)
    if choice.action is Action.RETRY and not choice.stage:
        return Menu(replies.RETRY_FROM, name, tuple((line.title, _value(view, line.name)) for line in view.lines))
    return Button(
        text=replies.retry_from(TITLES[choice.stage]) if choice.stage else replies.LABELS[choice.action],
        action_id=name,
        value=_value(view, choice.stage),
        spoken=replies.SPOKEN.get(choice.action, ""),
        style="danger" if choice.action is Action.STOP else "",
    )


def _value(view: TurnView, stage: str) -> str:
    return value(view.turn_id, view.generation, stage)
