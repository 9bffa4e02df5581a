"""**I/O edge.** What stands in a Slack thread: our own messages by their metadata, and what people said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.metadata import Posted, posted
from bot.slack.web import PATIENCE, patiently

PAGE = 200
MOST_PAGES = 10
"""Of more than 2,000 messages the rest is not read."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a thread; `ours` says which of a turn's it is. `files` by name → id."""

    ts: str
    user: str
    text: str
    ours: Posted | None
    files: Mapping[str, str]
    bot: bool


async def said_in(
    client: AsyncWebClient,
    channel: str,
    thread_ts: str,
    *,
    after: str | None = None,
    before: str | None = None,
    patience: float = PATIENCE,
) -> list[Said]:
    """What stands in a thread after and before these messages, the oldest first. Raises `SurfaceError`."""
    asked: dict[str, Any] = {"channel": channel, "ts": thread_ts, "oldest": after, "latest": before}
    found = [_said(message) async for message in _messages(client, "conversations.replies", asked, patience)]
    once = {one.ts: one for one in found}.values()  # the thread's first message stands on every page
    return [one for one in once if (after or "") < one.ts and (before is None or one.ts < before)]


async def said_at(client: AsyncWebClient, channel: str, *, after: str, patience: float = PATIENCE) -> list[Said]:
    """What stands in a channel itself after this time, the newest first. Raises `SurfaceError`."""
    asked = {"channel": channel, "oldest": after}
    return [_said(message) async for message in _messages(client, "conversations.history", asked, patience)]


async def _messages(
    client: AsyncWebClient, method: str, asked: Mapping[str, Any], patience: float
) -> AsyncIterator[Mapping[str, Any]]:
    cursor = None
    for _ in range(MOST_PAGES):
        page = await patiently(
            client,
            method,
            patience=patience,
            limit=PAGE,
            cursor=cursor,
            include_all_metadata="true",
            **asked,
        )
        for message in page.get("messages", []):
            yield message
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _said(message: Mapping[str, Any]) -> Said:
    files = {str(file.get("name", "")): str(file.get("id", "")) for file in message.get("files") or []}
    return Said(
        ts=str(message.get("ts", "")),
        user=str(message.get("user", "")),
        text=str(message.get("text", "")),
        ours=posted(message),
        files=files,
        bot=bool(message.get("bot_id")),
    )
