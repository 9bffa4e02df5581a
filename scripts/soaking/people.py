"""**I/O edge.** Who asks in a soak, on Slack and on Discord, and what stands there in the end."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

from bot.discord import metadata as discord_metadata
from bot.slack import metadata as slack_metadata
from bot.slack.pressing import PREFIX
from core.permissions import Action
from core.turn import turn_id_of
from sandbox.discord import Channel as DiscordChannel
from sandbox.discord import DiscordStandIn
from sandbox.discord import Fault as DiscordFault
from sandbox.discord import Message as DiscordMessage
from sandbox.discord.kit import walk
from sandbox.slack import Fault as SlackFault
from sandbox.slack import Message as SlackMessage
from sandbox.slack import SlackStandIn
from scripts.soaking.findings import Asked

PEOPLE, CHANNELS = 8, 12
FOLLOW_UPS = 0.3
"""Of all questions: they stand in the thread of an earlier one, and wait for it."""

PROMPTS = ("How do bees choose a nest?", "Why do bees dance?", "What do bees do in winter?", "Who feeds the queen?")
STOP, SLACK_STOP = str(Action.STOP), f"{PREFIX}{Action.STOP}"
"""As their button says it, which stands under a message until the turn has ended."""

ROUTES = ("messages.create", "messages.update")
METHODS = ("chat.postMessage", "chat.update", "conversations.replies")


class Crowd(ABC):
    """People on one platform."""

    name: str

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    @abstractmethod
    def ask(self) -> None: ...

    @abstractmethod
    def storm(self, on: bool) -> None:
        """Answer calls with 429, or answer them again."""

    @abstractmethod
    def cut(self) -> None:
        """Cut all sockets."""

    @property
    @abstractmethod
    def settled(self) -> bool:
        """Whether all that was asked is heard, or given up by the platform."""

    @abstractmethod
    def asked(self, rows: Mapping[str, tuple[str, bool]]) -> list[Asked]:
        """Every question, with what became of it. `rows`: turn id → status, and whether it has ended."""


class SlackCrowd(Crowd):
    name = "slack"

    def __init__(self, slack: SlackStandIn, chance: Random) -> None:
        super().__init__(chance)
        self._slack = slack
        self._people = [slack.person(f"Person {n}") for n in range(PEOPLE)]
        self._channels = [slack.channel(f"channel-{n}", self._people) for n in range(CHANNELS)]
        self._questions: list[SlackMessage] = []

    def ask(self) -> None:
        who, text = self.chance.choice(self._people), self.chance.choice(PROMPTS)
        if self._questions and self.chance.random() < FOLLOW_UPS:
            before = self.chance.choice(self._questions[-20:])
            channel = self._slack.world.channels[before.channel]
            self._questions.append(self._slack.mention(who, channel, text, thread=before.root))
        else:
            self._questions.append(self._slack.mention(who, self.chance.choice(self._channels), text))

    def storm(self, on: bool) -> None:
        for method in METHODS:
            self._slack.always(method, SlackFault(retry_after=1.0) if on else SlackFault())

    def cut(self) -> None:
        self._slack.cut_sockets()

    @property
    def settled(self) -> bool:
        return self._slack.quiet

    def asked(self, rows: Mapping[str, tuple[str, bool]]) -> list[Asked]:
        acked = {str(one.event.get("ts")) for one in self._slack.deliveries(event="app_mention") if one.acked}
        ours = [message for channel in self._channels for message in self._slack.said(channel)]
        marks = [(slack_metadata.posted({"metadata": one.metadata}), one) for one in ours]
        parts = Counter((mark.turn_id, mark.generation, mark.part) for mark, _ in marks if mark)
        lives = {m.turn_id: one for m, one in marks if m and m.part == slack_metadata.LIVING}
        found = []
        for question in self._questions:
            turn_id = turn_id_of(f"slack:{self._slack.team.id}:{question.channel}:{question.ts}")
            one = Asked(turn_id, self.name, question.ts in acked, *rows.get(turn_id, ("", False)))
            message = lives.get(turn_id)
            final = message is not None and f'"{SLACK_STOP}"' not in json.dumps(message.blocks)
            found.append(_with(one, parts, slack_metadata.LIVING, final))
        return found


class DiscordCrowd(Crowd):
    name = "discord"

    def __init__(self, discord: DiscordStandIn, chance: Random) -> None:
        super().__init__(chance)
        self._discord = discord
        self._people = [discord.person(f"Person {n}") for n in range(PEOPLE)]
        self._channels = [discord.channel(f"channel-{n}") for n in range(CHANNELS)]
        self._questions: list[DiscordMessage] = []

    def ask(self) -> None:
        who, text = self.chance.choice(self._people), self.chance.choice(PROMPTS)
        place = self._thread() or self.chance.choice(self._channels)
        self._questions.append(self._discord.mention(who, place, text))

    def _thread(self) -> DiscordChannel | None:
        if not self._questions or self.chance.random() >= FOLLOW_UPS:
            return None
        return self._discord.thread(self.chance.choice(self._questions[-20:]))

    def storm(self, on: bool) -> None:
        for route in ROUTES:
            self._discord.always(route, DiscordFault(retry_after=1.0) if on else DiscordFault())

    def cut(self) -> None:
        self._discord.gateway.cut()

    @property
    def settled(self) -> bool:
        """What Discord keeps for a session that may be resumed nobody can see; what is not heard is not accepted."""
        return True

    def asked(self, rows: Mapping[str, tuple[str, bool]]) -> list[Asked]:
        marks = [(discord_metadata.posted(_ids(one)), one) for one in self._ours()]
        parts = Counter((mark.turn_id, mark.generation, mark.part) for mark, _ in marks if mark)
        lives = {m.turn_id: one for m, one in marks if m and m.part == discord_metadata.LIVING}
        found = []
        for question in self._questions:
            turn_id = turn_id_of(f"discord:{question.id}")
            one = Asked(turn_id, self.name, False, *rows.get(turn_id, ("", False)))
            message = lives.get(turn_id)
            final = message is not None and not any(i.startswith(f"turn:{STOP}:") for i in _ids(message))
            found.append(_with(one, parts, discord_metadata.LIVING, final))
        return found

    def _ours(self) -> Iterable[DiscordMessage]:
        for channel in list(self._discord.world.channels.values()):
            yield from self._discord.said(channel)


def _ids(message: DiscordMessage) -> list[str]:
    return [str(one.get("custom_id")) for one in walk(message.now.components)]


def _with(one: Asked, parts: Counter[tuple[str, int, int]], living: int, final: bool) -> Asked:
    mine = {key: number for key, number in parts.items() if key[0] == one.turn_id}
    lives = sum(number for (_, _, part), number in mine.items() if part == living)
    twins = sum(number - 1 for (_, _, part), number in mine.items() if part != living)
    return replace(one, messages=lives, twins=twins, final=final)
