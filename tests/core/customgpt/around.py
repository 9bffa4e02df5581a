"""The agents with everything around them, for the tests of the port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from core.customgpt.agents import CustomGPTAgents
from core.customgpt.citations import Citations
from core.errors import AgentError
from core.limits.slots import MemorySlots
from core.ports import Agents
from core.tally import Tallied
from core.turn import AgentReply, Question, TurnRequest
from tests.core.customgpt.outside import (
    API,
    Events,
    MemorySessions,
    StandInClock,
    client_of,
    patient,
)

PROJECTS = {"research": 1, "plan": 2, "build": 3, "review": 4}
QUESTION = Question("turn", 1, "thread", "build", "Write it, secretly.", accepted_at=5.0)
TURN = TurnRequest("http:a", "thread", "prompt", accepted_at=5.0)


class Outside:
    """Everything around the agents, and what they did with it."""

    def __init__(self) -> None:
        self.api = API()
        self.clock = StandInClock()
        self.sessions = MemorySessions()
        self.slots = MemorySlots(5)
        self.events = Events()
        self.counted: list[Tallied] = []

    @asynccontextmanager
    async def agents(
        self, *, reentered: Callable[[Question], bool] = lambda _: False, seconds: float = 5.0
    ) -> AsyncIterator[CustomGPTAgents]:
        retry, count = patient(self.clock).counted(self.counted.append), self.counted.append
        async with client_of(self.api.http(), slots=self.slots, retry=retry, count=count) as client:
            agents = CustomGPTAgents(
                client,
                projects=PROJECTS,
                sessions=self.sessions,
                retry=retry,
                citations=Citations(client, seconds=seconds),
                reentered=reentered,
            )
            yield agents
            await agents.aclose()

    async def ask(self, question: Question = QUESTION, *, reentered: bool = False) -> AgentReply:
        async with self.agents(reentered=lambda _: reentered) as agents:
            port: Agents = agents  # the type checker's word that the port is filled
            return await port.ask(question, self.events)

    async def failed(self, question: Question = QUESTION) -> AgentError:
        with pytest.raises(AgentError) as caught:
            await self.ask(question)
        return caught.value
