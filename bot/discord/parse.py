"""**Pure.** A message in Discord → what becomes of it: a question, perhaps a follow-up, a command, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.attached import File
from core.text.caller_context import split_context
from core.text.printable import printable
from core.text.spoken import CommandName, command_in, only_emoji
from core.turn import TurnRequest


class Kind(StrEnum):
    """What a place is."""

    DIRECT = "direct"
    CHANNEL = "channel"
    """Of a server; threads can be opened in it, if we may."""
    THREAD = "thread"
    OTHER = "other"
    """Of a server, and without threads: beside a voice channel, or on a stage."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where, and by whom. `guild` is empty in a direct message; `parent` is the channel that a thread belongs to."""

    guild: str
    channel: str
    kind: Kind
    user: str
    parent: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """For allow-lists and preferences: the guild, the channel; those of a thread are its channel's."""
        return self.guild, self.parent or self.channel


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `answers_us`: it replies to one of ours; `answers` is that one's turn, where its buttons say so.

    `names`: of people, roles and channels by their mark-up, `<@1>` → "@Ada".
    """

    id: str
    place: Place
    text: str
    human: bool = True
    mentions_us: bool = False
    mentions_others: bool = False
    answers_us: bool = False
    answers: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()

    @property
    def identity(self) -> str:
        return f"discord:{self.id}"


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks us. The prompt is empty where there are only files."""

    request: TurnRequest
    said: Said


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody says something in a thread, to nobody by name: a question to us if the thread is one of ours, and
    `ORCHESTRATOR_FOLLOW_UPS` lets this person go on without a mention."""

    request: TurnRequest
    said: Said


@dataclass(frozen=True, slots=True)
class Command:
    """A word to the bot, not a question. An empty mention asks for help."""

    name: CommandName
    said: Said


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not for us. `reason` is for the log."""

    reason: str


Parsed = Ask | FollowUp | Command | Ignored

_EMOJI = re.compile(r"<a?:\w{1,40}:[0-9]{1,20}>|:[a-z0-9_+-]{1,40}:", re.IGNORECASE)
_MENTION = re.compile(r"<(?:@[!&]?|#)[0-9]{1,20}>")


def parse(said: Said, *, ours: tuple[str, ...], now: float) -> Parsed:
    """What becomes of a message. `ours`: the mark-up that mentions us; `now` in unix seconds."""
    if not said.human:
        return Ignored("a bot's message, a webhook's, or Discord's own")
    words = _without(ours, said.text)
    command = _command(words, said)
    if command:
        return Command(command, said)
    called = said.mentions_us or said.answers_us or said.place.kind is Kind.DIRECT
    if reason := "" if said.mentions_us else _not_followed(words, said, called=called):
        return Ignored(reason)
    request = _request(said, _readable(words, said.names), now)
    return (Ask if called else FollowUp)(request, said)


def _command(words: str, said: Said) -> CommandName | None:
    if said.mentions_us and not said.files and only_emoji(_EMOJI.sub("", words)):
        return CommandName.HELP
    return command_in(words) if said.mentions_us or said.place.kind is Kind.DIRECT else None


def _not_followed(words: str, said: Said, *, called: bool) -> str:
    """Why a message that does not mention us is not for us either; empty if it may be."""
    if not words and not (called and said.files):
        return "no words"
    if words and only_emoji(_EMOJI.sub("", words)):
        return "only emoji"
    if called:
        return ""
    if said.place.kind is not Kind.THREAD:
        return "no mention"
    return "it is said to somebody else" if said.mentions_others else ""


def _without(ours: tuple[str, ...], text: str) -> str:
    """Without our own mention: at the start with what sets it off, elsewhere with the blank or the comma before it."""
    if not ours:
        return text.strip()
    any_of = f"(?:{'|'.join(map(re.escape, ours))})"
    text = re.sub(rf"\A\s*(?:{any_of}[ \t]*(?:,|:(?!\w+:))?\s*)+", "", text)
    text = re.sub(rf"(?<![ \t]),?[ \t]*{any_of}(?=[ \t]*[,.;!?])", "", text)
    return re.sub(rf"(?<![ \t])[ \t]*{any_of}", "", text).strip()


def _readable(text: str, names: Mapping[str, str]) -> str:
    """With names in place of ids."""
    return printable(_MENTION.sub(lambda match: names.get(match[0].replace("!", ""), match[0]), text)).strip()


def _request(said: Said, text: str, now: float) -> TurnRequest:
    prompt, context = split_context(text)
    place = said.place
    address = {"guild": place.guild, "asked_in": place.channel, "message": said.id, "user": place.user}
    address["kind"] = place.kind.value
    return TurnRequest(
        identity=said.identity,
        conversation_id=conversation_of(place, said.id),
        prompt=prompt,
        context=context,
        asker=place.user,
        accepted_at=now,
        surface="discord",
        address={**address, **({"channel": place.channel} if has_place(place) else {})},
    )


def has_place(place: Place) -> bool:
    """Is it answered where it was asked, with no thread to be opened?"""
    return place.kind in (Kind.DIRECT, Kind.THREAD)


def conversation_of(place: Place, message: str) -> str:
    """The thread's own key; a thread that is opened on a message has that message's id."""
    return f"discord:{place.channel if has_place(place) else message}"
