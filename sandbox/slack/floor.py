"""**Pure.** What all methods share: the world, who calls, and what happens to messages whoever does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.slack.events import Payloads
from sandbox.slack.faults import Limits
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal, arguments
from sandbox.slack.state import Channel, Message, State, Team, Token, World

TOMBSTONE = "This message was deleted."
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a token, and the workspace that it is for."""

    token: Token
    team: Team

    def need(self, *scopes: str) -> None:
        """Raises `missing_scope` unless one of `scopes` is granted."""
        if scopes and not set(scopes) & set(self.token.scopes):
            raise Refusal("missing_scope", needed=",".join(scopes), provided=",".join(self.token.scopes))


class Args:
    """The arguments of a call; a form has texts where JSON has values."""

    def __init__(self, given: Json) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def has(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str, default: str = "") -> str:
        value = self._given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise arguments(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def need(self, name: str) -> str:
        """A text that must be there."""
        if not self.text(name):
            raise arguments(f"missing required field: {name}")
        return self.text(name)

    def flag(self, name: str, default: bool = False) -> bool:
        return str(self._given.get(name, default)).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        text = str(self._given.get(name, default))
        if not text.isdecimal():
            raise arguments(f"must be an integer [json-pointer:/{name}]")
        return int(text)

    def data(self, name: str, error: str) -> Any:
        """A structure, also where it comes as JSON in a text; None where there is none. Raises `Refusal(error)`."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else None
        except ValueError as broken:
            raise Refusal(error) from broken


class Floor:
    """`deliver` sends an event on its way; `limits` are asked anew each time."""

    def __init__(
        self, *, world: World, payloads: Payloads, deliver: Callable[[Json], object], limits: Callable[[], Limits]
    ) -> None:
        self.world = world
        self.payloads = payloads
        self._deliver = deliver
        self._limits = limits
        self.own_events = True
        """Whether the app also hears of what its own bot does, as it does on Slack."""

    @property
    def limits(self) -> Limits:
        return self._limits()

    def seen(self, caller: Caller, channel_id: str) -> Channel:
        """A channel that the bot can see, being in it or not. Raises `channel_not_found`."""
        found = self.world.channels.get(channel_id)
        if found is None or caller.team.id not in found.teams:
            raise Refusal("channel_not_found")
        if found.kind != "channel" and caller.token.user not in found.members:
            raise Refusal("channel_not_found")
        return found

    def joined(self, caller: Caller, channel_id: str) -> Channel:
        """A channel that the bot is in. Raises `channel_not_found`, `not_in_channel`."""
        found = self.seen(caller, channel_id)
        if caller.token.user not in found.members:
            raise Refusal("not_in_channel")
        return found

    def add(self, channel: Channel, message: Message, *, mention_first: bool = True) -> Message:
        """A new message appears."""
        self.world.keep(channel, message)
        self.tell(message.user, self.payloads.posted(channel, message, mention_first=mention_first))
        return message

    def change(self, channel: Channel, message: Message, state: State, *, by: str) -> None:
        """A message becomes another."""
        before = self.payloads.before(channel, message)
        message.states.append(state)
        self.tell(by, self.payloads.changed(channel, message, before))

    def remove(self, channel: Channel, message: Message, *, by: str) -> None:
        """A message goes; where it has replies, a tombstone keeps its place, and Slack calls that a change."""
        if channel.replies(message.ts):
            state = State(self.world.clock(), TOMBSTONE)
            before = self.payloads.before(channel, message)
            message.subtype, message.user, message.bot_id, message.files = "tombstone", SLACKBOT, "", []
            message.states.append(state)
            self.tell(by, self.payloads.changed(channel, message, before))
            return
        before = self.payloads.before(channel, message)
        message.deleted_at = self.world.clock()
        self.tell(by, self.payloads.deleted(channel, message.ts, before))

    def react(self, channel: Channel, message: Message, user: str, name: str, *, add: bool) -> None:
        """Raises `already_reacted`, `no_reaction`."""
        users = message.reactions.get(name, [])
        if add == (user in users):
            raise Refusal("already_reacted" if add else "no_reaction")
        left = [*users, user] if add else [one for one in users if one != user]
        message.reactions = {**message.reactions, name: left} if left else _without(message.reactions, name)
        kind = "reaction_added" if add else "reaction_removed"
        self.tell(user, self.payloads.reacted(channel, message, user, name, kind))

    def tell(self, by: str, payloads: Sequence[Json]) -> None:
        """Send events on their way; those of the bot only where they are wanted."""
        bots = {team.bot_user for team in self.world.teams.values()}
        if self.own_events or by not in bots:
            for payload in payloads:
                self._deliver(payload)


def _without(reactions: dict[str, list[str]], name: str) -> dict[str, list[str]]:
    return {key: users for key, users in reactions.items() if key != name}
