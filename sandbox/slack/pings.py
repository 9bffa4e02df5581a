"""**Pure.** Whom a message would notify."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.slack.record import Json
from sandbox.slack.state import State

PING = re.compile(r"<(?:@[UW][A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^[A-Z0-9]+)(?:\|[^>]*)?>")


def pings_of(state: State) -> list[str]:
    """Every mention that Slack would act upon, in order: of people, groups, channel. Plain text has none."""
    written = [state.text, *(text for block in state.blocks for text in _marked(block))]
    return [match[0] for text in written for match in PING.finditer(text)]


def _marked(value: object) -> Iterator[str]:
    """The texts in which Slack looks for mentions; those of rich text as they would be written."""
    match value:
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            yield text
        case {"type": "user", "user_id": str(user)}:
            yield f"<@{user}>"
        case {"type": "usergroup", "usergroup_id": str(group)}:
            yield f"<!subteam^{group}>"
        case {"type": "broadcast", "range": str(where)}:
            yield f"<!{where}>"
        case dict():
            yield from _inside(value)
        case list():
            for inner in value:
                yield from _marked(inner)


def _inside(value: Json) -> Iterator[str]:
    for inner in value.values():
        yield from _marked(inner)
