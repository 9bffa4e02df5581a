"""**Pure.** What happens to messages and threads, whoever does it; the bot's connections are told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sandbox.discord import payloads
from sandbox.discord.pings import pings_of
from sandbox.discord.record import Json
from sandbox.discord.state import NEWS, NEWS_THREAD, THREAD, THREADS, Channel, File, Message, State, User, World

COMPONENTS_V2 = 1 << 15


class Tell(Protocol):
    """Sends an event to those connections whose intents have `bit`; `data` is made for the intents of each."""

    def __call__(self, event: str, data: Callable[[int], Json], *, bit: int) -> None: ...


GUILDS, GUILD_MESSAGES, GUILD_REACTIONS, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 10, 1 << 12


class Floor:
    """`base`: the address of the stand-in, for files."""

    def __init__(self, world: World, tell: Tell, changed: Callable[[], None]) -> None:
        self.world = world
        self.tell = tell
        self.changed = changed
        self.base = ""

    def post(
        self,
        channel: Channel,
        author: User,
        content: str,
        *,
        components: Sequence[Json] = (),
        flags: int = 0,
        files: Sequence[File] = (),
        answers: str = "",
        allowed: Json | None = None,
        nonce: str = "",
        interaction: Json | None = None,
        webhook: str = "",
        kind: int = 0,
        tell: bool = True,
    ) -> Message:
        answered = channel.find(answers) if answers else None
        pings = pings_of(content, components, allowed, answered)
        state = State(self.world.clock(), content, tuple(components), flags, pings, tuple(file.id for file in files))
        self.world.files.update({file.id: file for file in files})
        message = Message(
            self.world.ids.new(), channel.id, author, [state], kind or (19 if answers else 0), answers, nonce
        )
        message.interaction, message.webhook = interaction, webhook
        channel.messages[message.id] = message
        self._unarchive(channel)
        if tell:
            self.announce("MESSAGE_CREATE", message)
        self.changed()
        return message

    def announce(self, event: str, message: Message) -> None:
        self.tell(
            event,
            lambda intents: payloads.event(self.world, message, intents, self.base),
            bit=self._bit(message.channel),
        )

    def update(
        self,
        message: Message,
        content: str,
        components: Sequence[Json],
        flags: int,
        allowed: Json | None,
        files: Sequence[str],
    ) -> None:
        channel = self.world.channels[message.channel]
        answered = channel.find(message.answers) if message.answers else None
        pings = pings_of(content, components, allowed, answered)
        message.states.append(State(self.world.clock(), content, tuple(components), flags, pings, tuple(files)))
        self.announce("MESSAGE_UPDATE", message)
        self.changed()

    def delete(self, message: Message) -> None:
        message.deleted = True
        channel = self.world.channels[message.channel]
        said = {
            "id": message.id,
            "channel_id": message.channel,
            **({"guild_id": channel.guild} if channel.guild else {}),
        }
        self.tell("MESSAGE_DELETE", lambda intents: said, bit=self._bit(message.channel))
        self.changed()

    def react(self, message: Message, emoji: str, *, add: bool) -> None:
        (message.reactions.add if add else message.reactions.discard)(emoji)
        self.changed()

    def open_thread(self, channel: Channel, name: str, *, on: Message | None, owner: User) -> Channel:
        kind = NEWS_THREAD if channel.kind == NEWS else THREAD
        id_ = on.id if on else self.world.ids.new()
        thread = Channel(id_, kind, name, channel.guild, channel.id)
        self.world.channels[id_] = thread
        self.tell(
            "THREAD_CREATE", lambda intents: {**payloads.channel(self.world, thread), "newly_created": True}, bit=GUILDS
        )
        if on is None:
            self.post(channel, owner, name, kind=18)
        self.changed()
        return thread

    def changed_thread(self, thread: Channel) -> None:
        self.tell("THREAD_UPDATE", lambda intents: payloads.channel(self.world, thread), bit=GUILDS)
        self.changed()

    def delete_channel(self, channel: Channel) -> None:
        channel.deleted = True
        event = "THREAD_DELETE" if channel.kind in THREADS else "CHANNEL_DELETE"
        said = {"id": channel.id, "guild_id": channel.guild, "parent_id": channel.parent or None, "type": channel.kind}
        self.tell(event, lambda intents: said, bit=GUILDS)
        self.changed()

    def _unarchive(self, channel: Channel) -> None:
        if channel.archived and not channel.locked:
            channel.archived = False
            self.changed_thread(channel)

    def _bit(self, channel: str) -> int:
        return GUILD_MESSAGES if self.world.channels[channel].guild else DIRECT_MESSAGES
