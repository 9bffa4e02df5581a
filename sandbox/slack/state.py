"""**Pure.** What the Slack stand-in remembers: workspaces, people, channels, messages with all that they ever were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from sandbox.slack.record import Json

ChannelKind = Literal["channel", "group", "im", "mpim"]
APP_ID, BOT_ID = "A0SANDBOX", "B0SANDBOX"


@dataclass(slots=True)
class Team:
    """A workspace. `bot_user` and `bot_token` are those of the app there, "" where it is not installed."""

    id: str
    name: str
    domain: str
    bot_token: str = ""
    bot_user: str = ""


@dataclass(slots=True)
class User:
    """A person or a bot. `restricted`: a guest of several channels; `ultra_restricted`: of one."""

    id: str
    name: str
    team: str
    admin: bool = False
    owner: bool = False
    restricted: bool = False
    ultra_restricted: bool = False
    bot_id: str = ""
    deleted: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is good for."""

    kind: Literal["bot", "app"]
    team: str = ""
    user: str = ""
    scopes: tuple[str, ...] = ()
    revoked: str = ""
    """An error code that every call is answered with: token_revoked, account_inactive."""


@dataclass(frozen=True, slots=True)
class State:
    """What a message was from `at` on. `edited` is a user id where Slack shows "(edited)"."""

    at: float
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    edited: str = ""


@dataclass(slots=True)
class Message:
    """A message; `states` oldest first, the last of them is what is seen. `subtype` as in Slack's events."""

    channel: str
    ts: str
    user: str
    team: str
    states: list[State]
    bot_id: str = ""
    thread_ts: str = ""
    subtype: str = ""
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    deleted_at: float | None = None
    client_msg_id: str = ""

    @property
    def now(self) -> State:
        return self.states[-1]

    @property
    def text(self) -> str:
        return self.now.text

    @property
    def blocks(self) -> list[Json]:
        return self.now.blocks

    @property
    def metadata(self) -> Json | None:
        return self.now.metadata

    @property
    def deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def root(self) -> str:
        """The ts of the thread that it is in, or would open."""
        return self.thread_ts or self.ts


@dataclass(slots=True)
class Ephemeral:
    """A message that one person sees. `source`: what posted it, a method or a way of answering."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    source: str
    at: float
    thread_ts: str = ""
    deleted: bool = False


@dataclass(slots=True)
class File:
    """A file; `content` is None until it is uploaded, `shared` holds the channels where it is seen."""

    id: str
    name: str
    title: str
    user: str
    team: str
    size: int
    content: bytes | None = None
    complete: bool = False
    shared: list[str] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True)
class View:
    """A modal that was opened for a user; `body` as the app gave it, ids added."""

    id: str
    user: str
    team: str
    trigger_id: str
    body: Json
    at: float
    updates: int = 0
    closed: bool = False


@dataclass(slots=True)
class Trigger:
    user: str
    team: str
    at: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer may be posted for a while. `message_ts` is the message whose button was pressed."""

    channel: str
    user: str
    team: str
    at: float
    message_ts: str = ""
    posts: int = 0


@dataclass(slots=True)
class Channel:
    """A conversation. `user` is the person of a DM; `teams` are all that see it, the first is its home."""

    id: str
    name: str
    kind: ChannelKind
    teams: list[str]
    members: list[str]
    user: str = ""
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def team(self) -> str:
        return self.teams[0]

    def find(self, ts: str) -> Message | None:
        """The message, unless it is deleted."""
        found = self.messages.get(ts)
        return found if found and not found.deleted else None

    def replies(self, ts: str) -> list[Message]:
        """The replies in a thread, oldest first."""
        return [one for one in self.messages.values() if one.thread_ts == ts and one.is_reply and not one.deleted]

    def thread(self, ts: str) -> list[Message]:
        """The parent, where it is still there, and its replies."""
        parent = self.find(ts)
        return [*([parent] if parent else []), *self.replies(ts)]

    def top(self) -> list[Message]:
        """What stands in the channel itself, oldest first."""
        shown = (one for one in self.messages.values() if not one.deleted)
        return [one for one in shown if not one.is_reply or one.subtype == "thread_broadcast"]


@dataclass(slots=True)
class World:
    """All of it, in memory. `clock` is the one of all records, `wall` the time of day; both in seconds."""

    clock: Callable[[], float]
    wall: Callable[[], float]
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ephemerals: list[Ephemeral] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _last_ts: int = 0

    def new_id(self, prefix: str) -> str:
        """An id that no other thing has."""
        return f"{prefix}0SB{next(self._ids):06d}"

    def new_ts(self) -> str:
        """A ts that is above all others."""
        self._last_ts = max(int(self.wall() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def keep(self, channel: Channel, message: Message) -> Message:
        channel.messages[message.ts] = message
        return message

    def bot_user(self, team: str) -> str:
        found = self.teams.get(team)
        return found.bot_user if found else ""

    def bot_in(self, channel: Channel) -> Team | None:
        """The workspace whose bot is in the channel: its home first."""
        installed = (self.teams[team] for team in channel.teams if self.teams[team].bot_user)
        return next((team for team in installed if team.bot_user in channel.members), None)

    def dm(self, team: str, user: str) -> Channel:
        """The DM of the bot with a user; opened where there is none yet."""
        bot = self.bot_user(team)
        for channel in self.channels.values():
            if channel.kind == "im" and channel.user == user and bot in channel.members:
                return channel
        opened = Channel(self.new_id("D"), "", "im", [team], [bot, user], user=user)
        self.channels[opened.id] = opened
        return opened

    def new_trigger(self, user: str, team: str) -> str:
        number = f"{next(self._ids)}.{int(self.wall())}.sandbox"
        self.triggers[number] = Trigger(user, team, self.clock())
        return number
