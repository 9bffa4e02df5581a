"""**Pure.** Commands and pressed buttons: what they are answered with, in time, by a token that dies."""

from __future__ import annotations

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.floor import Floor
from sandbox.discord.messages import Messages, Uploads
from sandbox.discord.record import Json
from sandbox.discord.refusal import Refusal
from sandbox.discord.state import Ephemeral, Interaction, Message, State

EPHEMERAL, LOADING = 1 << 6, 1 << 7
MESSAGE, DEFER, DEFER_UPDATE, UPDATE = 4, 5, 6, 7


class Interactions:
    def __init__(self, floor: Floor, messages: Messages, limits: Any) -> None:
        self._floor, self._world, self._messages, self._limits = floor, floor.world, messages, limits

    def callback(self, path: Json, body: Json, uploads: Uploads) -> Json:
        one = self._world.interactions.get(path["interaction"])
        if one is None or one.token != path["token"] or self._world.clock() - one.at_clock > self._limits().answer:
            raise Refusal(10062)
        if one.answered:
            raise Refusal(40060)
        data = body.get("data") or {}
        self._answer(one, int(body.get("type", 0)), data, uploads)
        one.answered = True
        self._floor.changed()
        said: Json = {"id": one.id, "type": one.kind, "response_message_id": one.response.id if one.response else None}
        said |= {"response_message_loading": one.deferred, "response_message_ephemeral": one.ephemeral}
        resource = {"type": body["type"], **({"message": self._shown(one.response)} if one.response else {})}
        return {"interaction": said, "resource": resource}

    def _answer(self, one: Interaction, kind: int, data: Json, uploads: Uploads) -> None:
        one.ephemeral = bool(int(data.get("flags") or 0) & EPHEMERAL)
        match kind:
            case 4:
                one.response = self._said(one, data, uploads)
            case 5:
                one.deferred = True
                one.response = self._post(one, "", (), LOADING | (EPHEMERAL if one.ephemeral else 0), None, ())
            case 6:
                one.response = None
            case 7 if one.message:
                self._messages.change(one.message, data, uploads)
            case _:
                raise Refusal(50035)

    def original(self, path: Json) -> Json:
        return self._shown(self._response(path))

    def update(self, path: Json, body: Json, uploads: Uploads) -> Json:
        """@original, or the message by its id."""
        one, message = self._alive(path), self._response(path)
        given = {"content": message.now.content, "components": list(message.now.components), **body}
        content, components, flags = self._messages.checked(given, uploads, flags=message.now.flags & ~LOADING)
        files = [file.id for file in self._messages.files(uploads)]
        one.deferred = False
        self._floor.update(message, content, components, flags, body.get("allowed_mentions"), files)
        if one.ephemeral:
            self._whispered(one, message.now)
        return self._shown(message)

    def delete(self, path: Json) -> None:
        self._floor.delete(self._response(path))

    def follow(self, path: Json, body: Json, uploads: Uploads) -> Json:
        """A further message; the first one resolves what was deferred."""
        one = self._alive(path)
        if not one.answered:
            raise Refusal(10015)
        if one.deferred and one.response and not one.response.deleted:
            return self.update({**path, "message": "@original"}, body, uploads)
        ephemeral = bool(int(body.get("flags") or 0) & EPHEMERAL)
        one.ephemeral = ephemeral
        return self._shown(self._said(one, body, uploads))

    def _said(self, one: Interaction, data: Json, uploads: Uploads) -> Message:
        content, components, flags = self._messages.checked(data, uploads, flags=0)
        files = self._messages.files(uploads)
        flags |= EPHEMERAL if one.ephemeral else 0
        return self._post(one, content, components, flags, data.get("allowed_mentions"), files)

    def _post(
        self, one: Interaction, content: str, components: Any, flags: int, allowed: Json | None, files: Any
    ) -> Message:
        channel = self._world.channels[one.channel]
        about = {"id": one.id, "type": one.kind, "user": payloads.user(one.user), "authorizing_integration_owners": {}}
        if flags & EPHEMERAL:
            state = State(self._world.clock(), content, tuple(components), flags, (), tuple(file.id for file in files))
            self._world.files.update({file.id: file for file in files})
            message = Message(self._world.ids.new(), one.channel, self._world.me, [state], interaction=about)
            if not flags & LOADING:
                self._whispered(one, state)
            return message
        return self._floor.post(
            channel, self._world.me, content, components=components, flags=flags, files=files, allowed=allowed,
            interaction=about, webhook=self._world.application, kind=20 if one.kind == 2 else 19,
        )  # fmt: skip

    def _whispered(self, one: Interaction, state: State) -> None:
        self._world.ephemerals.append(Ephemeral(self._world.ids.new(), one.user, one.channel, state))
        self._floor.changed()

    def _alive(self, path: Json) -> Interaction:
        found = next((one for one in self._world.interactions.values() if one.token == path["token"]), None)
        if found is None:
            raise Refusal(50027)
        if self._world.wall() - found.at > self._limits().token:
            raise Refusal(50027)
        return found

    def _response(self, path: Json) -> Message:
        one = self._alive(path)
        if not one.answered:
            raise Refusal(10015)
        wanted = path["message"]
        if one.response and wanted in ("@original", one.response.id) and not one.response.deleted:
            return one.response
        raise Refusal(10008)

    def _shown(self, message: Message) -> Json:
        return payloads.message(self._world, message, base=self._floor.base)
