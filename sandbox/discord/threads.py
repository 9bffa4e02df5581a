"""**Pure.** Channels and threads by REST."""

from __future__ import annotations

from sandbox.discord import payloads
from sandbox.discord.floor import Floor
from sandbox.discord.messages import Messages
from sandbox.discord.permissions import may
from sandbox.discord.record import Json
from sandbox.discord.refusal import Refusal, invalid
from sandbox.discord.state import DM, NEWS, TEXT, THREADS, Channel


class Threads:
    """What the bot does."""

    def __init__(self, floor: Floor, messages: Messages) -> None:
        self._floor, self._world, self._messages = floor, floor.world, messages

    def get(self, path: Json) -> Json:
        return payloads.channel(self._world, self._messages.place(path["channel"]))

    def on_message(self, path: Json, body: Json) -> Json:
        channel = self._messages.place(path["channel"])
        if channel.kind not in (TEXT, NEWS):
            raise Refusal(50024)
        name = _name(body)
        message = self._messages.message(path)
        if not may(self._world, channel, self._world.me.id, "create_public_threads", "read_message_history"):
            raise Refusal(50013)
        if self._world.channels.get(message.id):
            raise Refusal(160004)
        return payloads.channel(self._world, self._floor.open_thread(channel, name, on=message, owner=self._world.me))

    def update(self, path: Json, body: Json) -> Json:
        channel = self._messages.place(path["channel"])
        if channel.kind not in THREADS:
            raise Refusal(50013)
        manages = may(self._world, channel, self._world.me.id, "manage_threads")
        if (channel.locked or "locked" in body or "name" in body) and not manages:
            raise Refusal(50013)
        if "archived" in body:
            channel.archived = bool(body["archived"])
        channel.locked = bool(body.get("locked", channel.locked))
        self._floor.changed_thread(channel)
        return payloads.channel(self._world, channel)

    def delete(self, path: Json) -> Json:
        channel = self._messages.place(path["channel"])
        if not may(self._world, channel, self._world.me.id, "manage_threads"):
            raise Refusal(50013)
        self._floor.delete_channel(channel)
        return payloads.channel(self._world, channel)

    def direct(self, body: Json) -> Json:
        user = str(body.get("recipient_id"))
        if user not in self._world.users:
            raise Refusal(10013)
        return payloads.channel(self._world, self.direct_with(user))

    def direct_with(self, user: str) -> Channel:
        known = (one for one in self._world.channels.values() if one.kind == DM and one.recipient == user)
        found = next(known, None) or Channel(self._world.ids.new(), DM, recipient=user)
        self._world.channels[found.id] = found
        return found


def _name(body: Json) -> str:
    name = str(body.get("name") or "")
    if not len(name.strip()) >= 1 or len(name) > 100:
        raise invalid("name", "Must be between 1 and 100 in length.")
    return name
