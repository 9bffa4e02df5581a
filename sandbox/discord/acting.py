"""**Pure.** What people do in the Discord stand-in: write, command, press; each sends what Discord would send."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from sandbox.discord import kit, payloads
from sandbox.discord.faults import EventFault
from sandbox.discord.floor import DIRECT_MESSAGES, GUILD_MESSAGES, Floor
from sandbox.discord.gateway import Gateway
from sandbox.discord.making import Making
from sandbox.discord.permissions import may
from sandbox.discord.record import Json
from sandbox.discord.state import THREADS, Channel, File, Interaction, Message, User

STRING, INTEGER, SUBCOMMAND = 3, 4, 1
ALWAYS = 0xFFFF_FFFF
"""Commands and buttons are told to whoever listens."""


class Acting(Making):
    """One method for each thing that a person does."""

    def __init__(self, floor: Floor, gateway: Gateway) -> None:
        super().__init__(floor.world, floor)
        self._gateway = gateway
        self._events: deque[EventFault] = deque()
        self._held: list[Message] = []

    def script_events(self, *faults: EventFault) -> None:
        """The whole behaviour of each of the next messages of people, in order."""
        self._events.extend(faults)

    def post(
        self,
        user: User,
        place: Channel,
        text: str,
        *,
        answers: Message | None = None,
        files: Iterable[tuple[str, bytes]] = (),
        kind: int = 0,
        webhook: str = "",
    ) -> Message:
        """Write a message; with `answers` a reply, which calls who is answered."""
        kept = [File(self.world.ids.new(), name, content) for name, content in files]
        said = self._floor.post(
            place, user, text, files=kept, answers=answers.id if answers else "", kind=kind, webhook=webhook, tell=False
        )
        self._deliver(said)
        return said

    def mention(self, user: User, place: Channel, text: str, **more: Any) -> Message:
        """Write a message that begins with a mention of the bot."""
        return self.post(user, place, f"<@{self.world.me.id}> {text}", **more)

    def change(self, message: Message, text: str) -> None:
        """Somebody edits what they wrote."""
        self._floor.update(message, text, (), 0, None, message.now.files)

    def delete(self, message: Message) -> None:
        self._floor.delete(message)

    def purge(self, place: Channel, *messages: Message) -> None:
        """A moderator deletes many at once."""
        for one in messages:
            one.deleted = True
        said = {"ids": [one.id for one in messages], "channel_id": place.id, "guild_id": place.guild}
        self._gateway.tell("MESSAGE_DELETE_BULK", lambda intents: said, bit=GUILD_MESSAGES)

    def delete_unknown(self, place: Channel) -> str:
        """Something is deleted that was written before anybody listened; its id."""
        id_ = self.world.ids.new()
        said = {"id": id_, "channel_id": place.id, "guild_id": place.guild}
        self._gateway.tell("MESSAGE_DELETE", lambda intents: said, bit=GUILD_MESSAGES)
        return id_

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        thread.archived, thread.locked = True, locked
        self._floor.changed_thread(thread)

    def delete_thread(self, thread: Channel) -> None:
        self._floor.delete_channel(thread)

    def command(self, user: User, place: Channel, name: str, sub: str = "", /, **options: Any) -> Interaction:
        """`/name sub option: value`. Raises `LookupError` where Discord would not offer that."""
        data = self._checked(place, name, sub, options)
        return self._interact(2, user, place, data)

    def press(self, user: User, message: Message, custom_id: str, *values: str) -> Interaction:
        """A button, or an option of a menu. Raises `LookupError` where there is none that can be pressed."""
        found = [one for one in kit.walk(message.now.components) if one.get("custom_id") == custom_id]
        if not found or found[0].get("disabled"):
            raise LookupError(f"{custom_id} cannot be pressed")
        data = {"custom_id": custom_id, "component_type": found[0]["type"], "id": 1}
        if found[0]["type"] == kit.SELECT:
            data["values"] = list(values)
        return self._interact(3, user, self.world.channels[message.channel], data, message)

    def button(self, message: Message, label: str) -> str:
        """The custom_id of a button by what stands on it. Raises `LookupError`."""
        for one in kit.walk(message.now.components):
            if label in (one.get("label"), one.get("placeholder")):
                return str(one["custom_id"])
        raise LookupError(f"there is no button {label}")

    def _interact(
        self, kind: int, user: User, place: Channel, data: Json, message: Message | None = None
    ) -> Interaction:
        if place.guild and not may(self.world, place, user.id, "use_application_commands"):
            raise LookupError(f"{user.name} may not use commands here")
        id_ = self.world.ids.new()
        token = f"{self.world.application}.{id_}.secret"
        one = Interaction(id_, token, user, place.id, data, self.world.wall(), kind, message)
        one.at_clock = self.world.clock()
        self.world.interactions[id_] = one
        said = payloads.interaction(self.world, one, self._floor.base)
        self._gateway.tell("INTERACTION_CREATE", lambda intents: said, bit=ALWAYS)
        return one

    def _checked(self, place: Channel, name: str, sub: str, options: Json) -> Json:
        offered = [*self.world.commands.get("", ()), *self.world.commands.get(place.guild, ())]
        found = next((one for one in offered if one["name"] == name), None)
        if found is None:
            raise LookupError(f"Discord knows no /{name}")
        known = found.get("options") or []
        group = next((one for one in known if one["name"] == sub), None) if sub else None
        if sub and group is None:
            raise LookupError(f"Discord knows no /{name} {sub}")
        given = _options(group.get("options") or [] if group else known, options)
        data: Json = {"id": found["id"], "name": name, "type": 1, "options": given}
        if group:
            data["options"] = [{"name": sub, "type": SUBCOMMAND, "options": given}]
        if found.get("guild_id"):
            data["guild_id"] = found["guild_id"]
        return data

    def _deliver(self, message: Message) -> None:
        fault = self._events.popleft() if self._events else EventFault()
        if fault.swap:
            self._held.append(message)
            return
        held, self._held = self._held, []
        self._tell(message, lost=fault.unsent)
        for _ in range(fault.copies):
            self._tell(message)
        for one in held:
            self._tell(one)
        if fault.unsent or fault.cut:
            self._gateway.cut()

    def _tell(self, message: Message, *, lost: bool = False) -> None:
        place = self.world.channels[message.channel]
        seen = not place.guild or may(self.world, place, self.world.me.id, "view_channel")
        if seen:
            bit = GUILD_MESSAGES if place.guild else DIRECT_MESSAGES
            base = self._floor.base
            self._gateway.tell(
                "MESSAGE_CREATE", lambda intents: payloads.event(self.world, message, intents, base), bit=bit, lost=lost
            )


def _options(known: list[Json], given: Json) -> list[Json]:
    """As Discord's own client checks them."""
    names = {one["name"]: one for one in known}
    for name, value in given.items():
        if name not in names:
            raise LookupError(f"there is no option {name}")
        if isinstance(value, str) and not names[name].get("min_length", 0) <= len(value) <= names[name].get(
            "max_length", 6000
        ):
            raise LookupError(f"{name} may not have {len(value)} characters")
        choices = [choice["value"] for choice in names[name].get("choices") or []]
        if choices and value not in choices:
            raise LookupError(f"{name} is none of {choices}")
    if missing := [one["name"] for one in known if one.get("required") and one["name"] not in given]:
        raise LookupError(f"{missing} must be given")
    return [{"name": name, "type": names[name].get("type", STRING), "value": value} for name, value in given.items()]


__all__ = ["THREADS", "Acting"]
