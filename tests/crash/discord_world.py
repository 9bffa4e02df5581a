"""**I/O edge.** Discord around a process that is killed: a question, and what stands in its thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.discord.metadata import posted
from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn
from sandbox.discord import Channel, DiscordStandIn, Interaction, Limits, Message
from sandbox.discord.kit import walk
from tests.contracts.harness import Shown
from tests.crash import chat_world
from tests.crash.chat_world import ChatWorld, prepared
from tests.crash.runner import PATIENCE, Nursery
from tests.crash.world import Databases

LIMITS = Limits(create=(5, 0.2), update=(5, 0.2), react=(5, 0.1), everything=500)
PROMPT = "Everything about bees, please"
Asked = Message | Interaction


class DiscordWorld(ChatWorld[Asked]):
    """Questions are asked by mention, or by command."""

    def __init__(
        self, nursery: Nursery, gpt: CustomGPTStandIn, folder: Path, database: str, discord: DiscordStandIn
    ) -> None:
        super().__init__(nursery, gpt, folder, database)
        self.discord = discord
        self.ada = discord.person("Ada")
        self.general = discord.channel("general")

    @property
    def platform(self) -> dict[str, Any]:
        """The message is posted when the research has begun: what is updated before the answer comes later."""
        return {"discord": (self.discord.url, self.discord.token), "interval": 0.2}

    async def heard(self, connections: int) -> None:
        await self.discord.until(lambda: len(self.discord.gateway.open) >= connections, PATIENCE)

    async def quiet(self) -> None:
        await self.heard(1)

    def ask(self) -> Message:
        return self.discord.mention(self.ada, self.general, PROMPT)

    def command(self) -> Interaction:
        return self.discord.command(self.ada, self.general, "ask", prompt=PROMPT)

    def accepted(self) -> bool:
        """Does anybody see that there will be an answer?"""
        return len(self.discord.world.channels) > 1

    def marked(self, question: Asked) -> set[str]:
        message = self._message(question)
        return set(message.reactions) if message else set()

    @property
    def called(self) -> set[str]:
        return {self.ada.id}

    def shown(self, question: Asked) -> list[Shown]:
        """All that stands in its thread: each of them ours."""
        return [self._look(message) for message in self.discord.said(self._thread(question))]

    def of_turn(self, question: Asked) -> list[str]:
        """The turns that the messages of a thread say they are of."""
        ours = [posted(str(one.get("custom_id")) for one in walk(m.now.components)) for m in self._said(question)]
        return [one.turn_id for one in ours if one]

    def turn_id(self, question: Asked) -> str:
        kind = "discord:interaction:" if isinstance(question, Interaction) else "discord:"
        return turn_id_of(f"{kind}{question.id}")

    def _said(self, question: Asked) -> list[Message]:
        return self.discord.said(self._thread(question))

    def _message(self, question: Asked) -> Message | None:
        return question.response if isinstance(question, Interaction) else question

    def _thread(self, question: Asked) -> Channel | None:
        message = self._message(question)
        return self.discord.thread(message) if message else None

    def _look(self, message: Message) -> Shown:
        states = tuple(self.discord.text(message, n) for n in range(len(message.states)))
        files = tuple(file.content.decode() for file in self.discord.files(message))
        return Shown(states, tuple(self.discord.pings(message)), files)


@asynccontextmanager
async def open_discord_world(nursery: Nursery, folder: Path, databases: Databases) -> AsyncIterator[DiscordWorld]:
    async with CustomGPTStandIn() as gpt, DiscordStandIn(limits=LIMITS) as discord:
        world = DiscordWorld(nursery, prepared(gpt), folder, databases(folder), discord)
        try:
            yield world
        finally:
            await world.end()


Point = Callable[[DiscordWorld], Awaitable[list[str]]]


async def each(
    nursery: Nursery, folder: Path, databases: Databases, points: Mapping[str, Point]
) -> dict[str, list[str]]:
    return await chat_world.each(open_discord_world, nursery, folder, databases, points)
