"""**I/O edge.** Slack around a process that is killed: a question, and what stands in its thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn
from sandbox.slack import Limits, Message, SlackStandIn
from sandbox.slack.transcript import body
from tests.contracts.harness import Shown
from tests.crash import chat_world
from tests.crash.chat_world import ChatWorld, prepared
from tests.crash.runner import PATIENCE, Nursery
from tests.crash.world import Databases

LIMITS = Limits(post_interval=0.0, retries=(0.0, 0.1, 0.1, 0.1, 0.1))


class SlackWorld(ChatWorld[Message]):
    answered = "white_check_mark"

    def __init__(
        self, nursery: Nursery, gpt: CustomGPTStandIn, folder: Path, database: str, slack: SlackStandIn
    ) -> None:
        super().__init__(nursery, gpt, folder, database)
        self.slack = slack
        self.ada = slack.person("Ada")
        self.general = slack.channel("general", [self.ada])

    @property
    def platform(self) -> dict[str, Any]:
        return {"slack": self.slack.url}

    async def heard(self, connections: int) -> None:
        await self.slack.until(lambda: self.slack.sockets >= connections, PATIENCE)

    async def quiet(self) -> None:
        await self.slack.until(lambda: self.slack.quiet and self.slack.sockets, PATIENCE)

    def ask(self) -> Message:
        return self.slack.mention(self.ada, self.general, "Everything about bees, please")

    def marked(self, question: Message) -> set[str]:
        return set(question.reactions)

    @property
    def called(self) -> set[str]:
        return {f"<@{self.ada.id}>"}

    def shown(self, question: Message) -> list[Shown]:
        turn_id = turn_id_of(f"slack:{self.slack.team.id}:{question.channel}:{question.ts}")
        ours = [one for one in self.slack.said(self.general) if turn_id in self._of(one)]
        return [self._look(message) for message in ours]

    def _of(self, message: Message) -> str:
        names = "".join(file.name for file in self.slack.files(message))
        return names or str((message.metadata or {}).get("event_payload", {}).get("turn_id"))

    def _look(self, message: Message) -> Shown:
        states = tuple("\n".join(body(self.slack.world, one.text, one.blocks)) for one in message.states)
        files = tuple((file.content or b"").decode() for file in self.slack.files(message))
        return Shown(states, tuple(self.slack.pings(message)), files)


@asynccontextmanager
async def open_slack_world(nursery: Nursery, folder: Path, databases: Databases) -> AsyncIterator[SlackWorld]:
    async with CustomGPTStandIn() as gpt, SlackStandIn(limits=LIMITS) as slack:
        world = SlackWorld(nursery, prepared(gpt), folder, databases(folder), slack)
        try:
            yield world
        finally:
            await world.end()


Point = Callable[[SlackWorld], Awaitable[list[str]]]


async def each(
    nursery: Nursery, folder: Path, databases: Databases, points: Mapping[str, Point]
) -> dict[str, list[str]]:
    return await chat_world.each(open_slack_world, nursery, folder, databases, points)
