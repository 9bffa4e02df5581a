"""**Pure.** What Slack accepts as blocks: shapes and lengths, refused as Slack refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sandbox.slack.kit import Block
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
MOST_MARKDOWN = 12_000
MOST_ALTOGETHER = 13_200
"""Characters of text in all blocks of a message; not documented, reported by users."""

BLOCKS: TypeAdapter[list[Any]] = TypeAdapter(list[Block])


def checked(blocks: object, *, most: int = MOST_IN_MESSAGE) -> list[Json]:
    """The blocks, if Slack would take them; else `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refusal("invalid_blocks_format")
    problems = [*_too_many(blocks, most), *problems_of(BLOCKS, blocks, "/blocks")] or _twice(blocks)
    if problems:
        raise Refusal("invalid_blocks", errors=problems, response_metadata=_messages(problems))
    markdown = [block["text"] for block in blocks if block["type"] == "markdown"]
    if sum(map(len, markdown)) > MOST_MARKDOWN or sum(map(len, texts(blocks))) > MOST_ALTOGETHER:
        raise Refusal("msg_blocks_too_long")
    return blocks


def problems_of(adapter: TypeAdapter[Any], value: object, root: str) -> list[str]:
    """What is wrong, in Slack's words: `… [json-pointer:/blocks/0/text/text]`."""
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return [_told(one["type"], one["msg"], one.get("ctx", {}), one["loc"], root) for one in error.errors()]
    return []


def texts(value: object) -> Iterator[str]:
    """Every text that a reader sees, in order."""
    match value:
        case {"text": str(text)}:
            yield text
        case {"type": "image", "alt_text": str(text)}:
            yield text
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)


def elements(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Each interactive element with its block."""
    for block in blocks:
        inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        yield from ((block, one) for one in inner if isinstance(one, dict) and one.get("type") in INTERACTIVE)


INTERACTIVE = frozenset(
    (
        *("button", "overflow", "checkboxes", "radio_buttons", "plain_text_input", "feedback_buttons", "icon_button"),
        *("static_select", "multi_static_select", "users_select", "conversations_select", "channels_select"),
        "datepicker",
    )
)


def with_ids(blocks: Sequence[Json], new_id: Callable[[], str]) -> list[Json]:
    """The blocks with the ids that Slack adds where none are given."""
    found = [{**block, "block_id": block.get("block_id") or new_id()} for block in blocks]
    return [_named(block, new_id) for block in found]


def _named(block: Json, new_id: Callable[[], str]) -> Json:
    if "elements" in block and block["type"] in ("actions", "context_actions"):
        return {**block, "elements": [_with_action_id(one, new_id) for one in block["elements"]]}
    if "accessory" in block:
        return {**block, "accessory": _with_action_id(block["accessory"], new_id)}
    return block


def _with_action_id(element: Json, new_id: Callable[[], str]) -> Json:
    if element.get("type") not in INTERACTIVE or element.get("action_id"):
        return element
    return {**element, "action_id": new_id()}


def _too_many(blocks: Sequence[Json], most: int) -> list[str]:
    return [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []


def _twice(blocks: Sequence[Json]) -> list[str]:
    """Ids that stand twice: of blocks in the message, of actions in a block. And more than one table."""
    block_ids = [block["block_id"] for block in blocks if block.get("block_id")]
    action_ids = [(id(block), one["action_id"]) for block, one in elements(blocks) if one.get("action_id")]
    tables = [block for block in blocks if block.get("type") == "table"]
    return [
        *([] if len(set(block_ids)) == len(block_ids) else ["`block_id` already exists [json-pointer:/blocks]"]),
        *([] if len(set(action_ids)) == len(action_ids) else ["`action_id` already exists [json-pointer:/blocks]"]),
        *(["only one table allowed [json-pointer:/blocks]"] if len(tables) > 1 else []),
    ]


def _messages(problems: Sequence[str]) -> Json:
    return {"messages": [f"[ERROR] {problem}" for problem in problems]}


def _told(kind: str, message: str, limits: Json, loc: tuple[int | str, ...], root: str) -> str:
    words = {
        "string_too_long": f"must be less than {limits.get('max_length', 0) + 1} characters",
        "string_too_short": f"must be more than {limits.get('min_length', 0) - 1} characters",
        "too_long": f"no more than {limits.get('max_length', 0)} items allowed",
        "too_short": f"no fewer than {limits.get('min_length', 0)} items allowed",
        "missing": f"missing required field: {loc[-1] if loc else ''}",
        "union_tag_invalid": f"unsupported type: {limits.get('tag', '')}",
        "union_tag_not_found": "missing required field: type",
        "extra_forbidden": f"invalid additional property: {loc[-1] if loc else ''}",
    }
    return f"{words.get(kind, message)} [json-pointer:{root}{_pointer(loc)}]"


def _pointer(loc: tuple[int | str, ...]) -> str:
    """Pydantic puts the tag of a union into its path, after the index or the name: it is left out."""
    return "".join(f"/{step}" for step in loc if not (isinstance(step, str) and step in TAGS))


TAGS = INTERACTIVE | {
    *("section", "header", "divider", "context", "actions", "markdown", "input", "rich_text", "context_actions"),
    *("file", "video", "table", "task_card", "plan", "image", "mrkdwn", "plain_text"),
}
