"""**Pure.** The blocks that a message is made of, as values: two messages that are equal look alike.

<https://docs.slack.dev/reference/block-kit/blocks/>
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SECTION = 3_000
"""Characters of a text in a section or in a context."""

MESSAGE = 11_800
"""Characters of all blocks of one message together. Slack takes 12,000 of Markdown, and some 12,000 in all."""

FALLBACK = 3_000
"""Characters of a message's `text`: notifications and screen readers have it. `chat.update` fails above some 4,000."""

MOST_BLOCKS = 50


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph. `text` is mrkdwn, escaped."""

    text: str

    def as_json(self) -> dict[str, Any]:
        return {"type": "section", "text": _mrkdwn(self.text)}


@dataclass(frozen=True, slots=True)
class Context:
    """Small print. `text` is mrkdwn, escaped."""

    text: str

    def as_json(self) -> dict[str, Any]:
        return {"type": "context", "elements": [_mrkdwn(self.text)]}


@dataclass(frozen=True, slots=True)
class Markdown:
    """Markdown as agents write it. `text` has been defused."""

    text: str

    def as_json(self) -> dict[str, Any]:
        return {"type": "markdown", "text": self.text}


@dataclass(frozen=True, slots=True)
class Button:
    """`spoken`: what a screen reader says instead of the text. `value` comes back when it is pressed."""

    text: str
    action_id: str
    value: str
    spoken: str = ""
    style: str = ""

    def as_json(self) -> dict[str, Any]:
        label = {"accessibility_label": self.spoken} if self.spoken else {}
        style = {"style": self.style} if self.style else {}
        return {
            "type": "button",
            "text": _plain(self.text),
            "action_id": self.action_id,
            "value": self.value,
            **label,
            **style,
        }


@dataclass(frozen=True, slots=True)
class Menu:
    """A choice: of each option its text, and the value that comes back."""

    text: str
    action_id: str
    options: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        options = [{"text": _plain(text), "value": value} for text, value in self.options]
        kind = {"type": "static_select", "placeholder": _plain(self.text)}
        return {**kind, "action_id": self.action_id, "options": options}


@dataclass(frozen=True, slots=True)
class Actions:
    """A row of what can be pressed."""

    elements: tuple[Button | Menu, ...]

    @property
    def text(self) -> str:
        """What it takes of a message's room."""
        return json.dumps(self.as_json())

    def as_json(self) -> dict[str, Any]:
        return {"type": "actions", "elements": [element.as_json() for element in self.elements]}


Block = Section | Context | Markdown | Actions


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message: `text` where blocks are not shown, and the blocks."""

    text: str
    blocks: tuple[Block, ...]

    def as_json(self) -> dict[str, Any]:
        """`text` and `blocks` as chat.postMessage and chat.update take them. Blocks need their `text` beside them."""
        return {"text": self.text, "blocks": [block.as_json() for block in self.blocks]}


def size(blocks: tuple[Block, ...]) -> int:
    """Characters of all blocks together."""
    return sum(len(block.text) for block in blocks)


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def _mrkdwn(text: str) -> dict[str, Any]:
    """Verbatim: Slack makes no links and no mentions of its own out of plain words."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
