"""**I/O edge.** The stand-in, and a client that talks to it as ours does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn


@dataclass
class Caller:
    """A client of the stand-in; `session` is a conversation that nobody has opened yet."""

    client: httpx.AsyncClient
    session: str = field(default_factory=lambda: str(uuid4()))

    def messages(self, agent: object = 101, session: str | None = None) -> str:
        return f"/api/v1/projects/{agent}/conversations/{session or self.session}/messages"

    async def send(self, prompt: str = "Hello there", **query: str) -> httpx.Response:
        return await self.client.post(self.messages(), params=query, json={"prompt": prompt})

    async def streamed(self, prompt: str = "Hello there") -> bytes:
        """The whole stream, as bytes."""
        return (await self.send(prompt, stream="true")).content

    async def listed(self) -> list[dict[str, Any]]:
        """The messages of the conversation, newest first."""
        response = await self.client.get(self.messages())
        messages: list[dict[str, Any]] = response.json()["data"]["messages"]["data"]
        return messages


def data_of(stream: bytes) -> list[dict[str, Any]]:
    """The objects in a stream's data lines."""
    lines = stream.decode().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


@pytest.fixture
async def customgpt() -> AsyncIterator[CustomGPTStandIn]:
    async with CustomGPTStandIn() as server:
        yield server


@pytest.fixture
async def caller(customgpt: CustomGPTStandIn) -> AsyncIterator[Caller]:
    headers = {"Authorization": f"Bearer {customgpt.key}"}
    async with httpx.AsyncClient(base_url=customgpt.url, headers=headers, timeout=10) as client:
        yield Caller(client)
