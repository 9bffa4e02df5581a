"""HTTP as its clients have it: the real adapter on loopback, over real turns, whose agents are scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.http.adapter import HTTPAdapter, open_http
from bot.http.config import read_http
from bot.http.connections import Connection
from core.checks import CheckResult, CheckStatus
from core.durable.membership import Membership
from core.durable.turns import DurableTurns, open_turns
from core.durable.wiring import Wiring
from core.ports import Limit
from core.root import Root
from core.store import Store, open_store
from core.turn import OnReject
from tests.fakes import ScriptedAgents, a_pipeline

ADA, BEN, ROOT, KEY = "ada-token-0123456789", "ben-token-0123456789", "root-token-0123456789", "1234|" + "k" * 40
SETTINGS = {
    "ORCHESTRATOR_HTTP_PORT": "0",
    "ORCHESTRATOR_API_TOKENS": f"{ADA},{BEN}",
    "ORCHESTRATOR_ADMIN_TOKENS": ROOT,
}
QUESTION: dict[str, Any] = {"messages": [{"role": "user", "content": "How do bees choose?"}]}
PATIENCE = 40.0
"""Seconds until a test hangs."""


async def check() -> list[CheckResult]:
    return [CheckResult("database", CheckStatus.FAILED, "is full", "Make room.")]


class Site:
    """A server, and clients of it."""

    def __init__(self, adapter: HTTPAdapter, turns: DurableTurns, store: Store, agents: ScriptedAgents) -> None:
        self.adapter, self.turns, self.store, self.agents = adapter, turns, store, agents
        self.listening: asyncio.Task[None] | None = None
        self.url = ""

    async def listen(self) -> None:
        self.listening = asyncio.create_task(self.adapter.listen(self.turns))
        self.url = await self.adapter.listening

    async def close(self) -> None:
        """As when the process is told to end."""
        if self.listening:
            self.listening.cancel()
            await asyncio.gather(self.listening, return_exceptions=True)
            self.listening = None

    def client(self, token: str | None = ADA) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE)

    async def send(self, method: str, path: str, token: str | None = ADA, **more: Any) -> httpx.Response:
        async with self.client(token) as client:
            return await client.request(method, path, **more)

    async def ask(self, token: str = ADA, headers: Mapping[str, str] | None = None, **changes: Any) -> httpx.Response:
        return await self.send("POST", "/v1/chat", token, json={**QUESTION, **changes}, headers=headers)

    async def begin(self, token: str = ADA, **changes: Any) -> str:
        """A turn under way; its id."""
        accepted = await self.ask(token, {"Prefer": "respond-async"}, **changes)
        assert accepted.status_code == 202, accepted.text
        return str(accepted.json()["turn_id"])

    def stream(self, **headers: str) -> connect:
        return connect(f"{self.url.replace('http', 'ws')}/v1/chat/stream", additional_headers=headers)

    async def streamed(self, first: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
        """All events until the socket is closed, and the code with which it was."""
        async with self.stream() as socket:
            await socket.send(json.dumps(first))
            return await heard(socket), socket.close_code


async def heard(socket: ClientConnection) -> list[dict[str, Any]]:
    events = []
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            while True:
                events.append(json.loads(await socket.recv()))
    return events


@asynccontextmanager
async def open_site(
    url: str,
    *,
    per_hour: int = 1_000,
    on_reject: OnReject = OnReject.WARN,
    connection: type[Connection] = Connection,
    **settings: str,
) -> AsyncIterator[Site]:
    """A server on this database, listening."""
    agents = ScriptedAgents()
    async with (
        open_http(
            read_http({**SETTINGS, **settings}), SecretStr(KEY), root=Root(check=check), connection=connection
        ) as adapter,
        open_store(url) as store,
    ):
        wiring = Wiring(
            store=store,
            membership=Membership(store.database),
            pipeline=a_pipeline(agents, on_reject=on_reject),
            surfaces={"http": adapter.surface},
            interval=0.0,
            shutdown=0.0,
            quota=Limit(per_hour, 3600.0),
        )
        async with open_turns(wiring) as turns:
            site = Site(adapter, turns, store, agents)
            await site.listen()
            try:
                yield site
            finally:
                await site.close()
