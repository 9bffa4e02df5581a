"""**Pure.** What the Discord stand-in remembers: servers, people, channels, messages with all that they ever were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from sandbox.discord.record import Json

TEXT, DM, VOICE, NEWS, NEWS_THREAD, THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 5, 10, 11, 12, 15
THREADS = (NEWS_THREAD, THREAD, PRIVATE_THREAD)
EPOCH = 1_420_070_400_000
"""Milliseconds of unix time where snowflakes begin."""


class Snowflakes:
    """Ids that only go up, with the time in them. `wall` in unix seconds."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._last = 0

    def new(self) -> str:
        now = int(self._wall() * 1000) - EPOCH
        self._last = max(now << 22, self._last + 1)
        return str(self._last)


def moment_of(snowflake: str) -> float:
    """In unix seconds."""
    return ((int(snowflake) >> 22) + EPOCH) / 1000


@dataclass(slots=True)
class User:
    id: str
    name: str
    bot: bool = False


@dataclass(slots=True)
class Role:
    """`managed`: Discord made it for our bot."""

    id: str
    name: str
    permissions: int
    managed: bool = False


@dataclass(slots=True)
class Guild:
    """A server. The role with its own id is everybody's. `members`: their roles."""

    id: str
    name: str
    owner: str
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    id: str
    name: str
    content: bytes
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class State:
    """What a message showed at a time. `pings`: whom it called."""

    at: float
    content: str
    components: tuple[Json, ...] = ()
    flags: int = 0
    pings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Message:
    """`kind` is Discord's type; `interaction`: of the command that it answers; `answers`: the message it replies to."""

    id: str
    channel: str
    author: User
    states: list[State]
    kind: int = 0
    answers: str = ""
    nonce: str = ""
    interaction: Json | None = None
    webhook: str = ""
    deleted: bool = False
    edits: int = 0
    reactions: set[str] = field(default_factory=set)
    """Of our bot."""

    @property
    def now(self) -> State:
        return self.states[-1]


@dataclass(slots=True, eq=False)
class Channel:
    """`recipient`: of a direct message. Overwrites: role or person → (allowed, denied)."""

    id: str
    kind: int
    name: str = ""
    guild: str = ""
    parent: str = ""
    recipient: str = ""
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    overwrites: dict[str, tuple[int, int]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)

    def find(self, message: str) -> Message | None:
        found = self.messages.get(message)
        return found if found and not found.deleted else None

    def standing(self) -> list[Message]:
        return [message for message in self.messages.values() if not message.deleted]


@dataclass(slots=True, eq=False)
class Interaction:
    """A command or a pressed button. `response`: what it was answered with: a message, or "" for "I am at it"."""

    id: str
    token: str
    user: User
    channel: str
    data: Json
    at: float
    kind: int
    message: Message | None = None
    answered: bool = False
    deferred: bool = False
    ephemeral: bool = False
    response: Message | None = None
    failed: str = ""
    at_clock: float = 0.0


@dataclass(slots=True, eq=False)
class Ephemeral:
    """What one person alone saw."""

    id: str
    user: User
    channel: str
    state: State


@dataclass(slots=True)
class World:
    """One bot's Discord. `clock` only goes up; `wall` is unix time."""

    clock: Callable[[], float]
    wall: Callable[[], float]
    ids: Snowflakes
    me: User
    application: str
    token: str
    flags: int = 0
    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    ephemerals: list[Ephemeral] = field(default_factory=list)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    """By guild; those for all under ""."""
    numbers: count[int] = field(default_factory=lambda: count(1))

    def channel(self, id_: str) -> Channel | None:
        found = self.channels.get(id_)
        return found if found and not found.deleted else None

    def thread_of(self, message: Message) -> Channel | None:
        """The thread that was opened on a message."""
        return self.channel(message.id)
