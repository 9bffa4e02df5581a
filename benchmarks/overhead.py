"""**I/O edge.** Whole turns against the same calls made by a bare httpx loop, in one process, one after the other.

One conversation opened and four messages streamed a turn; the stand-in serves them from a process of its own. Many at
once begin spread over an agent's time, so that all are under way together but not in step.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable

import httpx

from benchmarks.figures import Figure
from benchmarks.ground import CONCURRENCY, Ground
from benchmarks.processes import customgpt, paced, settings_for
from bot.app import BRIEF, App, open_app
from bot.terminal.asking import terminal_turn
from bot.terminal.surface import Silent
from core.config import Settings, read_settings
from core.stages import STAGES
from core.turn import TurnStatus

SAYS = (
    "Seconds of a whole turn ÷ seconds of the same calls in a bare httpx loop, medians of one run; kept in SQLite, "
    "citations looked up."
)
ROUNDS = {(1, 0.25): 6, (1, 2.0): 1, (50, 0.25): 1, (50, 2.0): 1, (200, 0.25): 1, (200, 2.0): 1}
"""(turns at once, seconds of an agent) → how often each is measured."""

AIMS = {(1, 0.25): 1.02, (1, 2.0): 1.02, (200, 2.0): 1.05}
PROMPT = "Explain how bees decide where to build a new nest"


async def measured(ground: Ground) -> list[Figure]:
    async with customgpt() as url:
        await paced(url, 0.0)
        settings = read_settings(settings_for(url, await ground.sqlite()))
        headers = {"Authorization": f"Bearer {settings.customgpt_api_key.get_secret_value()}"}
        limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
        async with (
            open_app(settings, {"terminal": Silent()}, rhythm=BRIEF) as app,
            httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, limits=limits, timeout=60.0) as client,
        ):
            await turn(app)  # to warm up, and for its prompts
            loop = Loop(client, settings, await prompts_of_the_last_turn(url))
            figures = []
            for (at_once, seconds), rounds in ROUNDS.items():
                await paced(url, seconds)
                figures += await compared(app, loop, at_once, seconds, rounds)
            return figures


async def compared(app: App, loop: Loop, at_once: int, seconds: float, rounds: int) -> list[Figure]:
    """Turn about, after which the medians are compared."""
    bare: list[float] = []
    whole: list[float] = []
    for _ in range(rounds):
        bare += await spread(loop.run, at_once, seconds)
        whole += await spread(lambda: turn(app), at_once, seconds)
    name = f"{at_once} at once, agents of {seconds * 1000:,.0f} ms"
    ratio = statistics.median(whole) / statistics.median(bare)
    return [
        Figure(name, ratio, aim=AIMS.get((at_once, seconds))),
        Figure(f"{name}: seconds of a turn", statistics.median(whole), "s"),
    ]


async def spread(work: Callable[[], Awaitable[float]], at_once: int, seconds: float) -> list[float]:
    """So many, begun evenly over so many seconds."""

    async def one(n: int) -> float:
        await asyncio.sleep(seconds * n / at_once)
        return await work()

    return list(await asyncio.gather(*(one(n) for n in range(at_once))))


class Loop:
    """The calls of a turn by themselves."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, prompts: list[str]) -> None:
        self._client = client
        self._settings = settings
        self._prompts = prompts

    async def run(self) -> float:
        """Seconds that they take."""
        begun = time.perf_counter()
        first = self._settings.projects[STAGES[0].name]
        opened = await self._client.post(f"/projects/{first}/conversations", json={"name": "bench"})
        session = opened.json()["data"]["session_id"]
        for stage, prompt in zip(STAGES, self._prompts, strict=True):
            path = f"/projects/{self._settings.projects[stage.name]}/conversations/{session}/messages"
            async with self._client.stream("POST", path, params={"stream": "true"}, json={"prompt": prompt}) as answer:
                async for _ in answer.aiter_bytes():
                    pass
            session = str(uuid.uuid4())  # an unknown one is opened by its first message
        return time.perf_counter() - begun


async def prompts_of_the_last_turn(url: str) -> list[str]:
    """What the four agents were sent: the bare loop sends the same."""
    async with httpx.AsyncClient(base_url=url) as client:
        recorded = (await client.get("/control/requests", params={"endpoint": "send"})).json()
    return [request["body"]["prompt"] for request in recorded[-len(STAGES) :]]


async def turn(app: App) -> float:
    """Seconds that a whole turn takes: accepted, asked, merged, kept."""
    begun = time.perf_counter()
    kept = await app.answer(terminal_turn(PROMPT, {}))
    if kept.status is not TurnStatus.COMPLETE:
        raise SystemExit(f"The turn ended as {kept.status}.")
    return time.perf_counter() - begun
