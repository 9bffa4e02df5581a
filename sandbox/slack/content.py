"""**Pure.** What a call wants a message to say: text, blocks, attachments, metadata, within Slack's lengths."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blocks import checked, with_ids
from sandbox.slack.floor import Args
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal

MOST_TEXT_POSTED = 40_000
MOST_TEXT_UPDATED = 4_000
MOST_MARKDOWN_TEXT = 12_000
MOST_METADATA = 8_000
MOST_ATTACHMENTS = 100
MOST_EVENT_TYPE = 255


@dataclass(frozen=True, slots=True)
class Content:
    """None: not said. `metadata` {}: to be removed."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    @property
    def empty(self) -> bool:
        return not (self.text or self.blocks or self.attachments)


def content_of(args: Args, new_id: Callable[[], str]) -> Content:
    """Raises `Refusal`: no_text, invalid_blocks and its kin, invalid_metadata_format, metadata_too_large …"""
    metadata = _metadata(args.data("metadata", "invalid_metadata_format"))
    if args.has("markdown_text"):
        return _from_markdown(args, metadata, new_id)
    text = args.text("text") if args.has("text") else None
    blocks = args.data("blocks", "invalid_blocks_format")
    named = None if blocks is None else with_ids(checked(blocks), new_id)
    return Content(text, named, _attachments(args), metadata)


def posted_text(content: Content) -> str:
    """The text of a new message: beyond 40,000 characters Slack cuts it. Raises `no_text`."""
    if content.empty:
        raise Refusal("no_text")
    return (content.text or "")[:MOST_TEXT_POSTED]


def _from_markdown(args: Args, metadata: Json | None, new_id: Callable[[], str]) -> Content:
    if args.has("text") or args.has("blocks"):
        raise Refusal("markdown_text_conflict")
    text = args.text("markdown_text")
    if len(text) > MOST_MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    blocks = with_ids([{"type": "markdown", "text": text}], new_id) if text else []
    return Content(text, blocks, None, metadata)


def _attachments(args: Args) -> list[Json] | None:
    given = args.data("attachments", "invalid_attachments")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Refusal("invalid_attachments")
    if len(given) > MOST_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    return given


def _metadata(given: Any) -> Json | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Refusal("invalid_metadata_format")
    if given and not _well_formed(given):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(given)) > MOST_METADATA:
        raise Refusal("metadata_too_large")
    return given


def _well_formed(metadata: Json) -> bool:
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    named = isinstance(kind, str) and 0 < len(kind) <= MOST_EVENT_TYPE
    return named and isinstance(payload, dict) and set(metadata) == {"event_type", "event_payload"}
