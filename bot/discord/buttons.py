"""**Pure.** The buttons under a turn's message, as it stands."""

from __future__ import annotations

from bot.discord.components import Button, Menu, Row
from bot.discord.metadata import custom_id
from core.actions import Choice, choices
from core.permissions import Action
from core.stages import TITLES
from core.text import replies
from core.view import TurnView


def rows(view: TurnView) -> tuple[Row, ...]:
    """A row of buttons, and a menu below it; nothing where it is not known which turn that is."""
    if not view.turn_id:
        return ()
    offered = choices(view)
    buttons = tuple(_button(choice, view) for choice in offered if not _of_menu(choice))
    menus = [_menu(choice, view) for choice in offered if _of_menu(choice) and view.lines]
    return (*([Row(buttons)] if buttons else []), *(Row((menu,)) for menu in menus))


def _of_menu(choice: Choice) -> bool:
    return choice.action is Action.RETRY and not choice.stage


def _button(choice: Choice, view: TurnView) -> Button:
    return Button(
        label=replies.retry_from(TITLES[choice.stage]) if choice.stage else replies.LABELS[choice.action],
        custom_id=custom_id(choice, view.turn_id, view.generation),
        danger=choice.action is Action.STOP,
    )


def _menu(choice: Choice, view: TurnView) -> Menu:
    options = tuple((line.title, line.name) for line in view.lines)
    return Menu(replies.RETRY_FROM, custom_id(choice, view.turn_id, view.generation), options)
