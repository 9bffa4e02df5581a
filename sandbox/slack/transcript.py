"""**Pure.** What a person sees in a channel of the Slack stand-in, in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sandbox.slack.record import Json
from sandbox.slack.state import Channel, Ephemeral, Message, World

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
LINK = re.compile(r"<(https?://[^|>]+|mailto:[^|>]+)\|([^>]*)>")
MARKS = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
EMOJI = {"eyes": "👀", "white_check_mark": "✅", "warning": "⚠", "+1": "👍", "-1": "👎", "x": "❌"}
RULE = "─" * 40


def transcript(world: World, channel: Channel) -> str:
    """The channel, its threads indented under what they answer, oldest first."""
    title = f"#{channel.name}" if channel.name else f"DM with {_name(world, channel.user)}"
    parents = [one for one in channel.top() if not one.is_reply]
    lines = [line for parent in parents for line in _thread(world, channel, parent)]
    loose = [one for one in _hidden(world, channel) if not channel.find(one.thread_ts or "")]
    return "\n".join([title, "", *lines, *(line for one in loose for line in ephemeral(world, one))]).rstrip() + "\n"


def _thread(world: World, channel: Channel, parent: Message) -> Iterator[str]:
    yield from message(world, parent)
    hidden = [one for one in _hidden(world, channel) if one.thread_ts == parent.ts]
    replies: list[Message | Ephemeral] = [*channel.replies(parent.ts), *hidden]
    for one in sorted(replies, key=lambda reply: reply.ts):
        shown = message(world, one) if isinstance(one, Message) else ephemeral(world, one)
        yield from (f"    {line}" if line else "" for line in shown)


def _hidden(world: World, channel: Channel) -> list[Ephemeral]:
    return [one for one in world.ephemerals if one.channel == channel.id and not one.deleted]


def message(world: World, shown: Message) -> Iterator[str]:
    """One message: who and when, what it says, its files, its reactions."""
    edited = "  (edited)" if shown.now.edited and not shown.bot_id else ""
    yield f"{_name(world, shown.user)}  {_clock(shown.ts)}{edited}"
    said = [] if shown.client_msg_id else shown.blocks
    yield from (f"  {line}" if line else "" for line in body(world, shown.text, said))
    files = [world.files[one] for one in shown.files]
    yield from (f"  📄 {file.title} ({file.size} bytes)" for file in files if not file.deleted)
    if shown.reactions:
        yield "  " + "  ".join(f"{EMOJI.get(name, f':{name}:')} {len(by)}" for name, by in shown.reactions.items())
    yield ""


def ephemeral(world: World, shown: Ephemeral) -> Iterator[str]:
    yield f"(only {_name(world, shown.user)} sees this)  {_clock(shown.ts)}"
    yield from (f"  {line}" if line else "" for line in body(world, shown.text, shown.blocks))
    yield ""


def body(world: World, text: str, blocks: list[Json]) -> list[str]:
    """What a message says, line by line: its blocks, or where there are none, its text."""
    said = [part for block in blocks for part in _block(block)] if blocks else [text]
    return [line for part in said for line in _plain(world, part).splitlines()]


def _block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "section":
            yield from (one["text"] for one in [block.get("text"), *block.get("fields", [])] if one)
            if accessory := block.get("accessory"):
                yield element(accessory)
        case "header" | "markdown":
            yield block["text"]["text"].upper() if block["type"] == "header" else block["text"]
        case "context" | "actions" | "context_actions":
            yield "  ".join(element(one) for one in block["elements"])
        case "divider":
            yield RULE
        case "plan" | "task_card":
            yield from _task(block)
        case _:
            yield from _words(block)


def _task(block: Json) -> Iterator[str]:
    mark = {"complete": "✓", "in_progress": "◐", "error": "✗"}.get(block.get("status", ""), "○")
    yield block["title"] if block["type"] == "plan" else f"{mark} {block['title']}"
    for task in block.get("tasks", []):
        yield from _task(task)


def element(one: Json) -> str:
    """An element as a reader sees it: `[Stop]`, `[Retry ▾]`, or its text."""
    match one["type"]:
        case "button" | "icon_button":
            return f"[{one['text']['text']}]"
        case "feedback_buttons":
            return f"[{one['positive_button']['text']['text']}] [{one['negative_button']['text']['text']}]"
        case "static_select" | "users_select":
            return f"[{one.get('placeholder', {}).get('text', 'Choose')} ▾]"
        case "overflow":
            return "[⋯]"
        case _:
            return " ".join(_words(one))


def _words(value: object) -> Iterator[str]:
    match value:
        case {"text": str(text)} | {"alt_text": str(text)}:
            yield text
        case dict():
            for inner in value.values():
                yield from _words(inner)
        case list():
            for inner in value:
                yield from _words(inner)


def _plain(world: World, text: str) -> str:
    named = MENTION.sub(lambda match: f"@{_name(world, match[1])}", text)
    linked = LINK.sub(lambda match: f"{match[2]} ({match[1]})", named)
    for mark, plain in MARKS.items():
        linked = linked.replace(mark, plain)
    return linked


def _name(world: World, user: str) -> str:
    return world.users[user].name if user in world.users else user


def _clock(ts: str) -> str:
    return datetime.fromtimestamp(float(ts), UTC).strftime("%H:%M:%S")
