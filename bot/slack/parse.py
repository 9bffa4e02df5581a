"""**Pure.** Slack event → what becomes of it: a question, perhaps a follow-up, a command, a deletion, or nothing.

One mention arrives twice, as `app_mention` and as `message`, in either order and with two event ids. Both give the
same turn: only what is the same in both goes into it. Nothing that Slack, or anybody, may send raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.slack.mrkdwn import to_markdown
from bot.slack.payload import Message, message_of, text_at
from core.attached import File
from core.text.caller_context import split_context
from core.text.spoken import CommandName, command_in, only_emoji
from core.turn import TurnRequest, turn_id_of

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are: the ids and the name of auth.test."""

    user_id: str
    bot_id: str = ""
    name: str = "orchestrator"


@dataclass(frozen=True, slots=True)
class Place:
    """Where, and by whom. `user_team` is empty where Slack does not say; a stranger's is not `team`."""

    team: str
    channel: str
    thread_ts: str
    ts: str
    user: str
    user_team: str = ""
    direct: bool = False

    @property
    def in_thread(self) -> bool:
        """Is it a reply in a thread that was there before?"""
        return self.thread_ts != self.ts

    @property
    def identity(self) -> str:
        return _identity(self.team, self.channel, self.ts)


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks us. The prompt is empty where there are only files."""

    request: TurnRequest
    place: Place
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody says something in a thread, to nobody by name: a question to us if the thread is one of ours, and
    `ORCHESTRATOR_FOLLOW_UPS` lets this person go on without a mention."""

    request: TurnRequest
    place: Place
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A word to the bot, not a question. An empty mention asks for help."""

    name: CommandName
    place: Place


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is gone; if it was a question, its turn shall stop. `user` wrote it; empty where Slack hides that."""

    identity: str
    user: str = ""

    @property
    def turn_id(self) -> str:
        return turn_id_of(self.identity)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not for us. `reason` is for the log."""

    reason: str


Parsed = Ask | FollowUp | Command | Deleted | Ignored


def parse(body: object, *, bot: Bot, now: float, names: Mapping[str, str] = NO_NAMES) -> Parsed:
    """What becomes of the body of an `event_callback`. `now` in unix seconds; `names` of users who are mentioned."""
    message = message_of(body)
    if isinstance(message, str):
        return Ignored(message)
    if message.deleted_ts:
        return _deleted(message, bot)
    reason = _not_asked(message, bot)
    return Ignored(reason) if reason else _said(message, bot, now, names)


def _identity(team: str, channel: str, ts: str) -> str:
    return f"slack:{team}:{channel}:{ts}"


def _deleted(message: Message, bot: Bot) -> Deleted | Ignored:
    if message.bot_id or message.user == bot.user_id:
        return Ignored("a bot's message was deleted")
    return Deleted(_identity(message.team, message.channel, message.deleted_ts), message.user)


_SPOKEN = ("", "file_share", "thread_broadcast")
"""Subtypes in which somebody says something; the others tell what happened in the channel."""

_SLACKBOT = "USLACKBOT"


def _not_asked(message: Message, bot: Bot) -> str:
    """Why nobody asks anything here; empty if somebody may."""
    if message.bot_id or message.subtype == "bot_message":
        return "a bot's message"
    if message.user in (bot.user_id, _SLACKBOT):
        return "our own message, or Slack's"
    if message.subtype not in _SPOKEN:
        return f"subtype {message.subtype}"
    if message.edited:
        return "an edit"
    return "" if message.user and message.ts else "no user, or no time"


_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_SOMEBODY = re.compile(r"<(?:@|!subteam\^|!here|!channel|!everyone)")
_SHORTCODE = re.compile(r":[^\s:]{1,100}:")


def _said(message: Message, bot: Bot, now: float, names: Mapping[str, str]) -> Parsed:
    place = _place(message)
    mentioned = message.mention or any(user == bot.user_id for user in _MENTION.findall(message.text))
    words = _without(bot.user_id, message.text)
    command = _command(words, message, mentioned=mentioned)
    if command and (mentioned or place.direct):
        return Command(command, place)
    if not mentioned:
        reason = _not_followed(words, message, place)
        if reason:
            return Ignored(reason)
    request = _request(place, to_markdown(words, names), now)
    kind = Ask if mentioned or place.direct else FollowUp
    return kind(request, place, _files(message))


def _command(words: str, message: Message, *, mentioned: bool) -> CommandName | None:
    """Of a mention with nothing to it the one for help; a name is no command when there is more behind it."""
    if mentioned and not message.files and (not words or _only_emoji(words)):
        return CommandName.HELP
    return command_in(words)


def _not_followed(words: str, message: Message, place: Place) -> str:
    """Why a message that does not mention us is not for us either; empty if it may be."""
    if not words and not (place.direct and message.files):
        return "no words"
    if words and _only_emoji(words):
        return "only emoji"
    if place.direct:
        return ""
    if not place.in_thread:
        return "no mention"
    if message.subtype == "thread_broadcast":
        return "a broadcast without a mention"
    return "it is said to somebody else" if _SOMEBODY.search(message.text) else ""


def _only_emoji(words: str) -> bool:
    return only_emoji(_SHORTCODE.sub("", words))


def _without(user_id: str, text: str) -> str:
    """Without our own mention: at the start with what sets it off, elsewhere with the blank or the comma before it."""
    ours = rf"<@{re.escape(user_id)}(?:\|[^<>]*)?>"
    text = re.sub(rf"\A\s*(?:{ours}[ \t]*(?:,|:(?![^\s:]+:))?\s*)+", "", text)
    text = re.sub(rf"(?<![ \t]),?[ \t]*{ours}(?=[ \t]*[,.;!?])", "", text)
    return re.sub(rf"(?<![ \t])[ \t]*{ours}", "", text).strip()


def _place(message: Message) -> Place:
    return Place(
        team=message.team,
        channel=message.channel,
        thread_ts=message.thread_ts or message.ts,
        ts=message.ts,
        user=message.user,
        user_team=message.user_team,
        direct=message.channel_type == "im" or message.channel.startswith("D"),
    )


def _request(place: Place, said: str, now: float) -> TurnRequest:
    prompt, context = split_context(said)
    return TurnRequest(
        identity=place.identity,
        conversation_id=_identity(place.team, place.channel, place.thread_ts),
        prompt=prompt,
        context=context,
        asker=place.user,
        accepted_at=now,
        surface="slack",
        address={
            "team": place.team,
            "channel": place.channel,
            "thread_ts": place.thread_ts,
            "ts": place.ts,
            "user": place.user,
        },
    )


def _files(message: Message) -> tuple[File, ...]:
    return tuple(_file(file) for file in message.files)


def _file(file: Mapping[str, Any]) -> File:
    size = file.get("size")
    return File(
        id=text_at(file, "id"),
        name=text_at(file, "name") or text_at(file, "title"),
        mimetype=text_at(file, "mimetype"),
        size=size if isinstance(size, int) else 0,
        url=text_at(file, "url_private_download") or text_at(file, "url_private"),
    )
