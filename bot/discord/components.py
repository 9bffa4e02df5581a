"""**Pure.** What a message is made of, as values: two messages that are equal look alike.

<https://docs.discord.com/developers/components/reference>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

MESSAGE = 4_000
"""Characters of all texts of one message together."""

BUTTONS = 5
"""In a row."""

LABEL = 80
"""Characters on a button."""


@dataclass(frozen=True, slots=True)
class Text:
    """Discord's Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """`custom_id` comes back when it is pressed. `label` may be an emoji."""

    label: str
    custom_id: str
    danger: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A choice: of each option its text, and the value that comes back."""

    label: str
    custom_id: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Up to five buttons, or one menu."""

    elements: tuple[Button, ...] | tuple[Menu]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with the message. `text` in UTF-8."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Box:
    """Texts and rows in a frame with an edge of this colour (0xRRGGBB)."""

    inside: tuple[Text | Row, ...]
    colour: int


Component = Text | Row | Attached | Box


@dataclass(frozen=True, slots=True)
class DiscordMessage:
    """A message."""

    components: tuple[Component, ...]

    @property
    def attached(self) -> tuple[Attached, ...]:
        return tuple(one for one in self.components if isinstance(one, Attached))


def size(components: Iterable[Component]) -> int:
    """Characters of all texts together; those on buttons may be counted, too."""
    return sum(map(len, _texts(components)))


def _texts(components: Iterable[Component]) -> Iterator[str]:
    for component in components:
        match component:
            case Text(text):
                yield text
            case Row(elements):
                for element in elements:
                    yield element.label
                    yield from (text for text, _ in element.options) if isinstance(element, Menu) else ()
            case Box(inside):
                yield from _texts(inside)
            case Attached(name):
                yield name
            case never:
                assert_never(never)
