"""**Pure.** The blocks that a message is made of, as values: two messages that are equal look alike.

<https://docs.slack.dev/reference/block-kit/blocks/>
"""

from __future__ import annotations

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


Block = Section | Context | Markdown


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


def _mrkdwn(text: str) -> dict[str, Any]:
    """Verbatim: Slack makes no links and no mentions of its own out of plain words."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
