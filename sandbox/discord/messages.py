"""**Pure.** Messages by REST: post, read, update, delete, react."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.discord import kit, payloads
from sandbox.discord.faults import Limits
from sandbox.discord.floor import COMPONENTS_V2, Floor
from sandbox.discord.permissions import may
from sandbox.discord.record import Json
from sandbox.discord.refusal import Refusal, invalid
from sandbox.discord.state import DM, THREADS, Channel, File, Message, moment_of

Uploads = Mapping[str, tuple[str, bytes]]
"""By the number of the field: name and content."""


class Messages:
    """What the bot does. `limits` may change at any time."""

    def __init__(self, floor: Floor, limits: Any) -> None:
        self._floor, self._world = floor, floor.world
        self._limits = limits
        self._nonces: dict[tuple[str, str], tuple[float, str]] = {}

    def create(self, path: Json, body: Json, uploads: Uploads) -> Json:
        channel = self.place(path["channel"])
        self._may_write(channel, uploads)
        nonce = str(body.get("nonce") or "")
        if len(nonce) > 25:
            raise invalid("nonce", "at most 25 characters")
        if body.get("enforce_nonce") and (known := self._known(channel, nonce)):
            return self._shown(known)
        content, components, flags = self.checked(body, uploads, flags=0)
        answers = self._answers(channel, body.get("message_reference"))
        message = self._floor.post(
            channel, self._world.me, content, components=components, flags=flags, files=self.files(uploads),
            answers=answers, allowed=body.get("allowed_mentions"), nonce=nonce,
        )  # fmt: skip
        if nonce:
            self._nonces[channel.id, nonce] = self._world.clock(), message.id
        return {**self._shown(message), "nonce": nonce or None}

    def page(self, path: Json, query: Json) -> list[Json]:
        channel = self.place(path["channel"])
        if not may(self._world, channel, self._world.me.id, "read_message_history"):
            return []
        found = sorted(channel.standing(), key=lambda one: int(one.id), reverse=True)
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid("limit", "1 to 100")
        if "before" in query:
            found = [one for one in found if int(one.id) < int(query["before"])]
        if "after" in query:
            return [self._shown(one) for one in [one for one in found if int(one.id) > int(query["after"])][-limit:]]
        return [self._shown(one) for one in found[:limit]]

    def get(self, path: Json) -> Json:
        return self._shown(self.message(path))

    def update(self, path: Json, body: Json, uploads: Uploads) -> Json:
        message = self.message(path)
        channel = self.place(message.channel)
        if message.author.id != self._world.me.id:
            raise Refusal(50005)
        if channel.archived:
            raise Refusal(50083)
        self._old(message)
        self.change(message, body, uploads)
        return self._shown(message)

    def change(self, message: Message, body: Json, uploads: Uploads) -> None:
        """Of any message of ours, by whichever way."""
        given = {"content": message.now.content, "components": list(message.now.components), **body}
        content, components, flags = self.checked(given, uploads, flags=message.now.flags)
        files = [*message.now.files, *(file.id for file in self._stored(uploads))]
        self._floor.update(message, content, components, flags, body.get("allowed_mentions"), files)

    def delete(self, path: Json) -> None:
        message = self.message(path)
        own = message.author.id == self._world.me.id
        if not own and not may(self._world, self.place(message.channel), self._world.me.id, "manage_messages"):
            raise Refusal(50013)
        self._floor.delete(message)

    def react(self, path: Json, *, add: bool) -> None:
        message = self.message(path)
        channel = self.place(message.channel)
        if add and not may(self._world, channel, self._world.me.id, "add_reactions", "read_message_history"):
            raise Refusal(50013)
        if channel.archived:
            raise Refusal(50083)
        self._floor.react(message, path["emoji"], add=add)

    def place(self, id_: str) -> Channel:
        """One that the bot sees."""
        channel = self._world.channel(id_)
        if channel is None:
            raise Refusal(10003)
        if not may(self._world, channel, self._world.me.id, "view_channel"):
            raise Refusal(50001)
        return channel

    def message(self, path: Json) -> Message:
        found = self.place(path["channel"]).find(path["message"])
        if found is None:
            raise Refusal(10008)
        return found

    def checked(self, body: Json, uploads: Uploads, *, flags: int) -> tuple[str, list[Json], int]:
        """Content, components and flags of a message as they will be. Raises `Refusal`."""
        flags |= int(body.get("flags") or 0) & COMPONENTS_V2
        content, components = str(body.get("content") or ""), list(body.get("components") or [])
        names = {name for name, _ in uploads.values()}
        if flags & COMPONENTS_V2:
            if content or body.get("embeds"):
                raise invalid("content", "not beside components of the second version")
            kit.check(components, names)
            return "", [_stored(one) for one in components], flags
        if len(content) > 2_000:
            raise invalid("content", "Must be 2000 or fewer in length.")
        if not content.strip() and not names and not body.get("embeds"):
            raise Refusal(50006)
        return content, components, flags

    def files(self, uploads: Uploads) -> list[File]:
        return [File(self._world.ids.new(), name, content) for name, content in uploads.values()]

    def _stored(self, uploads: Uploads) -> list[File]:
        files = self.files(uploads)
        self._world.files.update({file.id: file for file in files})
        return files

    def _may_write(self, channel: Channel, uploads: Uploads) -> None:
        me, thread = self._world.me.id, channel.kind in THREADS
        if not may(self._world, channel, me, "send_messages_in_threads" if thread else "send_messages"):
            raise Refusal(50013)
        if uploads and not may(self._world, channel, me, "attach_files"):
            raise Refusal(50013)
        if channel.locked and not may(self._world, channel, me, "manage_threads"):
            raise Refusal(160005)
        if channel.kind not in (0, 2, 5, 13, DM, *THREADS):
            raise Refusal(50024)

    def _known(self, channel: Channel, nonce: str) -> Message | None:
        at, id_ = self._nonces.get((channel.id, nonce), (0.0, ""))
        limits: Limits = self._limits()
        return channel.messages.get(id_) if id_ and self._world.clock() - at < limits.nonce else None

    def _answers(self, channel: Channel, reference: Json | None) -> str:
        if not reference:
            return ""
        id_ = str(reference.get("message_id") or "")
        if channel.find(id_) is None and reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "Unknown message")
        return id_ if channel.find(id_) else ""

    def _old(self, message: Message) -> None:
        limits: Limits = self._limits()
        if self._world.wall() - moment_of(message.id) > limits.old:
            message.edits += 1
            if message.edits > limits.old_edits:
                raise Refusal(30046)

    def _shown(self, message: Message) -> Json:
        return payloads.message(self._world, message, base=self._floor.base)


def _stored(component: Json) -> Json:
    """A button without an address comes back as it was sent."""
    return component
