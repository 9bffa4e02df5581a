"""**I/O edge.** A thread for a question that was asked where none was: the question is said, and answered below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import FALLBACK, MESSAGE, Section, SlackMessage
from bot.slack.fitting import sections
from bot.slack.metadata import QUESTION, Posted
from bot.slack.mrkdwn import escaped
from bot.slack.thread import said_at
from bot.slack.web import patiently
from core.errors import SurfaceInDoubt
from core.surroundings import Opened
from core.text import replies
from core.turn import TurnRequest

EARLIER = 120.0
"""Seconds before the acceptance, from which on the question is looked for: clocks differ."""


async def opened(
    client: AsyncWebClient, turn: TurnRequest, asker: str, *, again: bool, before: Callable[[], Awaitable[None]]
) -> Opened:
    """Say the question, once: `again` looks whether it has been said. Raises `SurfaceError`."""
    found = await _found(client, turn) if again else None
    ts = found or await _said(client, turn, asker, before)
    address = {**turn.address, "thread_ts": ts, "ts": ts}
    return Opened(address, f"slack:{turn.address['team']}:{turn.address['channel']}:{ts}")


async def _said(client: AsyncWebClient, turn: TurnRequest, asker: str, before: Callable[[], Awaitable[None]]) -> str:
    try:
        return await _post(client, turn, asker, before)
    except SurfaceInDoubt:
        return await _found(client, turn) or await _post(client, turn, asker, before)


async def _found(client: AsyncWebClient, turn: TurnRequest) -> str | None:
    said = await said_at(client, turn.address["channel"], after=f"{turn.accepted_at - EARLIER:.6f}")
    return next(
        (one.ts for one in said if one.ours and (one.ours.turn_id, one.ours.part) == (turn.turn_id, QUESTION)), None
    )


async def _post(client: AsyncWebClient, turn: TurnRequest, asker: str, before: Callable[[], Awaitable[None]]) -> str:
    posted = await patiently(
        client,
        "chat.postMessage",
        before=before,
        channel=turn.address["channel"],
        metadata=Posted(turn.turn_id, 1, QUESTION).as_json(),
        unfurl_links=False,
        unfurl_media=False,
        **question(turn, asker).as_json(),
    )
    return str(posted["ts"])


def question(turn: TurnRequest, asker: str) -> SlackMessage:
    """ "Ada asked: …", as it was typed, as far as a message takes it; nobody is pinged by it."""
    said = [replies.asked(asker), turn.prompt, "\n".join(f"{key}: {value}" for key, value in turn.context.items())]
    text = "\n".join(filter(None, said))
    return SlackMessage(escaped(text, FALLBACK), tuple(map(Section, sections(escaped(text, MESSAGE)))))
