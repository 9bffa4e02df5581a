"""HTTP for the conformance suite: the real server on loopback, and clients that send again and come back.

A platform's troubles are here those of the way between: requests and replies are lost, proxies answer instead.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bot.app import App, Rhythm, open_app
from bot.http.access import Access
from bot.http.adapter import HTTPAdapter, open_http
from bot.http.config import read_http
from core.check import check_core
from core.root import Root
from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn
from tests.contracts.harness import WAYS, Asked, Loss, Mishap, Shown, Step, Trouble, Ways, held, prepared
from tests.contracts.http_reading import ENDS, Reading
from tests.contracts.slack_harness import app_settings

TOKENS = {"Ada": "ada-token-0123456789", "Ben": "ben-token-0123456789"}
PATIENCE = 40.0
"""Seconds until a test hangs."""

AGAIN = 0.05
"""Seconds until a client tries again."""


@dataclass
class Client:
    """Somebody's question on its way, and the turn as they read it."""

    who: str
    key: str
    body: dict[str, Any]
    reading: Reading
    mishap: Mishap | None
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    socket: ClientConnection | None = None
    read_at: list[float] = field(default_factory=list)


class HTTPHarness:
    """Fills `Harness`."""

    def __init__(self, gpt: CustomGPTStandIn, app: App, ways: Ways, file: Path) -> None:
        self.gpt, self.app, self.file = gpt, app, file
        self.hurried: Sequence[str] = []
        self._ways = ways
        self._listening: list[tuple[HTTPAdapter, asyncio.Task[None]]] = []
        self._urls: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._clients: dict[str, Client] = {}
        self._befalls: list[Mishap] = []
        self._fails: dict[Step, list[Trouble]] = {}
        self._unacknowledged = asyncio.Event()
        self._moved = asyncio.Condition()
        self._adapters: list[HTTPAdapter] = []

    async def listen(self, adapter: HTTPAdapter) -> None:
        task = asyncio.create_task(adapter.listen(self.app.turns))
        self._listening.append((adapter, task))
        self._urls.append(await adapter.listening)

    async def close(self) -> None:
        tasks = [*self._tasks, *(task for _, task in self._listening)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # … what people do

    async def ask(self, prompt: str, *, after: Asked | None = None, who: str = "Ada") -> Asked:
        name = after.where.body["conversation_id"] if after else uuid.uuid4().hex
        body = {"conversation_id": name, "messages": [{"role": "user", "content": prompt}]}
        mishap = self._befalls.pop(0) if self._befalls else None
        client = Client(who, uuid.uuid4().hex, body, Reading(who), mishap)
        caller = Access(TOKENS.values(), (), "").caller(TOKENS[who], loopback=True)
        assert caller
        turn_id = turn_id_of(f"{caller.prefix}{client.key}")
        self._clients[turn_id] = client
        self._tasks.append(asyncio.create_task(self._live(turn_id, client)))
        return Asked(turn_id, f"{caller.prefix}{name}", prompt, client)

    async def say(self, text: str, after: Asked, *, who: str = "Ada") -> Asked:
        return await self.ask(text, after=after, who=who)

    def delete_question(self, asked: Asked) -> None:
        self._tasks.append(asyncio.create_task(self._stop(asked)))

    def delete_answer(self, asked: Asked) -> None:
        """The client forgets what it has read, and reads it all again."""
        asked.where.reading = Reading(asked.where.who)
        if asked.where.socket:
            asked.where.socket.transport.abort()

    # … what a client does

    async def _live(self, turn_id: str, client: Client) -> None:
        await self._send(client)
        client.accepted.set()
        await self._tell()
        while not client.reading.ended:
            try:
                await self._read(turn_id, client)
            except (OSError, WebSocketException):
                await asyncio.sleep(AGAIN)

    async def _send(self, client: Client) -> None:
        """Until it is accepted."""
        if client.mishap is Mishap.AFTER_THE_NEXT:
            await self._until(lambda: any(other.accepted.is_set() for other in self._clients.values()))
        if client.mishap is Mishap.CUT:
            await self._half(client)
        copies = {Mishap.FIVE_TIMES: 5, Mishap.OTHER_ORDER: 2}.get(client.mishap or Mishap.LOST, 1)
        lost = {Mishap.LOST: Trouble.NOT_STORED, Mishap.NOT_ACKNOWLEDGED: Trouble.REPLY_LOST}.get(
            client.mishap or Mishap.CUT
        )
        if lost:
            self._fails.setdefault(Step.POST, []).insert(0, lost)
        sent = [self._until_accepted(client, url) for url in self._urls for _ in range(copies)]
        assert {202} == set(await asyncio.gather(*sent))

    async def _until_accepted(self, client: Client, url: str) -> int:
        while True:
            try:
                status = await self._post(client, url)
            except httpx.TimeoutException:
                self._unacknowledged.set()
            except httpx.TransportError:
                await asyncio.sleep(AGAIN)
            else:
                if status < 429:
                    return status
                await asyncio.sleep(1.0 if status == 429 else AGAIN)

    async def _post(self, client: Client, url: str) -> int:
        trouble = self._trouble(Step.POST)
        match trouble:
            case Trouble.NOT_STORED:
                raise httpx.ConnectError("lost on its way")
            case Trouble.SERVER_ERROR | Trouble.HTML:
                return 502
            case Trouble.BUSY:
                return 429
        headers = {"Idempotency-Key": client.key, "Prefer": "respond-async"}
        async with self._http(client.who, url, self._ways.accept) as http:
            answer = await http.post("/v1/chat", json=client.body, headers=headers)
        if trouble is Trouble.REPLY_LOST:
            raise httpx.ReadError("lost on its way back")
        return answer.status_code

    async def _half(self, client: Client) -> None:
        """The connection breaks while it is sent."""
        host, _, port = self._urls[0].removeprefix("http://").partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /v1/chat HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKENS[client.who]}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{{".encode())
        await writer.drain()
        writer.transport.abort()

    async def _read(self, turn_id: str, client: Client) -> None:
        """From where it was; a trouble cuts it at its first event, or at its last."""
        async with connect(f"{self._urls[0].replace('http', 'ws')}/v1/chat/stream", max_queue=None) as stream:
            client.socket = stream
            first = {"token": TOKENS[client.who], "turn_id": turn_id, "after": client.reading.seq}
            await stream.send(json.dumps(first))
            while not client.reading.ended:
                event = json.loads(await stream.recv())
                step = Step.PUBLISH if event["type"] in ENDS else Step.UPDATE
                client.read_at.append(time.monotonic())
                if trouble := self._trouble(step):
                    await asyncio.sleep(1.0 if trouble is Trouble.BUSY else 0.0)
                    raise ConnectionResetError
                client.reading.read(event)
                await self._tell()

    async def _stop(self, asked: Asked) -> None:
        await asked.where.accepted.wait()
        async with self._http(asked.where.who, self._urls[0], PATIENCE) as http:
            (await http.post(f"/v1/turns/{asked.turn_id}/stop")).raise_for_status()

    def _http(self, who: str, url: str, seconds: float) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {TOKENS[who]}"}, timeout=seconds)

    # … what is seen

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            async with self._moved:
                await self._moved.wait_for(condition)

    async def visible(self, asked: Asked) -> None:
        await self._until(lambda: asked.where.reading.states)

    async def showing(self, asked: Asked, words: str) -> None:
        await self._until(lambda: words in "".join(asked.where.reading.states[-1:]))

    async def settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._tasks)
            await self.app.turns.idle()

    def shown(self, asked: Asked) -> list[Shown]:
        reading = asked.where.reading
        return [Shown((*reading.states, *reading.wrong))] if reading.states else []

    def mark(self, asked: Asked) -> frozenset[str]:
        ended = asked.where.reading.ended
        if not ended:
            return frozenset({"at work"} if asked.where.accepted.is_set() else ())
        return frozenset({"answered" if ended in ("complete", "unreviewed") else "not answered"})

    async def marked(self, asked: Asked) -> None:
        await self._until(lambda: self.mark(asked))

    def updates(self, asked: Asked) -> list[float]:
        return list(asked.where.read_at)

    # … what goes wrong

    def fail(self, step: Step, *troubles: Trouble) -> None:
        self._fails.setdefault(step, []).extend(troubles)

    def _trouble(self, step: Step) -> Trouble | None:
        waiting = self._fails.get(step)
        return waiting.pop(0) if waiting else None

    def befall(self, *mishaps: Mishap) -> None:
        self._befalls += mishaps

    async def lose(self, loss: Loss) -> None:
        """The streams are cut; or the server ends, and begins again at its port: at once, or after a while."""
        for client in self._clients.values():
            if client.socket and loss is not Loss.GOODBYE:
                client.socket.transport.abort()
        if loss is not Loss.CUT:
            await self._again(0.5 if loss in (Loss.REFUSED, Loss.STALE) else 0.0)

    async def _again(self, pause: float) -> None:
        adapter, task = self._listening.pop(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._tasks.append(asyncio.create_task(self._later(adapter, pause)))

    async def _later(self, adapter: HTTPAdapter, pause: float) -> None:
        await asyncio.sleep(pause)
        self._listening.append((adapter, asyncio.create_task(adapter.listen(self.app.turns))))

    async def second_connection(self) -> None:
        await self.listen(self._adapters.pop())

    def database_held(self) -> AbstractAsyncContextManager[None]:
        return held(self.file)

    async def refused(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._unacknowledged.wait()


@asynccontextmanager
async def open_http_harness(folder: Path, ways: Ways = WAYS) -> AsyncIterator[HTTPHarness]:
    async with AsyncExitStack() as stack:
        gpt = prepared(await stack.enter_async_context(CustomGPTStandIn()))
        settings = app_settings(gpt, folder, ways)
        adapters = []
        for port in free_ports(2):
            given = {"ORCHESTRATOR_HTTP_PORT": str(port), "ORCHESTRATOR_API_TOKENS": ",".join(TOKENS.values())}
            opened = open_http(
                read_http(given), settings.customgpt_api_key, root=Root(check=partial(check_core, settings))
            )
            adapters.append(await stack.enter_async_context(opened))
        rhythm = Rhythm(interval=ways.interval)
        app = await stack.enter_async_context(open_app(settings, {"http": adapters[0].surface}, rhythm=rhythm))
        harness = HTTPHarness(gpt, app, ways, folder / "demo.db")
        harness._adapters = adapters[1:]
        stack.push_async_callback(harness.close)
        await harness.listen(adapters[0])
        yield harness


def free_ports(count: int) -> list[int]:
    """A server that begins again wants the port that it had."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports
