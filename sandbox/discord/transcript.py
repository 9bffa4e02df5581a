"""**Pure.** What a person sees in a channel of the Discord stand-in, in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sandbox.discord.record import Json
from sandbox.discord.state import DM, Channel, Message, State, World

_MENTION = re.compile(r"<@!?([0-9]+)>")
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)]*)\)")
_MARKS = re.compile(r"(?<!\\)\*\*|^-# |\u200b", re.MULTILINE)
RULE = "─" * 40


def transcript(world: World, channel: Channel) -> str:
    """The channel, its threads indented under what they were opened on, oldest first."""
    title = f"DM with {world.users[channel.recipient].name}" if channel.kind == DM else f"#{channel.name}"
    lines = [line for message in channel.standing() for line in _with_thread(world, message)]
    hidden = [line for one in world.ephemerals if one.channel == channel.id for line in ephemeral(world, one.state)]
    return "\n".join([title, "", *lines, *hidden]).rstrip() + "\n"


def _with_thread(world: World, message: Message) -> Iterator[str]:
    yield from _message(world, message)
    if thread := world.thread_of(message):
        yield f"    ⌐ {thread.name}"
        for reply in thread.standing():
            yield from (f"    {line}" if line else "" for line in _message(world, reply))


def _message(world: World, message: Message) -> Iterator[str]:
    name = f"{message.author.name} (app)" if message.author.bot else message.author.name
    marks = " ".join(sorted(message.reactions))
    yield f"{name}{f'   {marks}' if marks else ''}"
    yield from shown(world, message.now)
    yield ""


def ephemeral(world: World, state: State) -> Iterator[str]:
    yield "(only you can see this)"
    yield from shown(world, state)


def shown(world: World, state: State) -> list[str]:
    """The lines that a person reads."""
    lines = [*state.content.splitlines(), *_lines(state.components)]
    files = [f"📎 {world.files[id_].name}" for id_ in state.files]
    return [_plain(world, line) for line in lines] + files


def _plain(world: World, line: str) -> str:
    named = _MENTION.sub(lambda match: f"@{world.users[match[1]].name}" if match[1] in world.users else match[0], line)
    return _ESCAPED.sub(r"\1", _LINK.sub(r"\1", _MARKS.sub("", named)))


def _lines(components: Sequence[Json]) -> Iterator[str]:
    for one in components:
        match one.get("type"):
            case 10:
                yield from str(one["content"]).splitlines()
            case 1:
                yield "  ".join(f"[{_label(child)}]" for child in one["components"])
            case 17:
                yield from (f"│ {line}" for line in _lines(one["components"]))


def _label(one: Json) -> str:
    return str(one.get("label") or f"{one.get('placeholder')} ▾")
